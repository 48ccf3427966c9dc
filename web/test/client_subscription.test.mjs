import assert from "node:assert/strict";
import test from "node:test";
import { listening, numbers, settled, trade, trades } from "./fake.mjs";

const limit = { timeout: 10_000 };

test("what is subscribed before it is live is asked for once it is", limit, async () => {
  const { command } = await listening(["AAPL", "MSFT"], { mode: "latest", interval_ms: 250, history: 5, queue: 10, overflow: "latest" });
  assert.deepEqual(command, { op: "subscribe", channel: "trades", symbols: ["AAPL", "MSFT"], mode: "latest", interval_ms: 250, history: 5, id: 1 });
});

test("an acknowledgement is a promise, and so is a refusal", limit, async () => {
  const good = await listening(["AAPL", "XXXX"]);
  const failures = [];
  good.subscription.on("failed", (failed) => failures.push(failed));
  await good.ack(good.command, { AAPL: 10 }, [{ s: "XXXX", code: "unknown_symbol" }]);
  assert.deepEqual((await good.subscription.ready).symbols, [{ s: "AAPL", n: 10 }]);
  assert.deepEqual(failures, [[{ s: "XXXX", code: "unknown_symbol" }]]);
  for (const code of ["bad_option", "unknown_symbol", "too_many_symbols"]) {
    const bad = await listening();
    const told = [bad.subscription.ready, bad.subscription.iterate().next()].map((promise) => assert.rejects(promise, { name: "TickcastError", code }));
    await bad.fail(bad.command, code);
    await Promise.all(told);
    assert.equal(bad.subscription.closed, true);
    assert.deepEqual(await bad.back(), [], "it is not asked for again");
  }
});

test("the snapshot and what follows are given once and in order, whatever stands between", limit, async () => {
  const { heard, gaps, command, ack, say } = await listening("AAPL", { history: 3 });
  say(trade("AAPL", 8)); // nobody has acknowledged anything
  await ack(command, { AAPL: 10 });
  say(trade("AAPL", 9), ...trades("AAPL", 8, 10, { snap: true }), trade("AAPL", 11), trade("AAPL", 11), trade("AAPL", 12));
  say(...trades("AAPL", 9, 12, { snap: true }), trade("MSFT", 3));
  assert.deepEqual(numbers(heard), [8, 9, 10, 11, 12]);
  assert.deepEqual(gaps, []);
});

test("without a snapshot it begins behind the acknowledged number", limit, async () => {
  const { heard, gaps, command, ack, say } = await listening("AAPL", { snapshot: false });
  assert.equal(command.snapshot, false);
  await ack(command, { AAPL: 10 });
  say(trade("AAPL", 10), trade("AAPL", 11));
  assert.deepEqual(numbers(heard), [11]);
  assert.deepEqual(gaps, []);
});

test("a hole in the numbers is told once, in its place", limit, async () => {
  const { subscription, heard, gaps, command, ack, say } = await listening("AAPL");
  subscription.on("gap", (gap) => heard.push(gap));
  await ack(command, { AAPL: 10 });
  say(trade("AAPL", 10, { snap: true }), trade("AAPL", 11), trade("AAPL", 14), trade("AAPL", 15));
  assert.deepEqual(heard.map(({ e, f, n }) => [e, f, n]), [["trade", undefined, 10], ["trade", undefined, 11], ["gap", 12, 13], ["trade", undefined, 14], ["trade", undefined, 15]]);
  assert.deepEqual(gaps, [{ channel: "trades", s: "AAPL", f: 12, n: 13, why: "hole" }]);
});

test("a gap that the server tells is told on, clipped to what is not known", limit, async () => {
  const { heard, gaps, command, ack, say } = await listening("AAPL");
  const gap = (f, n, why = "slow_consumer") => ({ e: "gap", channel: "trades", s: "AAPL", f, n, why });
  await ack(command, { AAPL: 1 });
  say(trade("AAPL", 1, { snap: true }), gap(2, 5), trade("AAPL", 6), gap(4, 6), gap(5, 8), trade("AAPL", 9), gap(12, 13, "overflow"), trade("AAPL", 14));
  assert.deepEqual(numbers(heard), [1, 6, 9, 14]);
  assert.deepEqual(gaps.map(({ f, n, why }) => [f, n, why]),
    [[2, 5, "slow_consumer"], [7, 8, "slow_consumer"], [10, 11, "hole"], [12, 13, "overflow"]]);
});

