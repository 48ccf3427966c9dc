import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Diary } = await load("diary");
const limit = { timeout: 10_000 };

test("the newest stands first, and old ones go", limit, () => {
  let now = 0;
  const diary = new Diary(() => now);
  for (let i = 0; i < 100; i += 1) {
    now += 60_000;
    diary.note(`${i}`);
  }
  assert.equal(diary.entries[0].text, "99");
  assert.equal(diary.entries.length, 60);
});

test("the same again counts up instead of pushing the others out", limit, () => {
  let now = 0;
  const diary = new Diary(() => now);
  diary.note("Connected", "good");
  for (let i = 1; i <= 5; i += 1) {
    now += 1000;
    diary.note(`${i} trades of A are missing`, "bad", "gap A");
  }
  diary.note("1 trades of B are missing", "bad", "gap B");
  now += 60_000;
  diary.note("2 trades of B are missing", "bad", "gap B");
  assert.deepEqual(diary.entries.map(({ text, times }) => [text, times]), [
    ["2 trades of B are missing", 1], ["1 trades of B are missing", 1], ["5 trades of A are missing", 5], ["Connected", 1],
  ]);
});
