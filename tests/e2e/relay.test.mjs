// A network that is far away and not to be trusted: a relay of our own delays every piece and cuts connections at random moments,
// in the middle of a frame or of a handshake. Whoever is cut comes back and resumes; the laws of delivery hold over all of a
// client's connections, and who is connected directly notices nothing.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { pause } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Follower, assert_laws, newest_of } from './lib/follower.mjs';
import { assert_unnoticed, caught_up, connected, delay_of } from './lib/bystander.mjs';
import { Relay } from './lib/relay.mjs';
import { dice } from './lib/dice.mjs';

const symbols = Array.from({ length: 8 }, (_, i) => `N${String(i).padStart(5, '0')}`);
const kinds = [{ on_slow: 'evict' }, { on_slow: 'latest' }, { on_slow: 'gap' }, { mode: 'latest', interval_ms: 100 }];

scenario('behind 80 ms ± 40 each way, and cut at random moments, every client resumes without a hole', async (t) => {
  const throws = dice(t);
  const server = await serve(t, { feeds: ['sim:symbols=8&rate=1500&seed=78&prefix=N&mix=trades'] });
  await server.ticks_in(200);
  const relay = await Relay.to(server, throws, { delay: 80, jitter: 40 });
  const bad = [...kinds, ...kinds].map((options) => new Follower(server, symbols, options, { via: relay.address }));
  const resumed = () => bad.reduce((sum, follower) => sum + follower.recovered, 0);
  const good = kinds.map((options) => new Follower(server, symbols, options));
  const reference = new Follower(server, symbols);
  await connected([reference, ...good, ...bad]);
  const plain = good.slice(0, 3);
  const before = await delay_of(plain, 1500);
  const meanwhile = await delay_of(plain, async () => {
    while (resumed() < 20) {
      await pause(throws.between(20, 400));
      relay.cut(throws);
      // Who was cut comes back, by the same way, and may be cut again before it is there.
      for (const follower of bad) {
        if (!follower.client.close || follower.returning) continue;
        follower.returning = follower.come_back().catch(() => {}).finally(() => { follower.returning = undefined; });
      }
    }
  });
  await Promise.all(bad.map((follower) => follower.returning));
  await caught_up([reference, ...bad, ...good], await newest_of(server, symbols), 15_000);
  t.diagnostic(`${relay.cuts} cuts, ${resumed()} times resumed`);
  for (const { coverage } of bad) assert.deepEqual(coverage.gaps, []);
  assert_unnoticed(t, { before, meanwhile }, good, assert_laws(reference, [...bad, ...good]));
}, { seconds: 40 });
