import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Candles } = await load("candles");
const limit = { timeout: 10_000 };
const trade = (n, seconds, p, q) => ({ e: "trade", s: "A", n, t: Math.round(seconds * 1e6), p, q });

/** What the server's `latest` mode makes of these trades. */
function merge(trades) {
  const last = trades[trades.length - 1];
  return {
    ...last, f: trades[0].n, k: trades.length, o: trades[0].p,
    h: Math.max(...trades.map((one) => one.p)), l: Math.min(...trades.map((one) => one.p)),
    v: trades.reduce((sum, one) => sum + one.q, 0),
  };
}

test("a bar is opened by its first trade, closed by its last, and spans the prices between", limit, () => {
  const candles = new Candles(1);
  for (const one of [trade(1, 100.1, 10, 5), trade(2, 100.2, 12, 1), trade(3, 100.9, 9, 2), trade(4, 100.999999, 11, 1)]) candles.add(one);
  assert.deepEqual(candles.bars, [{ time: 100, open: 10, high: 12, low: 9, close: 11, volume: 9, trades: 4, first: 1, last: 4 }]);
});

test("the first microsecond of a second belongs to the next bar", limit, () => {
  const candles = new Candles(1);
  candles.add({ e: "trade", s: "A", n: 1, t: 1732060800999999, p: 1, q: 1 });
  candles.add({ e: "trade", s: "A", n: 2, t: 1732060801000000, p: 2, q: 1 });
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.close]), [[1732060800, 1], [1732060801, 2]]);
});

test("merged trades make the very same bars as every trade", limit, () => {
  const trades = [];
  let price = 5000;
  for (let n = 1; n <= 600; n += 1) {
    price += ((n * 7919) % 13) - 6;
    trades.push(trade(n, 1000 + n * 0.1, price / 100, (n * 31) % 17 + 1));
  }
  for (const period of [1, 5, 60]) {
    const full = new Candles(period);
    const merged = new Candles(period);
    trades.forEach((one) => full.add(one));
    // Merged twice a second, as a client of interval_ms 500 gets them.
    for (let i = 0; i < trades.length;) {
      const slot = Math.floor(trades[i].t / 500_000);
      const part = trades.slice(i).filter((one) => Math.floor(one.t / 500_000) === slot);
      merged.add(part.length === 1 ? part[0] : merge(part));
      i += part.length;
    }
    assert.deepEqual(merged.bars, full.bars);
    assert.equal(full.bars.reduce((sum, bar) => sum + bar.trades, 0), 600);
  }
});

test("longer bars made of shorter ones equal those made of the trades", limit, () => {
  const seconds = new Candles(1);
  const minutes = new Candles(60);
  for (let n = 1; n <= 900; n += 1) {
    const one = trade(n, 5000 + n / 3, 100 + ((n * 37) % 50) / 100, n % 9);
    seconds.add(one);
    minutes.add(one);
  }
  assert.deepEqual(new Candles(60).load(seconds).bars, minutes.bars);
});

test("volumes are summed as decimals, not as doubles", limit, () => {
  const candles = new Candles(1);
  for (let n = 1; n <= 10; n += 1) candles.add(trade(n, 7.5, 1.1, 0.1));
  assert.equal(candles.newest.volume, 1);
});

test("a late trade changes the bar its time belongs to, or makes one", limit, () => {
  const candles = new Candles(1);
  candles.add(trade(1, 10, 5, 1));
  candles.add(trade(2, 12, 6, 1));
  candles.take();
  candles.add(trade(3, 10.5, 8, 1));
  assert.deepEqual(candles.take(), { from: 0, all: false });
  candles.add(trade(4, 11.5, 7, 1));
  assert.deepEqual(candles.take(), { from: 0, all: true });
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.high, bar.close]), [[10, 8, 8], [11, 7, 7], [12, 6, 6]]);
});

test("only what changed since the last look is told, once", limit, () => {
  const candles = new Candles(1);
  candles.add(trade(1, 1, 5, 1));
  assert.deepEqual(candles.take(), { from: 0, all: true });
  assert.equal(candles.take(), undefined);
  candles.add(trade(2, 1.5, 5, 1));
  candles.add(trade(3, 2.5, 5, 1));
  assert.deepEqual(candles.take(), { from: 0, all: false });
  candles.add(trade(4, 2.6, 5, 1));
  assert.deepEqual(candles.take(), { from: 1, all: false });
});

test("it keeps no more bars than it may, and drops the oldest", limit, () => {
  const candles = new Candles(1, 100);
  for (let n = 1; n <= 1000; n += 1) candles.add(trade(n, n, 5, 1));
  assert.ok(candles.bars.length <= 100 && candles.bars.length >= 90);
  assert.equal(candles.newest.time, 1000);
  assert.equal(candles.at(1000).last, 1000);
  assert.equal(candles.at(1), undefined);
});

test("bars that are about to be told anew are forgotten", limit, () => {
  const candles = new Candles(1);
  for (let n = 1; n <= 5; n += 1) candles.add(trade(n, n, 5, 1));
  candles.cut(3);
  assert.deepEqual(candles.bars.map((bar) => bar.time), [1, 2]);
  assert.deepEqual(candles.take(), { from: 0, all: true });
});

const { candle } = await load("candles");
const served = (seconds, c, more = {}) => ({ ...candle({ t: seconds * 1e6, o: 1, h: 9, l: 0, c, v: 7, k: 2, n: 5 }), ...more });

test("the server's bars are taken as they are, a later one of the same time instead of the earlier", limit, () => {
  const candles = new Candles(60);
  candles.put(served(60, 5));
  candles.put(served(120, 6));
  candles.take();
  candles.put(served(120, 7, { trades: 3 }));
  assert.deepEqual(candles.take(), { from: 1, all: false });
  candles.put(served(60, 4));
  assert.deepEqual(candles.take(), { from: 0, all: false });
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.close, bar.trades]), [[60, 4, 2], [120, 7, 3]]);
});

test("a set of the server's bars stands for what was there from its first on", limit, () => {
  const candles = new Candles(60);
  for (const time of [60, 120, 180]) candles.put(served(time, 1));
  candles.replace([served(120, 2), served(240, 3)]);
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.close]), [[60, 1], [120, 2], [240, 3]]);
  candles.replace([]);
  assert.equal(candles.bars.length, 3);
});

test("older bars go before those that are here, which stay as they are", limit, () => {
  const candles = new Candles(60);
  candles.put(served(180, 5));
  assert.equal(candles.before([served(60, 1), served(120, 2), served(180, 3)]), 2);
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.close]), [[60, 1], [120, 2], [180, 5]]);
  assert.deepEqual(candles.take(), { from: 0, all: true });
  assert.equal(candles.before([served(60, 9)]), 0);
});

test("a bar older than all that are here waits until those between have come, and is newer than the same among them", limit, () => {
  const candles = new Candles(60);
  candles.replace([served(600, 5), served(660, 6)]);
  candles.put(served(120, 9));
  candles.put(served(480, 8));
  assert.deepEqual(candles.bars.map((bar) => bar.time), [600, 660]);
  assert.equal(candles.before([served(420, 1), served(480, 1), served(540, 1)]), 3);
  assert.deepEqual(candles.bars.map((bar) => [bar.time, bar.close]), [[420, 1], [480, 8], [540, 1], [600, 5], [660, 6]]);
  candles.end();
  candles.put(served(60, 7));
  assert.deepEqual(candles.bars.slice(0, 3).map((bar) => [bar.time, bar.close]), [[60, 7], [120, 9], [420, 1]]);
});
