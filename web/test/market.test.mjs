import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Market, moved } = await load("market");
const limit = { timeout: 10_000 };
const stat = (n, c, more = {}) => ({ e: "stat", s: "A", n, t: n * 1e6, o: 10, h: 12, l: 9, c, v: 500, k: n, ch: c - 8, pct: ((c - 8) / 8) * 100, ...more });

test("statistics give price, session and the change that the server counts", limit, () => {
  const market = new Market();
  market.stat(stat(5, 10));
  const row = market.find("A");
  assert.equal(row.last, 10);
  assert.deepEqual(row.session, { open: 10, high: 12, low: 9, volume: 500, trades: 5, change: 2, percent: 25 });
  assert.equal(moved(row), 25);
});

test("of trades and statistics the newer price counts, in whichever order they come", limit, () => {
  const market = new Market();
  market.trade({ e: "trade", s: "A", n: 7, t: 7e6, p: 11, q: 1 });
  market.stat(stat(6, 10));
  assert.equal(market.find("A").last, 11);
  market.stat(stat(8, 12));
  market.trade({ e: "trade", s: "A", n: 7, t: 7e6, p: 11, q: 1 });
  assert.equal(market.find("A").last, 12);
});

test("without statistics the change is since the page was opened", limit, () => {
  const market = new Market();
  market.trade({ e: "trade", s: "A", n: 1, t: 1e6, p: 10, q: 1 });
  market.trade({ e: "trade", s: "A", n: 2, t: 2e6, p: 11, q: 1 });
  assert.equal(moved(market.find("A")), 10);
  assert.equal(moved(undefined), undefined);
});

test("a session that counts from one again is heard", limit, () => {
  const market = new Market();
  market.stat(stat(500, 10));
  market.restart("another");
  market.stat(stat(3, 11));
  assert.equal(market.find("A").last, 11);
});

test("a trade that comes late is not the last price, whichever way it is told", limit, () => {
  const late = { e: "trade", s: "A", n: 21, t: 5e6, p: 500, q: 1 };
  const market = new Market();
  market.stat(stat(20, 101));
  market.trade(late);
  assert.equal(market.find("A").last, 101, "live, beside statistics");
  market.stat(stat(21, 101, { t: 20e6, h: 500 }));
  market.restart("");
  market.trade({ ...late, snap: true });
  assert.equal(market.find("A").last, 101, "after another connection");
  market.trade({ e: "trade", s: "A", n: 22, t: 20e6, p: 102, q: 1 });
  assert.equal(market.find("A").last, 102, "of the same moment, the later number counts");

  const reloaded = new Market();
  reloaded.trade({ ...late, snap: true });
  reloaded.stat(stat(21, 101, { t: 20e6 }));
  assert.equal(reloaded.find("A").last, 101, "of two snapshots, the newer by the venue's time counts");
});

test("whether a symbol trades stands in its row", limit, () => {
  const market = new Market();
  market.status({ e: "status", s: "A", n: 1, t: 1, state: "halted", reason: "news" });
  assert.deepEqual([market.find("A").state, market.find("A").reason], ["halted", "news"]);
  market.status({ e: "status", s: "A", n: 2, t: 2, state: "trading" });
  assert.deepEqual([market.find("A").state, market.find("A").reason], ["trading", undefined]);
});
