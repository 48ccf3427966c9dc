// Where ticks come from: publishers over TCP, good and bad ones, files, standard input, and the simulated market.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { patience, pause, quarantine, scaled, until } from './lib/deadline.mjs';
import { run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { temporary_directory } from './lib/certificate.mjs';
import { exact } from './lib/decimal.mjs';
import { Stretch, others_max } from './lib/machine.mjs';

const tcp = { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { open_symbols: true } };

function assert_counting(trades, s, count) {
  const own = trades.filter((m) => m.s === s);
  assert.deepEqual(own.map((m) => m.n), Array.from({ length: count }, (_, i) => i + 1), s);
  return own;
}

scenario('several publishers at once are one market', async (t) => {
  const server = await serve(t, tcp);
  const publishers = await Promise.all([0, 1, 2, 3].map(() => Publisher.connect(server)));
  await server.counted('tickcast_feed_publishers', {}, 4);
  const client = await Client.open(server);
  await client.subscribe('*');
  await Promise.all(publishers.map(async (publisher, i) => {
    for (let from = 1; from <= 400; from += 20) {
      await publisher.trades(`P${i}`, from, from + 19);
      await publisher.trades('SHARED', from, from + 19);
    }
  }));
  const trades = await client.collect('trade', 3200);
  for (let i = 0; i < 4; ++i) assert.deepEqual(assert_counting(trades, `P${i}`, 400).map((m) => m.p), Array.from({ length: 400 }, (_, k) => k + 1));
  assert_counting(trades, 'SHARED', 1600);
  publishers[0].end();
  await server.counted('tickcast_feed_publishers', {}, (sum) => sum === 3);
});

scenario('two listening feeds have ports and counters of their own', async (t) => {
  const server = await serve(t, { ...tcp, feeds: ['ndjson+tcp://127.0.0.1:0', 'ndjson+tcp://localhost:0'] });
  const [one, two] = [await Publisher.connect(server, 0), await Publisher.connect(server, 1)];
  await one.trades('A', 1, 3);
  await two.trades('B', 1, 5);
  await server.ticks_in(8);
  const counts = (await server.metrics()).matching('tickcast_ticks_in_total');
  assert.equal(counts.length, 2);
  assert.deepEqual(counts.map(({ value }) => value).sort(), [3, 5]);
  assert.notEqual(counts[0].labels.feed, counts[1].labels.feed);
});

scenario('bad lines are counted and skipped, and the feed goes on', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await client.subscribe('*');
  const bad = ['garbage', '{', '{}', '[]', 'null', '{"e":"trade"}', '{"e":"trade","s":"A","p":1}', '{"e":"trade","s":"A","q":1}', '{"e":"trade","p":1,"q":1}',
    '{"e":"flood","s":"A","p":1,"q":1}', '{"e":"trade","s":"A B","p":1,"q":1}', '{"e":"trade","s":"","p":1,"q":1}', '{"e":"trade","s":7,"p":1,"q":1}',
    `{"e":"trade","s":"${'A'.repeat(33)}","p":1,"q":1}`, '{"e":"trade","s":"A","p":1,"q":1,"t":"now"}', '{"e":"trade","s":"A","p":1,"q":1} x',
    '{"e":"quote","s":"A","b":1,"bq":1}', '\u0000\u0001\u0002'];
  for (const line of bad) {
    await publisher.line(line);
    await publisher.trade('GOOD');
  }
  const trades = await client.collect('trade', bad.length);
  assert_counting(trades, 'GOOD', bad.length);
  assert.equal(trades.length, bad.length, 'nothing came of the bad lines');
  assert.equal(await server.counted('tickcast_feed_bad_input_total', {}, bad.length), bad.length);
  assert.ok(server.log.some((line) => /warn/.test(line) && /line 1\b/.test(line)), `a bad line is logged with its number:\n${server.tail}`);
});

scenario('a flood of bad lines does not flood the log', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.events(Array.from({ length: 20_000 }, () => 'garbage'));
  await server.counted('tickcast_feed_bad_input_total', {}, 20_000, 10_000);
  assert.ok(server.log.length < 300, `${server.log.length} lines were logged`);
});

