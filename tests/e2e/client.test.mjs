// tickcast-client, as npm packs it, against the real binary: whatever happens to the network and to the server, each trade is given
// once and in order, or a gap is told that covers it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import WebSocket from 'ws';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled, until, within } from './lib/deadline.mjs';
import { Server, serve } from './lib/server.mjs';
import { Client as Witness } from './lib/client.mjs';
import { newest_of } from './lib/follower.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Relay } from './lib/relay.mjs';
import { connect, connected, impatient } from './lib/connected.mjs';
import { dice } from './lib/dice.mjs';
import { sockets } from './lib/package.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const symbols = Array.from({ length: 8 }, (_, i) => `C${String(i).padStart(5, '0')}`);
const busy = { feeds: ['sim:symbols=8&rate=1500&seed=5&prefix=C&mix=trades'] };
const fed = { feeds: ['ndjson+tcp://127.0.0.1:0'] };

// Everything a subscription gives: each number of each symbol once and in order, or told as a gap.
class Ledger {
  constructor(subscription) {
    this.due = new Map();
    this.given = [];
    this.gaps = [];
    this.faults = [];
    subscription.on('message', (message) => this.take(message, message.f ?? message.n));
    subscription.on('gap', (gap) => this.take(gap, gap.f));
  }

  take(message, first) {
    const { e, s, n, why } = message;
    const due = why === 'new_epoch' ? first : this.due.get(s) ?? first;
    if (first !== due) this.faults.push(`${s}: ${e} ${first}…${n} came where ${due} was due`);
    this.due.set(s, n + 1);
    (e === 'gap' ? this.gaps : this.given).push(message);
  }

  reached(newest) { return newest.every(({ s, n }) => (this.due.get(s) ?? 1) > n); }
}

const caught_up = async (server, ledgers) => {
  const newest = (await newest_of(server, symbols)).filter(({ n }) => n > 0);
  await until(() => ledgers.every((ledger) => ledger.reached(newest)), 15_000, () => `hearing of all of ${JSON.stringify(newest)}`);
};

scenario('each trade comes exactly once over twenty cuts, in the middle of frames, in both encodings', async (t) => {
  const throws = dice(t);
  const server = await serve(t, busy);
  await server.ticks_in(50);
  const witness = await Witness.open(server);
  await witness.subscribe(symbols, { history: 5000 });
  const relay = await Relay.to(server, throws, { delay: 3, jitter: 2 });
  const clients = [];
  for (const encoding of ['json', 'sbe', 'json', 'sbe']) {
    const one = connected(t, server, { via: relay.address, encoding });
    one.ledger = new Ledger(one.client.subscribe('trades', clients.length < 2 ? symbols : '*', { history: 20 }));
    clients.push(one);
  }
  const ledgers = clients.map(({ ledger }) => ledger);
  const cuts = scaled(20, 5);
  while (clients.some(({ times }) => times('reconnecting') < cuts)) {
    await pause(throws.between(5, 60));
    if (throws.chance(0.5)) relay.tear();
    else relay.cut(throws);
  }
  await caught_up(server, ledgers);
  t.diagnostic(`${relay.cuts} cuts; ${ledgers.map(({ given }) => given.length)} trades`);
  const truth = new Map(witness.messages.filter(({ e }) => e === 'trade').map(({ snap, ...trade }) => [`${trade.s} ${trade.n}`, trade]));
  for (const { given, gaps, faults } of ledgers) {
    assert.deepEqual([faults, gaps], [[], []]);
    assert.ok(given.length > 100);
    for (const { snap, ...trade } of given) assert.deepEqual(trade, truth.get(`${trade.s} ${trade.n}`));
  }
  assert.ok(clients.every(({ made }) => made.length > cuts));
}, { seconds: 50 });

