// deploy/systemd/tickcast.service, read by systemd's own tools; and what it does, done without systemd: its commands, the
// renewal of a certificate, and whether the program keeps to the system calls it is left with.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import tls from 'node:tls';
import { once } from 'node:events';
import { temporary_directory, Certificate } from '../e2e/lib/certificate.mjs';
import { Client } from '../e2e/lib/client.mjs';
import { within } from '../e2e/lib/deadline.mjs';
import { scenario } from '../e2e/lib/scenario.mjs';
import { binary, run, serve } from '../e2e/lib/server.mjs';
import { command, missing, path_of, text_of } from './lib/repository.mjs';

const unit = text_of('deploy/systemd/tickcast.service');
// Values of a key, continued lines joined.
const values = (key) => [...unit.replaceAll('\\\n', ' ').matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);
const number = (key) => Number(values(key)[0]);
const setting = (key) => Number(new RegExp(`^${key} = (\\d+)$`, 'm').exec(text_of('deploy/tickcast.toml'))[1]);
const no_systemd = missing('systemd-analyze');
const no_strace = missing('strace') || (spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? false : 'strace may not trace here');

scenario('systemd-analyze verify has nothing to say', async (t) => {
  const file = `${temporary_directory(t)}/tickcast.service`;
  writeFileSync(file, unit.replaceAll('/usr/local/bin/tickcast', binary()));  // it wants to see the program
  const { status, output } = command('systemd-analyze', ['verify', '--man=no', file]);
  assert.equal(output.trim(), '');
  assert.equal(status, 0);
}, { skip: no_systemd });

scenario('systemd-analyze security finds it hardened', async () => {
  const { status, output } = command('systemd-analyze', ['security', '--offline=true', '--threshold=12', '--no-pager', path_of('deploy/systemd/tickcast.service')]);
  assert.equal(status, 0, output);
  assert.match(output, /Overall exposure level for tickcast\.service: (0\.\d|1\.[0-2]) OK/);
}, { skip: no_systemd });

scenario('it leaves the program what it needs: time to drain, a descriptor a client, a directory for the journal', async () => {
  assert.ok(number('TimeoutStopSec') > setting('drain_s'));
  assert.ok(number('LimitNOFILE') > setting('max_connections') + 64);
  assert.match(values('ExecStart')[0], new RegExp(`--journal %S/${values('StateDirectory')[0]}/`));
  assert.deepEqual(values('Restart').concat(values('RestartPreventExitStatus')), ['on-failure', '2']);
  assert.doesNotMatch(unit, /^ProcSubset=/m, 'without /proc/sys the journal takes every crash for one of the machine');
});

scenario('its commands start the program, and a reload takes a renewed certificate without dropping anybody', async (t) => {
  const root = temporary_directory(t);
  for (const made of ['etc', 'run', 'state']) mkdirSync(`${root}/${made}`);
  const place = (text) => text.replaceAll('/etc/tickcast/tls', `${root}/etc`).replaceAll('/etc/tickcast/tickcast.toml', path_of('deploy/tickcast.toml'))
    .replaceAll('%t/tickcast', `${root}/run`).replaceAll('%S/tickcast', `${root}/state`).replaceAll('/usr/local/bin/tickcast', binary());
  const words = (text) => place(text).replace(/^\+/, '').trim().split(/\s+/);
  const as_root = (text) => {
    assert.ok(text.startsWith('+'), text);
    const [program, ...args] = words(text);
    execFileSync(program, args, { stdio: 'pipe' });
  };
  const renew = (name) => {
    const made = new Certificate(root, name);
    for (const [from, to] of [[made.cert, 'fullchain.pem'], [made.key, 'privkey.pem']]) writeFileSync(`${root}/etc/${to}`, readFileSync(from), { mode: 0o600 });
  };
  const seen = async (server) => {
    const socket = tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await within(once(socket, 'secureConnect'), 5000, 'a handshake');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };

  renew('first');
  values('ExecStartPre').forEach(as_root);
  assert.equal(statSync(`${root}/run/privkey.pem`).mode & 0o777, 0o444, 'for whoever may enter the directory');
  const [, ...start] = words(values('ExecStart')[0]);
  const { code, stderr } = await run([...start, '--check']);
  assert.equal(code, 0, stderr);
  const flags = start.slice(start.indexOf('--tls-cert'));
  const server = await serve(t, { tls: flags });
  const client = await Client.open(server);
  assert.equal(await seen(server), 'first');

  renew('second');
  const [copy, hangup] = values('ExecReload');
  as_root(copy);
  assert.equal(hangup, '/bin/kill -HUP $MAINPID');
  server.signal('SIGHUP');
  await server.logged(/certificate read again/);
  assert.equal(await seen(server), 'second');
  client.send({ op: 'ping', id: 1 });
  await client.next('pong');
});

// The calls that SystemCallFilter= lets through, in systemd's own words for groups of them.
function allowed_calls() {
  const groups = new Map();
  let group;
  for (const line of command('systemd-analyze', ['syscall-filter', '--no-pager']).output.split('\n')) {
    if (line.startsWith('@')) groups.set(group = line.trim(), []);
    else if (/^ {4}[a-z@]/.test(line)) groups.get(group).push(line.trim());
    else if (!line.startsWith(' ')) group = undefined;
  }
  const calls = (name) => (name.startsWith('@') ? groups.get(name).flatMap(calls) : [name]);
  const allowed = new Set(calls('@default'));
  for (const value of values('SystemCallFilter'))
    for (const name of value.replace('~', '').split(' '))
      for (const call of calls(name)) value.startsWith('~') ? allowed.delete(call) : allowed.add(call);
  return allowed;
}

scenario('the program makes no system call that the unit denies', async (t) => {
  const allowed = allowed_calls();
  assert.ok(allowed.has('epoll_wait') && allowed.has('fdatasync') && !allowed.has('mount') && !allowed.has('ptrace'));
  const directory = temporary_directory(t);
  const certificate = new Certificate(directory, 'localhost');
  const calls = `${directory}/calls`;
  const server = await serve(t, { command: ['strace', '-D', '-f', '-qq', '-o', calls], tls: certificate.flags,
    feeds: ['sim:rate=500&seed=1', 'ndjson+tcp://127.0.0.1:0'], args: ['--journal', `${directory}/journal`, '--history', `${directory}/history.db`], set: { journal_sync_ms: 100 } });
  const client = await Client.open(server, { perMessageDeflate: true });
  await client.subscribe('*', { history: 10 });
  await client.collect('trade', 100);
  await server.counted('tickcast_journal_syncs_total', {});
  await server.admin('/readyz');
  server.signal('SIGHUP');
  await server.logged(/certificate read again/);
  await server.stop();
  const made = new Set(readFileSync(calls, 'utf8').match(/^\d+ +[a-z]\w+(?=\()/gm).map((line) => line.split(/ +/)[1]));
  assert.ok(made.size > 30);
  if (process.getuid() === 0) made.delete('fchown');  // SQLite's, and only root's: the service is somebody else
  assert.deepEqual([...made].filter((call) => !allowed.has(call)), []);
}, { skip: no_systemd || no_strace, seconds: 60 });
