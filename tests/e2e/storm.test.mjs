// A reconnect storm: the market runs at 200,000 ticks a second, a thousand clients are cut off at once, and all come back at once
// with `resume`. Each gets all it missed, and goes on with no hole and no repeat at the seam.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { newest_of } from './lib/follower.mjs';
import { Stretch } from './lib/machine.mjs';
import { Worker } from './lib/worker.mjs';

const crowd = new URL('lib/crowd.mjs', import.meta.url);
const rate = scaled(200_000, 20_000);
const name = (i) => `R${String(i).padStart(5, '0')}`;
const symbols = Array.from({ length: 1000 }, (_, i) => name(i));

scenario('1,000 clients come back at once to a market of 200,000 ticks a second, and miss nothing', async (t) => {
  // Ticks leave every 50 ms: what is tested is the seam, and a Node process reads no more frames than that makes.
  const server = await serve(t, { feeds: [`sim:symbols=1000&rate=${rate}&seed=17&prefix=R&mix=trades`], set: { flush_us: 50_000, max_connections: 4000 } });
  await server.ticks_in(rate, 10_000);
  const workers = [new Worker(t, crowd), new Worker(t, crowd)];
  const all = (...call) => Promise.all(workers.map((worker) => worker.call(...call)));
  // Two of the quieter symbols each, which have some 130 trades a second. A third of the clients has the misses merged.
  const count = scaled(1000, 40);
  const list = Array.from({ length: count }, (_, i) => ({ symbols: [name(300 + i % 350), name(650 + (i * 3) % 350)],
    options: i % 3 === 2 ? { mode: 'latest', interval_ms: 200 } : {} }));
  await Promise.all(workers.map((worker, k) => worker.call('join', server.url(), list.filter((_, i) => i % 2 === k))));
  await pause(1000);
  const ticks = async () => (await server.metrics()).sum('tickcast_ticks_in_total');
  const stretch = new Stretch([server.pid, ...workers.map(({ child }) => child.pid)]);
  const first = await ticks();
  const start = performance.now();
  await all('cut');
  const back = performance.now();
  await all('come_back', count);
  await all('catch_up', await newest_of(server, symbols));
  const seconds = (performance.now() - back) / 1000;
  const made = ((await ticks()) - first) / ((performance.now() - start) / 1000);
  const members = (await all('report')).flat();
  const sum = (what) => members.reduce((total, member) => total + member[what], 0);
  const metrics = await server.metrics();
  t.diagnostic(`${members.length} clients were back and had caught up after ${seconds.toFixed(1)} s; ${made.toFixed(0)} ticks a second meanwhile; `
    + `${sum('plain')} trades and ${sum('merged')} merged ones reached them; others used ${stretch.others.toFixed(2)} cores`);
  for (const { faults, ends, recovered, gaps, rates } of members) assert.deepEqual([faults, ends, recovered, gaps, rates], [[], [], 1, 0, 0]);
  assert.equal(members.length, count);
  assert.equal(metrics.sum('tickcast_evictions_total'), 0);
  assert.equal(metrics.sum('tickcast_lane_dropped_total'), 0);
}, { seconds: 50 });