test("merged messages count for all that they cover", limit, async () => {
  const { heard, gaps, command, ack, say } = await listening("AAPL", { mode: "latest" });
  await ack(command, { AAPL: 10 });
  say(trade("AAPL", 10, { snap: true }), trade("AAPL", 15, { f: 11, k: 5 }), trade("AAPL", 15, { f: 14, k: 2 }), trade("AAPL", 16),
    trade("AAPL", 20, { f: 18, k: 3 }), trade("AAPL", 24, { f: 20, k: 5 }), trade("AAPL", 25));
  assert.deepEqual(numbers(heard), [10, 15, 16, 20, 25]);
  assert.deepEqual(gaps.map(({ f, n, why }) => [f, n, why]), [[17, 17, "hole"], [21, 24, "overlap"]], "nothing is counted twice");
});

test("after a lost connection it goes on from the last number, of each symbol", limit, async () => {
  const { subscription, heard, gaps, command, ack, say, back } = await listening(["AAPL", "MSFT", "NEW"], { history: 2 });
  await ack(command, { AAPL: 10, MSFT: 3, NEW: 0 });
  say(...trades("AAPL", 9, 10, { snap: true }), trade("MSFT", 3, { snap: true }), trade("AAPL", 11));
  assert.deepEqual(subscription.cursor, { epoch: "e1", n: { AAPL: 11, MSFT: 3, NEW: 0 } });
  const [again, ...none] = await back();
  assert.deepEqual(none, []);
  assert.deepEqual({ ...again, id: 0 }, { op: "subscribe", channel: "trades", symbols: ["AAPL", "MSFT", "NEW"], history: 2,
    resume: { epoch: "e1", n: { AAPL: 11, MSFT: 3, NEW: 0 } }, id: 0 });
  say(trade("AAPL", 12));
  await ack(again, [{ s: "AAPL", n: 13, recovered: true }, { s: "MSFT", n: 3, recovered: true }, { s: "NEW", n: 1, recovered: true }]);
  say(trade("NEW", 1), ...trades("AAPL", 12, 14), trade("MSFT", 4));
  assert.deepEqual(heard.map(({ s, n }) => s + n), ["AAPL9", "AAPL10", "MSFT3", "AAPL11", "NEW1", "AAPL12", "AAPL13", "AAPL14", "MSFT4"]);
  assert.deepEqual(gaps, []);
});

test("what cannot be recovered is told, less what the history has of it", limit, async () => {
  const { heard, gaps, command, ack, say, back } = await listening(["AAPL", "MSFT"], { history: 3 });
  await ack(command, { AAPL: 1, MSFT: 1 });
  say(trade("AAPL", 1, { snap: true }), trade("MSFT", 1, { snap: true }));
  const [again] = await back();
  await ack(again, [{ s: "AAPL", n: 9, recovered: false }, { s: "MSFT", n: 3, recovered: false }]);
  say(...trades("AAPL", 7, 9, { snap: true }), ...trades("MSFT", 1, 3, { snap: true }), trade("AAPL", 10), trade("MSFT", 4));
  assert.deepEqual(heard.map(({ s, n }) => s + n), ["AAPL1", "MSFT1", "AAPL7", "AAPL8", "AAPL9", "MSFT2", "MSFT3", "AAPL10", "MSFT4"]);
  assert.deepEqual(gaps, [{ channel: "trades", s: "AAPL", f: 2, n: 6, why: "not_recovered" }]);
});

