// A full lane: one shard stands still for seconds while the market goes on. The sequencer and the other shard notice nothing; the
// clients of the stalled one get all that the recent ticks still have, in order, and a gap for exactly the rest.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, pause, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Follower, assert_laws, newest_of, p99 } from './lib/follower.mjs';
import { Stretch, others_max } from './lib/machine.mjs';
import { Stall } from './lib/stall.mjs';

const skip = Stall.missing() ?? false;
const kept = 4096;  // recent ticks of a stream
const rate = 6000;
const kinds = [{ on_slow: 'evict' }, { on_slow: 'gap' }, { mode: 'latest', interval_ms: 50 }];
const heard = ({ coverage }) => Object.values(coverage.heard).reduce((sum, n) => sum + n, 0);

// Three followers on each of two shards, whose lanes hold two thirds of a second: a shard of a busy machine does not stand that
// long. The shard with the index 0 is stalled for some seconds; then everybody catches up.
async function stalled_market(t, count) {
  const symbols = Array.from({ length: count }, (_, i) => `O${String(i).padStart(5, '0')}`);
  // What one shard is behind with is queued for its clients at once, so the bound of that is out of the way.
  const server = await serve(t, { feeds: [`sim:symbols=${count}&rate=${rate}&seed=9&prefix=O&mix=trades`],
    set: { shards: 2, lane_capacity: 4096, backlog_bytes: 64 << 20 } });
  await server.ticks_in(200);
  const followers = kinds.flatMap((options) => [new Follower(server, symbols, options), new Follower(server, symbols, options)]);
  // One after the other: the shard that has fewer gets the next.
  for (const follower of followers) await follower.connect();
  await until(() => followers.every((follower) => heard(follower) > 0), 5000, 'the first trades');

  const dropped = async (shard) => (await server.metrics()).sum('tickcast_lane_dropped_total', { shard: String(shard) });
  const ticks = async () => (await server.metrics()).sum('tickcast_ticks_in_total');
  assert.deepEqual([await dropped(0), await dropped(1)], [0, 0]);
  const stall = await Stall.of(t, server, 'shard-0');
  await pause(100);  // what was on its way
  const at_stall = followers.map(heard);
  const stretch = new Stretch([server.pid]);
  const start = performance.now();
  const first = await ticks();
  for (const follower of followers) follower.measuring = true;
  await pause(3000);
  const last = await ticks();
  const made = (last - first) / ((performance.now() - start) / 1000);
  const others = stretch.others;
  const stuck = followers.filter((follower, i) => heard(follower) === at_stall[i]);
  const free = followers.filter((follower) => !stuck.includes(follower));
  assert.deepEqual([stuck.length, free.length], [kinds.length, kinds.length], 'one shard stands, with its half of the clients');
  // What the market is at when the stall ends, by a client that is not stuck.
  const at_end = free.find(({ options }) => options().mode !== 'latest').coverage.heard;
  const free_delay = p99(free.filter(({ options }) => options().mode !== 'latest').flatMap((follower) => follower.measured()));
  await stall.end();
  const newest = await newest_of(server, symbols);
  await Promise.all(followers.map((follower) => follower.catch_up(newest)));
  const lost = await dropped(0);
  t.diagnostic(`${made.toFixed(0)} ticks a second meanwhile; ${lost} of them were dropped by the lane of shard 0; 99 % came within `
    + `${free_delay.toFixed(1)} ms by shard 1; others used ${others.toFixed(2)} cores`);

  assert.ok(lost > 0, 'the lane was full');
  assert.equal(await dropped(1), 0);
  assert.ok(made > 0.95 * rate || others > others_max, `the sequencer made ${made} ticks a second instead of ${rate}`);
  assert.ok(free_delay <= 15 * patience || others > others_max, `trades took ${free_delay} ms by the other shard`);
  for (const { coverage, ends } of free) assert.deepEqual([coverage.gaps, coverage.rates, ends], [[], [], []], 'of the other shard');
  for (const { coverage, ends } of stuck) {
    assert.deepEqual([coverage.rates, ends], [[], []], 'who reads is not slow, whatever its shard was');
    for (const { channel, why } of coverage.gaps) assert.deepEqual([channel, why], ['trades', 'overflow']);
  }
  const gaps = (await server.metrics()).sum('tickcast_gaps_total', { why: 'overflow' });
  assert.equal(gaps, stuck.reduce((sum, { coverage }) => sum + coverage.gaps.length, 0));
  const reference = free.find(({ options }) => options().on_slow === 'evict');
  assert_laws(reference, followers.filter((follower) => follower !== reference));
  return { stuck, symbols, at_end };
}

scenario('what a stalled shard missed is recovered in full as long as the recent ticks have it', async (t) => {
  const { stuck } = await stalled_market(t, 20);
  for (const { coverage } of stuck) assert.deepEqual(coverage.gaps, []);
}, { seconds: 40, skip });

scenario('what the recent ticks no longer have is one gap of exactly that', async (t) => {
  const { stuck, symbols, at_end } = await stalled_market(t, 2);
  for (const { coverage } of stuck) {
    assert.deepEqual(coverage.gaps.map(({ s }) => s).sort(), symbols, 'one for each symbol');
    for (const { s, n } of coverage.gaps) {
      // The recent ticks moved on until the shard had asked for them, which is not long.
      assert.ok(n >= at_end[s] - kept && n <= at_end[s] - kept + rate / 2 * patience, `the gap of ${s} ends at ${n}, and the market was at ${at_end[s]}`);
    }
  }
}, { seconds: 40, skip });
