// What operators see: /metrics, /healthz and /readyz on the admin port.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Raw } from './lib/raw.mjs';
import { Certificate, temporary_directory } from './lib/certificate.mjs';

const families = {
  tickcast_sessions: 'gauge', tickcast_ticks_in_total: 'counter', tickcast_feed_bad_input_total: 'counter', tickcast_feed_publishers: 'gauge',
  tickcast_feed_live: 'gauge', tickcast_messages_out_total: 'counter', tickcast_bytes_out_total: 'counter', tickcast_wire_bytes_out_total: 'counter',
  tickcast_merged_total: 'counter', tickcast_gaps_total: 'counter', tickcast_evictions_total: 'counter', tickcast_closes_total: 'counter',
  tickcast_lane_depth: 'gauge', tickcast_lane_dropped_total: 'counter', tickcast_turn_seconds: 'histogram', tickcast_handshakes_total: 'counter',
  tickcast_tick_to_socket_seconds: 'histogram', tickcast_http_requests_total: 'counter', tickcast_commands_total: 'counter',
  tickcast_subscriptions: 'gauge', tickcast_symbols: 'gauge', tickcast_certificate_expiry_timestamp_seconds: 'gauge', tickcast_build_info: 'gauge',
  tickcast_ready: 'gauge', tickcast_feed_stale: 'gauge', tickcast_feed_silent_seconds: 'gauge', tickcast_symbols_max: 'gauge', tickcast_symbols_refused_total: 'counter',
  tickcast_backlog_bytes: 'gauge', tickcast_backlog_sessions: 'gauge', tickcast_degraded_sessions: 'gauge', tickcast_degradations_total: 'counter',
  tickcast_connections_max: 'gauge', tickcast_lane_capacity: 'gauge', tickcast_shard_connections: 'gauge', tickcast_certificate_reloads_total: 'counter',
  tickcast_thread_cpu_seconds_total: 'counter', process_cpu_seconds_total: 'counter', process_start_time_seconds: 'gauge', process_open_fds: 'gauge',
  process_max_fds: 'gauge', process_resident_memory_bytes: 'gauge', process_virtual_memory_bytes: 'gauge',
};

// A server that has done a bit of everything.
async function busy(t) {
  const server = await serve(t, { feeds: ['sim:symbols=5&rate=500&seed=1&prefix=S', 'ndjson+tcp://127.0.0.1:0'] });
  const client = await Client.open(server);
  await server.ticks_in(50);
  await client.subscribe('*');
  await client.subscribe('*', { channel: 'quotes', interval_ms: 100 });
  await client.collect('quote', 20);
  client.send('no json');
  await client.next('error');
  const raw = await Raw.connect(server);
  await raw.request('GET', '/nothing');
  await raw.response();
  const gone = await Client.open(server);
  gone.socket.close(1000);
  await gone.ended();
  await server.counted('tickcast_closes_total', { code: '1000' }, 1);
  return { server, client };
}

scenario('all families are there, with their types and help', async (t) => {
  const { server } = await busy(t);
  const exposition = await server.metrics();
  const wrong = Object.entries(families).filter(([name, type]) => exposition.families.get(name) !== type)
    .map(([name, type]) => `${name} is ${exposition.families.get(name) ?? 'missing'}, not ${type}`);
  assert.deepEqual(wrong, []);
  for (const name of Object.keys(families)) assert.match(exposition.text, new RegExp(`^# HELP ${name} \\S`, 'm'));
});

scenario('labels are those of the contract', async (t) => {
  const { server } = await busy(t);
  const exposition = await server.metrics();
  const keys = (name) => [...new Set(exposition.matching(name).flatMap(({ labels }) => Object.keys(labels)))].sort();
  const wanted = {
    tickcast_sessions: ['state', 'transport'], tickcast_ticks_in_total: ['feed'], tickcast_feed_live: ['feed'], tickcast_messages_out_total: ['channel', 'encoding'],
    tickcast_bytes_out_total: ['channel', 'encoding'], tickcast_closes_total: ['code'], tickcast_lane_depth: ['shard'], tickcast_handshakes_total: ['result'],
    tickcast_http_requests_total: ['code'], tickcast_commands_total: ['op', 'result'], tickcast_subscriptions: ['channel'],
    tickcast_build_info: ['commit', 'compiler', 'version'], tickcast_tick_to_socket_seconds_count: ['channel'],
  };
  for (const [name, labels] of Object.entries(wanted)) assert.deepEqual(keys(name), labels, name);
});