test("another epoch is another count, and is told once", limit, async () => {
  const { subscription, heard, gaps, command, ack, say, back } = await listening(["AAPL", "MSFT", "OLD"]);
  await ack(command, { AAPL: 100, MSFT: 50, OLD: 7 });
  say(trade("AAPL", 100, { snap: true }), trade("MSFT", 50, { snap: true }), trade("OLD", 7, { snap: true }));
  const [again] = await back("e2");
  assert.equal(again.resume.epoch, "e1");
  await ack(again, [{ s: "AAPL", n: 4, recovered: false }, { s: "MSFT", n: 1, recovered: false }, { s: "OLD", n: 0, recovered: false }]);
  say(trade("AAPL", 4, { snap: true }), trade("MSFT", 1, { snap: true }), trade("AAPL", 5), trade("OLD", 1));
  assert.deepEqual(heard.slice(3).map(({ s, n }) => s + n), ["AAPL4", "MSFT1", "AAPL5", "OLD1"]);
  assert.deepEqual(gaps.map(({ s, f, n, why, last }) => [s, f, n, why, last]),
    [["OLD", 1, 0, "new_epoch", 7], ["AAPL", 1, 3, "new_epoch", 100], ["MSFT", 1, 0, "new_epoch", 50]]);
  assert.deepEqual(subscription.cursor, { epoch: "e2", n: { AAPL: 5, MSFT: 1, OLD: 1 } });
});

test("a connection lost before the acknowledgement changes nothing of where it stands", limit, async () => {
  const { subscription, command, ack, say, back } = await listening();
  await ack(command, { AAPL: 10 });
  say(trade("AAPL", 10, { snap: true }));
  await back("e2");
  const [again] = await back("e3");
  assert.deepEqual(again.resume, { epoch: "e1", n: { AAPL: 10 } });
  assert.deepEqual(subscription.cursor, { epoch: "e1", n: { AAPL: 10 } });
});

test("a cursor of another process is gone on from", limit, async () => {
  const { heard, gaps, command, ack, say } = await listening("AAPL", { resume: { epoch: "e0", n: { AAPL: 5, GONE: 3 } } });
  assert.deepEqual(command.resume, { epoch: "e0", n: { AAPL: 5 } });
  await ack(command, [{ s: "AAPL", n: 7, recovered: true }]);
  say(...trades("AAPL", 6, 8));
  assert.deepEqual(numbers(heard), [6, 7, 8]);
  assert.deepEqual(gaps, []);
});

test("a lost tail is noticed by the heartbeat, and asked for again", limit, async () => {
  const { heard, gaps, command, ack, say, commands } = await listening(["AAPL", "MSFT"]);
  await ack(command, { AAPL: 10, MSFT: 0 });
  say(trade("AAPL", 10, { snap: true }));
  say({ e: "heartbeat", t: 1, n: { trades: { AAPL: 11, MSFT: 0, OTHER: 5 }, quotes: { AAPL: 99 } } }, trade("AAPL", 11));
  await settled();
  assert.deepEqual(commands(), [], "what stands behind a heartbeat in its frame is no lost tail");
  say({ e: "heartbeat", t: 1, n: { trades: { AAPL: 13, MSFT: 0 } } });
  say({ e: "heartbeat", t: 1, n: { trades: { AAPL: 13, MSFT: 0 } } });
  await settled();
  const [again, ...none] = commands();
  assert.deepEqual(none, []);
  assert.deepEqual([again.symbols, again.resume], [["AAPL"], { epoch: "e1", n: { AAPL: 11 } }]);
  await ack(again, [{ s: "AAPL", n: 13, recovered: true }]);
  say(...trades("AAPL", 12, 14));
  assert.deepEqual(numbers(heard), [10, 11, 12, 13, 14]);
  assert.deepEqual(gaps, []);
});