scenario('a line that goes dead is noticed, and left', async (t) => {
  const server = await serve(t, { ...busy, set: { ping_s: 1 } });
  const relay = await Relay.to(server, dice(t));
  const { client, states, state, times } = connected(t, server, { via: relay.address, marginMs: 500, openMs: 1000 });
  const ledger = new Ledger(client.subscribe('trades', symbols));
  await until(() => ledger.given.length > 50, 5000, 'trades');
  relay.hold();
  await until(() => times('reconnecting') > 1, 10_000, 'giving up the dead line, and the next one');
  assert.deepEqual(states.filter(({ name }) => name === 'reconnecting').slice(0, 2).map(({ why }) => why.replace(/[\d.]+ s/, 'so long')),
    ['nothing heard for so long', 'no welcome within so long']);
  relay.release();
  await until(() => state() === 'live', 5000, 'being back');
  await caught_up(server, [ledger]);
  assert.deepEqual([ledger.faults, ledger.gaps], [[], []]);
});

scenario('a connection that cannot be made says why', async (t) => {
  const server = await serve(t, fed);
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address();
  nobody.close();
  await once(nobody, 'close');
  const failures = [
    [server.url(), { WebSocket }, /^could not connect: (self-signed|unable to verify).* certificate/],
    [server.url('/nowhere'), {}, /^could not connect: Unexpected server response: 404$/],
    [`wss://127.0.0.1:${port}`, {}, /^could not connect: connect ECONNREFUSED 127\.0\.0\.1:/],
    [`wss://localhost:${port}`, {}, /^could not connect: .*ECONNREFUSED/],
  ];
  for (const [url, options, why] of failures) {
    const client = connect(url, { WebSocket: sockets().Socket, backoff: impatient, ...options });
    t.after(() => client.close());
    const errors = [];
    client.on('error', (error) => errors.push(error));
    await within(assert.rejects(client.ready({ retry: false }), { code: 'not_connected', message: why }), 10_000, 'the failure');
    await until(() => errors.length > 1, 10_000, 'another attempt');
    for (const { code, message } of errors) assert.deepEqual([code, why.test(message)], ['not_connected', true], message);
  }
});

scenario('an idle client without a subscription stays connected', async (t) => {
  const server = await serve(t, { ...fed, set: { ping_s: 1, idle_s: 2 } });
  const { client, states } = connected(t, server, { marginMs: 500 });
  await client.ready();
  await server.counted('tickcast_commands_total', {}, 3, 10_000);
  assert.deepEqual(states.map(({ name }) => name), ['live']);
});

// A server that the test will kill; should the test fail before that, it goes with it.
async function doomed(t, options) {
  const server = new Server(options);
  t.after(() => server.child.kill('SIGKILL'));
  return server.ready();
}

// Its sudden end, and another one where it was, as far as the client can tell.
async function replaced(t, options, relay) {
  relay.server.signal('SIGKILL');
  await relay.server.ended;
  relay.server = await doomed(t, options);
  return relay.server;
}

scenario('a server with a journal may be killed: nothing is missing, and nothing comes twice', async (t) => {
  const options = { ...busy, args: ['--journal', join(temporary_directory(t), 'journal')] };
  let server = await doomed(t, options);
  const relay = await Relay.to(server, dice(t));
  t.after(() => relay.drop());
  const clients = ['json', 'sbe'].map((encoding) => connected(t, server, { via: relay.address, encoding }));
  const ledgers = clients.map(({ client }) => new Ledger(client.subscribe('trades', symbols)));
  for (let i = 0; i < 2; ++i) {
    const before = ledgers.map(({ given }) => given.length);
    await until(() => ledgers.every(({ given }, j) => given.length > before[j] + 200), 10_000, 'trades');
    server = await replaced(t, options, relay);
  }
  await until(() => clients.every(({ state }) => state() === 'live'), 10_000, 'being back');
  await caught_up(server, ledgers);
  for (const { faults, gaps } of ledgers) assert.deepEqual([faults, gaps], [[], []]);
}, { seconds: 40 });

