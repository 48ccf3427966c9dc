// A crowd of which a fifth stops reading. The others get every number, in time; those that stopped end as `on_slow` says; and the
// server's memory stays within a bound that is said here: for each that stopped three times what may be queued for it (a queued
// tick is kept as a tick beside its text) and 64 KiB for its connection, and 32 MiB for everything else.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, quarantine, scaled, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Coverage } from './lib/coverage.mjs';

const MiB = 1 << 20;
const backlog_bytes = 131072;
const feeds = ['sim:symbols=200&rate=1000&seed=11&prefix=S&mix=trades'];
const set = { backlog_bytes, send_buffer_bytes: 16384, max_connections: 4000 };
const symbol = (i) => `S${String(i % 200).padStart(5, '0')}`;

class Member {
  constructor() {
    this.coverage = new Coverage();
    this.delays = [];
  }

  async join(server, symbols, options = {}) {
    this.client = await Client.open(server, { on_message: (m, arrived) => {
      this.coverage.take(m);
      if (m.e === 'trade' && !m.snap && this.measuring) this.delays.push(arrived - m.t / 1000);
    } });
    const ack = await this.client.subscribe(symbols, options);
    if (ack.e !== 'subscribed') throw new Error(JSON.stringify(ack));
    this.client.keep = false;
    return this;
  }

  stop_reading() {
    this.client.socket.pause();
    return this;
  }

  read_again() { this.client.socket.resume(); }
}

// Joins in small groups, as people do.
async function crowd(count, join) {
  const members = [];
  while (members.length < count) {
    const group = Array.from({ length: Math.min(40, count - members.length) }, (_, k) => join(members.length + k));
    members.push(...await Promise.all(group));
  }
  return members;
}

// Runs `during` with `stopped` members not reading, then demands what every healthy member may expect.
async function siege(t, { healthy: healthy_count, stopped: stopped_count, options }, during) {
  const server = await serve(t, { feeds, set });
  await server.ticks_in(2000);
  const healthy = await crowd(scaled(healthy_count, 20), (i) => new Member().join(server, [symbol(2 * i), symbol(2 * i + 1)]));
  for (const member of healthy) member.measuring = true;
  let peak = 0;
  const before = server.resident();
  const watching = setInterval(() => { peak = Math.max(peak, server.resident()); }, 100);
  // At once, as the kernel gives the more room to a socket the more was read from it.
  const slow = await crowd(scaled(stopped_count, 5), async () => (await new Member().join(server, ['*'], options)).stop_reading());
  // What the test itself does afterwards, reading all that waited, is no delay of the server's.
  const calm = () => { for (const member of healthy) member.measuring = false; };
  try {
    await during(server, slow, calm);
  } finally {
    clearInterval(watching);
  }
  const bound = slow.length * (3 * backlog_bytes + 65536) + 32 * MiB + quarantine;
  assert.ok(peak - before < bound, `memory grew by ${peak - before} bytes, more than ${bound}`);
  const { symbols } = await (await Client.open(server)).subscribe(Array.from({ length: 200 }, (_, i) => symbol(i)));
  const newest = new Map(symbols.map(({ s, n }) => [s, n]));
  await until(() => healthy.every(({ coverage }) => [...coverage.due].every(([s, due]) => due > newest.get(s))), 10_000,
    'the arrival of every number at every healthy client');
  for (const { coverage, client } of healthy) {
    assert.equal(client.close, undefined, 'no healthy client was closed');
    assert.deepEqual([coverage.faults, coverage.merged, coverage.gaps], [[], 0, []]);
  }
  const delays = healthy.flatMap((member) => member.delays).sort((a, b) => a - b);
  const p99 = delays[Math.floor(delays.length * 0.99)];
  t.diagnostic(`${healthy.length} healthy and ${slow.length} stopped clients; of ${delays.length} trades 99 % came within ${p99.toFixed(0)} ms; `
    + `memory grew by ${((peak - before) / MiB).toFixed(1)} MiB`);
  assert.ok(p99 < 1000 * patience, `of ${delays.length} trades 99 % came within ${p99} ms`);
}

scenario('200 of 1000 stop reading: they are closed with 4008 and the other 800 get every trade', (t) => siege(t,
  { healthy: 800, stopped: 200, options: { on_slow: 'evict' } },
  async (server, slow, calm) => {
    await server.counted('tickcast_evictions_total', {}, slow.length, 20_000);
    calm();
    for (const member of slow) member.read_again();
    for (const { client, coverage } of slow) {
      const { code, reason } = await client.ended(10_000);
      assert.equal(code, 4008);
      assert.match(reason, /\d/, 'the reason has figures');
      assert.deepEqual(coverage.faults, [], 'what they still got was whole');
    }
    await server.counted('tickcast_closes_total', { code: '4008' }, slow.length);
    await server.counted('tickcast_sessions', { state: 'open' }, (sum) => sum === scaled(800, 20));
  }), { seconds: 50 });

// Those that stopped read again, and hear of every number up to now.
async function recovered(server, slow) {
  for (const member of slow) member.read_again();
  const { symbols } = await (await Client.open(server)).subscribe(Array.from({ length: 200 }, (_, i) => symbol(i)));
  await until(() => slow.every(({ coverage }) => coverage.reached(symbols)), 15_000, 'the slow clients hearing of every number again');
  for (const { client, coverage } of slow) {
    assert.equal(client.close, undefined, JSON.stringify(client.close));
    assert.deepEqual(coverage.faults, []);
  }
}