test("symbols are added and removed, and nothing of a removed one is given", limit, async () => {
  const { subscription, heard, command, ack, say, commands } = await listening(["AAPL", "MSFT"]);
  await ack(command, { AAPL: 0, MSFT: 0 });
  subscription.remove("AAPL", "NONE");
  const added = subscription.add("TSLA", "MSFT");
  await settled();
  const [gone, more, ...none] = commands();
  assert.deepEqual(none, []);
  assert.deepEqual([gone.op, gone.symbols, more.op, more.symbols], ["unsubscribe", ["AAPL"], "subscribe", ["TSLA"]]);
  say(trade("AAPL", 1), trade("MSFT", 1));
  await ack(more, { TSLA: 0 });
  assert.deepEqual((await added).symbols, [{ s: "TSLA", n: 0 }]);
  say(trade("TSLA", 1));
  assert.deepEqual(heard.map(({ s }) => s), ["MSFT", "TSLA"]);
  assert.deepEqual(subscription.symbols, ["MSFT", "TSLA"]);
});

test("an addition that is refused leaves the rest as it was", limit, async () => {
  const { subscription, heard, command, ack, fail, say, commands } = await listening();
  const errors = [];
  subscription.on("error", ({ code }) => errors.push(code));
  await ack(command, { AAPL: 0 });
  const added = subscription.add("TSLA");
  await settled();
  await fail(commands()[0], "too_many_symbols");
  await assert.rejects(added, { code: "too_many_symbols" });
  say(trade("AAPL", 1));
  assert.deepEqual([numbers(heard), errors, subscription.symbols, subscription.closed], [[1], ["too_many_symbols"], ["AAPL"], false]);
});

test("options can be changed, and the stream goes on", limit, async () => {
  const { subscription, heard, gaps, command, ack, say, commands } = await listening();
  await ack(command, { AAPL: 1 });
  say(trade("AAPL", 1, { snap: true }), trade("AAPL", 2));
  const changed = subscription.change({ mode: "latest", interval_ms: 500 });
  await settled();
  const [again] = commands();
  assert.deepEqual({ ...again, id: 0 }, { op: "subscribe", channel: "trades", symbols: ["AAPL"], mode: "latest", interval_ms: 500, snapshot: false, id: 0 });
  say(trade("AAPL", 3));
  await ack(again, { AAPL: 5 });
  await changed;
  say(trade("AAPL", 4), trade("AAPL", 5), trade("AAPL", 9, { f: 6, k: 4 }));
  assert.deepEqual(numbers(heard), [1, 2, 3, 4, 5, 9]);
  assert.deepEqual(gaps, []);
});

test("after close() nothing is given and nothing asked for", limit, async () => {
  const { subscription, heard, command, ack, say, commands, back } = await listening();
  await ack(command, { AAPL: 0 });
  const ends = [];
  subscription.on("close", (error) => ends.push(error));
  subscription.close();
  subscription.close();
  await settled();
  assert.deepEqual(commands().map(({ op, symbols }) => [op, symbols]), [["unsubscribe", ["AAPL"]]]);
  say(trade("AAPL", 1));
  assert.deepEqual(heard, []);
  assert.deepEqual(ends, [undefined]);
  assert.deepEqual(await back(), []);
  assert.throws(() => subscription.add("MSFT"), { code: "closed" });
});

test("two subscriptions of one symbol each get all of it, and share it until the last one leaves", limit, async () => {
  const { client, subscription, heard, command, ack, say, commands } = await listening("AAPL");
  const second = client.subscribe("trades", ["AAPL", "MSFT"], { history: 2 });
  const other = [];
  second.on("message", (message) => other.push(message));
  await settled();
  assert.deepEqual(commands(), [], "two snapshots on their way could not be told apart");
  await ack(command, { AAPL: 10 });
  const [later] = commands();
  say(trade("AAPL", 10, { snap: true }), trade("AAPL", 11));
  await ack(later, { AAPL: 12, MSFT: 0 });
  say(trade("AAPL", 12), ...trades("AAPL", 11, 12, { snap: true }), trade("AAPL", 13), trade("MSFT", 1));
  assert.deepEqual(numbers(heard), [10, 11, 12, 13]);
  assert.deepEqual(other.map(({ s, n }) => s + n), ["AAPL11", "AAPL12", "AAPL13", "MSFT1"]);
  second.close();
  await settled();
  assert.deepEqual(commands().map(({ op, symbols }) => [op, symbols]), [["unsubscribe", ["MSFT"]]]);
  subscription.close();
  await settled();
  assert.deepEqual(commands().map(({ op, symbols }) => [op, symbols]), [["unsubscribe", ["AAPL"]]]);
});

