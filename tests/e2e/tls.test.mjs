// TLS as peers see it: versions, the certificate and its renewal, and starts that cannot succeed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw } from './lib/raw.mjs';
import { Certificate, temporary_directory } from './lib/certificate.mjs';

const quiet = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const openssl = spawnSync('openssl', ['version']).status === 0;
const needs_openssl = { skip: openssl ? false : 'the openssl command is not installed' };

const s_client = (server, ...args) => spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, '-servername', 'localhost', ...args],
  { input: 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', encoding: 'utf8', timeout: 10_000 });
const refused = async (server, options) => {
  await assert.rejects(Raw.connect(server, options), /alert|version|handshake|disconnect|reset/i);
};
const fingerprint = (raw) => raw.socket.getPeerCertificate().fingerprint256;

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  scenario(`${version} is spoken`, async (t) => {
    const server = await serve(t, quiet);
    const client = await Client.open(server, { minVersion: version, maxVersion: version });
    assert.equal(client.socket._socket.getProtocol(), version);
    assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
    await server.counted('tickcast_handshakes_total', { result: 'ok' }, 1);
  });

  scenario(`openssl s_client talks ${version} to it`, async (t) => {
    const server = await serve(t, quiet);
    const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';
    const { stdout, stderr } = s_client(server, flag, '-ign_eof');
    assert.match(stdout, /HTTP\/1\.1 404/, stderr);
    assert.match(stdout, new RegExp(version.replace('.', '\\.')));
  }, needs_openssl);
}

scenario('older versions are refused', async (t) => {
  const server = await serve(t, quiet);
  await refused(server, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' });
});

scenario('the self-signed certificate is P-256 and names localhost', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  const certificate = raw.socket.getPeerCertificate();
  assert.equal(certificate.asn1Curve, 'prime256v1');
  assert.match(certificate.subjectaltname, /DNS:localhost/);
  assert.match(certificate.subjectaltname, /127\.0\.0\.1/);
  assert.ok(Date.parse(certificate.valid_to) > Date.now());
  const expiry = (await server.metrics()).sum('tickcast_certificate_expiry_timestamp_seconds');
  assert.equal(expiry, Date.parse(certificate.valid_to) / 1000);
});

scenario('HTTP/2 is not agreed to', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server, { ALPNProtocols: ['h2', 'http/1.1'] });
  assert.notEqual(raw.socket.alpnProtocol, 'h2');
  await raw.request('GET', '/nothing');
  assert.equal((await raw.response()).status, 404);
});

scenario('a client that trusts the certificate needs no exception', async (t) => {
  const certificate = new Certificate(temporary_directory(t), 'trusted');
  const server = await serve(t, { ...quiet, tls: certificate.flags });
  const ca = execFileSync('cat', [certificate.cert]);
  const client = await Client.open(server, { rejectUnauthorized: true, ca });
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
}, needs_openssl);

scenario('SIGHUP puts a new certificate in place and drops no session', async (t) => {
  const directory = temporary_directory(t);
  const certificate = new Certificate(directory, 'current', 10);
  const server = await serve(t, { tls: certificate.flags, feeds: ['sim:symbols=2&rate=500&seed=1&prefix=S&mix=trades'] });
  await server.ticks_in(10);
  const client = await Client.open(server);
  await client.subscribe('*');
  const before = fingerprint(await Raw.connect(server));
  certificate.become(new Certificate(directory, 'renewed', 90));
  assert.equal(fingerprint(await Raw.connect(server)), before, 'not before it is told');
  const log = server.log.length;
  server.signal('SIGHUP');
  await server.logged(/certificate/i, 5000, log);
  const renewed = await Raw.connect(server);
  assert.notEqual(fingerprint(renewed), before);
  const expiry = (await server.metrics()).sum('tickcast_certificate_expiry_timestamp_seconds');
  assert.equal(expiry, Date.parse(renewed.socket.getPeerCertificate().valid_to) / 1000);
  await client.collect('trade', client.messages.length + 200);
  const due = new Map();
  for (const { s, n } of client.messages.filter((m) => m.e === 'trade')) {
    if (due.has(s)) assert.equal(n, due.get(s), 'no trade was missed');
    due.set(s, n + 1);
  }
}, needs_openssl);

scenario('SIGHUP with a broken certificate keeps the one in use and says so', async (t) => {
  const certificate = new Certificate(temporary_directory(t), 'current');
  const server = await serve(t, { ...quiet, tls: certificate.flags });
  const before = fingerprint(await Raw.connect(server));
  writeFileSync(certificate.cert, 'this is no certificate\n');
  const log = server.log.length;
  server.signal('SIGHUP');
  await server.logged(/(warn|error).*certificate/i, 5000, log);
  assert.equal(fingerprint(await Raw.connect(server)), before);
}, needs_openssl);

// A start that must fail: code 2, one sentence on stderr that fits the pattern.
async function assert_no_start(args, pattern) {
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--feed', 'sim:', ...args]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split('\n').length, 1, `one sentence, not:\n${stderr}`);
}

scenario('a key that is not the certificate\'s ends the start with code 2', async (t) => {
  const directory = temporary_directory(t);
  const [one, two] = [new Certificate(directory, 'one'), new Certificate(directory, 'two')];
  await assert_no_start(['--tls-cert', one.cert, '--tls-key', two.key], /key.*(match|belong|fit)|(match|belong|fit).*key/i);
}, needs_openssl);

scenario('a certificate that cannot be read ends the start with code 2', async (t) => {
  const directory = temporary_directory(t);
  const good = new Certificate(directory, 'good');
  await assert_no_start(['--tls-cert', '/no/such/file.crt', '--tls-key', good.key], /\/no\/such\/file\.crt/);
  await assert_no_start(['--tls-cert', good.cert, '--tls-key', '/no/such/file.key'], /\/no\/such\/file\.key/);
  const garbage = join(directory, 'garbage.crt');
  writeFileSync(garbage, 'garbage\n');
  await assert_no_start(['--tls-cert', garbage, '--tls-key', good.key], /garbage\.crt/);
  if (process.getuid() !== 0) {
    chmodSync(good.key, 0);
    await assert_no_start(good.flags, /good\.key/);
  }
}, needs_openssl);

scenario('a certificate without its key, or two kinds of TLS, end the start with code 2', async (t) => {
  const good = new Certificate(temporary_directory(t), 'good');
  for (const args of [['--tls-cert', good.cert], ['--tls-key', good.key], ['--plain', '--self-signed'], ['--plain', ...good.flags]]) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--feed', 'sim:', ...args]);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.trim().length > 0);
  }
}, needs_openssl);

scenario('a busy port ends the start with code 2 and its number', async (t) => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address();
  for (const args of [['--listen', `127.0.0.1:${port}`, '--admin', '127.0.0.1:0', '--feed', 'sim:'],
    ['--listen', '127.0.0.1:0', '--admin', `127.0.0.1:${port}`, '--feed', 'sim:'],
    ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--feed', `ndjson+tcp://127.0.0.1:${port}`]]) {
    const { code, stderr } = await run(['serve', '--self-signed', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`${port}.*(use|bind|listen)|(use|bind|listen).*${port}`, 'i'));
  }
});
