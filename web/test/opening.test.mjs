import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Opening, addressed, symbolic } = await load("opening");
const { Market } = await load("market");
const limit = { timeout: 10_000 };

/** A market of which this many trades of each symbol are known. */
function market(trades) {
  const made = new Market();
  for (const [s, n] of Object.entries(trades)) made.trade({ e: "trade", s, n, t: 1, p: 1, q: 1 });
  return made;
}

test("a visit begins with the symbol of the last one, as soon as it is named", limit, () => {
  const known = market({});
  const opening = new Opening(known, "AAPL");
  assert.equal(opening.pick(0), undefined);
  known.trade({ e: "trade", s: "NVDA", n: 9, t: 1, p: 1, q: 1 });
  assert.equal(opening.pick(2000), undefined);
  known.trade({ e: "trade", s: "AAPL", n: 1, t: 1, p: 1, q: 1 });
  assert.equal(opening.pick(2001), "AAPL");
});

test("one that is not here any more is given up for the busiest", limit, () => {
  const opening = new Opening(market({ AAPL: 3, NVDA: 9 }), "GONE");
  assert.equal(opening.pick(5000), undefined);
  assert.equal(opening.pick(7499), undefined);
  assert.equal(opening.pick(7500), "NVDA");
});

test("a first visit begins with the busiest, after a short look", limit, () => {
  const opening = new Opening(market({ AAPL: 3, NVDA: 9 }), "");
  assert.equal(opening.pick(100), undefined);
  assert.equal(opening.pick(799), undefined);
  assert.equal(opening.pick(800), "NVDA");
});

test("only what can be a symbol is taken from the address and from the store", limit, () => {
  assert.equal(addressed("#AAPL"), "AAPL");
  assert.equal(addressed("#X%3aEUR%2FUSD"), "X:EUR/USD");
  for (const hash of ["", "#", "#a b", "#<b>", `#${"A".repeat(33)}`]) assert.equal(addressed(hash), "", hash);
  assert.equal(symbolic(null), "");
  assert.equal(symbolic("BRK.B"), "BRK.B");
});
