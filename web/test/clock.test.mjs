import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Clock } = await load("clock");
const limit = { timeout: 10_000 };

test("before the first pong it is the viewer's clock", limit, () => {
  const clock = new Clock(() => 5_000);
  assert.equal(clock.now(), 5_000);
  assert.equal(clock.ahead, undefined);
});

test("a viewer's clock that is wrong is found out, and by how much", limit, () => {
  let own = 1_000_000;
  const clock = new Clock(() => own);
  // The server's clock said 958,000 in the middle of a round trip of 20 ms that has just ended: ours is 41,990 ahead.
  clock.pong(958_000_000, 20);
  assert.equal(clock.ahead, 41_990);
  assert.equal(clock.doubt, 10);
  own += 500;
  assert.equal(clock.now(), 958_510);
});

test("the fastest round trip knows it best, until it is long ago", limit, () => {
  const clock = new Clock(() => 0);
  clock.pong(100_000, 4);
  for (let i = 0; i < 23; i += 1) clock.pong(900_000, 400);
  assert.equal(clock.ahead, -102);
  clock.pong(900_000, 400);
  assert.equal(clock.ahead, -1100);
});

test("another server has another clock", limit, () => {
  const clock = new Clock(() => 0);
  clock.pong(5_000_000, 2);
  clock.forget();
  clock.pong(7_000_000, 80);
  assert.equal(clock.now(), 7_040);
});
