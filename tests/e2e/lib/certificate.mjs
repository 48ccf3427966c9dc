// Certificates made by the openssl command in a directory of their own, which goes when the test goes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporary_directory(t) {
  const path = mkdtempSync(join(tmpdir(), 'tickcast-e2e-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export class Certificate {
  // A self-signed P-256 certificate for localhost, as `cert` and `key` files.
  constructor(directory, name, days = 30) {
    this.cert = join(directory, `${name}.crt`);
    this.key = join(directory, `${name}.key`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', this.key, '-out', this.cert, '-days', String(days), '-subj', `/CN=${name}`,
      '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'pipe' });
  }

  get flags() { return ['--tls-cert', this.cert, '--tls-key', this.key]; }

  // Puts another certificate where this one was, as a renewal does.
  become(other) {
    copyFileSync(other.cert, this.cert);
    copyFileSync(other.key, this.key);
  }
}
