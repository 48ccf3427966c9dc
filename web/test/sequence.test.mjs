import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Sequence } = await load("sequence");
const limit = { timeout: 10_000 };
const ack = (n, more = {}) => ({ e: "subscribed", channel: "trades", mode: "every", interval_ms: 0, symbols: [{ s: "A", n }], ...more });
const begin = (sequence, n, epoch = "one", more = {}) => sequence.begin({ s: "A", n }, ack(n, more), epoch, 0);
const trade = (n, more = {}) => ({ e: "trade", s: "A", n, t: n, p: 1, q: 1, ...more });

test("nothing counts before the subscription is acknowledged", limit, () => {
  const sequence = new Sequence();
  assert.equal(sequence.accept(trade(1), 0), false);
});

test("the snapshot comes first; merged trades of the watchlist before it do not count", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 12);
  assert.equal(sequence.accept(trade(12, { f: 9, k: 4 }), 1), false);
  assert.deepEqual([11, 12].map((n) => sequence.accept(trade(n, { snap: true }), 2)), [true, true]);
  assert.equal(sequence.accept(trade(13), 3), true);
  assert.equal(sequence.missing, 0);
});

test("a symbol without trades has no snapshot to wait for", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  assert.equal(sequence.accept(trade(1), 1), true);
});

test("no trade counts twice, alone or merged", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  const seen = [trade(1), trade(1), trade(2), trade(2, { f: 1, k: 2 }), trade(4, { f: 2, k: 3 }), trade(3), trade(4), trade(6, { f: 5, k: 2 }), trade(6)];
  assert.deepEqual(seen.map((one) => sequence.accept(one, 1)), [true, false, true, false, false, true, true, true, false]);
  assert.equal(sequence.missing, 0);
});

test("a hole is counted and told, announced or not, and only once", limit, () => {
  const holes = [];
  const sequence = new Sequence((hole) => holes.push(hole));
  begin(sequence, 0);
  sequence.accept(trade(1), 1);
  sequence.gap({ e: "gap", channel: "trades", s: "A", f: 2, n: 10, why: "slow_consumer" });
  sequence.gap({ e: "gap", channel: "trades", s: "A", f: 2, n: 10, why: "slow_consumer" });
  assert.equal(sequence.accept(trade(11), 1), true);
  assert.equal(sequence.accept(trade(15), 1), true);
  assert.deepEqual(holes, [{ f: 2, n: 10, why: "slow_consumer" }, { f: 12, n: 14, why: "not received" }]);
  assert.equal(sequence.missing, 12);
});

test("the same epoch goes on where it stopped, and what was missed meanwhile is a hole", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  sequence.accept(trade(1), 1);
  sequence.pause();
  assert.equal(sequence.resume("one"), 1);
  assert.equal(sequence.resume("two"), undefined);
  assert.equal(begin(sequence, 9), false);
  assert.deepEqual([1, 5, 6].map((n) => sequence.accept(trade(n, { snap: true }), 1)), [false, true, true]);
  assert.equal(sequence.missing, 3);
});

test("a recovered stream has no snapshot", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  sequence.accept(trade(1), 1);
  sequence.pause();
  begin(sequence, 3, "one", { recovered: true });
  assert.equal(sequence.accept(trade(2), 1), true);
});

test("another epoch counts from the beginning", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  sequence.accept(trade(1), 1);
  assert.equal(begin(sequence, 1, "two"), true);
  assert.equal(sequence.accept(trade(1, { snap: true }), 1), true);
  assert.equal(sequence.missing, 0);
});

test("a heartbeat with a later number tells that the tail is lost", limit, () => {
  const sequence = new Sequence();
  begin(sequence, 0);
  sequence.accept(trade(1), 1);
  assert.equal(sequence.behind(1), false);
  assert.equal(sequence.behind(2), true);
});