scenario('a server without a journal begins anew: told once for each symbol, and it goes on', async (t) => {
  let server = await doomed(t, busy);
  await server.ticks_in(500);
  const relay = await Relay.to(server, dice(t));
  t.after(() => relay.drop());
  const { client, state } = connected(t, server, { via: relay.address });
  const subscription = client.subscribe('trades', symbols);
  const ledger = new Ledger(subscription);
  await until(() => symbols.every((s) => ledger.due.get(s) > 3), 10_000, 'trades of all symbols');
  const { epoch } = subscription.cursor;
  server = await replaced(t, busy, relay);
  await until(() => ledger.gaps.length === symbols.length && state() === 'live', 20_000, 'the new count of each symbol');
  await caught_up(server, [ledger]);
  assert.deepEqual(ledger.faults, []);
  assert.deepEqual(ledger.gaps.map(({ s, why }) => [s, why]).sort(), symbols.map((s) => [s, 'new_epoch']));
  assert.notEqual(subscription.cursor.epoch, epoch);
}, { seconds: 40 });

scenario('a server that drains says when to come back, and is taken at its word', async (t) => {
  const server = await serve(t, { ...busy, set: { drain_s: 1 } });
  const { client, states, made } = connected(t, server);
  const byes = [];
  client.on('frame', ({ messages }) => byes.push(...messages.filter(({ e }) => e === 'bye')));
  await client.subscribe('trades', symbols).ready;
  server.signal('SIGTERM');
  await until(() => states.at(-1).name === 'reconnecting', 5000, 'the end');
  const { in_ms, code, at } = states.at(-1);
  assert.deepEqual([in_ms, code], [byes[0].retry_ms, 1001]);
  const count = made.length;
  await until(() => made.length > count, in_ms + 2000, 'the next attempt');
  assert.ok(Date.now() >= at - 5);
});

scenario('a client that was evicted comes back, and has missed nothing', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=8&rate=4000&seed=5&prefix=C&mix=trades'],
    set: { backlog_bytes: 65536, send_buffer_bytes: 16384 } });
  await server.ticks_in(100);
  const { client, states, made, state } = connected(t, server);
  const ledger = new Ledger(client.subscribe('trades', symbols));
  await until(() => ledger.given.length > 50, 5000, 'trades');
  made[0].pause();
  await server.counted('tickcast_evictions_total', {}, 1, 15_000);
  made[0].resume();
  await until(() => states.some(({ code }) => code === 4008), 10_000, 'the reason');
  await until(() => state() === 'live', 5000, 'being back');
  await caught_up(server, [ledger]);
  assert.deepEqual(ledger.faults, []);
}, { seconds: 40 });

scenario('a slow client is told what it loses, or that its rate has changed', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=8&rate=4000&seed=5&prefix=C&mix=trades'],
    set: { backlog_bytes: 65536, send_buffer_bytes: 16384 } });
  await server.ticks_in(100);
  const slow = async (on_slow) => {
    const one = connected(t, server);
    const subscription = one.client.subscribe('trades', symbols, { on_slow });
    const ledger = new Ledger(subscription);
    const rates = [];
    subscription.on('rate', ({ mode }) => rates.push(mode));
    await until(() => ledger.given.length > 50, 5000, 'trades');
    one.made[0].pause();
    return { ...one, ledger, rates };
  };
  const [gap, latest] = [await slow('gap'), await slow('latest')];
  await server.counted('tickcast_gaps_total', { why: 'slow_consumer' }, 1, 15_000);
  await server.ticks_in((await server.metrics()).sum('tickcast_ticks_in_total') + 8000, 10_000);
  for (const { made } of [gap, latest]) made[0].resume();
  await until(() => gap.ledger.gaps.length > 0 && latest.rates.includes('every'), 15_000, 'a gap, and the way back to every trade');
  await caught_up(server, [gap.ledger, latest.ledger]);
  assert.deepEqual([gap.ledger.faults, latest.ledger.faults, latest.ledger.gaps], [[], [], []]);
  assert.ok(gap.ledger.gaps.every(({ why }) => why === 'slow_consumer'));
  assert.equal(latest.rates[0], 'latest');
  assert.ok(latest.ledger.given.some(({ k }) => k > 1), 'some came merged');
}, { seconds: 60 });

