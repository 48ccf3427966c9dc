// Bars and statistics: history and live in one answer, each end told once and in time, late trades, sessions, and that what any
// client is told amounts to what the trades say.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, run, serve } from './lib/server.mjs';
import { temporary_directory } from './lib/certificate.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { build, chart, figures, seconds, unlawful } from './lib/bars.mjs';
import { patience, until } from './lib/deadline.mjs';

const day = 1_732_060_800; // 20 November 2024, midnight UTC: a Wednesday
const at = (second) => Math.round((day + second) * 1e6);
const bar = (message) => message.e === 'bar';
const live = (message) => message.e === 'bar' && !message.snap;

// A market that is told what to trade, and remembers it. Its clock goes on from the newest trade, and ends bars: who says that a bar is open
// leaves it more time than a busy machine takes to ask.
class Market {
  static async open(t, options = {}) {
    const market = new Market();
    market.server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], ...options });
    market.publisher = await Publisher.connect(market.server);
    market.trades = [];
    return market;
  }

  // Each is [seconds of the day, price, size]; of one symbol.
  async trade(list, s = 'AAPL') {
    const made = list.map(([second, p, q = 1]) => ({ t: at(second), p, q }));
    for (const trade of made) this.trades.push({ ...trade, s, n: this.of(s).length + 1 });
    await this.publisher.events(made.map((trade) => ({ e: 'trade', s, ...trade })));
    await this.server.ticks_in(this.trades.length);
  }

  of(s) { return this.trades.filter((trade) => trade.s === s); }
  bars(period, s = 'AAPL') { return [...build(this.of(s), period).values()]; }
}

scenario('history and live bars come by one command, oldest first, with no hole and no repeat', async (t) => {
  const market = await Market.open(t);
  await market.trade(Array.from({ length: 40 }, (_, i) => [i * 18, 100 + (i * 7) % 13, 1 + i % 5]));
  const client = await Client.open(market.server);
  const ack = await client.subscribe('AAPL', { channel: 'bars', period: '1m', history: 5, mode: 'every' });
  assert.deepEqual([ack.channel, ack.period, ack.mode, ack.symbols], ['bars', '1m', 'every', [{ s: 'AAPL', n: 40 }]]);
  const history = await client.collect({ e: 'bar', snap: true }, 5);
  assert.deepEqual(history.map(figures), market.bars('1m').slice(-5));
  assert.deepEqual(history.map((m) => m.x), [true, true, true, true, false], 'the last one is open');
  assert.deepEqual(Object.keys(history[0]), ['e', 's', 'i', 't', 'o', 'h', 'l', 'c', 'v', 'k', 'f', 'n', 'x', 'snap']);
  await market.trade([[708, 50], [726, 60], [732, 61]]);
  const more = await client.collect(live, 4);
  assert.deepEqual(more.map((m) => [m.t, m.n, m.x]),
    [[at(660), 41, false], [at(660), 41, true], [at(720), 42, false], [at(720), 43, false]]);
  assert.deepEqual(figures(more[1]), market.bars('1m').at(-2));
  assert.ok(more.every((m) => !('snap' in m) && !('rev' in m)));
});

scenario('a bar is of one minute unless its period is said, and there is no bar before the first trade', async (t) => {
  const market = await Market.open(t, { set: { open_symbols: true } });
  const client = await Client.open(market.server);
  const ack = await client.subscribe('NEW', { channel: 'bars' });
  assert.deepEqual([ack.period, ack.mode, ack.symbols], ['1m', 'latest', [{ s: 'NEW', n: 0 }]]);
  await market.trade([[61, 10]], 'NEW');
  assert.deepEqual({ ...await client.next(bar) }, { e: 'bar', s: 'NEW', i: '1m', t: at(60), o: 10, h: 10, l: 10, c: 10,
    v: 1, k: 1, f: 1, n: 1, x: false });
  assert.equal(client.messages.filter(bar).length, 1);
});

