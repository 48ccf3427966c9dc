// `tickcast verify`: finds nothing in what the server says, and finds what a server that lies says.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { scenario } from './lib/scenario.mjs';
import { scaled, within } from './lib/deadline.mjs';
import { run, serve } from './lib/server.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const verify = (args, options = {}) => run(['verify', ...args], { ms: 40_000, ...options });

// Its figures, when all was right.
async function verified(server, args) {
  const { code, stdout, stderr } = await verify([server.url(), '--insecure', '--json', ...args]);
  assert.equal(code, 0, stderr + stdout);
  const figures = JSON.parse(stdout);
  assert.deepEqual([figures.ok, figures.violation, figures.failure], [true, null, null]);
  return figures;
}

function assert_violation({ code, stdout, stderr }, law, words = []) {
  assert.equal(code, 1, `${stdout}\n${stderr}`);
  assert.match(stderr, new RegExp(`^violation: ${law}: `, 'm'));
  for (const word of words) assert.ok(stderr.includes(word), `${word} is not in: ${stderr}`);
}

// ---- the real server ----

scenario('a server keeps its laws while connections are cut and change their minds', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=20&rate=3000&seed=11&prefix=V'], set: { commands_per_s: 300, burst: 300 } });
  const figures = await verified(server, ['--for', '5', '--connections', '12', '--cut', '0.7', '--churn', String(scaled(100, 20)), '--seed', '11']);
  assert.equal(figures.connections, 13);
  for (const key of ['cuts', 'recovered', 'merges_compared', 'told_twice', 'snapshots', 'answers'])
    assert.ok(figures[key] > 10, `${key}: ${figures[key]}`);
}, { seconds: 40 });

scenario('two hundred connections that come and go keep them too', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=50&rate=400&seed=12&prefix=V'] });
  const connections = scaled(200, 20);
  const figures = await verified(server, ['--for', '4', '--connections', String(connections), '--cut', '1', '--seed', '12']);
  assert.ok(figures.opened > connections * 1.5, `opened ${figures.opened} times`);
  assert.ok(figures.recovered > connections, `${figures.recovered} recovered`);
}, { seconds: 60 });

scenario('heartbeats of a quiet market are right', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=3&rate=4&seed=13&prefix=V'], set: { heartbeat_s: 0.2 } });
  await server.ticks_in(8);
  const figures = await verified(server, ['--for', '3', '--connections', '4', '--seed', '13']);
  assert.ok(figures.heartbeats > 3, `${figures.heartbeats} heartbeats`);
});

scenario('channels and symbols can be chosen, and a summary is for people', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=5&rate=500&seed=14&prefix=V'] });
  await server.ticks_in(20);
  const { code, stdout, stderr } = await verify([server.url(), 'trades', 'V00001', '--insecure', '--for', '0.5', '--connections', '2']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^2 connections for 0\.\d s: /);
  assert.match(stdout, /; 2 streams$/m);
  assert.ok(stdout.endsWith('\nok\n'), stdout);
});

// ---- captures ----

async function capture(server, args, enough) {
  const { stdout } = await run(['tail', server.url(), ...args, '--insecure', '--raw'], { until_output: enough });
  return stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line));
}

const written = (frames) => frames.map((frame) => JSON.stringify(frame)).join('\n') + '\n';
const count_of = (pattern) => (text) => (text.match(pattern) ?? []).length;

