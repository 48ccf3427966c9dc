// Channel `status`: whether a symbol is traded, told like any other numbered stream.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const tcp = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const status = (s, state, more = {}) => ({ e: 'status', s, state, ...more });
const said = (messages) => messages.map(({ n, state, reason, snap }) => [n, state, reason, snap]);

for (const sbe of [false, true]) {
  scenario(`a status is told with its reason, and the last one first (${sbe ? 'SBE' : 'JSON'})`, async (t) => {
    const server = await serve(t, tcp);
    const publisher = await Publisher.connect(server);
    await publisher.events([status('A', 'auction', { t: 1732060800000001 }), status('A', 'trading', { t: 1732060800000002, reason: 'opened' })]);
    await server.ticks_in(2);
    const client = await Client.open(server, { sbe });
    const ack = await client.subscribe('A', { channel: 'status' });
    assert.deepEqual([ack.channel, ack.mode, ack.symbols[0].n], ['status', 'every', 2]);
    await publisher.events([status('A', 'halted', { reason: 'news "pending"' }), status('A', 'closed')]);
    const all = await client.collect('status', 3);
    assert.deepEqual(said(all), [[2, 'trading', 'opened', true], [3, 'halted', 'news "pending"', undefined], [4, 'closed', undefined, undefined]]);
    assert.equal(all[0].t, 1732060800000002);
  });
}

scenario('of several at once a client of latest gets the newest, with its reason', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.events([status('A', 'trading')]);
  await server.ticks_in(1);
  const client = await Client.open(server);
  await client.subscribe('A', { channel: 'status', mode: 'latest', interval_ms: 300, snapshot: false });
  await publisher.events([status('A', 'halted')]);
  assert.equal((await client.next('status')).n, 2);
  await publisher.events([status('A', 'auction', { reason: 'one' }), status('A', 'trading', { reason: 'two' })]);
  const merged = await client.next('status');
  assert.deepEqual([merged.f, merged.n, merged.k, merged.state, merged.reason], [3, 4, 2, 'trading', 'two']);
});

scenario('what has no state is refused with a sentence, and the feed goes on', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.events([status('A', 'open'), { e: 'status', s: 'A' }, status('A', 'closed', { reason: 7 }), status('A', 'halted')]);
  await server.ticks_in(1);
  await server.counted('tickcast_feed_bad_input_total', {}, 3);
});

scenario('a restart with a journal goes on with the last status', async (t) => {
  const journal = join(temporary_directory(t), 'journal');
  const first = await serve(t, { ...tcp, args: ['--journal', journal] });
  const publisher = await Publisher.connect(first);
  await publisher.events([status('A', 'trading'), status('A', 'halted', { reason: 'news' })]);
  await first.ticks_in(2);
  await first.stop();
  const again = await serve(t, { ...tcp, args: ['--journal', journal] });
  const client = await Client.open(again);
  assert.equal((await client.subscribe('A', { channel: 'status' })).symbols[0].n, 2);
  assert.deepEqual(said([await client.next('status')]), [[2, 'halted', 'news', true]]);
});