scenario('the end of a bar is told once, by every way of delivery, however much is merged', async (t) => {
  const market = await Market.open(t);
  await market.trade([[0, 100]]);
  const ways = [{ mode: 'every' }, { mode: 'latest' }, { mode: 'latest', interval_ms: 300 }, { mode: 'latest', interval_ms: 900 }];
  const clients = [];
  for (const way of ways) {
    const client = await Client.open(market.server);
    await client.subscribe('AAPL', { channel: 'bars', period: '1s', ...way });
    clients.push(client);
  }
  // Sixty seconds of the venue's, some of them without a trade, as fast as they can be sent.
  await market.trade(Array.from({ length: 150 }, (_, i) => [1 + i * 0.4 + (i % 25 === 0 ? 0.1 : 0), 100 + (i * 11) % 17, 1 + i % 3])
    .filter(([second]) => Math.floor(second) % 7 !== 3));
  const due = market.bars('1s');  // the clock ends the last one
  for (const [i, client] of clients.entries()) {
    const say = JSON.stringify(ways[i]);
    await client.collect((m) => m.e === 'bar' && m.x, due.length);
    const told = client.messages.filter(bar);
    assert.equal(unlawful(told), null, say);
    assert.deepEqual(told.filter((m) => m.x).map(figures), due, say);
  }
});

scenario('an idle symbol is closed by the clock, in time, and once', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await publisher.trade('AAPL', 5, 7);
  await server.ticks_in(1);
  await client.subscribe('AAPL', { channel: 'bars', period: '1s', snapshot: false });
  for (let round = 0; round < 3; ++round) {
    await publisher.trade('AAPL', 5, 7);
    const open = await client.next((m) => live(m) && !m.x);
    const closed = await client.next((m) => live(m) && m.x && m.t === open.t);
    const late_ms = client.frames.at(-1).arrived - (open.t / 1000 + 1000);
    assert.ok(late_ms >= 0 && late_ms < 250 * patience, `closed ${late_ms} ms after its end`);
    assert.deepEqual(figures(closed), figures(open));
  }
  const ends = client.messages.filter((m) => live(m) && m.x).map((m) => m.t);
  assert.equal(new Set(ends).size, ends.length);
});

scenario('the clock of another day runs on too, and closes each period that ends', async (t) => {
  const market = await Market.open(t, { set: { open_symbols: true } });
  const client = await Client.open(market.server);
  for (const period of ['1s', '1m', '5m', '15m', '1h', '1d'])
    await client.subscribe('AAPL', { channel: 'bars', period });
  await market.trade([[3598.9, 100, 3]]);
  const ended = await client.collect((m) => live(m) && m.x, 5);
  assert.deepEqual(new Set(ended.map((m) => m.i)), new Set(['1s', '1m', '5m', '15m', '1h']));
  for (const m of ended) assert.equal(m.t, at(3598.9) - at(3598.9) % (seconds[m.i] * 1e6));
});

scenario('a late trade grows the open bar and revises a closed one', async (t) => {
  const market = await Market.open(t);
  await market.trade([[612, 100], [690, 103], [810, 105]]);
  const client = await Client.open(market.server);
  for (const period of ['1m', '1h']) await client.subscribe('AAPL', { channel: 'bars', period, mode: 'every', snapshot: false });
  await market.trade([[714, 90, 4], [750, 120, 2], [786, 80], [606, 99]]);
  const told = await client.collect(live, 8);
  assert.equal(unlawful(told.filter((m) => m.i === '1m')), null);
  assert.deepEqual(told.filter((m) => m.i === '1m').map((m) => [m.t, m.o, m.h, m.l, m.c, m.v, m.n, m.x, m.rev]), [
    [at(660), 103, 103, 90, 90, 5, 4, false, true],
    [at(720), 120, 120, 120, 120, 2, 5, false, true],  // a minute in which nothing had been traded
    [at(780), 80, 105, 80, 105, 2, 6, false, undefined],
    [at(600), 99, 100, 99, 100, 2, 7, false, true]]);
  const [hour] = market.bars('1h');
  assert.deepEqual(figures(told.filter((m) => m.i === '1h').at(-1)), hour);
  assert.ok(told.filter((m) => m.i === '1h').every((m) => !m.rev), 'the hour is open');
});

