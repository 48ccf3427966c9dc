// tickcast.v1.sbe: a client that reads it by the product's JavaScript reader is told, message for message, what a client that
// reads JSON is told; and the frames are what the contract says: control as text, in front, and the market in binary.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { scaled, until } from './lib/deadline.mjs';
import { run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Coverage } from './lib/coverage.mjs';
import { Publisher } from './lib/publisher.mjs';

const fed = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const market_kinds = new Set(['trade', 'quote', 'gap']);
const of_market = (m) => market_kinds.has(m.e);

// What both may be told differently: who they are, and the numbers that stand for symbols.
const comparable = (messages) => messages.filter((m) => m.e !== 'symbol' && m.e !== 'welcome' && m.e !== 'heartbeat').map((m) =>
  (m.e === 'subscribed' ? { ...m, symbols: m.symbols.map(({ id, ...rest }) => rest) } : m));

async function pair(server, options = {}) {
  return { json: await Client.open(server, options), sbe: await Client.open(server, { ...options, sbe: true }) };
}

async function both({ json, sbe }, what) {
  return [await what(json), await what(sbe)];
}

// When each of them has as many messages of the market as this, or this one, they were told the same.
async function assert_same(two, until_then) {
  await both(two, (client) => (typeof until_then === 'number' ? client.collect(of_market, until_then) : client.collect(until_then, 1)));
  assert.deepEqual(comparable(two.sbe.messages), comparable(two.json.messages));
  const { frames } = two.sbe;
  for (const { binary, messages } of frames)
    for (const m of messages) assert.equal(of_market(m), binary, `${JSON.stringify(m)} came in a ${binary ? 'binary' : 'text'} frame`);
}

const pick = (list, i) => list[i % list.length];

// Everything that a feed can say of a trade, and numbers that no double holds well.
function events(symbols, count) {
  const list = [];
  for (let i = 0; i < count; ++i) {
    const s = pick(symbols, i * 7);
    const t = 1_732_060_800_000_000 + i * 1000 + (i % 3);
    if (i % 4 === 3) {
      list.push(`{"e":"quote","s":"${s}","t":${t},"b":${pick(['189.33', '0', '0.00000001', '-1.5'], i)},"bq":${i},"a":${pick(['189.35', '190', '12345678.901234567'], i)},"aq":0.5}`);
    } else {
      const more = pick(['', ',"side":"buy"', ',"side":"sell","x":"XNAS","id":"7731"', ',"c":["@","odd lot","ü\\n"]', ',"id":"a\\"b","x":"Q","c":["F"]'], i);
      list.push(`{"e":"trade","s":"${s}","t":${t},"p":${pick(['189.34', '100', '0.1', '64250.50', '123456789012.345678', '1e-7'], i)},"q":${pick(['1', '0.003', '250'], i)}${more}}`);
    }
  }
  return list;
}

scenario('the subprotocol is the first of the client\'s list that the server knows', async (t) => {
  const server = await serve(t, fed);
  const chosen = async (...protocols) => {
    const client = await Client.open(server, { protocols });
    const welcome = await client.next('welcome');
    assert.deepEqual(welcome.encodings, ['json', 'sbe']);
    return client.socket.protocol;
  };
  assert.equal(await chosen('tickcast.v1.sbe'), 'tickcast.v1.sbe');
  assert.equal(await chosen('tickcast.v1.sbe', 'tickcast.v1.json'), 'tickcast.v1.sbe');
  assert.equal(await chosen('tickcast.v1.json', 'tickcast.v1.sbe'), 'tickcast.v1.json');
  assert.equal(await chosen('tickcast.v9.sbe', 'tickcast.v1.sbe'), 'tickcast.v1.sbe');
});

scenario('every trade and quote is told alike, with all that the feed has, and so are history and snapshot', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const symbols = ['AAPL', 'BTC/USD', 'ES^Z6'];
  await publisher.events(events(symbols, 200));
  await server.ticks_in(200);
  for (const deflate of [false, { serverNoContextTakeover: true }]) {
    const two = await pair(server, { perMessageDeflate: deflate });
    await both(two, (c) => c.subscribe(symbols, { history: 20 }));
    await both(two, (c) => c.subscribe(symbols, { channel: 'quotes', mode: 'every' }));
    await publisher.events(events(symbols, 400));
    await assert_same(two, 60 + 3 + 400);
    assert.equal(two.sbe.socket.extensions.includes('permessage-deflate'), Boolean(deflate));
    assert.ok(two.sbe.messages.some((m) => m.c?.length === 3 && m.snap), 'a snapshot with conditions');
  }
});

scenario('exact decimals can be had as text', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  await publisher.line('{"e":"trade","s":"A","p":0.123456789012345678,"q":1e18}');
  await server.ticks_in(1);
  const client = await Client.open(server, { sbe: { exact: true } });
  await client.subscribe('A');
  const { p, q } = await client.next('trade');
  assert.deepEqual([p, q], ['0.123456789012345678', '1000000000000000000']);
});

