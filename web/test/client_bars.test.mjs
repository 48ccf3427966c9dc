import assert from "node:assert/strict";
import test from "node:test";
import { setting, settled } from "./fake.mjs";

const limit = { timeout: 10_000 };

/** A bar of the minute `minute`, whose last trade is `n`. */
const bar = (minute, n, more = {}) =>
  ({ e: "bar", s: "AAPL", i: "1m", t: minute * 60e6, o: 1, h: 9, l: 1, c: n, v: n, k: 2, f: n - 1, n, x: false, ...more });
const shown = (bars) => bars.map(({ time, close }) => [time / 60, close]);

/** What a chart would be told, and a chart that takes offence as lightweight-charts does. */
async function charted(options = { history: 3 }) {
  const server = setting();
  const bars = server.client.bars("AAPL", "1m", options);
  const told = [];
  let chart = [];
  bars.on("set", (all) => {
    for (let i = 1; i < all.length; i += 1) assert.ok(all[i].time > all[i - 1].time, "ascending, each time once");
    chart = [...all];
    told.push(["set", ...shown(all)]);
  });
  bars.on("update", (one) => {
    assert.ok(chart.length === 0 || one.time >= chart.at(-1).time, "never out of order");
    if (chart.at(-1)?.time === one.time) chart.pop();
    chart.push(one);
    told.push(["update", ...shown([one])]);
  });
  await server.welcome();
  const [command] = server.commands();
  return Object.assign(server, { bars, told, command, chart: () => shown(chart) });
}

test("history comes as one set, and then updates", limit, async () => {
  const { bars, told, command, ack, say, chart } = await charted();
  assert.deepEqual({ ...command, id: 0 }, { op: "subscribe", channel: "bars", symbols: ["AAPL"], period: "1m", history: 3, id: 0 });
  await ack(command, { AAPL: 30 });
  say(bar(1, 10, { snap: true, x: true }), bar(2, 20, { snap: true, x: true }));
  await settled();
  assert.deepEqual(told, []);
  say(bar(3, 30, { snap: true }), bar(3, 31));
  await settled();
  say(bar(3, 32, { x: true }), bar(4, 33));
  assert.deepEqual(told, [["set", [1, 10], [2, 20], [3, 31]], ["update", [3, 32]], ["update", [4, 33]]]);
  assert.deepEqual(chart(), shown(bars.all));
  assert.deepEqual(bars.all.at(-1), { time: 240, open: 1, high: 9, low: 1, close: 33, volume: 33, trades: 2, first: 32, last: 33, closed: false });
  assert.equal(bars.all[2].closed, true);
});

test("a symbol without a trade has an empty set, and its first bar is an update", limit, async () => {
  const { told, outside, command, ack, say } = await charted();
  await ack(command, { AAPL: 0 });
  outside.pass(300);
  await settled();
  say(bar(5, 1));
  assert.deepEqual(told, [["set"], ["update", [5, 1]]]);
});

test("bars of a former epoch come although there is no trade yet", limit, async () => {
  const { told, command, ack, say } = await charted();
  await ack(command, { AAPL: 0 });
  say(bar(5, 0, { snap: true, x: true }), bar(6, 0, { snap: true, x: true }), bar(8, 1), bar(8, 2));
  await settled();
  assert.deepEqual(told, [["set", [5, 0], [6, 0], [8, 2]]]);
});

test("history that is shorter than asked for is over when nothing more comes", limit, async () => {
  const { told, outside, command, ack, say } = await charted({ history: 100 });
  await ack(command, { AAPL: 35 });
  say(bar(1, 10, { snap: true }), bar(2, 20, { snap: true }));
  outside.pass(299);
  await settled();
  assert.deepEqual(told, []);
  outside.pass(1);
  await settled();
  assert.deepEqual(told, [["set", [1, 10], [2, 20]]]);
  say(bar(3, 30, { snap: true }), bar(4, 36));
  await settled();
  assert.deepEqual(told.slice(1), [["update", [3, 30]], ["update", [4, 36]]], "what came too late for the set is no harm");
});

test("an older bar that changes brings a new set, one for all of a frame", limit, async () => {
  const { told, command, ack, say, bars } = await charted();
  await ack(command, { AAPL: 20 });
  say(bar(1, 10, { snap: true, x: true }), bar(2, 20, { snap: true }));
  await settled();
  say(bar(1, 21, { rev: true }), bar(2, 22), bar(1, 23, { rev: true }), bar(3, 24));
  await settled();
  assert.deepEqual(told.slice(1), [["set", [1, 23], [2, 22], [3, 24]]]);
  say(bar(1, 23, { x: true }));
  await settled();
  assert.equal(told.length, 2, "nothing that is drawn has changed");
  assert.equal(bars.all[0].closed, true);
});

