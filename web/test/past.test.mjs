import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Past } = await load("past");
const { Candles, candle } = await load("candles");
const limit = { timeout: 10_000 };
const bar = (time) => candle({ t: time * 1e6, o: 1, h: 2, l: 0.5, c: 1.5, v: 10, k: 3 });

/** A server that has the bars from second `oldest` on. */
function scroll(oldest) {
  const candles = new Candles(1);
  candles.before([bar(5000)]);
  const world = { now: 0, fails: false, asked: [], told: [] };
  const past = new Past(candles, async (to, count) => {
    world.asked.push(to);
    if (world.fails) throw new Error("lost");
    return Array.from({ length: count }, (_, i) => to - count + i).filter((time) => time >= oldest).map(bar);
  }, (reach) => world.told.push(reach), () => world.now);
  return { candles, world, past };
}

test("nothing is fetched while the oldest bar is far from sight", limit, async () => {
  const { past, world } = scroll(0);
  await past.seen(1000);
  assert.deepEqual(world.asked, []);
});

test("older bars come a page at a time, until there are no more", limit, async () => {
  const { past, candles, world } = scroll(3500);
  for (let i = 0; i < 4; i += 1) await past.seen(-5);
  assert.deepEqual(world.asked, [5000, 4000, 3500]);
  assert.deepEqual([candles.bars[0].time, candles.bars.length], [3500, 1501]);
  assert.deepEqual(world.told, ["loading", "more", "loading", "more", "loading", "end"]);
});

test("one page is under way at a time", limit, async () => {
  const { past, world } = scroll(0);
  await Promise.all([past.seen(0), past.seen(0), past.seen(0)]);
  assert.deepEqual(world.asked, [5000]);
});

test("after a failure it says so, and tries again later", limit, async () => {
  const { past, world } = scroll(0);
  world.fails = true;
  await past.seen(0);
  await past.seen(0);
  assert.deepEqual([world.asked.length, world.told.at(-1)], [1, "failed"]);
  world.fails = false;
  world.now = 3000;
  await past.seen(0);
  assert.deepEqual([world.asked.length, world.told.at(-1)], [2, "more"]);
});

test("a bar that is revised far behind the oldest one here leaves no hole", limit, async () => {
  const { past, candles, world } = scroll(2500);
  candles.put(bar(3000));
  for (let i = 0; i < 4; i += 1) await past.seen(0);
  assert.deepEqual(world.asked, [5000, 4000, 3000, 2500]);
  assert.deepEqual(candles.bars.map(({ time }) => time), Array.from({ length: 2501 }, (_, i) => 2500 + i));
});

test("a bar that comes before the first there was is shown, once that is here", limit, async () => {
  const { past, candles } = scroll(4999);
  candles.put(bar(100));
  await past.seen(0);
  await past.seen(0);
  candles.put(bar(50));
  assert.deepEqual(candles.bars.map(({ time }) => time), [50, 100, 4999, 5000]);
});