test("one symbol cannot be had with two sets of options", limit, async () => {
  const { client, subscription } = await listening("AAPL");
  assert.throws(() => client.subscribe("trades", ["MSFT", "AAPL"], { mode: "latest" }), { code: "conflict", message: /^AAPL is subscribed on trades/ });
  const other = client.subscribe("trades", "TSLA", { mode: "latest" });
  assert.throws(() => other.add("AAPL"), { code: "conflict" });
  assert.deepEqual([subscription.symbols, other.symbols], [["AAPL"], ["TSLA"]]);
  assert.throws(() => client.subscribe("trades", []), { code: "bad_argument" });
  client.subscribe("quotes", "AAPL", { mode: "every" });
  client.subscribe("bars", "AAPL", { period: "1s" });
  client.subscribe("bars", "AAPL", { period: "1m", interval_ms: 5 });
});

test("symbols that the server has forgotten are asked for until it knows them again", limit, async () => {
  const { subscription, heard, command, outside, ack, fail, say, back, commands } = await listening(["AAPL", "MSFT"]);
  await ack(command, { AAPL: 5, MSFT: 5 });
  say(trade("AAPL", 5, { snap: true }), trade("MSFT", 5, { snap: true }));
  const [again] = await back("e2");
  await fail(again, "unknown_symbol");
  outside.pass(4999);
  assert.deepEqual(commands(), []);
  outside.pass(1);
  await settled();
  const [third] = commands();
  assert.deepEqual(third.symbols, ["AAPL", "MSFT"]);
  await ack(third, [{ s: "AAPL", n: 0, recovered: false }], [{ s: "MSFT", code: "unknown_symbol" }]);
  outside.pass(5000);
  await settled();
  const [fourth] = commands();
  assert.deepEqual(fourth.symbols, ["MSFT"]);
  await ack(fourth, [{ s: "MSFT", n: 0, recovered: false }]);
  say(trade("AAPL", 1), trade("MSFT", 1));
  assert.deepEqual(heard.slice(2).map(({ s, n }) => s + n), ["AAPL1", "MSFT1"]);
  assert.equal(subscription.closed, false);
});

test("a change of rate is told to who listens to that channel", limit, async () => {
  const { client, subscription, say } = await listening();
  const rates = [];
  subscription.on("rate", ({ mode, why }) => rates.push(["trades", mode, why]));
  client.subscribe("quotes", "AAPL").on("rate", () => rates.push("quotes"));
  say({ e: "rate", channel: "trades", mode: "latest", why: "slow_consumer" });
  say({ e: "rate", channel: "trades", mode: "every" });
  assert.deepEqual(rates, [["trades", "latest", "slow_consumer"], ["trades", "every", undefined]]);
});

test("views of the trades come as they are: no number of theirs is missing, and only the own snapshot is given", limit, async () => {
  const { heard, gaps, command, ack, say, back } = await listening("AAPL", { period: "1s", history: 3 }, { channel: "bars" });
  const bar = (n, more = {}) => ({ e: "bar", s: "AAPL", i: "1s", n, t: n, ...more });
  assert.deepEqual([command.period, command.history], ["1s", 3]);
  await ack(command, { AAPL: 40 });
  say(bar(39), bar(20, { snap: true }), bar(40, { snap: true }), bar(50), { ...bar(60), i: "1m" }, bar(30, { rev: true }), bar(51, { snap: true }), bar(50));
  assert.deepEqual(numbers(heard), [20, 40, 50, 30, 50]);
  const [again] = await back("e2");
  assert.equal(again.resume, undefined);
  await ack(again, [{ s: "AAPL", n: 3, recovered: false }]);
  say(bar(3, { snap: true }), bar(4));
  assert.deepEqual(numbers(heard).slice(5), [3, 4]);
  assert.deepEqual(gaps, []);
});
