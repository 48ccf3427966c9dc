import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Meter, lasting } = await load("meter");
const limit = { timeout: 10_000 };

test("the rate is that of the last two seconds", limit, () => {
  let now = 0;
  const meter = new Meter(() => now);
  const pass = (seconds, rate) => {
    for (let i = 0; i < seconds * 10; i += 1) {
      now += 100;
      meter.add(rate / 10);
      meter.rate();
    }
  };
  meter.rate();
  pass(3, 500);
  assert.equal(Math.round(meter.rate()), 500);
  pass(3, 2000);
  assert.equal(Math.round(meter.rate()), 2000);
  pass(3, 0);
  assert.equal(meter.rate(), 0);
  assert.equal(meter.total, 7500);
});

test("a new connection is measured anew, and the total goes on", limit, () => {
  let now = 0;
  const meter = new Meter(() => now);
  meter.rate();
  meter.add(4000);
  meter.late(3000);
  now = 1000;
  assert.equal(meter.rate(), 4000);
  meter.reset();
  assert.equal(meter.rate(), 0);
  assert.equal(meter.delay, undefined);
  assert.equal(meter.total, 4000);
});

test("one late message does not make the whole stream look late", limit, () => {
  const meter = new Meter(() => 0);
  meter.late(10);
  meter.late(110);
  assert.equal(meter.delay, 25);
});

test("durations are said in the unit that a person would use", limit, () => {
  const said = [0, 4.4, 999, 1234, -42_000, 180_000, 7.5 * 3_600_000, 12 * 86_400_000].map(lasting);
  assert.deepEqual(said, ["0 ms", "4 ms", "999 ms", "1.2 s", "42 s", "3 min", "8 h", "12 d"]);
});
