// Faults of a real network: the server in a namespace of its own, to which lead a good way and a bad one. On the bad one packets
// are lost, there is hardly any bandwidth, or the cable is out. The laws of delivery hold over all of a client's connections,
// sessions end as the protocol says and are explained, and who comes by the good way notices nothing.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, pause, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Follower, assert_laws, newest_of } from './lib/follower.mjs';
import { assert_unnoticed, caught_up, connected, delay_of } from './lib/bystander.mjs';
import { Network } from './lib/network.mjs';

const skip = Network.missing() ?? false;
const symbols = Array.from({ length: 8 }, (_, i) => `N${String(i).padStart(5, '0')}`);
const market = (rate) => [`sim:symbols=8&rate=${rate}&seed=77&prefix=N&mix=trades`];
const kinds = [{ on_slow: 'evict' }, { on_slow: 'latest' }, { on_slow: 'gap' }, { mode: 'latest', interval_ms: 100 }];

// A server inside, some followers by the bad way and some by the good one, all in the midst of the market.
async function town(t, { rate, set, bad: bad_options = kinds }) {
  const network = new Network(t);
  const good_way = network.link('good');
  const bad_way = network.link('bad');
  const server = await serve(t, { feeds: market(rate), set, host: good_way.address, command: network.command });
  await server.ticks_in(200);
  const by = (link) => ({ via: { host: link.address, port: server.port } });
  const bad = bad_options.map((options) => new Follower(server, symbols, options, by(bad_way)));
  const good = kinds.map((options) => new Follower(server, symbols, options, by(good_way)));
  const reference = new Follower(server, symbols);
  await connected([reference, ...good, ...bad]);
  return { server, bad_way, bad, good, reference };
}

scenario('with 2 % of the packets lost each way nobody is closed and nothing is missing', async (t) => {
  const { server, bad_way, bad, good, reference } = await town(t, { rate: 800 });
  const plain = good.slice(0, 3);
  const before = await delay_of(plain, 2000);
  bad_way.lose(2);
  const meanwhile = await delay_of(plain, 4000);
  await until(() => Math.min(...bad_way.lost) >= 20, 20_000, () => `the loss of packets (there were ${bad_way.lost})`);
  const newest = await newest_of(server, symbols);
  await caught_up([reference, ...bad, ...good], newest);
  t.diagnostic(`${bad_way.lost} packets lost`);
  for (const { ends, coverage } of bad) assert.deepEqual([ends, coverage.gaps], [[], []]);
  assert_unnoticed(t, { before, meanwhile }, good, assert_laws(reference, [...bad, ...good]));
}, { seconds: 40, skip });

scenario('at 256 kbit/s clients are merged for, told, or evicted, as they chose', async (t) => {
  const { server, bad_way, bad, good, reference } = await town(t, { rate: 1000, set: { backlog_bytes: 65536, send_buffer_bytes: 16384, stall_s: 8 * patience } });
  const plain = good.slice(0, 3);
  const before = await delay_of(plain, 2000);
  bad_way.throttle('256kbit');
  const [evicted, degraded, told, merging] = bad;
  const meanwhile = await delay_of(plain, () => until(() => evicted.client.close && degraded.coverage.rates.length > 0
    && told.coverage.gaps.length > 0 && merging.coverage.merged > 100, 20_000,
    () => `what 256 kbit/s do to each (evicted: ${JSON.stringify(evicted.client.close)}, rates: ${degraded.coverage.rates.length}, `
      + `gaps: ${told.coverage.gaps.length}, merged: ${merging.coverage.merged})`));
  bad_way.unthrottle();
  const newest = await newest_of(server, symbols);
  await caught_up([reference, ...bad, ...good], newest, 15_000);
  assert.equal(evicted.recovered, evicted.ends.length, 'what it missed was there when it came back');
  for (const { code, reason } of evicted.ends) {
    assert.equal(code, 4008);
    assert.match(reason, /\d+ messages, \d+ bytes/);
  }
  for (const { ends } of [degraded, told, merging]) assert.deepEqual(ends, []);
  const metrics = await server.metrics();
  assert.equal(metrics.sum('tickcast_evictions_total'), evicted.ends.length);
  assert.equal(metrics.sum('tickcast_closes_total', { code: '4008' }), evicted.ends.length);
  assert_unnoticed(t, { before, meanwhile }, good, assert_laws(reference, [...bad, ...good]));
}, { seconds: 50, skip });

scenario('a cable out for 2 s is survived; out for 20 s it ends sessions with 4009 or 4010, which resume', async (t) => {
  // One more by the bad way that is subscribed to nothing that trades: there is nothing to send to it but pings.
  // At this rate the recent ticks of the busiest symbol reach back for longer than the cable is out.
  const { server, bad_way, bad, good, reference } = await town(t, { rate: 600,
    set: { send_buffer_bytes: 16384, stall_s: 6, ping_s: 2, pong_s: 8, backlog_age_s: 12, backlog_bytes: 8 << 20, open_symbols: true } });
  const quiet = new Follower(server, ['QUIET'], {}, bad[0].way);
  await quiet.connect();
  const plain = good.slice(0, 3);
  const before = await delay_of(plain, 1500);
  bad_way.down();
  await pause(2000);
  bad_way.up();
  await caught_up([reference, ...bad, ...good], await newest_of(server, symbols), 15_000);
  for (const { ends } of [...bad, quiet]) assert.deepEqual(ends, [], 'a short cut ends nothing');
  const connections = bad.length + 1;
  bad_way.down();
  const meanwhile = await delay_of(plain, async () => {
    await pause(20_000);
    await server.counted('tickcast_sessions', { state: 'open' }, (sum) => sum === good.length + 1);
  });
  const metrics = await server.metrics();
  const stalled = metrics.sum('tickcast_closes_total', { code: '4009' });
  const no_pong = metrics.sum('tickcast_closes_total', { code: '4010' });
  assert.deepEqual([stalled, no_pong], [bad.length, 1], metrics.lines('tickcast_closes_total'));
  assert.equal(metrics.sum('tickcast_evictions_total', { reason: 'stalled' }), stalled);
  assert.equal(metrics.sum('tickcast_evictions_total'), stalled);
  bad_way.up();
  assert.equal(server.log.filter((line) => /evicted .*: stalled.* took nothing for \d/.test(line)).length, stalled);
  assert.equal(server.log.filter((line) => /closed \S+ \(.*\): 4010 no pong for \d/.test(line)).length, no_pong);
  t.diagnostic(`${stalled} of ${connections} stalled, ${no_pong} without a pong`);
  await Promise.all(bad.map((follower) => follower.come_back()));
  await caught_up([reference, ...bad, ...good], await newest_of(server, symbols), 15_000);
  for (const { recovered } of bad) assert.equal(recovered, 1);
  assert_unnoticed(t, { before, meanwhile }, good, assert_laws(reference, [...bad, ...good]));
}, { seconds: 70, skip });
