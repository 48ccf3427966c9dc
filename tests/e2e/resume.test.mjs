// Coming back: what happened meanwhile is replayed, or the client is told that it cannot be.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Coverage } from './lib/coverage.mjs';

// A server with ten trades of AAPL and three of MSFT, a publisher, and a way to come back to it.
async function market(t) {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const publisher = await Publisher.connect(server);
  await publisher.trades('AAPL', 1, 10);
  await publisher.trades('MSFT', 1, 3);
  await server.ticks_in(13);
  const come_back = async (n, { epoch, ...options } = {}) => {
    const client = await Client.open(server);
    const welcome = await client.next('welcome');
    const ack = await client.subscribe(Object.keys(n), { resume: { epoch: epoch ?? welcome.epoch, n }, ...options });
    return { client, ack };
  };
  const heard = async (client, s) => {
    await client.ask({ op: 'ping' });
    return client.messages.filter((m) => m.e === 'trade' && m.s === s).map((m) => (m.snap ? `snap ${m.n}` : m.n));
  };
  return { server, publisher, come_back, heard };
}

scenario('what was missed is replayed before live trades', async (t) => {
  const { publisher, come_back } = await market(t);
  const { client, ack } = await come_back({ AAPL: 6 });
  assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 10, recovered: true }]);
  await publisher.trade('AAPL', 11);
  const trades = await client.collect('trade', 5);
  assert.deepEqual(trades.map((m) => [m.n, m.p, m.snap]), [7, 8, 9, 10, 11].map((n) => [n, n, undefined]));
});

scenario('who missed nothing gets nothing but live trades', async (t) => {
  const { publisher, come_back } = await market(t);
  const { client, ack } = await come_back({ AAPL: 10 });
  assert.equal(ack.symbols[0].recovered, true);
  await publisher.trade('AAPL', 11);
  assert.equal((await client.next('trade')).n, 11);
});

scenario('what cannot be replayed is a snapshot instead', async (t) => {
  const { come_back, heard } = await market(t);
  for (const [n, options] of [[6, { epoch: 'another' }], [11, {}], [1e15, {}]]) {
    const { client, ack } = await come_back({ AAPL: n }, options);
    assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 10, recovered: false }], `${n} ${JSON.stringify(options)}`);
    assert.deepEqual(await heard(client, 'AAPL'), ['snap 10']);
  }
});

scenario('each symbol is replayed or not by itself', async (t) => {
  const { come_back, heard } = await market(t);
  const { client, ack } = await come_back({ AAPL: 8, MSFT: 7 });
  assert.deepEqual(ack.symbols.map(({ s, recovered }) => [s, recovered]).sort(), [['AAPL', true], ['MSFT', false]]);
  assert.deepEqual(await heard(client, 'AAPL'), [9, 10]);
  assert.deepEqual(await heard(client, 'MSFT'), ['snap 3']);
});

scenario('who takes all resumes those it names, and gets snapshots of the others', async (t) => {
  const { publisher, server, heard } = await market(t);
  const client = await Client.open(server);
  const { epoch } = await client.next('welcome');
  const ack = await client.subscribe('*', { resume: { epoch, n: { AAPL: 8, NONE: 3 } } });
  assert.deepEqual(ack.symbols, [{ s: '*', count: 2 }, { s: 'AAPL', n: 10, recovered: true }]);
  await publisher.trade('AAPL', 11);
  await client.next({ e: 'trade', s: 'AAPL', n: 11 });
  assert.deepEqual(await heard(client, 'AAPL'), [9, 10, 11]);
  assert.deepEqual(await heard(client, 'MSFT'), ['snap 3']);
});

scenario('what cannot be recovered is a snapshot, also for who asked for none', async (t) => {
  const { come_back, heard } = await market(t);
  const { client, ack } = await come_back({ AAPL: 4 }, { epoch: 'another', snapshot: false });
  assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 10, recovered: false }]);
  assert.deepEqual(await heard(client, 'AAPL'), ['snap 10']);
});

scenario('what is no longer kept is not replayed in part', async (t) => {
  const { server, publisher, come_back, heard } = await market(t);
  await publisher.trades('AAPL', 11, 30_000);
  await server.ticks_in(30_003);
  const { client, ack } = await come_back({ AAPL: 1 });
  assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 30_000, recovered: false }]);
  assert.deepEqual(await heard(client, 'AAPL'), ['snap 30000']);
});

scenario('a client that is cut off again and again misses nothing of a busy market', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=4000&seed=5&prefix=S&mix=trades'] });
  await server.ticks_in(100);
  const coverage = new Coverage();
  let client = await Client.open(server, { on_message: (m) => coverage.take(m) });
  const { epoch } = await client.next('welcome');
  const symbols = ['S00000', 'S00001', 'S00002', 'S00003'];
  await client.subscribe(symbols);
  for (let round = 0; round < 8; ++round) {
    await client.collect('trade', 300);
    const wanted = coverage.plain;
    client.socket.removeAllListeners('message');
    client.drop();
    const n = coverage.heard;
    client = await Client.open(server, { on_message: (m) => coverage.take(m) });
    const ack = await client.subscribe(symbols, { resume: { epoch, n } });
    assert.ok(ack.symbols.every(({ recovered }) => recovered), JSON.stringify(ack));
    await client.collect('trade', 300);
    assert.ok(coverage.plain >= wanted + 300);
  }
  assert.deepEqual(coverage.faults, []);
});
