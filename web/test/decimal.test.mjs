import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { add, digits, percent, price, size } = await load("decimal");
const limit = { timeout: 10_000 };

test("digits are those the decimal was written with", limit, () => {
  const cases = [[189.34, 2], [189, 0], [0.1, 1], [0.00012345, 8], [64250.5, 1], [1.005, 3], [99999.99, 2], [0, 0]];
  for (const [x, expected] of cases) assert.equal(digits(x), expected, String(x));
  assert.equal(digits(189.3, 2), 2);
});

test("sums stay decimals", limit, () => {
  assert.equal(add(0.1, 0.2), 0.3);
  assert.equal(add(1.005, 2.1), 3.105);
  assert.equal(add(100, 250), 350);
  assert.equal(add(12345.678, 0.0001), 12345.6781);
});

test("prices show the digits that their symbol needs", limit, () => {
  assert.equal(price(189.3, 2), "189.30");
  assert.equal(price(64250.5, 2), "64,250.50");
  assert.equal(price(undefined, 2), "–");
});

test("sizes are whole while they are short", limit, () => {
  assert.equal(size(12_345), "12,345");
  assert.equal(size(0.125), "0.125");
  assert.equal(size(1_234_567), "1.23M");
  assert.equal(size(undefined), "–");
});

test("a change has a sign unless there is none", limit, () => {
  assert.equal(percent(100, 101), "+1.00%");
  assert.equal(percent(100, 99.5), "−0.50%");
  assert.equal(percent(100, 100), "0.00%");
  assert.equal(percent(undefined, 100), "–");
});