scenario('empty lines are no input at all', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.write('\n\n{"e":"trade","s":"A","p":1,"q":1}\n\n\r\n{"e":"trade","s":"A","p":1,"q":1}\n');
  await server.ticks_in(2);
  assert.equal((await server.metrics()).sum('tickcast_feed_bad_input_total'), 0);
});

scenario('one bad publisher hurts no other', async (t) => {
  const server = await serve(t, tcp);
  const good = await Publisher.connect(server);
  const client = await Client.open(server);
  await client.subscribe('*');
  let sent = 0;
  const send = async (count) => { await good.trades('GOOD', sent + 1, sent + count); sent += count; };
  const check = async () => assert_counting(await client.collect({ e: 'trade', s: 'GOOD' }, sent), 'GOOD', sent);
  const memory = server.resident();

  const noise = await Publisher.connect(server);
  await noise.write(Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) & 255)));
  await send(100);
  await check();

  const endless = await Publisher.connect(server);
  for (let i = 0; i < 64 && !endless.socket.destroyed; ++i) {
    await endless.write('x'.repeat(1 << 20));
    await send(10);
  }
  await check();
  assert.ok(server.resident() < memory + (48 << 20) + quarantine, `an endless line took ${server.resident() - memory} bytes`);

  const half = await Publisher.connect(server);
  await half.write('{"e":"trade","s":"HALF","p":1');
  half.end();
  const torn = await Publisher.connect(server);
  await torn.write('{"e":"trade","s":"TORN","p":1,"q"');
  torn.socket.resetAndDestroy();
  await send(100);
  await check();
  assert.ok(!client.messages.some((m) => m.s === 'HALF' || m.s === 'TORN'));
  assert.ok(await server.counted('tickcast_feed_bad_input_total', {}, 2) >= 2);
  for (const publisher of [noise, endless, half, torn]) publisher.drop();
  await server.counted('tickcast_feed_publishers', {}, (count) => count === 1);
}, { seconds: 40 });

scenario('a line may come in pieces', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  const line = '{"e":"trade","s":"PIECES","p":189.34,"q":100,"id":"é"}\n';
  for (const byte of Buffer.from(line)) await publisher.write(Buffer.from([byte]));
  await server.ticks_in(1);
  const client = await Client.open(server);
  await client.subscribe('PIECES');
  assert.deepEqual({ ...(await client.next('trade')), t: 0 }, { e: 'trade', s: 'PIECES', n: 1, t: 0, p: 189.34, q: 100, id: 'é', snap: true });
});

// `count` trades of one symbol, 50 ms of venue time apart.
function recording(t, count) {
  const path = join(temporary_directory(t), 'day.ndjson');
  writeFileSync(path, Array.from({ length: count }, (_, i) =>
    `${JSON.stringify({ e: 'trade', s: 'FILE', t: 1732060800000000 + i * 50_000, p: i + 1, q: 1 })}\n`).join(''));
  return path;
}

scenario('a file is played as fast as it can be, and readiness ends with it', async (t) => {
  const server = await serve(t, { feeds: [`ndjson:${recording(t, 1000)}?speed=max`] });
  await server.ticks_in(1000);
  await until(async () => (await server.admin('/readyz')).status === 503, 5000, 'readiness ending with the file');
  const client = await Client.open(server);
  assert.deepEqual((await client.subscribe('FILE')).symbols, [{ s: 'FILE', n: 1000 }]);
  const last = await client.next('trade');
  assert.deepEqual([last.p, last.t], [1000, 1732060800000000 + 999 * 50_000]);
});

for (const [speed, ms] of [[1, 50], [10, 5]]) {
  scenario(`a file played at speed ${speed} keeps its own time${speed > 1 ? `, ${speed} times faster` : ''}`, async (t) => {
    const server = await serve(t, { feeds: [`ndjson:${recording(t, 400)}?speed=${speed}`], set: { open_symbols: true } });
    const client = await Client.open(server);
    await client.subscribe('FILE', { snapshot: false });
    await client.next('trade');
    const start = Date.now();
    const first = client.messages.at(-1).n;
    const wanted = first + Math.round(1500 / ms);
    assert.ok(wanted <= 400, `the file was already at ${first}`);
    await client.next((m) => m.n === wanted);
    const taken = Date.now() - start;
    const due = (wanted - first) * ms;
    assert.ok(taken > 0.8 * due && taken < 1.4 * patience * due, `${due} ms of the file took ${taken} ms`);
  });
}

