// tickcast-client as a stranger has it: packed by npm, and unpacked where only this process knows. Needs what web/ has from npm.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import WebSocket from 'ws';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let place;

// Packing builds beside the sources, where another test may be doing the same: a copy of them is this process's own.
function copied(into) {
  const web = join(into, 'web');
  cpSync(join(root, 'web/client'), join(web, 'client'), { recursive: true });
  cpSync(join(root, 'web/tsconfig.json'), join(web, 'tsconfig.json'));
  cpSync(join(root, 'LICENSE'), join(into, 'LICENSE'));
  symlinkSync(join(root, 'web/node_modules'), join(web, 'node_modules'));
  return join(web, 'client');
}

// Its folder, and the function that imports one of its exports.
export function installed() {
  if (!place) {
    const directory = mkdtempSync(join(tmpdir(), 'tickcast-client-'));
    process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', directory], { cwd: copied(directory), encoding: 'utf8' }));
    execFileSync('tar', ['xzf', join(directory, filename), '-C', directory]);
    place = join(directory, 'package');
  }
  return { folder: place, part: (name) => import(pathToFileURL(join(place, 'dist', `${name}.js`))) };
}

// npm `ws` for a client that takes any certificate, and the connections that it made, newest last.
export function sockets() {
  const made = [];
  class Socket extends WebSocket {
    constructor(url, protocol) {
      super(url, protocol, { rejectUnauthorized: false });
      made.push(this);
    }
  }
  return { Socket, made };
}
