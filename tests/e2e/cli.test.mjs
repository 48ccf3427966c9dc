// The program's command line: version, help, --check, configuration files, and `tail`.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const market = { feeds: ['sim:symbols=2&rate=200&seed=1&prefix=S'] };

scenario('--version says its name and version', async () => {
  const { code, stdout } = await run(['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /tickcast.*\d+\.\d+\.\d+/);
});

scenario('--help tells of the commands and of every flag', async () => {
  const top = await run(['--help']);
  assert.equal(top.code, 0);
  for (const word of ['serve', 'tail', 'verify', '--version']) assert.ok(top.stdout.includes(word), word);
  const serving = await run(['serve', '--help']);
  assert.equal(serving.code, 0);
  for (const flag of ['--config', '--listen', '--admin', '--tls-cert', '--tls-key', '--self-signed', '--plain', '--shards', '--feed', '--set', '--log-level', '--check']) {
    assert.ok(serving.stdout.includes(flag), flag);
  }
  const tail = await run(['tail', '--help']);
  assert.equal(tail.code, 0);
  assert.match(tail.stdout, /--insecure/);
  const verify = await run(['verify', '--help']);
  for (const flag of ['--for', '--connections', '--cut', '--churn', '--patience', '--insecure', '--json', '--seed']) {
    assert.ok(verify.stdout.includes(flag), flag);
  }
});

scenario('an unknown flag or command ends with code 2', async () => {
  for (const args of [['serve', '--fly'], ['fly'], ['serve', '--shards', 'many', '--plain'], ['tail']]) {
    const { code, stderr } = await run(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.trim().length > 0);
  }
});

scenario('--check of a good configuration says nothing bad and ends with 0', async (t) => {
  const path = join(temporary_directory(t), 'good.toml');
  writeFileSync(path, ['listen = "127.0.0.1:0"', 'admin = "127.0.0.1:0"', 'self_signed = true', 'feeds = ["sim:symbols=5&rate=100"]', 'ping_s = 0.5',
    'allowed_origins = ["https://a.example"]', 'burst = 50', 'echo = true', 'log_level = "info"', ''].join('\n'));
  const { code, stderr } = await run(['serve', '--config', path, '--check']);
  assert.equal(code, 0, stderr);
});

scenario('--check takes flags without a file', async () => {
  const { code, stderr } = await run(['serve', '--plain', '--feed', 'sim:', '--set', 'burst=50', '--check']);
  assert.equal(code, 0, stderr);
});

// One sentence on stderr that has all these words, and code 2; with --check and without.
async function assert_refused(args, words) {
  for (const check of [['--check'], []]) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--plain', '--feed', 'sim:', ...args, ...check]);
    assert.equal(code, 2, `${args}: ${stderr}`);
    for (const word of words) assert.ok(stderr.includes(word), `${args} should name ${word}: ${stderr}`);
    assert.equal(stderr.trim().split('\n').length, 1, `one sentence, not:\n${stderr}`);
  }
}

scenario('an unknown key is named', async (t) => {
  await assert_refused(['--set', 'colour=blue'], ['colour']);
  const path = join(temporary_directory(t), 'bad.toml');
  writeFileSync(path, 'colour = "blue"\n');
  await assert_refused(['--config', path], ['colour']);
});

scenario('a bad value is named with its key', async (t) => {
  const directory = temporary_directory(t);
  const bad = [['burst', 'many'], ['burst', '-1'], ['ping_s', '"soon"'], ['max_connections', '0'], ['frame_bytes', '1.5'], ['echo', 'perhaps'], ['log_level', 'loud']];
  for (const [key, value] of bad) await assert_refused(['--set', `${key}=${value}`], [key]);
  const path = join(directory, 'bad.toml');
  writeFileSync(path, 'burst = "many"\n');
  await assert_refused(['--config', path], ['burst']);
}, { seconds: 40 });

scenario('a bad value is refused with what is allowed', async () => {
  await assert_refused(['--set', 'log_level=loud'], ['log_level', 'info', 'warn', 'error']);
  await assert_refused(['--set', 'max_connections=0'], ['max_connections', '1']);
});

scenario('a configuration file that is not there, or is no TOML, is named', async (t) => {
  await assert_refused(['--config', '/no/such/tickcast.toml'], ['/no/such/tickcast.toml']);
  const path = join(temporary_directory(t), 'broken.toml');
  writeFileSync(path, 'burst = = 5\n');
  await assert_refused(['--config', path], ['broken.toml']);
});

scenario('the file, then --set, then flags: the later word counts', async (t) => {
  const path = join(temporary_directory(t), 'tickcast.toml');
  writeFileSync(path, 'burst = 11\ncommands_per_s = 12\n');
  const server = await serve(t, { ...market, args: ['--config', path], set: { burst: 13 } });
  const { stdout } = await run(['tail', server.url(), 'trades', 'S00000', '--insecure'], { until_output: (text) => text.includes('"e":"trade"') });
  assert.match(stdout, /"e":"trade"/);
  const welcome = await (await Client.open(server)).next('welcome');
  assert.deepEqual([welcome.limits.burst, welcome.limits.commands_per_s], [13, 12]);
});

scenario('log lines have a time, a level and a message', async (t) => {
  const server = await serve(t, market);
  for (const line of server.log) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (debug|info|warn|error) \S/);
});

scenario('tail prints messages over TLS with --insecure', async (t) => {
  const server = await serve(t, market);
  await server.ticks_in(20);
  const trades = await run(['tail', server.url(), 'trades', 'S00000', 'S00001', '--insecure'],
    { until_output: (text) => (text.match(/"e":"trade"/g) ?? []).length > 10 });
  for (const s of ['S00000', 'S00001']) assert.ok(trades.stdout.includes(`"s":"${s}"`), trades.stdout);
  const quotes = await run(['tail', server.url(), 'quotes', '*', '--insecure'], { until_output: (text) => text.includes('"e":"quote"') });
  assert.ok(!quotes.stdout.includes('"e":"trade"'));
});

scenario('tail refuses a self-signed certificate without --insecure', async (t) => {
  const server = await serve(t, market);
  const { code, stdout, stderr } = await run(['tail', server.url(), 'trades', 'S00000']);
  assert.notEqual(code, 0);
  assert.match(stderr, /certificate/i);
  assert.ok(!stdout.includes('"e":'));
  await server.counted('tickcast_handshakes_total', {}, 1);
});

scenario('tail speaks without TLS too, and says when nobody is there', async (t) => {
  const server = await serve(t, { ...market, tls: '--plain' });
  const { stdout } = await run(['tail', server.url(), 'trades', 'S00000'], { until_output: (text) => text.includes('"e":"trade"') });
  assert.match(stdout, /"s":"S00000"/);
  const { code, stderr } = await run(['tail', 'ws://127.0.0.1:9/v1/stream', 'trades', 'S00000']);
  assert.notEqual(code, 0);
  assert.ok(stderr.trim().length > 0);
});