scenario('a capture is read as it is, and each way to spoil it is found', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=2&rate=2000&seed=15&prefix=V&mix=trades'] });
  await server.ticks_in(100);
  const live = count_of(/"e":"trade"/g);
  const every = await capture(server, ['trades', 'V00000', 'V00001'], (text) => live(text) > 300);
  const merged = await capture(server, ['trades', '*', '--mode', 'latest', '--interval-ms', '50'], (text) => count_of(/"k":/g)(text) > 10);
  const both = await verify(['-'], { input: written([...every, ...merged]) });
  assert.equal(both.code, 0, both.stderr);
  assert.match(both.stdout, /^2 connections in the capture: /);
  const path = join(temporary_directory(t), 'capture.jsonl');
  writeFileSync(path, written(every));
  assert.equal((await verify([path])).code, 0);

  // Frames apart, one message a frame: what is done to one message then does not depend on how they were packed.
  const apart = every.flatMap((frame) => frame.map((message) => [message]));
  const at = apart.findIndex(([m], i) => i > 100 && m.e === 'trade');
  const one = (frames, index, change) => frames.map((frame, i) => (i === index ? [{ ...frame[0], ...change }] : frame));
  const ack = apart.findIndex(([m]) => m.e === 'subscribed');
  const ours = apart[at][0];
  const spoiled = [
    ['coverage', apart.filter((_, i) => i !== at)],
    ['coverage', apart.flatMap((frame, i) => (i === at ? [frame, frame] : [frame]))],
    ['coverage', one(apart, at, { n: ours.n + 1 })],
    ['coverage', apart.flatMap((frame, i) => {
      const next = apart.findIndex(([m], j) => j > at && m.s === ours.s);
      if (i === at) return [apart[next]];
      return i === next ? [apart[at]] : [frame];
    })],
    ['message', one(apart, at, { p: String(ours.p) })],
    ['message', one(apart, at, { v: 5 })],
    ['merge', one(apart, at, { f: ours.n, n: ours.n + 1, k: 2, o: ours.p, h: ours.p, l: ours.p, v: ours.q })],
    ['subscription', one(apart, at, { s: 'OTHER' })],
    ['order', [...apart.slice(0, at), [ours, { e: 'pong', t: 1 }], ...apart.slice(at + 1)]],
    ['subscription', [...apart.slice(0, at), [{ e: 'unsubscribed', channel: 'trades', symbols: ['V00000', 'V00001'] }], ...apart.slice(at)]],
    ['heartbeat', [...apart.slice(0, at), [{ e: 'heartbeat', t: 1, n: { trades: { [ours.s]: ours.n } } }], ...apart.slice(at)]],
    ['heartbeat', [...apart.slice(0, at + 1), [{ e: 'heartbeat', t: 1, n: { trades: { [ours.s]: ours.n - 1 } } }], ...apart.slice(at + 1)]],
    ['welcome', apart.slice(1)],
    ['snapshot', apart.map(([m]) => [m.e === 'subscribed' ? { ...m, symbols: m.symbols.map(({ s, n }) => ({ s, n, recovered: false })) } : m])
      .filter(([m]) => !m.snap)],
    ['snapshot', one(apart, ack, { symbols: apart[ack][0].symbols.map(({ s, n }) => ({ s, n: n + 1 })) })],
    ['epoch', [...apart, ...apart.slice(0, ack + 1)]],
  ];
  for (const [law, frames] of spoiled) assert_violation(await verify(['-'], { input: written(frames) }), law);
  // What was announced as lost is not lost silently.
  const told = await verify(['-'], { input: written(one(apart, at, { e: 'gap', channel: 'trades', f: ours.n, why: 'feed' })) });
  assert.equal(told.code, 0, told.stderr);
  const halves = merged.map((frame) => frame.map((m) => (m.k ? { ...m, f: m.f + 1 } : m)));
  assert_violation(await verify(['-'], { input: written(halves) }), 'message', ['"k"']);
  const shifted = merged.map((frame) => frame.map((m) => (m.k > 2 ? { ...m, f: m.f + 1, k: m.k - 1 } : m)));
  assert_violation(await verify(['-'], { input: written(shifted) }), 'coverage', ['missing']);
});

// ---- a server that lies ----

const head = { e: 'welcome', v: 1, server: 'liar/1', session: '1', epoch: 'e1', t: 1, ping_s: 20,
  limits: { symbols: 100, commands_per_s: 100, burst: 100, frame_bytes: 65536 }, encodings: ['json'], channels: ['trades'] };
const trade = (n, more) => ({ e: 'trade', s: 'AAPL', n, t: 1_000_000 + n, p: 10 + n, q: 1, ...more });

// `answer(command)` gives the acknowledged symbols and the messages that follow, for each subscribe.
async function liar(t, answer) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.send(JSON.stringify([head]));
    socket.on('message', (data) => {
      const command = JSON.parse(data.toString());
      const { symbols, messages, close } = answer(command);
      socket.send(JSON.stringify([{ e: 'subscribed', id: command.id, channel: 'trades', mode: command.mode,
        interval_ms: command.interval_ms ?? 0, symbols, failed: [] }, ...messages]));
      if (close) socket.close(...close);
    });
  });
  await within(once(server, 'listening'), 5000, 'the listening of a server that lies');
  return `ws://127.0.0.1:${server.address().port}`;
}