scenario('with on_slow latest, who stopped reading gets everything merged, and then every trade again', (t) => siege(t,
  { healthy: 140, stopped: 60, options: { on_slow: 'latest' } },
  async (server, slow, calm) => {
    await server.ticks_in((await server.metrics()).sum('tickcast_ticks_in_total') + 6000, 15_000);
    calm();
    await recovered(server, slow);
    await until(() => slow.every(({ coverage }) => coverage.rates.at(-1)?.mode === 'every'), 10_000, 'the announcement of every');
    for (const { coverage } of slow) {
      assert.ok(coverage.merged > 0, 'something was merged');
      coverage.rates.forEach((m, i) => assert.deepEqual({ e: 'rate', channel: 'trades', mode: i % 2 ? 'every' : 'latest', why: 'slow_consumer' }, m));
    }
    const plain = slow.map(({ coverage }) => coverage.plain);
    await until(() => slow.every(({ coverage }, i) => coverage.plain > plain[i] + 200), 10_000, 'single trades again');
    assert.equal((await server.metrics()).sum('tickcast_evictions_total'), 0);
  }), { seconds: 50 });

scenario('with on_slow gap, who stopped reading is told exactly what it missed', (t) => siege(t,
  { healthy: 140, stopped: 60, options: { on_slow: 'gap' } },
  async (server, slow, calm) => {
    await server.ticks_in((await server.metrics()).sum('tickcast_ticks_in_total') + 6000, 15_000);
    await server.counted('tickcast_gaps_total', { why: 'slow_consumer' }, slow.length);
    calm();
    await recovered(server, slow);
    for (const { coverage } of slow) {
      assert.ok(coverage.gaps.length > 0 && coverage.missing > 0);
      for (const { channel, why } of coverage.gaps) assert.deepEqual([channel, why], ['trades', 'slow_consumer']);
      assert.equal(coverage.merged, 0, 'nothing was merged');
    }
    assert.equal((await server.metrics()).sum('tickcast_evictions_total'), 0);
  }), { seconds: 50 });

// All the recent ticks of 64 symbols are 16 MiB; one answer has at most 4 of them.
scenario('who asks for more and more of the past without reading is given one answer at most', async (t) => {
  const rate = scaled(200_000);
  const server = await serve(t, { feeds: [`sim:symbols=64&rate=${rate}&seed=12&prefix=S&mix=trades`], set: { ...set, stall_s: 60, backlog_age_s: 60 } });
  await server.ticks_in(64 * scaled(6000), 20_000);
  const before = server.resident();
  const count = scaled(40, 5);
  const clients = [];
  for (let i = 0; i < count; ++i) {
    const client = await Client.open(server);
    client.socket.pause();
    for (let part = 0; part < 4; ++part) {
      const symbols = Array.from({ length: 16 }, (_, k) => `S${String(16 * part + k).padStart(5, '0')}`);
      client.send({ op: 'subscribe', channel: 'trades', symbols, mode: 'latest', interval_ms: 1000, history: 4096 });
    }
    clients.push(client);
  }
  await server.counted('tickcast_commands_total', { op: 'subscribe', result: 'ok' }, count);
  const ticks = (await server.metrics()).sum('tickcast_ticks_in_total');
  await server.ticks_in(ticks + rate, 20_000);
  const grown = server.resident() - before;
  const bound = count * (4 * MiB + 3 * backlog_bytes + 65536) + 32 * MiB + quarantine;
  t.diagnostic(`memory grew by ${(grown / MiB).toFixed(1)} MiB`);
  assert.ok(grown < bound, `memory grew by ${grown} bytes, more than ${bound}`);
  const carried_out = (await server.metrics()).sum('tickcast_commands_total', { op: 'subscribe', result: 'ok' });
  assert.ok(carried_out < 2 * count, `${carried_out} subscribes were carried out for ${count} clients that read nothing`);
  // Who reads gets it all.
  clients[0].socket.resume();
  await clients[0].collect((m) => m.e === 'subscribed', 4, 20_000);
}, { seconds: 60 });

scenario('who takes the whole market merged and does not read costs a kilobyte a symbol', async (t) => {
  const symbols = scaled(5000);
  const rate = scaled(40_000);
  const server = await serve(t, { feeds: [`sim:symbols=${symbols}&rate=${rate}&seed=13&prefix=S`], set: { ...set, stall_s: 60, bars_mb: 1 } });
  await server.ticks_in(8 * rate, 20_000);  // by then what is kept of the market's own bars has the size that it is to have
  const before = server.resident();
  const count = scaled(10, 3);
  for (let i = 0; i < count; ++i) {
    const client = await Client.open(server);
    for (const channel of ['trades', 'quotes']) await client.subscribe('*', { channel, mode: 'latest', snapshot: false });
    client.socket.pause();
  }
  const ticks = (await server.metrics()).sum('tickcast_ticks_in_total');
  await server.ticks_in(ticks + 5 * rate, 20_000);
  const grown = server.resident() - before;
  const bound = count * (2 * symbols * 1024 + 3 * backlog_bytes + 65536) + 32 * MiB + quarantine;
  t.diagnostic(`memory grew by ${(grown / MiB).toFixed(1)} MiB`);
  assert.ok(grown < bound, `memory grew by ${grown} bytes, more than ${bound}`);
  assert.equal((await server.metrics()).sum('tickcast_evictions_total'), 0);
}, { seconds: 60 });