scenario('a client that is not wanted stays away', async (t) => {
  const server = await serve(t, { ...busy, set: { max_connections_per_address: 1 } });
  const first = connected(t, server);
  await first.client.ready();
  const second = connected(t, server);
  const subscription = second.client.subscribe('trades', symbols);
  for (const promise of [second.client.ready(), subscription.ready])
    await assert.rejects(promise, { name: 'TickcastError', code: 'refused', closeCode: 4504 });
  assert.equal(second.state(), 'closed');
  first.client.close();
  await until(async () => (await server.metrics()).sum('tickcast_sessions') === 0, 5000, 'the first one leaving');
  assert.equal(second.made.length, 1, 'it did not try again');
  // The address is free a moment after the session is gone.
  await until(async () => {
    second.client.reconnect();
    return second.client.ready().then(() => true, () => false);
  }, 5000, 'coming in');
  const { value } = await subscription.iterate().next();
  assert.equal(value.e, 'trade');
});

scenario('a cursor leads another process on', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  await publisher.trades('AAPL', 1, 10);
  await server.ticks_in(10);
  const first = connected(t, server);
  const before = first.client.subscribe('trades', 'AAPL', { history: 4 });
  const heard = [];
  for await (const { n } of before) if (heard.push(n) === 4) break;
  first.client.close();
  await publisher.trades('AAPL', 11, 15);
  await server.ticks_in(15);
  const second = connected(t, server);
  for await (const { n } of second.client.subscribe('trades', ['AAPL'], { resume: before.cursor })) if (heard.push(n) === 9) break;
  assert.deepEqual(heard, [7, 8, 9, 10, 11, 12, 13, 14, 15]);
});

scenario('what the server refuses is a typed error, and what it answers a promise', async (t) => {
  const server = await serve(t, { ...fed, set: { symbols_per_session: 3 } });
  const publisher = await Publisher.connect(server);
  for (const s of ['A', 'B', 'C', 'D']) await publisher.trade(s);
  await server.ticks_in(4);
  const { client } = connected(t, server);
  await assert.rejects(client.subscribe('trades', 'NONE').ready, { name: 'TickcastError', code: 'unknown_symbol' });
  await assert.rejects(client.subscribe('trades', ['A', 'B', 'C', 'D']).ready, { code: 'too_many_symbols' });
  await assert.rejects(client.subscribe('trades', ['A'], { interval_ms: -1 }).ready, { code: 'bad_option' });
  const subscription = client.subscribe('trades', ['A', 'NONE']);
  assert.deepEqual((await subscription.ready).failed, [{ s: 'NONE', code: 'unknown_symbol' }]);
  assert.ok(await client.ping() >= 0);
  assert.deepEqual((await client.command({ op: 'list' })).subscriptions.map(({ channel, symbols: listed }) => [channel, listed]), [['trades', ['A']]]);
  await assert.rejects(client.command({ op: 'dance' }), { code: 'bad_command' });
  await subscription.add('B');
  subscription.remove('A');
  assert.deepEqual((await client.command({ op: 'list' })).subscriptions[0].symbols, ['B']);
});

scenario('thousands of symbols are subscribed and resumed in as many commands as the limits ask for', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const count = scaled(4000, 400);
  const name = (i) => `LONG/SYMBOL.NUMBER-${i}`;
  await publisher.events(Array.from({ length: count }, (_, i) => ({ e: 'trade', s: name(i), p: i, q: 1 })));
  await server.ticks_in(count);
  const relay = await Relay.to(server, dice(t));
  const { client, times } = connected(t, server, { via: relay.address });
  const subscription = client.subscribe('trades', '*');
  const ledger = new Ledger(subscription);
  await until(() => ledger.due.size === count, 10_000, 'all snapshots');
  relay.cut(dice(t));
  await until(() => times('live') === 2, 5000, 'being back');
  await publisher.events(Array.from({ length: count + 5 }, (_, i) => ({ e: 'trade', s: name(i), p: i, q: 2 })));
  await until(() => ledger.given.length === 2 * count + 5, 10_000, () => `all second trades (there are ${ledger.given.length})`);
  assert.deepEqual([ledger.faults, ledger.gaps], [[], []]);
});