test("who listens to revisions gets these instead of sets", limit, async () => {
  const { told, command, ack, say, bars } = await charted();
  const revised = [];
  bars.on("revise", (one) => revised.push(one));
  await ack(command, { AAPL: 20 });
  say(bar(1, 10, { snap: true, x: true }), bar(2, 20, { snap: true }));
  await settled();
  say(bar(1, 21, { rev: true }), bar(2, 22));
  await settled();
  assert.deepEqual(shown(revised), [[1, 21]]);
  assert.deepEqual(told.slice(1), [["update", [2, 22]]]);
  assert.deepEqual(shown(bars.all), [[1, 21], [2, 22]]);
});

test("a bar that nobody was given comes in a set, also to who listens to revisions", limit, async () => {
  const { told, command, ack, say, bars } = await charted();
  const revised = [];
  bars.on("revise", (one) => revised.push(one));
  await ack(command, { AAPL: 20 });
  say(bar(1, 10, { snap: true, x: true }), bar(4, 20, { snap: true }));
  await settled();
  say(bar(2, 21, { rev: true }), bar(2, 22, { rev: true }), bar(4, 23));
  await settled();
  assert.deepEqual(revised, [], "not before it was in a set");
  assert.deepEqual(told.slice(1), [["set", [1, 10], [2, 22], [4, 23]]]);
  say(bar(2, 24, { rev: true }));
  await settled();
  assert.deepEqual(shown(revised), [[2, 24]]);
  assert.equal(told.length, 2);
});

test("nothing is revised before the first set", limit, async () => {
  const { told, command, ack, say, bars } = await charted();
  const revised = [];
  bars.on("revise", (one) => revised.push(one));
  await ack(command, { AAPL: 30 });
  say(bar(3, 10, { snap: true, x: true }), bar(4, 20, { snap: true }), bar(3, 31, { rev: true }), bar(3, 32, { rev: true }));
  await settled();
  assert.deepEqual(revised, []);
  assert.deepEqual(told, [["set", [3, 32], [4, 20]]]);
});

test("a revised bar from before the history that was asked for is left out", limit, async () => {
  const { told, command, ack, say, bars, back } = await charted();
  await ack(command, { AAPL: 30 });
  say(bar(11, 10, { snap: true, x: true }), bar(12, 20, { snap: true, x: true }), bar(13, 30, { snap: true }));
  say(bar(2, 31, { rev: true }));
  await settled();
  say(bar(10, 32, { rev: true }), bar(11, 33, { rev: true }));
  await settled();
  assert.deepEqual(told, [["set", [11, 10], [12, 20], [13, 30]], ["set", [11, 33], [12, 20], [13, 30]]]);
  const [again] = await back();
  await ack(again, { AAPL: 34 });
  say(bar(13, 34, { snap: true }), bar(2, 35, { rev: true }));
  await settled();
  assert.deepEqual(shown(bars.all), [[11, 33], [12, 20], [13, 34]], "a snapshot that reaches less far changes nothing of that");
});

test("so it is when the history came with a pause in it", limit, async () => {
  const { outside, command, ack, say, bars } = await charted();
  await ack(command, { AAPL: 30 });
  say(bar(11, 10, { snap: true, x: true }));
  outside.pass(300);
  say(bar(12, 20, { snap: true, x: true }), bar(13, 30, { snap: true }), bar(2, 31, { rev: true }));
  await settled();
  assert.deepEqual(shown(bars.all), [[11, 10], [12, 20], [13, 30]]);
});

test("a revised bar from before all there was is put in front", limit, async () => {
  const { told, command, ack, say, back } = await charted();
  await ack(command, { AAPL: 20 });
  say(bar(11, 10, { snap: true, x: true }), bar(12, 20, { snap: true }));
  await settled();
  say(bar(9, 21, { rev: true }), bar(13, 22), bar(14, 23));
  await settled();
  assert.deepEqual(told.slice(1), [["set", [9, 21], [11, 10], [12, 20], [13, 22], [14, 23]]]);
  const [again] = await back();
  await ack(again, { AAPL: 23 });
  say(...[[12, 20], [13, 22], [14, 23]].map(([minute, n]) => bar(minute, n, { snap: true })), bar(8, 24, { rev: true }));
  await settled();
  assert.deepEqual(told.at(-1).slice(1, 3), [[8, 24], [9, 21]], "also when all that was asked for came again: the rest is held");
});

