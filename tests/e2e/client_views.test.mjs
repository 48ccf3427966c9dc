// Bars, statistics, books and statuses of tickcast-client against the real binary: a chart or a book made of what it gives is the
// market's, over late trades and cuts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled, until, within } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Relay } from './lib/relay.mjs';
import { connected } from './lib/connected.mjs';
import { dice } from './lib/dice.mjs';
import { installed } from './lib/package.mjs';
import { build } from './lib/bars.mjs';

const { book } = await installed().part('book');
const fed = { feeds: ['ndjson+tcp://127.0.0.1:0'] };

// Each third time all of these are cut, each third time one in the middle of a frame.
async function disturb(relay, throws, clients, time) {
  if (time % 3 === 1) relay.tear();
  if (time % 3 !== 0) return;
  await until(() => clients.every(({ state }) => state() === 'live'), 10_000, 'being back');
  while (relay.pairs.size > 0) relay.cut(throws);
}

// So many times the market goes on and the network does not; then all are back.
async function unrest(relay, throws, clients, times, meanwhile) {
  for (let time = 0; time < times; ++time) {
    await meanwhile();
    await disturb(relay, throws, clients, time);
  }
  await until(() => clients.every(({ state }) => state() === 'live'), 5000, 'being back');
}

// What a chart of lightweight-charts would do, which throws when it is told something out of order.
class Chart {
  constructor(bars) {
    Object.assign(this, { shown: [], sets: 0, updates: 0, closes: [], faults: [] });
    bars.on('set', (all) => {
      for (let i = 1; i < all.length; ++i) if (all[i].time <= all[i - 1].time) this.faults.push(`a set with ${all[i].time} behind ${all[i - 1].time}`);
      this.shown = [...all];
      ++this.sets;
    });
    bars.on('update', (bar) => {
      const newest = this.shown.at(-1)?.time ?? 0;
      if (bar.time < newest) this.faults.push(`an update of ${bar.time} behind ${newest}`);
      if (bar.time === newest) this.shown.pop();
      this.shown.push(bar);
      ++this.updates;
    });
    bars.on('close', ({ time }) => this.closes.push(time));
  }

  get figures() {
    return this.shown.map(({ time, open, high, low, close, volume, trades, first, last }) =>
      ({ t: time * 1e6, o: open, h: high, l: low, c: close, v: volume, k: trades, f: first, n: last }));
  }
}

scenario('charts are what the trades make, over late trades and cuts, and never told anything out of order', async (t) => {
  const throws = dice(t);
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const relay = await Relay.to(server, throws, { delay: 2, jitter: 2 });
  const trades = [];
  let clock = 1_732_060_800_000_000;
  const publish = async (count) => {
    const events = [];
    for (let i = 0; i < count; ++i) {
      clock += throws.between(1, 400_000);
      const late = throws.chance(0.05) ? throws.between(1, 4_000_000) : 0;
      const trade = { t: clock - late, p: throws.between(90, 110), q: throws.between(1, 9), n: trades.length + 1 };
      trades.push(trade);
      events.push({ e: 'trade', s: 'AAPL', t: trade.t, p: trade.p, q: trade.q });
    }
    await publisher.events(events);
    await server.ticks_in(trades.length);
  };
  await publish(300);
  const charts = [];
  for (const [encoding, period, mode] of [['json', '1s', 'latest'], ['sbe', '1s', 'every'], ['json', '1m', 'latest'], ['sbe', '5m', 'latest']]) {
    const one = connected(t, server, { via: relay.address, encoding });
    const bars = one.client.bars('AAPL', period, { history: 5000, mode });
    charts.push({ ...one, period, chart: new Chart(bars), bars });
  }
  const whole = ({ period, chart }) => JSON.stringify(chart.figures) === JSON.stringify([...build(trades, period).values()]);
  await until(() => charts.every(whole), 5000, 'history');
  await unrest(relay, throws, charts, scaled(30, 10), async () => {
    await publish(throws.between(1, 60));
    await pause(throws.between(20, 150));
  });
  // What comes while a client is away comes with its next history: each is whole first, so that what follows is told it as news.
  const all = () => until(() => charts.every(whole), 10_000, () => charts.map((one) => `${one.period}: ${whole(one)} ${JSON.stringify(one.chart.figures.slice(-2))}`).join('; '));
  await all();
  await publish(20);
  await all();
  for (const { chart, times } of charts) {
    assert.deepEqual(chart.faults, []);
    const figures = { cuts: times('reconnecting'), sets: chart.sets, updates: chart.updates };
    assert.ok(figures.cuts > 2 && figures.sets > 2 && figures.updates > 0, JSON.stringify(figures));
    assert.equal(new Set(chart.closes).size, chart.closes.length, 'each bar closes once');
  }
}, { seconds: 40 });

scenario('bars and statistics come in both encodings alike, and every channel there is can be had beside the others', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  for (let i = 1; i <= 20; ++i) await publisher.trade('AAPL', 100 + i, i, { t: 1_732_060_800_000_000 + i * 30_000_000 });
  await server.ticks_in(20);
  const heard = await Promise.all(['json', 'sbe'].map(async (encoding) => {
    const { client } = connected(t, server, { encoding });
    const subscriptions = [client.subscribe('trades', 'AAPL', { history: 5 }), client.subscribe('bars', 'AAPL', { period: '1m', history: 3 }),
      client.subscribe('bars', 'AAPL', { period: '5m', history: 1 }), client.subscribe('stats', '*')];
    const counts = [5, 3, 1, 1];
    return Promise.all(subscriptions.map(async (subscription, i) => {
      const list = [];
      for await (const message of subscription) if (list.push(message) === counts[i]) break;
      return list;
    }));
  }));
  assert.deepEqual(heard[0], heard[1]);
  const [, , [five], [stat]] = heard[0];
  assert.deepEqual([five.i, stat.e, stat.c, stat.k], ['5m', 'stat', 120, 20]);
});