scenario('a day is a session of its market, and the statistics are of that', async (t) => {
  const market = await Market.open(t, { set: { sessions: '* 09:30-16:00 America/New_York' } });
  const hour = 3600;
  const ny = (hours) => (hours + 5) * hour; // New York is five hours behind in November
  await market.trade([[ny(9), 90], [ny(9.5), 100], [ny(12), 110, 3], [ny(15.9), 105], [ny(16), 300], [ny(24 + 8), 301],
    [ny(24 + 9.5), 120], [ny(24 + 11), 126, 2]]);
  const client = await Client.open(market.server);
  await client.subscribe('AAPL', { channel: 'bars', period: '1d', history: 10 });
  const days = await client.collect(bar, 2);
  assert.deepEqual(days.map((m) => [m.t, m.o, m.h, m.l, m.c, m.v, m.k, m.f, m.n, m.x]), [
    [at(ny(9.5)), 100, 110, 100, 105, 5, 3, 2, 4, true],
    [at(ny(24 + 9.5)), 120, 126, 120, 126, 3, 2, 7, 8, false]]);
  await client.subscribe('AAPL', { channel: 'stats' });
  assert.deepEqual(await client.next('stat'), { e: 'stat', s: 'AAPL', n: 8, t: at(ny(24 + 11)), o: 120, h: 126, l: 120, c: 126,
    v: 3, k: 2, ch: 21, pct: 20, snap: true });
  await market.trade([[ny(24 + 12), 100]]);
  const stat = await client.next('stat');
  assert.deepEqual([stat.c, stat.l, stat.ch, stat.pct, stat.n], [100, 100, -5, -4.7619, 9]);
  assert.ok(!('snap' in stat));
  await market.trade([[ny(24 + 17), 1]]);
  const end = await client.next((m) => live(m) && m.x);
  assert.deepEqual([end.t, end.c, end.n], [at(ny(24 + 9.5)), 100, 9]);
  await client.ask({ op: 'ping' });
  assert.equal(client.messages.filter((m) => m.e === 'stat').length, 2, 'what is traded after the close counts for no session');
});

scenario('conditions decide what a trade counts for', async (t) => {
  const market = await Market.open(t, { set: { conditions: '["I volume", "B price", "Z nothing"]' } });
  await market.publisher.events([[1, 100, 10], [1.1, 500, 1, ['I']], [1.2, 101, 1000, ['@', 'B']], [1.3, 1, 1, ['Z']], [1.4, 99, 5, ['@']]]
    .map(([second, p, q, c]) => ({ e: 'trade', s: 'AAPL', t: at(second), p, q, c })));
  await market.server.ticks_in(5);
  const client = await Client.open(market.server);
  await client.subscribe('AAPL', { channel: 'bars', period: '1s' });
  const { o, h, l, c, v, k, f, n } = await client.next(bar);
  assert.deepEqual({ o, h, l, c, v, k, f, n }, { o: 100, h: 101, l: 99, c: 99, v: 16, k: 4, f: 1, n: 5 });
});

