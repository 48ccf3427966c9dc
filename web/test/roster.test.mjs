import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Roster } = await load("roster");
const { Market } = await load("market");
const limit = { timeout: 10_000 };

function list(...picked) {
  const market = new Market();
  let n = 0;
  const trade = (s, p) => market.trade({ e: "trade", s, n: (n += 1), t: n * 1e6, p, q: 1 });
  for (const [s, p] of [["MSFT", 30], ["AAPL", 10], ["NVDA", 20]]) trade(s, p);
  market.quote({ e: "quote", s: "IDLE", n: 1, t: 1, b: 1, bq: 1, a: 2, aq: 1 });
  const roster = new Roster(market, () => picked);
  return { market, roster, trade, names: (now = 0) => roster.rows(now).map((row) => row.symbol) };
}

test("all symbols stand by name until a column is chosen", limit, () => {
  const { roster, names } = list();
  assert.deepEqual(names(), ["AAPL", "IDLE", "MSFT", "NVDA"]);
  roster.order = { column: "symbol", down: true };
  assert.deepEqual(names(), ["NVDA", "MSFT", "IDLE", "AAPL"]);
});

test("what has no value stands last, whichever way it is sorted", limit, () => {
  const { roster, names } = list();
  roster.order = { column: "last", down: true };
  assert.deepEqual(names(), ["MSFT", "NVDA", "AAPL", "IDLE"]);
  roster.order = { column: "last", down: false };
  assert.deepEqual(names(), ["AAPL", "NVDA", "MSFT", "IDLE"]);
});

test("an order of moving values follows them once a second", limit, () => {
  const { roster, trade, names } = list();
  roster.order = { column: "change", down: true };
  assert.deepEqual(names(0).slice(0, 1), ["AAPL"]);
  trade("NVDA", 25);
  assert.deepEqual(names(999).slice(0, 1), ["AAPL"]);
  assert.deepEqual(names(1000).slice(0, 1), ["NVDA"]);
});

test("the viewer's own list stands as it was put together, with what this server does not know", limit, () => {
  const { roster, names } = list("NVDA", "GONE", "AAPL");
  roster.own = true;
  assert.deepEqual(names(), ["NVDA", "GONE", "AAPL"]);
  assert.equal(roster.rows(0)[1].last, undefined);
});

test("a search looks through all symbols, and those that begin so come first", limit, () => {
  const { market, roster, names } = list("NVDA");
  market.quote({ e: "quote", s: "XA", n: 1, t: 1 });
  roster.own = true;
  roster.search = " a ";
  assert.deepEqual(names(), ["AAPL", "NVDA", "XA"]);
  roster.search = "";
  assert.deepEqual(names(), ["NVDA"]);
});

test("a symbol that is named later is there at once", limit, () => {
  const { roster, trade, names } = list();
  roster.order = { column: "last", down: true };
  names(0);
  trade("NEW", 99);
  assert.deepEqual(names(1).slice(0, 1), ["NEW"]);
});

test("a search puts the symbol that is called so first, then those that begin so, however the list is sorted", limit, () => {
  const { roster, trade, names } = list();
  for (const [s, p] of [["ATT", 500], ["TSLA", 300], ["T", 28], ["TLT", 90]]) trade(s, p);
  roster.order = { column: "last", down: true };
  roster.search = "t";
  assert.deepEqual(names(), ["T", "TSLA", "TLT", "ATT", "MSFT"]);
  roster.order = { column: "last", down: false };
  assert.deepEqual(names(), ["T", "TLT", "TSLA", "MSFT", "ATT"]);
  roster.order = { column: "symbol", down: true };
  assert.deepEqual(names(), ["T", "TSLA", "TLT", "MSFT", "ATT"]);
});

test("a name is found without the signs between its parts, and signs alone as they are", limit, () => {
  const { roster, trade, names } = list();
  for (const s of ["BTC-USD", "BTCUSD.P", "WBTC-USD", "BRK.B"]) trade(s, 1);
  for (const [text, all] of [
    ["btcusd", ["BTC-USD", "BTCUSD.P", "WBTC-USD"]], ["btc-usd", ["BTC-USD", "BTCUSD.P", "WBTC-USD"]], ["btc/usd", ["BTC-USD", "BTCUSD.P", "WBTC-USD"]],
    ["brkb", ["BRK.B"]], [".", ["BRK.B", "BTCUSD.P"]], ["^", []], ["btceur", []],
  ]) {
    roster.search = text;
    assert.deepEqual(names(), all, text);
  }
});