// What everybody else's view of a book comes to: levels as [price, size] in text, the best first.
const shown = ({ bids, asks }) => [bids, asks].map((side) => side.map(({ exact }) => [exact.price, exact.size]));

scenario('books are those of the feed, digit for digit, at every depth, in every mode, over cuts', async (t) => {
  const throws = dice(t);
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const relay = await Relay.to(server, throws, { delay: 2, jitter: 2 });
  // More digits than a double holds, and sizes from tiny to huge.
  const price = (tick) => `${(tick / 100).toFixed(2)}${tick % 7 === 0 ? '000000000001' : ''}`.replace(/\.?0+$/, '');
  const size = () => throws.pick(['0.0000001', '1', '12345678.25', '0.3', '999999999999999999', '7.5']);
  const truth = { b: new Map(), a: new Map() };
  let events = 0;
  const publish = async (count) => {
    const lines = [];
    for (let i = 0; i < count; ++i) {
      const side = throws.pick(['b', 'a']);
      const tick = side === 'b' ? throws.between(9000, 9999) : throws.between(10_000, 10_999);
      const gone = throws.chance(0.4) && truth[side].size > 30;
      const level = gone ? [throws.pick([...truth[side].keys()]), '0'] : [price(tick), size()];
      if (gone) truth[side].delete(level[0]);
      else truth[side].set(...level);
      lines.push(`{"e":"book","s":"X","b":[${side === 'b' ? `[${level}]` : ''}],"a":[${side === 'a' ? `[${level}]` : ''}]}`);
    }
    events += count;
    await publisher.events(lines);
    await server.ticks_in(events);
  };
  await publish(200);
  const keepers = [];
  for (const [encoding, depth, mode] of [['json', 10, 'every'], ['sbe', 10, 'every'], ['json', 1000, 'every'], ['sbe', 3, 'every'], ['json', 25, 'latest'], ['sbe', 5, 'latest']]) {
    const one = connected(t, server, { via: relay.address, encoding });
    const kept = book(one.client, 'X', { depth, mode });
    keepers.push({ ...one, kept, depth, mode });
  }
  await Promise.all(keepers.map(({ kept }) => kept.ready()));
  await unrest(relay, throws, keepers, scaled(40, 10), async () => {
    await publish(throws.between(1, 80));
    await pause(throws.between(10, 80));
  });
  await publish(10);
  const sorted = (side, way) => [...truth[side]].sort(([p], [q]) => way * (Number(p) - Number(q)));
  const wanted = (depth) => [sorted('b', -1).slice(0, depth), sorted('a', 1).slice(0, depth)];
  const right = ({ kept, depth }) => kept.valid && JSON.stringify(shown(kept)) === JSON.stringify(wanted(depth));
  await until(() => keepers.every(right), 10_000, () => keepers.map((one) => `${one.mode} ${one.depth} ${one.kept.valid} ${JSON.stringify(shown(one.kept)).slice(0, 300)} instead of ${JSON.stringify(wanted(one.depth)).slice(0, 300)}`).join('\n'));
  for (const { kept, times } of keepers) {
    assert.equal(kept.mismatches, 0);
    assert.ok(times('reconnecting') > 2);
  }
}, { seconds: 40 });

scenario('a book is never shown wrong while it is slow, and is whole behind a gap', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=8000&seed=5&prefix=B&depth=20'], set: { backlog_bytes: 65536, send_buffer_bytes: 16384 } });
  await server.ticks_in(2000);
  const keepers = ['gap', 'latest'].map((on_slow) => {
    const one = connected(t, server);
    const kept = book(one.client, 'B00000', { depth: 10, on_slow });
    const crossed = [];
    kept.on('change', ({ bid, ask, n }) => { if (bid && ask && bid.price >= ask.price) crossed.push(n); });
    return { ...one, kept, crossed, gaps: [] };
  });
  for (const one of keepers) one.kept.on('gap', (gap) => one.gaps.push(gap));
  await within(Promise.all(keepers.map(({ kept }) => kept.ready())), 5000, 'books');
  for (const { made } of keepers) made[0].pause();
  await server.counted('tickcast_gaps_total', { why: 'slow_consumer' }, 1, 15_000);
  for (const { made } of keepers) made[0].resume();
  const before = keepers.map(({ kept }) => kept.n);
  await until(() => keepers[0].gaps.length > 0 && keepers.every(({ kept }, i) => kept.valid && kept.n > before[i] + 200), 15_000, 'a gap, and books behind it');
  for (const { kept, crossed } of keepers) assert.deepEqual([kept.mismatches, crossed], [0, []]);
  assert.ok(keepers[0].gaps.every(({ why }) => why === 'slow_consumer'));
}, { seconds: 40 });

scenario('a status is told with its reason, in both encodings', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  await publisher.line('{"e":"status","s":"X","state":"halted","reason":"news pending"}');
  await server.ticks_in(1);
  for (const encoding of ['json', 'sbe']) {
    const { client } = connected(t, server, { encoding });
    const { value } = await client.subscribe('status', '*')[Symbol.asyncIterator]().next();
    assert.deepEqual([value.s, value.state, value.reason, value.snap], ['X', 'halted', 'news pending', true]);
  }
});
