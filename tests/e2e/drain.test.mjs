// The end: SIGTERM lets everybody go in order, and the next start is another epoch.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, scaled, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw } from './lib/raw.mjs';

const market = { feeds: ['sim:symbols=4&rate=1000&seed=1&prefix=S&mix=trades'] };

scenario('SIGTERM says bye with a slot of each client\'s own, closes with 1001 and ends with 0 in time', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 2 } });
  await server.ticks_in(10);
  const clients = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const client = await Client.open(server);
    if (i % 2) await client.subscribe('*');
    else await client.ask({ op: 'ping' });
    return client;
  }));
  const start = Date.now();
  server.signal('SIGTERM');
  const slots = new Set();
  for (const client of clients) {
    const bye = await client.next('bye');
    assert.equal(bye.why, 'draining');
    assert.ok(Number.isInteger(bye.retry_ms) && bye.retry_ms >= 0, JSON.stringify(bye));
    slots.add(bye.retry_ms);
    assert.equal((await client.ended()).code, 1001);
  }
  assert.ok(slots.size > 10, `20 clients were given ${slots.size} different slots`);
  await server.ended_well();
  assert.ok(Date.now() - start < 2000 + 1500 * patience, `it took ${Date.now() - start} ms`);
  for (const client of clients) {
    const due = new Map();
    for (const { s, n } of client.messages.filter((m) => m.e === 'trade')) {
      if (due.has(s)) assert.equal(n, due.get(s));
      due.set(s, n + 1);
    }
  }
});

scenario('while draining nobody new is taken, and readiness says so', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 3 } });
  await server.ticks_in(10);
  const raws = await Promise.all(Array.from({ length: 10 }, () => Raw.open(server)));
  server.signal('SIGTERM');
  await raws[0].next_message((m) => m.e === 'bye');
  await until(async () => {
    const answer = await server.admin('/readyz').catch(() => ({ status: 'gone' }));
    return answer.status === 503 || answer.status === 'gone';
  }, 2000, 'readiness failing');
  await assert.rejects(async () => {
    const client = await Client.open(server);
    const { code } = await client.ended();
    throw new Error(`closed with ${code}`);
  });
});

scenario('who never reads does not keep the server from ending', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 1, send_buffer_bytes: 16384, stall_s: 60 } });
  await server.ticks_in(10);
  const raw = await Raw.open(server);
  await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
  await raw.next_message((m) => m.e === 'subscribed');
  raw.socket.pause();
  await server.ticks_in((await server.metrics()).sum('tickcast_ticks_in_total') + 4000, 10_000);
  const start = Date.now();
  server.signal('SIGTERM');
  await server.ended_well();
  assert.ok(Date.now() - start < 1000 + 1500 * patience);
});

scenario('peers that vanish at the moment of SIGTERM do no harm', async (t) => {
  for (let round = 0; round < 6; ++round) {
    const server = await serve(t, market);
    await server.ticks_in(10);
    const raws = await Promise.all(Array.from({ length: scaled(40) }, () => Raw.open(server)));
    await Promise.all(raws.map(async (raw, i) => {
      await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'], mode: i % 2 ? 'latest' : 'every' });
      await raw.next_message((m) => m.e === 'trade');
    }));
    raws.forEach((raw, i) => {
      raw.drop();
      if (i === Math.floor(raws.length / 2)) server.signal('SIGTERM');
    });
    await server.ended_well();
  }
});

scenario('half-made connections do not keep the server from ending', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 1 } });
  await Promise.all([Raw.tcp(server), Raw.connect(server), Raw.connect(server)]);
  server.signal('SIGTERM');
  await server.ended_well(4000);
});

scenario('with nobody connected it ends at once', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 30 } });
  await server.metrics();  // ThreadSanitizer loses a signal now and then that comes before there is nothing to do
  const start = Date.now();
  server.signal('SIGTERM');
  await server.ended_well();
  assert.ok(Date.now() - start < 3000 * patience);
});

scenario('two signals are no more than one', async (t) => {
  const server = await serve(t, { ...market, set: { drain_s: 1 } });
  const client = await Client.open(server);
  await client.next('welcome');
  server.signal('SIGTERM');
  await client.next('bye');
  server.signal('SIGTERM');
  assert.equal((await client.ended()).code, 1001);
  await server.ended_well();
});

scenario('the next start is another epoch, and numbers start anew', async (t) => {
  const epochs = [];
  for (let i = 0; i < 2; ++i) {
    const server = await serve(t, market);
    const client = await Client.open(server);
    epochs.push((await client.next('welcome')).epoch);
    server.signal('SIGTERM');
    await server.ended_well();
  }
  assert.notEqual(epochs[0], epochs[1]);
});
