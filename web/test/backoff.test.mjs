import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Backoff } = await load("backoff");
const { closing } = await load("closing");
const limit = { timeout: 10_000 };
const bounds = { base: 1000, cap: 30_000, forgive: 10_000 };

test("waits grow twofold up to the cap", limit, () => {
  const backoff = new Backoff(() => 1, bounds);
  assert.deepEqual(Array.from({ length: 8 }, () => backoff.next(0)), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("the jitter is full: from nothing to all of it", limit, () => {
  const draws = [0, 0.25, 0.999999];
  const backoff = new Backoff(() => draws.shift(), bounds);
  assert.deepEqual([backoff.next(0), backoff.next(0), backoff.next(0)], [0, 500, 4000]);
});

test("a connection that held forgives the failures before it, one that died at once does not", limit, () => {
  const backoff = new Backoff(() => 1, bounds);
  backoff.next(0);
  backoff.next(0);
  assert.equal(backoff.next(9_999), 4000);
  assert.equal(backoff.next(10_000), 1000);
});

test("a thousand failures are still a finite wait", limit, () => {
  const backoff = new Backoff(() => 1, bounds);
  for (let i = 0; i < 1000; i += 1) backoff.next(0);
  assert.equal(backoff.next(0), 30_000);
});

test("codes from 4500 to 4999 mean: stay away; all others: come back", limit, () => {
  for (const code of [4500, 4501, 4503, 4504, 4999]) assert.equal(closing(code).retry, false, String(code));
  for (const code of [1000, 1001, 1002, 1006, 1009, 1011, 4000, 4008, 4009, 4010, 4011, 4029, 4499]) assert.equal(closing(code).retry, true, String(code));
});

test("the server's own sentence is told, else ours", limit, () => {
  assert.equal(closing(4008, "1048576 bytes queued for 3.1 s").text, "1048576 bytes queued for 3.1 s");
  assert.equal(closing(4008).text, "too slow for the stream");
  assert.equal(closing(4123).text, "closed with code 4123");
});