test("each bar's close is told", limit, async () => {
  const { command, ack, say, bars } = await charted();
  const closed = [];
  bars.on("close", (one) => closed.push(one));
  await ack(command, { AAPL: 20 });
  say(bar(1, 10, { snap: true, x: true }), bar(2, 20, { snap: true }), bar(2, 20, { x: true }), bar(3, 21));
  assert.deepEqual(shown(closed), [[2, 20]]);
});

test("after a lost connection the hole is filled, however long it was", limit, async () => {
  const { told, outside, client, command, ack, say, close, welcome, states, commands, chart } = await charted();
  await ack(command, { AAPL: 20 });
  const now = Math.floor(outside.now() / 60_000);
  say(bar(now - 1, 10, { snap: true, x: true }), bar(now, 20, { snap: true }));
  await settled();
  close(1006);
  for (let i = 0; i < 60; i += 1) outside.pass(10_000); // it tries again and again, and nobody answers
  if (client.state.name !== "connecting") outside.pass(states.at(-1).in_ms);
  await welcome();
  const [again] = commands();
  assert.ok(again.history >= 12 && again.history <= 14, String(again.history));
  await ack(again, { AAPL: 40 });
  const missed = Array.from({ length: 11 }, (_, i) => bar(now + i, 30 + i, { snap: true }));
  say(...missed.slice(0, 5));
  say(...missed.slice(5));
  say(bar(now + 10, 41));
  await settled();
  const expected = [[now - 1, 10], ...shown(missed.map(({ t, c }) => ({ time: t / 1e6, close: c })))];
  expected[expected.length - 1][1] = 41;
  assert.deepEqual(chart(), expected);
  assert.equal(told.filter(([what]) => what === "set").length, 2);
});

test("what the server says after a restart replaces what it said before", limit, async () => {
  const { command, ack, say, back, chart } = await charted();
  await ack(command, { AAPL: 20 });
  say(bar(7, 10, { snap: true }), bar(8, 15, { snap: true }), bar(9, 20, { snap: true }));
  await settled();
  const [again] = await back("e2");
  await ack(again, { AAPL: 3 });
  say(bar(8, 3, { snap: true }));
  await settled();
  assert.deepEqual(chart(), [[7, 10], [8, 3]]);
});

test("an iterator gives sets and updates, and a set to who reads too slowly", limit, async () => {
  const { command, ack, say, bars } = await charted();
  const reader = bars[Symbol.asyncIterator]();
  await ack(command, { AAPL: 1 });
  say(bar(1, 1, { snap: true }));
  await settled();
  say(bar(1, 2));
  const first = await reader.next();
  assert.deepEqual(shown(first.value.set), [[1, 1]]);
  assert.deepEqual((await reader.next()).value.update.close, 2);
  for (let n = 3; n < 1200; n += 1) say(bar(1, n));
  const late = (await reader.next()).value;
  assert.equal(late.set.length, 1);
  const rest = [];
  bars.close();
  for await (const change of reader) rest.push(change);
  assert.ok(rest.length < 1000);
  assert.equal(rest.at(-1).update.close, 1199);
});

test("no more bars are kept than asked for", limit, async () => {
  const { command, ack, say, bars } = await charted({ history: 5, keep: 20 });
  await ack(command, { AAPL: 1 });
  say(bar(1, 1, { snap: true }));
  await settled();
  for (let n = 2; n < 500; n += 1) say(bar(n, n));
  assert.ok(bars.all.length <= 22);
  assert.equal(bars.all.at(-1).close, 499);
  const { length } = bars.all;
  say(bar(3, 500, { rev: true }));
  assert.equal(bars.all.length, length, "what is not kept any more does not come back");
});

test("a symbol that cannot be had is an error", limit, async () => {
  const { command, fail, bars } = await charted();
  const errors = [];
  bars.on("error", ({ code }) => errors.push(code));
  const told = [bars.ready, bars[Symbol.asyncIterator]().next()].map((promise) => assert.rejects(promise, { code: "unknown_symbol" }));
  await fail(command, "unknown_symbol");
  await Promise.all(told);
  assert.deepEqual(errors, ["unknown_symbol"]);
});