scenario('promtool finds nothing to say', async (t) => {
  const { server } = await busy(t);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: (await server.metrics()).text, encoding: 'utf8', timeout: 10_000 });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
}, { skip: spawnSync('promtool', ['--version']).error ? 'promtool is not installed' : false });

scenario('the counters agree with what a client counts', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const publisher = await Publisher.connect(server);
  await publisher.trade('AAPL');
  await server.ticks_in(1);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { snapshot: false });
  await publisher.trades('AAPL', 2, 501);
  await publisher.line('garbage');
  await client.collect('trade', 500);
  await server.counted('tickcast_messages_out_total', { channel: 'trades', encoding: 'json' }, 500);
  const scrape = await server.metrics();
  const is = (name, labels, value) => assert.equal(scrape.sum(name, labels), value, `${name}${JSON.stringify(labels)}`);
  is('tickcast_messages_out_total', { channel: 'trades', encoding: 'json' }, 500);
  is('tickcast_ticks_in_total', {}, 501);
  is('tickcast_feed_bad_input_total', {}, 1);
  is('tickcast_feed_publishers', {}, 1);
  is('tickcast_feed_live', {}, 1);
  is('tickcast_symbols', {}, 1);
  is('tickcast_subscriptions', { channel: 'trades' }, 1);
  is('tickcast_sessions', { transport: 'websocket', state: 'open' }, 1);
  is('tickcast_handshakes_total', { result: 'ok' }, 1);
  is('tickcast_commands_total', { op: 'subscribe' }, 1);
  is('tickcast_tick_to_socket_seconds_count', { channel: 'trades' }, 500);
  const text = client.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame.text), 0);
  const bytes = scrape.sum('tickcast_bytes_out_total', { channel: 'trades' });
  assert.ok(bytes > 500 * 40 && bytes <= text, `${bytes} bytes of ${text}`);
  assert.ok(scrape.sum('tickcast_wire_bytes_out_total') >= text, 'the wire has more than the text');
  client.socket.close();
  await client.ended();
  await server.counted('tickcast_sessions', {}, (sum) => sum === 0);
  await server.counted('tickcast_subscriptions', {}, (sum) => sum === 0);
});

scenario('what a client takes as SBE is not counted as JSON', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const publisher = await Publisher.connect(server);
  await publisher.trade('AAPL');
  await server.ticks_in(1);
  for (const [sbe, count] of [[true, 40], [false, 20]]) {
    const client = await Client.open(server, { sbe });
    await client.subscribe('AAPL', { snapshot: false });
    await publisher.trades('AAPL', 1, count);
    await client.collect('trade', count);
    client.socket.close();
    await client.ended();
  }
  await server.counted('tickcast_messages_out_total', {}, 60);
  const scrape = await server.metrics();
  assert.equal(scrape.sum('tickcast_messages_out_total', { channel: 'trades', encoding: 'sbe' }), 40);
  assert.equal(scrape.sum('tickcast_messages_out_total', { channel: 'trades', encoding: 'json' }), 20);
  assert.equal(scrape.sum('tickcast_bytes_out_total', { encoding: 'sbe' }), 40 * 56);
});

scenario('what waits for a client that does not read shows for as long as it does, and so does who is slowed down', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { backlog_bytes: 100_000, send_buffer_bytes: 16384, stall_s: 60, backlog_age_s: 60 } });
  const publisher = await Publisher.connect(server);
  await publisher.trade('AAPL');
  await server.ticks_in(1);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { snapshot: false, on_slow: 'latest' });
  client.socket.pause();
  // As many as the kernel takes for it before it takes no more.
  await until(async () => {
    await publisher.trades('AAPL', 1, 5000);
    const scrape = await server.metrics();
    return scrape.sum('tickcast_degraded_sessions', { channel: 'trades' }) === 1 && scrape.sum('tickcast_backlog_sessions') === 1;
  }, 15_000, 'a client slowed down');
  client.socket.resume();
  await client.next({ e: 'rate', mode: 'every' }, 10_000);
  for (const name of ['tickcast_backlog_sessions', 'tickcast_backlog_bytes', 'tickcast_degraded_sessions'])
    await server.counted(name, {}, (sum) => sum === 0);
  const turned = (mode) => client.messages.filter((message) => message.e === 'rate' && message.mode === mode).length;
  // The server has counted what may still be on its way to the client.
  await until(async () => {
    const told = (await server.metrics()).sum('tickcast_degradations_total', { channel: 'trades' });
    return turned('latest') === told && turned('every') === told;
  }, 5000, () => `as many ends of being slowed down (${turned('every')}) as beginnings (${turned('latest')}), and as many as are counted`);
}, { seconds: 40 });