scenario('periods are subscriptions of their own, and unsubscribe without one ends all of them', async (t) => {
  const market = await Market.open(t);
  await market.trade([[0, 100]]);
  const client = await Client.open(market.server);
  await client.subscribe('AAPL', { channel: 'bars', period: '1m' });
  await client.subscribe('AAPL', { channel: 'bars', period: '5m', interval_ms: 100 });
  const { subscriptions } = await client.ask({ op: 'list' });
  assert.deepEqual(subscriptions.map((m) => [m.channel, m.period, m.interval_ms]), [['bars', '1m', 0], ['bars', '5m', 100]]);
  await market.trade([[30, 101]]);
  assert.deepEqual(new Set((await client.collect(live, 2)).map((m) => m.i)), new Set(['1m', '5m']));
  await client.ask({ op: 'unsubscribe', channel: 'bars', period: '1m', symbols: ['AAPL'] });
  await market.trade([[90, 102]]);
  await client.next((m) => live(m) && m.i === '5m' && m.n === 3);
  const gone = await client.ask({ op: 'unsubscribe', channel: 'bars' });
  assert.deepEqual([gone.channel, gone.symbols], ['bars', ['AAPL']]);
  assert.deepEqual((await client.ask({ op: 'list' })).subscriptions, []);
  const from = client.messages.length;
  await market.trade([[150, 103]]);
  await client.ask({ op: 'ping' });
  assert.ok(!client.messages.slice(from).some(bar));
  // And again: the history says what was missed.
  await client.subscribe('AAPL', { channel: 'bars', period: '1m', history: 9 });
  assert.deepEqual((await client.collect((m) => m.snap && m.n >= 3 && m.i === '1m', 2)).map(figures), market.bars('1m').slice(-2));
});

scenario('bars cannot be resumed: the snapshot comes instead', async (t) => {
  const market = await Market.open(t);
  await market.trade([[0, 100], [1, 101], [2, 102]]);
  const client = await Client.open(market.server);
  const { epoch } = await client.next('welcome');
  const ack = await client.subscribe('AAPL', { channel: 'bars', period: '1s', history: 2, resume: { epoch, n: { AAPL: 2 } } });
  assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 3, recovered: false }]);
  assert.deepEqual((await client.collect({ snap: true }, 2)).map((m) => m.t), [at(1), at(2)]);
});

scenario('all symbols can be followed, those named later included', async (t) => {
  const market = await Market.open(t);
  await market.trade([[0, 100]], 'A');
  const client = await Client.open(market.server);
  const ack = await client.subscribe('*', { channel: 'bars', period: '1m', mode: 'every' });
  assert.deepEqual(ack.symbols, [{ s: '*', count: 1 }]);
  await client.next({ snap: true, s: 'A' });
  await market.trade([[0.1, 7]], 'B');
  assert.deepEqual([(await client.next(live)).s], ['B']);
});

scenario('what every client is told amounts to the trades, in JSON and in SBE, while the market runs', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=3&rate=600&seed=11&prefix=S&mix=trades'] });
  await server.ticks_in(100);
  const symbols = ['S00000', 'S00001', 'S00002'];
  const truth = await Client.open(server);
  await truth.subscribe(symbols, { history: 5000 });
  const ways = [{ mode: 'every' }, { mode: 'latest' }, { mode: 'latest', interval_ms: 400 }];
  const clients = [];
  for (const way of ways) {
    const client = await Client.open(server);
    for (const period of ['1s', '1m']) await client.subscribe(symbols, { channel: 'bars', period, history: 100, ...way });
    clients.push(client);
  }
  await until(() => clients.every((c) => c.messages.filter((m) => live(m) && m.x && m.i === '1s').length >= 9), 15_000, 'three seconds of bars');
  // Each connection is as far as it is: the trades that a bar speaks of may come a moment after it.
  const told_to = clients.map((client) => client.messages.filter(bar));
  const newest = (s, messages) => Math.max(0, ...messages.filter((m) => m.s === s).map((m) => m.n));
  await until(() => symbols.every((s) => newest(s, truth.messages.filter((m) => m.e === 'trade')) >= newest(s, told_to.flat())), 5000, 'the trades of those bars');
  // Prices have two digits behind the point.
  const trades = truth.messages.filter((m) => m.e === 'trade').map((m) => ({ ...m, p: Math.round(m.p * 100) }));
  for (const [i, bars] of told_to.entries()) {
    for (const s of symbols) {
      for (const period of ['1s', '1m']) {
        const told = bars.filter((m) => m.s === s && m.i === period);
        assert.equal(unlawful(told), null);
        const built = build(trades.filter((m) => m.s === s), period);
        for (const [start, shown] of chart(told)) {
          const so_far = build(trades.filter((m) => m.s === s && m.n <= shown.n), period).get(start);
          const cents = Object.fromEntries(['o', 'h', 'l', 'c'].map((key) => [key, Math.round(shown[key] * 100)]));
          assert.deepEqual({ ...shown, ...cents }, so_far, `${s} ${period} ${JSON.stringify(ways[i])}`);
        }
        for (const m of told.filter((each) => each.x)) assert.equal(m.k, built.get(m.t).k, `whole when it ended: ${s} ${period}`);
      }
    }
  }
}, { seconds: 40 });

