import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Coverage, most } = await load("coverage");
const { Selection } = await load("selection");
const limit = { timeout: 10_000 };
const rest = { mode: "latest", interval_ms: 250 };

/** A coverage and a selection as the page has them, and what they send. */
function page(...wanted) {
  const sent = [];
  const log = { counted: [], missing: [], merged: [], unknown: [] };
  const coverage = new Coverage((...commands) => sent.push(...commands), {
    counted: (symbol, trade, rewritten) => {
      log.counted.push(symbol);
      selection.counted(symbol, trade, rewritten);
    },
    missing: (symbol) => log.missing.push([symbol, coverage.track(symbol).sequence.missing, coverage.track(symbol).why]),
    merged: (why) => log.merged.push(why),
    unknown: (symbol) => log.unknown.push(symbol),
  });
  const selection = new Selection(1, coverage, () => {});
  const take = (...messages) => messages.forEach((message) => coverage.take(message, 0));
  const ack = (n, more = {}) => take({
    e: "subscribed", id: sent.at(-1).id, channel: "trades", mode: "every", interval_ms: 0, symbols: sent.at(-1).symbols.map((s) => ({ s, n })), ...more,
  });
  const open = (epoch) => coverage.opened({ e: "welcome", epoch }, rest);
  const bars = (...parts) => selection.candles.bars.map((bar) => parts.map((part) => bar[part]));
  for (const symbol of wanted) selection.choose(symbol);
  return { coverage, selection, sent, log, take, ack, open, bars };
}

const trade = (n, t, p, more = {}) => ({ e: "trade", s: "A", n, t: t * 1e6, p, q: 1, ...more });
const sentBy = async (sent, count) => {
  while (sent.length < count) await new Promise((done) => setTimeout(done, 5));
};

test("what is wanted is asked for in full, with history, as soon as there is a session", limit, () => {
  const { sent, open } = page("A", "B");
  assert.deepEqual(sent, []);
  open("one");
  assert.equal(sent.length, 1);
  const { id, history, ...command } = sent[0];
  assert.deepEqual(command, { op: "subscribe", channel: "trades", symbols: ["A", "B"], mode: "every", on_slow: "latest" });
  assert.ok(id && history > 0);
});

test("history and live trades make the bars; other symbols and other acks do not", limit, () => {
  const { log, take, ack, open, bars } = page("A");
  open("one");
  take({ e: "subscribed", id: "all-trades", channel: "trades", mode: "latest", interval_ms: 250, symbols: [{ s: "*", count: 3 }] });
  take(trade(4, 10, 99, { snap: true }));
  assert.deepEqual(log.counted, []);
  ack(4);
  take(trade(3, 10, 5, { snap: true }), trade(4, 11, 6, { snap: true }), trade(5, 11, 7), { ...trade(1, 11, 70), s: "B" });
  assert.deepEqual(bars("time", "open", "close", "trades"), [[10, 5, 5, 1], [11, 6, 7, 2]]);
});

test("a symbol that was looked at before kept its bars, and gets on with them unseen", limit, async () => {
  const { selection, sent, take, ack, open, bars } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5));
  selection.choose("B");
  await sentBy(sent, 2);
  assert.deepEqual(sent[1].symbols, ["B"]);
  ack(0);
  take(trade(2, 11, 6), { ...trade(1, 11, 70), s: "B" });
  assert.deepEqual(bars("time", "close"), [[11, 70]]);
  selection.choose("A");
  assert.deepEqual(bars("time", "close"), [[10, 5], [11, 6]]);
});

test("of very many symbols those looked at longest ago go back to the pace of the others", limit, async () => {
  const { coverage, selection, sent, ack, open } = page();
  open("one");
  for (let i = 0; i < most; i += 1) selection.choose(`S${i}`);
  await sentBy(sent, 1);
  assert.equal(sent[0].symbols.length, most);
  ack(0);
  selection.choose("S0");
  selection.choose("NEW");
  await sentBy(sent, 3);
  const { id, ...left } = sent[1];
  assert.deepEqual(left, { op: "subscribe", channel: "trades", symbols: ["S1"], mode: "latest", interval_ms: 250, snapshot: false });
  assert.deepEqual(sent[2].symbols, ["NEW"]);
  assert.ok(coverage.track("S0") && !coverage.track("S1"));
});

