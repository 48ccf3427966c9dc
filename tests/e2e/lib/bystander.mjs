// Those whom a fault of others is no business of: what they notice of it, which is nothing. Also many followers at once.
import assert from 'node:assert/strict';
import { patience, pause } from './deadline.mjs';
import { p99 } from './follower.mjs';
import { Stretch, others_max } from './machine.mjs';

export const connected = (followers) => Promise.all(followers.map((follower) => follower.connect()));
export const caught_up = (followers, newest, ms) => Promise.all(followers.map((follower) => follower.catch_up(newest, ms)));

// What came to these within `ms`, or while something happened.
export async function delay_of(followers, during) {
  const stretch = new Stretch([followers[0].server.pid]);
  for (const follower of followers) Object.assign(follower, { measuring: true, delays: [] });
  await (typeof during === 'number' ? pause(during) : during());
  for (const follower of followers) follower.measuring = false;
  return { ms: p99(followers.flatMap((follower) => follower.measured())), others: stretch.others };
}

// Their 99th percentile stays what it was: within a half of it, or 15 ms, as below that our own event loop says more than the
// server; and on a machine that is busy with something else it says nothing.
export function assert_unnoticed(t, { before, meanwhile }, good, judged) {
  t.diagnostic(`99 % of the trades came to the bystanders within ${before.ms.toFixed(1)} ms before and ${meanwhile.ms.toFixed(1)} ms meanwhile; `
    + `others used ${meanwhile.others.toFixed(2)} cores; ${judged} merged trades judged`);
  assert.ok(meanwhile.others > others_max || meanwhile.ms <= Math.max(1.5 * before.ms, 15 * patience), `${meanwhile.ms} ms, after ${before.ms} ms before`);
  for (const { ends, coverage } of good) assert.deepEqual([ends, coverage.gaps, coverage.rates], [[], [], []]);
}