scenario('a process that is killed has its bars back from the journal, and a replay tells them again', async (t) => {
  const directory = join(temporary_directory(t), 'journal');
  const options = { feeds: ['ndjson+tcp://127.0.0.1:0'], tls: '--plain', args: ['--journal', directory] };
  const doomed = new Server(options);
  t.after(() => doomed.child.kill('SIGKILL'));
  await doomed.ready();
  const before = await Publisher.connect(doomed);
  const trades = Array.from({ length: 300 }, (_, i) => ({ n: i + 1, t: at(i * 0.7), p: 100 + (i * 7) % 23, q: 1 + i % 4 }));
  trades[200].t = at(3.3);  // a late one
  await before.events(trades.slice(0, 250).map(({ t: time, p, q }) => ({ e: 'trade', s: 'AAPL', t: time, p, q })));
  await doomed.ticks_in(250);
  doomed.signal('SIGKILL');
  await doomed.ended;
  const server = await serve(t, options);
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await publisher.events(trades.slice(250).map(({ t: time, p, q }) => ({ e: 'trade', s: 'AAPL', t: time, p, q })));
  await server.ticks_in(50);
  for (const period of ['1s', '1m', '1d']) {
    await client.subscribe('AAPL', { channel: 'bars', period, history: 1000 });
    const due = [...build(trades, period).values()];
    const shown = await client.collect((m) => m.snap && m.i === period, due.length);
    assert.deepEqual(shown.map(figures), due, period);
  }
  const script = join(temporary_directory(t), 'script');
  writeFileSync(script, '{"op":"subscribe","channel":"bars","period":"1m","symbols":["*"],"mode":"every"}\n');
  const replayed = await run(['replay', directory, '--script', script]);
  assert.equal(replayed.code, 0, replayed.stderr);
  const told = replayed.stdout.trim().split('\n').flatMap((line) => JSON.parse(line)).filter(bar);
  assert.equal(unlawful(told), null);
  assert.deepEqual([...chart(told).values()].sort((a, b) => a.t - b.t), [...build(trades, '1m').values()]);
  const judged = await run(['verify', '-'], { input: replayed.stdout });
  assert.equal(judged.code, 0, judged.stderr);
}, { seconds: 40 });

scenario('tail prints bars, and verify holds them against the trades', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=800&seed=5&prefix=S'] });
  await server.ticks_in(400);
  for (const encoding of ['json', 'sbe']) {
    const { code, stdout, stderr } = await run(['tail', server.url(), 'bars', 'S00000', '--insecure', '--period', '1s', '--history', '2',
      '--count', '5', '--encoding', encoding]);
    assert.equal(code, 0, stderr);
    const told = stdout.trim().split('\n').map((line) => JSON.parse(line)).filter(bar);
    assert.equal(told.length, 5);
    assert.ok(told.every((m) => m.i === '1s'));
    assert.equal(unlawful(told), null);
  }
  const { code, stdout, stderr } = await run(['verify', server.url(), 'trades', 'bars', 'stats', '--insecure', '--for', '4', '--connections', '6',
    '--cut', '0.9', '--churn', '20', '--encoding', 'both', '--json', '--seed', '3'], { ms: 30_000 });
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(stdout).bars_compared > 5, stdout);
}, { seconds: 60 });
