import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Spark, points } = await load("spark");
const { Courses } = await load("courses");
const limit = { timeout: 10_000 };

test("a line has the last price of each step, and no more points than it may", limit, () => {
  const spark = new Spark();
  for (let second = 0; second < 1000; second += 1) spark.push(second, second);
  assert.equal(spark.values.length, points);
  assert.deepEqual(spark.values.slice(-3), [989, 994, 999]);
});

test("a price that comes late changes the newest point, not the past", limit, () => {
  const spark = new Spark();
  spark.push(1, 100);
  spark.push(2, 105);
  spark.push(3, 101);
  assert.deepEqual(spark.values, [1, 3]);
});

test("bars give it its past; what came before them stays its end", limit, () => {
  const spark = new Spark();
  spark.push(9, 600);
  spark.fill(Array.from({ length: 10 }, (_, i) => ({ time: i * 60, close: i < 9 ? 5 : 6 })));
  assert.deepEqual(spark.values.slice(-3), [5, 6, 9]);
  spark.push(8, 630);
  spark.push(7, 660);
  assert.deepEqual(spark.values.slice(-4), [5, 6, 8, 7]);
});

test("a server that has just begun has no past: then the line stays fine", limit, () => {
  const spark = new Spark();
  for (const at of [600, 605, 610]) spark.push(at, at);
  assert.equal(spark.fill([{ time: 600, close: 1 }]), false);
  assert.deepEqual(spark.values, [600, 605, 610]);
});

test("where there are few minutes, bars of a second give it its past, and it goes on as fine", limit, () => {
  const spark = new Spark();
  spark.push(9, 621);
  spark.refine([]);
  assert.deepEqual(spark.values, [9]);
  spark.refine(Array.from({ length: 21 }, (_, i) => ({ time: 600 + i, close: i })));
  assert.deepEqual(spark.values, [4, 9, 14, 19, 9]);
  spark.push(7, 625);
  assert.deepEqual(spark.values, [4, 9, 14, 19, 9, 7]);
});

test("its path stays inside its box, also where nothing moved", limit, () => {
  const spark = new Spark();
  assert.equal(spark.path(60, 18), "");
  spark.push(5, 0);
  spark.push(5, 5);
  assert.equal(spark.path(66, 18), "M60.0 9.0L66.0 9.0");
  spark.push(7, 10);
  assert.equal(spark.path(66, 18), "M54.0 17.0L60.0 17.0L66.0 1.0");
});

test("few points stand at the right, and many fill the width", limit, () => {
  const spark = new Spark();
  for (let i = 0; i < 12; i += 1) spark.push(i, i * 5);
  assert.match(spark.path(66, 18), /^M0\.0 17\.0L6\.0 .*L66\.0 1\.0$/);
  for (let i = 12; i < 23; i += 1) spark.push(i, i * 5);
  assert.match(spark.path(66, 18), /^M0\.0 17\.0L3\.0 .*L66\.0 1\.0$/);
});

test("the rows in sight get their past, two at a time, each once", limit, async () => {
  const rows = ["A", "B", "C", "D"].map((symbol) => ({ symbol, spark: new Spark() }));
  const asked = [];
  let filled = 0;
  let under = 0;
  let most = 0;
  let done;
  const all = new Promise((resolve) => { done = resolve; });
  const courses = new Courses(async (symbol) => {
    asked.push(symbol);
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 1));
    under -= 1;
    if (asked.length === 4 && under === 0) setTimeout(done, 0);
    if (symbol === "B") throw new Error("lost");
    return Array.from({ length: 12 }, (_, i) => ({ time: i * 60, close: i }));
  }, () => { filled += 1; });
  courses.seen(rows);
  courses.seen(rows);
  await all;
  assert.deepEqual(asked, ["A", "B", "C", "D"]);
  assert.equal(most, 2);
  assert.equal(filled, 3);
  assert.deepEqual(rows.map((row) => row.spark.values.length), [12, 0, 12, 12]);
});

test("a row of few minutes is asked for its seconds", limit, async () => {
  const row = { symbol: "A", spark: new Spark() };
  const asked = [];
  await new Promise((resolve) => {
    const courses = new Courses(async (...query) => {
      asked.push(query);
      return Array.from({ length: query[1] === "1m" ? 2 : 90 }, (_, i) => ({ time: i, close: i }));
    }, resolve);
    courses.seen([row]);
  });
  assert.deepEqual(asked, [["A", "1m", 60], ["A", "1s", 300]]);
  assert.equal(row.spark.values.length, 18);
});

test("a server without bars of the past is asked for them once", limit, async () => {
  const rows = ["A", "B", "C", "D", "E"].map((symbol) => ({ symbol, spark: new Spark() }));
  let asked = 0;
  const courses = new Courses(async () => { asked += 1; return undefined; }, () => {});
  courses.seen(rows);
  await new Promise((resolve) => setImmediate(resolve));
  courses.seen(rows);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(asked <= 2);
});
