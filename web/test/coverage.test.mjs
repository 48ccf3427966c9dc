import assert from "node:assert/strict";
import test from "node:test";
import { desk, until } from "./desk.mjs";
import { load } from "./load.mjs";

const { Coverage, most, few } = await load("coverage");
const { Selection } = await load("selection");
const limit = { timeout: 10_000 };

/** A coverage and a selection as the page has them, of a server that makes bars itself or does not. */
async function page(wanted, charted = true) {
  const client = desk();
  const log = { counted: [], missing: [], merged: [], unknown: [] };
  const coverage = new Coverage(client, {
    counted: (symbol, trade, rewritten) => {
      log.counted.push(symbol);
      selection.counted(symbol, trade, rewritten);
    },
    missing: (symbol) => log.missing.push([symbol, coverage.track(symbol).missing, coverage.track(symbol).why]),
    merged: (why) => log.merged.push(why),
    unknown: (symbol) => log.unknown.push(symbol),
  });
  const selection = new Selection(1, coverage, () => {});
  for (const symbol of wanted) selection.choose(symbol);
  coverage.begin(charted);
  await until(() => client.made.length === 1 || wanted.length === 0);
  const [full] = client.made;
  const take = (...trades) => trades.forEach((trade) => full.say("message", trade));
  const bars = (...parts) => selection.candles.bars.map((bar) => parts.map((part) => bar[part]));
  return { client, coverage, selection, log, full, take, bars };
}

const trade = (n, t, p, more = {}) => ({ e: "trade", s: "A", n, t: t * 1e6, p, q: 1, ...more });
const gap = (f, n, why) => ({ e: "gap", channel: "trades", s: "A", f, n, why });

test("what is wanted is asked for in full, with history, in one subscription", limit, async () => {
  const { full } = await page(["A", "B"]);
  const { history, ...options } = full.options;
  assert.deepEqual([full.channel, full.symbols, options], ["trades", ["A", "B"], { mode: "every", on_slow: "latest" }]);
  assert.ok(history >= 1000);
});

test("nothing is asked for before the server has said what it has", limit, async () => {
  const client = desk();
  const coverage = new Coverage(client, {});
  coverage.want("A");
  await new Promise((done) => setTimeout(done, 200));
  assert.deepEqual(client.made, []);
});

test("a symbol that was looked at before kept its bars, and gets on with them unseen", limit, async () => {
  const { selection, full, take, bars } = await page(["A"]);
  take(trade(1, 10, 5));
  selection.choose("B");
  await until(() => full.asked.length === 2);
  assert.deepEqual(full.asked[1], ["B"]);
  take(trade(2, 11, 6), { ...trade(1, 11, 70), s: "B" });
  assert.deepEqual(bars("time", "close"), [[11, 70]]);
  selection.choose("A");
  assert.deepEqual(bars("time", "close"), [[10, 5], [11, 6]]);
});

test("of very many symbols those looked at longest ago are let go", limit, async () => {
  const { coverage, selection, full } = await page(Array.from({ length: most }, (_, i) => `S${i}`));
  assert.equal(full.symbols.length, most);
  selection.choose("S0");
  selection.choose("NEW");
  await until(() => full.removed.length > 0);
  assert.deepEqual([full.removed, full.asked[1]], [["S1"], ["NEW"]]);
  assert.ok(coverage.track("S0") && !coverage.track("S1"));
});

test("where the server makes the bars, only the tape needs trades, of a few symbols", limit, async () => {
  const { full, selection, take, bars } = await page(["A", "B", "C", "D", "E"], false);
  assert.deepEqual([full.symbols, full.options.history < 100], [["B", "C", "D", "E"].slice(-few), true]);
  selection.served = true;
  take({ ...trade(1, 10, 5), s: "E" });
  assert.deepEqual(bars("time"), []);
  assert.equal(selection.track.recent.length, 1);
});

test("what is missing is counted, told with its reason, and marked in its second", limit, async () => {
  const { coverage, log, full, take } = await page(["A"]);
  take(trade(1, 10, 5));
  full.say("gap", gap(2, 7, "not_recovered"));
  full.say("gap", gap(8, 8, "slow_consumer"));
  assert.deepEqual(log.missing, [["A", 6, "missed while disconnected"], ["A", 7, "slow consumer"]]);
  assert.deepEqual(coverage.track("A").gaps, [10]);
});

test("another run of the server keeps the bars before it and tells its own times anew", limit, async () => {
  const { coverage, log, full, take, bars } = await page(["A"]);
  take(trade(1, 10, 5), trade(2, 11, 6), trade(3, 12, 6));
  full.say("gap", gap(1, 0, "new_epoch"));
  take(trade(1, 11, 8, { snap: true }), trade(2, 12, 9));
  assert.deepEqual(bars("time", "close", "trades"), [[10, 5, 1], [11, 8, 1], [12, 9, 1]]);
  assert.deepEqual(log.missing, [["A", 0, "the server counts anew"]]);
  assert.equal(coverage.track("A").uncounted, true);
});

test("another period shows the same trades", limit, async () => {
  const { selection, take, bars } = await page(["A"]);
  for (let n = 1; n <= 20; n += 1) take(trade(n, 100 + n, n));
  selection.span(5);
  take(trade(21, 121, 21));
  assert.deepEqual(bars("time", "open", "close"), [[100, 1, 4], [105, 5, 9], [110, 10, 14], [115, 15, 19], [120, 20, 21]]);
});

test("that trades come merged is told, and that it is over", limit, async () => {
  const { log, full } = await page(["A"]);
  full.say("rate", { e: "rate", channel: "trades", mode: "latest", why: "slow_consumer" });
  full.say("rate", { e: "rate", channel: "trades", mode: "every" });
  assert.deepEqual(log.merged, ["slow_consumer", undefined]);
});

test("a symbol that the server does not know is told, and asked for again when the market names it", limit, async () => {
  const { coverage, log, full } = await page(["A", "XX"]);
  full.say("failed", [{ s: "XX", code: "unknown_symbol" }]);
  assert.deepEqual([log.unknown, full.symbols], [["XX"], ["A"]]);
  coverage.want("A");
  coverage.named("XX");
  await until(() => full.asked.length === 2);
  assert.deepEqual(full.asked[1], ["XX"]);
});

test("a subscription that was refused as a whole is made anew", limit, async () => {
  const { client, coverage, log, full } = await page(["XX"]);
  full.say("error", { code: "unknown_symbol" });
  full.close();
  assert.deepEqual(log.unknown, ["XX"]);
  coverage.named("XX");
  await until(() => client.made.length === 2);
  assert.deepEqual(client.made[1].symbols, ["XX"]);
});
