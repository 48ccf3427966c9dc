// Many listeners at once: shards, the turns that gather what is due, frames of at most 64 KiB, and lanes that overflow.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, scaled, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Coverage } from './lib/coverage.mjs';

const tcp = ['ndjson+tcp://127.0.0.1:0'];
const named = (count) => Array.from({ length: count }, (_, i) => ({ e: 'trade', s: `SYMBOL_NUMBER_${i}`, p: 1, q: 1 }));

scenario('every client hears the same, on whichever shard it is', async (t) => {
  const server = await serve(t, { feeds: tcp, set: { open_symbols: true }, args: ['--shards', '4'] });
  assert.equal(server.shards, 4);
  const publisher = await Publisher.connect(server);
  const clients = await Promise.all(Array.from({ length: 12 }, async () => {
    const client = await Client.open(server);
    await client.subscribe(['A', 'B']);
    return client;
  }));
  for (let i = 0; i < 20; ++i) {
    await publisher.trades('A', 25 * i + 1, 25 * i + 25);
    await publisher.trades('B', 25 * i + 1, 25 * i + 25);
  }
  const heard = await Promise.all(clients.map((client) => client.collect('trade', 1000)));
  for (const trades of heard) assert.deepEqual(trades, heard[0]);
  const depths = (await server.metrics()).matching('tickcast_lane_depth').map(({ labels }) => labels.shard).sort();
  assert.deepEqual(depths, ['0', '1', '2', '3']);
});

scenario('no frame is longer than 64 KiB, and none cuts a message', async (t) => {
  const server = await serve(t, { feeds: tcp });
  const publisher = await Publisher.connect(server);
  await publisher.events(named(3000));
  await server.ticks_in(3000);
  const client = await Client.open(server);
  await client.subscribe('*');
  const trades = await client.collect('trade', 3000);
  assert.equal(new Set(trades.map((m) => m.s)).size, 3000);
  const lengths = client.frames.map(({ text }) => Buffer.byteLength(text));
  assert.ok(Math.max(...lengths) <= 65536, `the longest frame has ${Math.max(...lengths)} bytes`);
  assert.ok(client.frames.length < 150, `3000 snapshots came in ${client.frames.length} frames`);
});

scenario('what is due at once comes in one frame', async (t) => {
  const server = await serve(t, { feeds: tcp, set: { open_symbols: true, flush_us: 200_000 } });
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await client.subscribe('A');
  for (let i = 0; i < 10; ++i) {
    await publisher.trades('A', 50 * i + 1, 50 * i + 50);
    await server.ticks_in(50 * i + 50);
  }
  await client.collect('trade', 500);
  const frames = client.frames.filter(({ messages }) => messages.some((m) => m.e === 'trade'));
  const seconds = (frames.at(-1).arrived - frames[0].arrived) / 1000;
  assert.ok(frames.length <= seconds / 0.2 + 3, `500 trades came in ${frames.length} frames within ${seconds} s`);
});

for (const flush_us of [0, 100_000]) {
  scenario(`a server with little to do sleeps, with ${flush_us === 0 ? 'no flush window' : 'a flush window too'}`, async (t) => {
    const server = await serve(t, { feeds: ['sim:symbols=5&rate=50&seed=1&prefix=S'], set: { flush_us } });
    await server.ticks_in(20);
    const client = await Client.open(server);
    await client.subscribe('*');
    await client.collect('trade', 5);
    const before = server.cpu();
    await client.collect('trade', client.messages.filter((m) => m.e === 'trade').length + 25);
    const used = server.cpu() - before;
    assert.ok(used < 0.5 * patience, `it used ${used} s of CPU in about two seconds`);
  });
}

scenario('a lane that overflows is announced as a gap, and nothing is lost silently', async (t) => {
  const server = await serve(t, { feeds: tcp, set: { open_symbols: true, lane_capacity: 256, backlog_bytes: 1 << 28 } });
  const publisher = await Publisher.connect(server);
  const clients = await Promise.all([0, 1, 2].map(async () => {
    const coverage = new Coverage();
    const client = await Client.open(server, { on_message: (m) => coverage.take(m) });
    client.keep = false;
    client.send({ op: 'subscribe', id: 1, channel: 'trades', symbols: ['*'] });
    return { client, coverage };
  }));
  await server.counted('tickcast_commands_total', { op: 'subscribe' }, 3);
  const count = scaled(200_000, 20_000);
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"e":"trade","s":"S${i % 10}","p":1,"q":1}\n`).join('');
  for (let i = 0; i < count; i += 20_000) await publisher.write(lines);
  await server.ticks_in(count, 15_000);
  // One more of each symbol, after the flood: what was lost at its end is told by then.
  await publisher.events(Array.from({ length: 10 }, (_, i) => ({ e: 'trade', s: `S${i}`, p: 1, q: 1 })));
  const symbols = Array.from({ length: 10 }, (_, i) => ({ s: `S${i}`, n: count / 10 + 1 }));
  await until(() => clients.every(({ coverage }) => coverage.reached(symbols)), 10_000,
    () => `every number being heard of (${clients.map(({ coverage }) => [...coverage.due.values()].join(' '))})`);
  const dropped = (await server.metrics()).sum('tickcast_lane_dropped_total');
  for (const { coverage } of clients) {
    assert.deepEqual(coverage.faults, []);
    for (const { channel, why } of coverage.gaps) assert.deepEqual([channel, why], ['trades', 'overflow']);
    assert.equal(coverage.missing > 0, coverage.gaps.length > 0);
  }
  t.diagnostic(`${dropped} of ${count} ticks were dropped by lanes of 256; the clients missed ${clients.map(({ coverage }) => coverage.missing)}`);
  if (clients.some(({ coverage }) => coverage.missing > 0)) {
    assert.ok(dropped > 0, 'the server counts what it drops');
    assert.ok((await server.metrics()).sum('tickcast_gaps_total', { why: 'overflow' }) > 0);
  }
}, { seconds: 40 });

scenario('symbols beyond max_symbols are bad input, those named before go on', async (t) => {
  const server = await serve(t, { feeds: tcp, set: { max_symbols: 10 } });
  const publisher = await Publisher.connect(server);
  await publisher.events(named(15));
  await server.counted('tickcast_feed_bad_input_total', {}, 5);
  const client = await Client.open(server);
  assert.deepEqual((await client.subscribe('*')).symbols, [{ s: '*', count: 10 }]);
  await publisher.trade('SYMBOL_NUMBER_3', 7);
  assert.equal((await client.next({ e: 'trade', s: 'SYMBOL_NUMBER_3', n: 2 })).p, 7);
});

scenario('a feed that has gone silent is told by readyz', async (t) => {
  const server = await serve(t, { feeds: tcp, set: { feed_stale_s: 0.5 } });
  const publisher = await Publisher.connect(server);
  const stale = async () => JSON.parse((await server.admin('/readyz')).body).feeds[0].stale;
  for (let round = 0; round < 2; ++round) {
    await publisher.trade('A');
    await until(async () => (await stale()) === false, 3000, 'readyz calling the feed fresh');
    await until(async () => (await stale()) === true, 5000, 'readyz calling the feed stale');
  }
});
