// Who is still there: heartbeats, pings, idle sessions, and the number of connections.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Raw, op } from './lib/raw.mjs';

const feeds = ['ndjson+tcp://127.0.0.1:0'];

scenario('a session with subscriptions gets heartbeats with its last numbers', async (t) => {
  const server = await serve(t, { feeds, set: { heartbeat_s: 0.3 } });
  const publisher = await Publisher.connect(server);
  await publisher.trades('AAPL', 1, 4);
  await publisher.trades('MSFT', 1, 2);
  await publisher.quote('AAPL');
  await server.ticks_in(7);
  const client = await Client.open(server);
  await client.subscribe(['AAPL', 'MSFT']);
  await client.subscribe('AAPL', { channel: 'quotes' });
  const beat = await client.next('heartbeat');
  assert.ok(Number.isSafeInteger(beat.t) && Math.abs(beat.t - Date.now() * 1000) < 60e6);
  assert.deepEqual({ ...beat, t: 0 }, { e: 'heartbeat', t: 0, n: { trades: { AAPL: 4, MSFT: 2 }, quotes: { AAPL: 1 } } });
  await publisher.trade('AAPL', 5);
  await client.next({ e: 'trade', n: 5 });
  assert.equal((await client.next('heartbeat')).n.trades.AAPL, 5);
});

scenario('a heartbeat names at most 64 symbols', async (t) => {
  const server = await serve(t, { feeds, set: { heartbeat_s: 0.3 } });
  const publisher = await Publisher.connect(server);
  const symbols = Array.from({ length: 100 }, (_, i) => `S${i}`);
  await publisher.events(symbols.map((s) => ({ e: 'trade', s, p: 1, q: 1 })));
  await server.ticks_in(100);
  const client = await Client.open(server);
  await client.subscribe(symbols);
  const { n } = await client.next('heartbeat');
  const named = Object.keys(n.trades);
  assert.ok(named.length > 0 && named.length <= 64 && named.every((s) => symbols.includes(s) && n.trades[s] === 1), JSON.stringify(n));
});

scenario('a session without subscriptions gets no heartbeat', async (t) => {
  const server = await serve(t, { feeds, set: { heartbeat_s: 0.2, open_symbols: true } });
  const [silent, subscribed] = await Promise.all([Client.open(server), Client.open(server)]);
  await silent.ask({ op: 'ping' });
  await subscribed.subscribe('AAPL');
  await subscribed.collect('heartbeat', 4);
  await silent.ask({ op: 'ping' });
  assert.deepEqual(silent.messages.map((m) => m.e), ['welcome', 'pong', 'pong']);
});

scenario('a heartbeat comes only after silence', async (t) => {
  const server = await serve(t, { feeds, set: { heartbeat_s: 1, open_symbols: true } });
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await client.subscribe('AAPL');
  const sending = setInterval(() => publisher.trade('AAPL'), 50);
  try {
    await client.collect('trade', 50, 15_000);
  } finally {
    clearInterval(sending);
  }
  await client.next('heartbeat');
  // By the server's clock: what it said in time may be read here late, and together.
  let last;
  for (const { e, t: time } of client.messages) {
    if (e === 'trade') last = time;
    if (e === 'heartbeat' && last) assert.ok(time - last >= 500_000, `a heartbeat came ${(time - last) / 1000} ms after other data`);
  }
});

scenario('a session that gives no command is closed with 4011, one that gave one is not', async (t) => {
  const server = await serve(t, { feeds, set: { idle_s: 0.6 * patience } });
  const [busy, idle] = await Promise.all([Client.open(server), Client.open(server)]);
  await busy.ask({ op: 'ping' });
  const start = Date.now();
  const { code, reason } = await idle.ended();
  assert.equal(code, 4011);
  assert.match(reason, /\d/);
  assert.ok(Date.now() - start < 3000 * patience);
  await server.counted('tickcast_closes_total', { code: '4011' }, 1);
  assert.equal((await busy.ask({ op: 'ping' })).e, 'pong');
});

scenario('a peer that answers no ping is closed with 4010', async (t) => {
  const server = await serve(t, { feeds, set: { ping_s: 0.3, pong_s: 0.4 * patience } });
  const [raw, client] = await Promise.all([Raw.open(server), Client.open(server)]);
  await raw.command({ op: 'ping', id: 1 });
  await raw.next_of(op.ping);
  const { code, reason } = await raw.close_frame();
  assert.equal(code, 4010);
  assert.match(reason, /\d/);
  await server.counted('tickcast_closes_total', { code: '4010' }, 1);
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong', 'who answers stays');
});

scenario('a peer that answers pings stays, however silent it is otherwise', async (t) => {
  const server = await serve(t, { feeds, set: { ping_s: 0.2, pong_s: 0.5 * patience } });
  const raw = await Raw.open(server);
  await raw.command({ op: 'ping' });
  for (let i = 0; i < 6; ++i) {
    const { payload } = await raw.next_of(op.ping);
    assert.ok(payload.length <= 125);
    await raw.send(op.pong, payload);
  }
  await raw.command({ op: 'ping', id: 'alive' });
  await raw.next_message((m) => m.id === 'alive');
});

scenario('a connection beyond max_connections is closed with 4504, and there is room again when one goes', async (t) => {
  const server = await serve(t, { feeds, set: { max_connections: 2 } });
  const first = await Client.open(server);
  await Client.open(server);
  const third = await Client.open(server);
  const { code, reason } = await third.ended();
  assert.equal(code, 4504);
  assert.match(reason, /\d/);
  assert.ok(!third.messages.some((m) => m.e === 'subscribed'));
  await server.counted('tickcast_closes_total', { code: '4504' }, 1);
  first.socket.close();
  await first.ended();
  await until(async () => {
    const again = await Client.open(server);
    const pong = await again.ask({ op: 'ping' }).catch(() => null);
    return pong?.e === 'pong';
  }, 5000, 'the taking of a connection after another one left');
});

scenario('an address may not have more than max_connections_per_address', async (t) => {
  const server = await serve(t, { feeds, set: { max_connections_per_address: 1 } });
  const first = await Client.open(server);
  const second = await Client.open(server);
  assert.equal((await second.ended()).code, 4504);
  assert.equal((await first.ask({ op: 'ping' })).e, 'pong');
});