scenario('merged messages are told alike', async (t) => {
  // One shard, so that both are of the same class.
  const server = await serve(t, { feeds: ['sim:symbols=5&rate=2000&seed=3&prefix=S'], set: { shards: 1 } });
  await server.ticks_in(100);
  const two = await pair(server);
  const symbols = ['S00000', 'S00001', 'S00002', 'S00003', 'S00004'];
  for (const channel of ['trades', 'quotes']) await both(two, (c) => c.subscribe(symbols, { channel, mode: 'latest', interval_ms: 100 }));
  // Who joins in the middle of a merge is given its part of it first; from then on all have the same.
  const later = (c) => (c.messages.filter((m) => of_market(m) && !m.snap).length > 300);
  await until(() => later(two.json) && later(two.sbe), 15_000, 'three hundred merged messages');
  const merged = ({ messages }) => new Map(messages.filter((m) => m.k > 1).map((m) => [`${m.e} ${m.s} ${m.f}`, m]));
  const [json, sbe] = [merged(two.json), merged(two.sbe)];
  const shared = [...json.keys()].filter((key) => sbe.has(key));
  assert.ok(shared.length > 200, `${shared.length} in common`);
  for (const key of shared) assert.deepEqual(sbe.get(key), json.get(key));
});

scenario('what was missed is replayed alike', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  await publisher.events(events(['A', 'B'], 300));
  await server.ticks_in(300);
  const two = await pair(server);
  const { epoch } = await two.json.next('welcome');
  await both(two, (c) => c.subscribe(['A', 'B'], { resume: { epoch, n: { A: 40, B: 10 } } }));
  await both(two, (c) => c.subscribe(['B'], { channel: 'quotes', mode: 'latest', resume: { epoch, n: { B: 5 } } }));
  const [ack] = two.sbe.messages.filter((m) => m.e === 'subscribed');
  assert.ok(ack.symbols.every((s) => s.recovered && Number.isInteger(s.id)), JSON.stringify(ack));
  await publisher.trade('A', 1, 1);
  await assert_same(two, (m) => m.e === 'trade' && m.s === 'A' && m.n === ack.symbols[0].n + 1);
  assert.ok(two.sbe.messages.some((m) => m.e === 'quote' && m.k > 1), 'missed quotes come merged');
});

scenario('all symbols are named before anything comes of them, and new ones as they come', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const count = scaled(2000, 200);
  const name = (i) => `SYM${i}`;
  await publisher.events(Array.from({ length: count }, (_, i) => ({ e: 'trade', s: name(i), p: i, q: 1 })));
  await server.ticks_in(count);
  const two = await pair(server);
  await both(two, (c) => c.subscribe('*'));
  await assert_same(two, count);
  const named = () => two.sbe.messages.filter((m) => m.e === 'symbol');
  assert.equal(named().length, count);
  assert.equal(new Set(named().map((m) => m.id)).size, count);
  assert.ok(two.json.messages.every((m) => m.e !== 'symbol'));
  await publisher.events(Array.from({ length: 50 }, (_, i) => ({ e: 'trade', s: name(count + i), p: i, q: 1 })));
  await assert_same(two, count + 50);
  assert.equal(named().length, count + 50);
});

scenario('a gap stands in its place among the binary messages of a client that reads too slowly', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=20&rate=4000&seed=7&prefix=S&mix=trades'],
    set: { backlog_bytes: 65536, send_buffer_bytes: 16384 } });
  await server.ticks_in(1000);
  const client = await Client.open(server, { sbe: true });
  const coverage = new Coverage();
  client.on_message = (m) => coverage.take(m);
  const ack = await client.subscribe('*', { on_slow: 'gap', snapshot: false });
  assert.equal(ack.symbols[0].s, '*');
  await until(() => client.messages.some(of_market), 5000, 'the market');
  client.socket.pause();
  await server.counted('tickcast_gaps_total', { why: 'slow_consumer' }, 1);
  client.socket.resume();
  await until(() => coverage.gaps.length > 0 && coverage.plain > 500, 15_000, 'gaps, and trades behind them');
  const wrong = client.frames.filter(({ binary, messages }) => messages.some((m) => of_market(m) !== binary));
  assert.deepEqual(wrong, []);
  const faults = coverage.faults.filter((fault) => !/ where 1 was due/.test(fault)); // it came in the middle
  assert.deepEqual(faults, []);
}, { seconds: 40 });

scenario('the laws of delivery hold whatever the encoding, and tail prints the same', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=20&rate=3000&seed=11&prefix=V'], set: { commands_per_s: 300, burst: 300 } });
  await server.ticks_in(200);
  const { code, stdout, stderr } = await run(['verify', server.url(), '--insecure', '--json', '--for', '4', '--connections', '10', '--cut', '0.7',
    '--churn', String(scaled(100, 20)), '--seed', '11', '--encoding', 'both'], { ms: 40_000 });
  assert.equal(code, 0, stderr + stdout);
  const figures = JSON.parse(stdout);
  for (const key of ['cuts', 'recovered', 'merges_compared', 'told_twice', 'snapshots'])
    assert.ok(figures[key] > 10, `${key}: ${figures[key]}`);
  const tailed = await run(['tail', server.url(), 'trades', '*', '--insecure', '--encoding', 'sbe', '--count', '50'], { ms: 20_000 });
  assert.equal(tailed.code, 0, tailed.stderr);
  const lines = tailed.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.filter((m) => m.e === 'trade').length, 50);
  assert.equal(lines.filter((m) => m.e === 'symbol').length, 20);
  for (const wrong of [['tail', server.url(), 'trades', '*', '--encoding', 'xml'], ['verify', server.url(), '--encoding', 'xml']]) {
    const refused = await run(wrong);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /there is no encoding "xml"; it is json/);
  }
}, { seconds: 60 });