scenario('a file may be played again and again', async (t) => {
  const server = await serve(t, { feeds: [`ndjson:${recording(t, 20)}?speed=10&loop=forever`], set: { open_symbols: true } });
  const client = await Client.open(server);
  await client.subscribe('FILE', { snapshot: false });
  const trades = await client.collect('trade', 70);
  trades.forEach((m, i) => {
    assert.equal(m.n, trades[0].n + i);
    assert.equal(m.p, ((m.n - 1) % 20) + 1);
    if (i > 0) assert.ok(m.t > trades[i - 1].t, 'time goes on with each pass');
  });
  assert.equal((await server.admin('/readyz')).status, 200);
});

scenario('a file may be played three times and no more', async (t) => {
  const server = await serve(t, { feeds: [`ndjson:${recording(t, 20)}?speed=max&loop=3`] });
  await server.ticks_in(60);
  await until(async () => (await server.admin('/readyz')).status === 503, 5000, 'readiness ending with the file');
  assert.equal((await server.metrics()).sum('tickcast_ticks_in_total'), 60);
});

scenario('a file that is not there ends the start with one sentence and code 2', async () => {
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--plain', '--feed', 'ndjson:/no/such/file.ndjson']);
  assert.equal(code, 2);
  assert.match(stderr, /\/no\/such\/file\.ndjson/);
});

scenario('standard input is a feed until it ends', async (t) => {
  const server = await serve(t, { feeds: ['ndjson:-'], set: { open_symbols: true } });
  const client = await Client.open(server);
  await client.subscribe('IN');
  assert.equal((await server.admin('/readyz')).status, 200);
  server.child.stdin.write('{"e":"trade","s":"IN","p":1,"q":1}\n{"e":"trade","s":"IN","p":2');
  await client.next({ e: 'trade', n: 1 });
  server.child.stdin.write(',"q":1}\n');
  assert.equal((await client.next({ e: 'trade', n: 2 })).p, 2);
  server.child.stdin.end('{"e":"trade","s":"IN","p":3,"q":1}\n');
  assert.equal((await client.next({ e: 'trade', n: 3 })).p, 3);
  await until(async () => (await server.admin('/readyz')).status === 503, 5000, 'readiness ending with standard input');
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong', 'the server itself goes on');
});

// What a client of this simulated market sees, by symbol and number.
async function seen(t, feed, count) {
  const server = await serve(t, { feeds: [feed] });
  await server.ticks_in(1);
  const client = await Client.open(server);
  await client.subscribe('*', { snapshot: false });
  const enough = () => {
    const newest = new Map();
    for (const m of client.messages) if (m.e === 'trade') newest.set(m.s, m.n);
    return newest.size === 3 && [...newest.values()].every((n) => n >= count + 100);
  };
  await until(enough, 15_000, `${count} trades of three symbols`);
  const trades = client.frames.flatMap(({ text }) => exact(text)).filter((m) => m.e === 'trade');
  return new Map(trades.map(({ s, n, p, q }) => [`${s} ${n}`, `${p} x ${q}`]));
}

scenario('with a flush window a feed is not read for each tick, and every tick comes all the same', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=100&rate=2000&mix=trades&prefix=S&every_us=1000'], set: { flush_us: 160_000 } });
  const client = await Client.open(server);
  await client.subscribe('*', { snapshot: false });
  const sleeps = server.sleeps('ingest');
  const trades = await client.collect('trade', 4000);
  // A thousand wake-ups a second else; a machine that is busy makes them fewer, and not more.
  const woken = server.sleeps('ingest') - sleeps;
  assert.ok(woken < 1000, `${woken} sleeps for ${trades.length} ticks`);
  const last = new Map();
  for (const { s, n } of trades) {
    assert.equal(n, (last.get(s) ?? n - 1) + 1, s);
    last.set(s, n);
  }
});

scenario('the same seed is the same market, another seed is another', async (t) => {
  const feed = (seed) => `sim:symbols=3&rate=600&seed=${seed}&prefix=S&mix=trades`;
  const [one, two, other] = await Promise.all([seen(t, feed(7), 200), seen(t, feed(7), 200), seen(t, feed(8), 200)]);
  let compared = 0;
  let differ = 0;
  for (const [key, trade] of one) {
    if (two.has(key)) {
      assert.equal(two.get(key), trade, key);
      ++compared;
    }
    if (other.has(key) && other.get(key) !== trade) ++differ;
  }
  assert.ok(compared >= 600, `${compared} trades were seen by both`);
  assert.ok(differ > 100, `only ${differ} trades differ between two seeds`);
}, { seconds: 40 });

