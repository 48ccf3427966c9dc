import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Calendar } = await load("calendar");
const limit = { timeout: 10_000 };
const day = (timezone, session, start) => new Date(new Calendar({ timezone, session }).day(Date.parse(start) / 1000) * 1000).toISOString().slice(0, 10);

test("a session is of its market's day, whatever day that is in UTC", limit, () => {
  assert.equal(day("Etc/UTC", "24x7", "2026-11-16T00:00:00Z"), "2026-11-16");
  assert.equal(day("America/New_York", "0930-1600", "2026-11-16T14:30:00Z"), "2026-11-16");
  assert.equal(day("Australia/Sydney", "1000-1600", "2026-11-15T23:00:00Z"), "2026-11-16");
  assert.equal(day("Asia/Tokyo", "24x7", "2026-11-15T15:00:00Z"), "2026-11-16");
});

test("a session over midnight is of the day on which it ends", limit, () => {
  assert.equal(day("America/Chicago", "1700-1600", "2026-11-19T23:00:00Z"), "2026-11-20");
  assert.equal(day("America/Chicago", "1700-1600", "2026-06-30T22:00:00Z"), "2026-07-01");
  assert.equal(day("America/Chicago", "1700-1700", "2026-12-31T23:00:00Z"), "2027-01-01");
});

test("a session that ends at midnight is of the day on which it began", limit, () => {
  assert.equal(day("America/Chicago", "1700-0000", "2026-11-19T23:00:00Z"), "2026-11-19");
});

test("a time zone that is not known is no time zone", limit, () => {
  assert.throws(() => new Calendar({ timezone: "Mars/Olympus", session: "24x7" }), RangeError);
});