test("the same run of the server is resumed, and the bars go on", limit, () => {
  const { coverage, sent, log, take, ack, open, bars } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5), trade(2, 10, 6));
  coverage.closed();
  open("one");
  assert.deepEqual(sent[1].resume, { epoch: "one", n: { A: 2 } });
  ack(4, { recovered: false });
  take(trade(1, 10, 5, { snap: true }), trade(2, 10, 6, { snap: true }), trade(3, 10, 9, { snap: true }), trade(4, 10, 7, { snap: true }));
  assert.deepEqual(bars("high", "close", "trades"), [[9, 7, 4]]);
  assert.deepEqual(log.missing, []);
});

test("what was missed while away is told", limit, () => {
  const { coverage, log, take, ack, open } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5));
  coverage.closed();
  open("one");
  ack(8);
  take(trade(8, 12, 5, { snap: true }));
  assert.deepEqual(log.missing, [["A", 6, "missed while disconnected"]]);
  assert.deepEqual(coverage.track("A").gaps, [10]);
});

test("another run of the server keeps the bars before it and tells its own times anew", limit, () => {
  const { coverage, sent, log, take, ack, open, bars } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5), trade(2, 11, 6), trade(3, 12, 6));
  coverage.closed();
  open("two");
  assert.equal(sent[1].resume, undefined);
  ack(1);
  take(trade(1, 11, 8, { snap: true }), trade(2, 12, 9));
  assert.deepEqual(bars("time", "close", "trades"), [[10, 5, 1], [11, 8, 1], [12, 9, 1]]);
  assert.deepEqual(log.missing, []);
});

test("another period shows the same trades", limit, () => {
  const { selection, take, ack, open, bars } = page("A");
  open("one");
  ack(0);
  for (let n = 1; n <= 20; n += 1) take(trade(n, 100 + n, n));
  selection.span(5);
  take(trade(21, 121, 21));
  assert.deepEqual(bars("time", "open", "close"), [[100, 1, 4], [105, 5, 9], [110, 10, 14], [115, 15, 19], [120, 20, 21]]);
});

test("gaps and lowered rates are told", limit, () => {
  const { log, take, ack, open } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5), { e: "gap", channel: "trades", s: "A", f: 2, n: 4, why: "feed" });
  take({ e: "rate", channel: "trades", mode: "latest", why: "slow_consumer" }, { e: "rate", channel: "trades", mode: "every" });
  assert.deepEqual(log.missing, [["A", 3, "feed"]]);
  assert.deepEqual(log.merged.slice(-2), ["slow_consumer", undefined]);
});

test("an unknown symbol is told, and asked for again when its first trade comes", limit, async () => {
  const { sent, log, take, ack, open } = page("A");
  open("one");
  ack(0, { symbols: [], failed: [{ s: "A", code: "unknown_symbol" }] });
  assert.deepEqual(log.unknown, ["A"]);
  take(trade(1, 10, 5));
  await sentBy(sent, 2);
  assert.deepEqual(sent[1].symbols, ["A"]);
});

test("a heartbeat that knows a later trade has the symbol asked for again", limit, () => {
  const { sent, take, ack, open } = page("A");
  open("one");
  ack(0);
  take(trade(1, 10, 5), { e: "heartbeat", t: 1, n: { trades: { A: 3, B: 9 } } });
  assert.deepEqual(sent[1].resume, { epoch: "one", n: { A: 1 } });
});

test("a command that was one too many is said again", limit, async () => {
  const { sent, take, open } = page("A");
  open("one");
  take({ e: "error", id: sent[0].id, code: "rate_limited", message: "more than 10 commands a second" });
  await sentBy(sent, 2);
  assert.deepEqual(sent[1].symbols, ["A"]);
});

test("where the server makes the bars, only the tape needs trades, of a few symbols", limit, async () => {
  const { coverage, sent } = page("A", "B", "C", "D");
  coverage.opened({ e: "welcome", epoch: "one", channels: ["trades", "bars", "stats"] }, undefined);
  assert.deepEqual(sent[0].symbols, ["A", "B", "C", "D"]);
  assert.ok(sent[0].history < 100);
  coverage.want("E");
  await sentBy(sent, 3);
  const { id, ...left } = sent[1];
  assert.deepEqual(left, { op: "unsubscribe", channel: "trades", symbols: ["A"] });
  assert.deepEqual(sent[2].symbols, ["E"]);
});