scenario('a feed that is silent for too long is stale until it speaks', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { feed_stale_s: 1 } });
  await server.counted('tickcast_ready', {}, (ready) => ready === 0);
  const publisher = await Publisher.connect(server);
  await server.counted('tickcast_ready', {}, 1);
  await server.counted('tickcast_feed_stale', {}, 1);
  assert.ok((await server.metrics()).sum('tickcast_feed_silent_seconds') > 1);
  await publisher.trade('AAPL');
  await until(async () => {
    const scrape = await server.metrics();
    return scrape.sum('tickcast_feed_stale') === 0 && scrape.sum('tickcast_feed_silent_seconds') < 1;
  }, 1000, 'a feed that is no longer stale');
});

scenario('a scrape may come at any moment of a certificate being read again', async (t) => {
  const directory = temporary_directory(t);
  const first = new Certificate(directory, 'first', 10);
  const server = await serve(t, { tls: first.flags });
  first.become(new Certificate(directory, 'second', 20));
  const wanted = Date.now() / 1000 + 20 * 86400;
  for (let times = 1; times <= 10; ++times) {
    server.signal('SIGHUP');
    await Promise.all(Array.from({ length: 5 }, () => server.metrics()));
    await server.counted('tickcast_certificate_reloads_total', { result: 'ok' }, times);
  }
  const scrape = await server.metrics();
  assert.ok(Math.abs(scrape.sum('tickcast_certificate_expiry_timestamp_seconds') - wanted) < 3600);
  assert.equal(scrape.sum('tickcast_certificate_reloads_total', { result: 'error' }), 0);
});

scenario('numbers only grow', async (t) => {
  const { server } = await busy(t);
  const counters = (scrape) => new Map(scrape.samples.filter(({ name }) => name.endsWith('_total') || name.endsWith('_count') || name.endsWith('_bucket'))
    .map(({ name, labels, value }) => [name + JSON.stringify(labels), value]));
  let before = counters(await server.metrics());
  for (let i = 0; i < 10; ++i) {
    const now = counters(await server.metrics());
    for (const [key, value] of before) assert.ok(now.get(key) >= value, `${key} was ${value} and is ${now.get(key)}`);
    before = now;
  }
});

scenario('the time from tick to socket is measured, and believable', async (t) => {
  const { server } = await busy(t);
  const scrape = await server.metrics();
  for (const channel of ['trades', 'quotes']) {
    const count = scrape.sum('tickcast_tick_to_socket_seconds_count', { channel });
    const mean = scrape.sum('tickcast_tick_to_socket_seconds_sum', { channel }) / count;
    assert.ok(count > 0 && mean > 0 && mean < 5, `${channel}: ${count} times, ${mean} s on average`);
  }
});

scenario('healthz is fine as long as the process is', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  assert.equal((await server.admin('/healthz')).status, 200);
  assert.equal((await server.admin('/nothing')).status, 404);
});

scenario('readyz follows the feeds', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const status = async () => (await server.admin('/readyz')).status;
  assert.equal(await status(), 503, 'nobody publishes');
  const publisher = await Publisher.connect(server);
  await until(async () => (await status()) === 200, 3000, 'readiness with a publisher');
  publisher.end();
  await until(async () => (await status()) === 503, 3000, 'readiness ending with the publisher');
});

scenario('the simulated market is always ready', async (t) => {
  const server = await serve(t, { feeds: ['sim:rate=10', 'ndjson+tcp://127.0.0.1:0'] });
  assert.equal((await server.admin('/readyz')).status, 200);
});