for (const rate of [1000, scaled(50_000)]) {
  scenario(`the simulated market holds its rate of ${rate} ticks a second`, async (t) => {
    const server = await serve(t, { feeds: [`sim:symbols=500&rate=${rate}&seed=7&prefix=S`] });
    await server.ticks_in(rate / 10);
    const scrape = async () => [(await server.metrics()).sum('tickcast_ticks_in_total'), performance.now()];
    const stretch = new Stretch([server.pid]);
    const [from, start] = await scrape();
    await pause(3000);
    const [to, end] = await scrape();
    const measured = (to - from) * 1000 / (end - start);
    assert.ok(measured < 1.1 * rate && (measured > 0.9 * rate || stretch.others > others_max), `${measured.toFixed(0)} ticks a second came`);
  });
}

scenario('prefix names the symbols, and their number is that of symbols', async (t) => {
  const server = await serve(t, { feeds: ['sim:?symbols=12&rate=2000&seed=7&prefix=XY'] });
  await server.counted('tickcast_symbols', {}, 12);
  const client = await Client.open(server);
  const names = Array.from({ length: 12 }, (_, i) => `XY${String(i).padStart(5, '0')}`);
  assert.deepEqual((await client.subscribe(names)).symbols.map(({ s }) => s), names);
  assert.equal((await client.subscribe('XY00012')).code, 'unknown_symbol');
  assert.equal((await server.metrics()).sum('tickcast_symbols'), 12);
});

scenario('the default market is two dozen well-known tickers with trades, quotes and believable spreads', async (t) => {
  const server = await serve(t, { feeds: ['sim:rate=2000'] });
  await server.counted('tickcast_symbols', {}, 20);
  const client = await Client.open(server);
  assert.equal((await client.subscribe('AAPL')).e, 'subscribed');
  const { symbols: [{ count }] } = await client.subscribe('*', { channel: 'quotes', mode: 'every' });
  assert.ok(count >= 20 && count <= 30, `${count} symbols`);
  const quotes = await client.collect((m) => m.e === 'quote' && !m.snap, 1000);
  for (const m of quotes) {
    assert.ok(m.b > 0 && m.a > m.b && m.bq > 0 && m.aq > 0 && (m.a - m.b) / m.b < 0.05, JSON.stringify(m));
    assert.ok(Math.abs(m.t - Date.now() * 1000) < 60e6, 't is the moment the tick was made');
  }
});

scenario('mix decides what the simulated market makes', async (t) => {
  const share = async (mix) => {
    const server = await serve(t, { feeds: [`sim:symbols=5&rate=2000&seed=7&prefix=S${mix}`] });
    await server.ticks_in(100);
    const client = await Client.open(server);
    await client.subscribe('*', { snapshot: false });
    await client.subscribe('*', { channel: 'quotes', mode: 'every', snapshot: false });
    const ticks = await client.collect((m) => m.e === 'trade' || m.e === 'quote', 1000);
    const live = ticks.slice(ticks.findIndex((m) => m.e === 'quote') + 1);
    return live.length ? live.filter((m) => m.e === 'trade').length / live.length : 0;
  };
  assert.equal(await share('&mix=quotes'), 0);
  const [usual, even] = await Promise.all([share(''), share('&mix=1:1')]);
  assert.ok(Math.abs(usual - 0.25) < 0.1, `by default ${usual} are trades`);
  assert.ok(Math.abs(even - 0.5) < 0.1, `with 1:1 ${even} are trades`);
});

scenario('a feed that is no feed ends the start with one sentence and code 2', async () => {
  for (const feed of ['nonsense:', 'sim:rate=0', 'sim:rate=fast', 'sim:sort=7', 'sim:mix=sometimes', 'ndjson+tcp://nowhere', 'ndjson:/dev/null?speed=0', '']) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--plain', '--feed', feed]);
    assert.equal(code, 2, `${feed}: ${stderr}`);
    assert.ok(stderr.trim().length > 0);
  }
}, { seconds: 30 });