scenario('a message that a server leaves out is named', async (t) => {
  const url = await liar(t, () => ({ symbols: [{ s: 'AAPL', n: 0 }], messages: [1, 2, 3, 5, 6].map((n) => trade(n)) }));
  assert_violation(await verify([url, 'AAPL', '--for', '5']), 'coverage', ['trades AAPL', '4 is missing', 'connection 1', '"n":5']);
  const { code, stdout } = await verify([url, 'AAPL', '--for', '5', '--json']);
  assert.equal(code, 1);
  assert.match(JSON.parse(stdout).violation, /^coverage: /);
});

scenario('a merged message that is not the sum of its trades is found by comparison', async (t) => {
  const url = await liar(t, ({ mode }) => ({
    symbols: [{ s: 'AAPL', n: 0 }],
    messages: mode === 'every' ? [trade(1), trade(2), trade(3)] : [trade(3, { o: 11, h: 14, l: 11, v: 3, f: 1, k: 3 })],
  }));
  assert_violation(await verify([url, 'AAPL', '--for', '5', '--connections', '2']), 'merge is exact', ['AAPL 1…3', 'has h 14', 'amount to 13', 'connection 2']);
});

scenario('a number that says one thing here and another there is found', async (t) => {
  const url = await liar(t, ({ mode }) => ({ symbols: [{ s: 'AAPL', n: 0 }], messages: [trade(1, mode === 'latest' ? { q: 2 } : {})] }));
  assert_violation(await verify([url, 'AAPL', '--for', '5', '--connections', '2']), 'agreement', ['trades AAPL 1']);
});

scenario('a replay with a hole is found', async (t) => {
  const url = await liar(t, ({ resume }) => (resume
    ? { symbols: [{ s: 'AAPL', n: 5, recovered: true }], messages: [trade(4), trade(5)] }
    : { symbols: [{ s: 'AAPL', n: 0 }], messages: [trade(1), trade(2)] }));
  assert_violation(await verify([url, 'AAPL', '--for', '10', '--connections', '2', '--cut', '0.1']), 'coverage', ['3 is missing', 'connection 2']);
});

scenario('a snapshot that never comes, and a close code that nobody knows, are found', async (t) => {
  const silent = await liar(t, () => ({ symbols: [{ s: 'AAPL', n: 7 }], messages: [] }));
  assert_violation(await verify([silent, 'AAPL', '--for', '1', '--connections', '1', '--patience', '1']), 'snapshot', ['trades AAPL']);
  const rude = await liar(t, () => ({ symbols: [{ s: 'AAPL', n: 0 }], messages: [], close: [4321, 'who knows'] }));
  assert_violation(await verify([rude, 'AAPL', '--for', '5', '--connections', '1']), 'close', ['4321']);
});

// ---- what cannot be verified ----

scenario('what is no server and no capture is said in one sentence', async (t) => {
  const directory = temporary_directory(t);
  const messages = join(directory, 'messages');
  writeFileSync(messages, '{"e":"welcome","v":1}\n');
  const empty = join(directory, 'empty');
  writeFileSync(empty, '\n');
  const server = await serve(t, {});
  const cases = [
    [['wss://'], 2, /no address of a server/],
    [['localhost:notaport'], 2, /no address of a server/],
    [[join(directory, 'none')], 2, /no file .* wss:\/\/localhost:8443/],
    [[messages], 2, /tail --raw/],
    [[empty], 2, /no frames/],
    [['--for', '-1', 'x'], 2, /--for/],
    [['ws://127.0.0.1:9'], 1, /cannot connect to 127\.0\.0\.1:9/],
    [[server.url()], 1, /certificate .*--insecure/],
    [[server.url('/v1/nothing'), '--insecure'], 1, /\/v1\/nothing is no stream: .* 404/],
  ];
  for (const [args, expected, sentence] of cases) {
    const { code, stderr } = await verify(args);
    assert.equal(code, expected, `${args}: ${stderr}`);
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split('\n').length, 1, `one sentence, not:\n${stderr}`);
  }
});
