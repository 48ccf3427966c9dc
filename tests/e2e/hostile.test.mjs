// Peers that mean no good: they end as they must, are counted, and nobody else notices.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { scenario } from './lib/scenario.mjs';
import { patience, pause, quarantine, scaled, until, within } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw, close_payload, frame, op } from './lib/raw.mjs';
import { Coverage } from './lib/coverage.mjs';

const MiB = 1 << 20;
const market = { feeds: ['sim:symbols=20&rate=2000&seed=1&prefix=S&mix=trades'] };

// A server with one healthy client that gets every trade; `peace` demands that it still does, that new clients are served, and
// that all descriptors came back.
async function besieged(t, set = {}, options = market) {
  const server = await serve(t, { ...options, set });
  await server.ticks_in(20);
  const coverage = new Coverage();
  const healthy = await Client.open(server, { on_message: (m) => coverage.take(m) });
  healthy.keep = false;
  healthy.send({ op: 'subscribe', id: 1, channel: 'trades', symbols: ['*'] });
  await until(() => coverage.plain > 100, 5000, 'a hundred trades at the healthy client');
  const visitor = await Client.open(server);
  visitor.socket.close();
  await visitor.ended();
  const descriptors = server.descriptors();
  const peace = async () => {
    await server.descriptors_back_to(descriptors);
    const seen = coverage.plain;
    await until(() => coverage.plain > seen + 500, 5000, 'the healthy client getting trades as before');
    assert.deepEqual(coverage.faults, []);
    assert.equal(coverage.merged, 0);
    const client = await Client.open(server);
    assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
    client.drop();
  };
  return { server, peace };
}

const hello_of = (bytes) => Buffer.concat([Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), randomBytes(bytes)]);

scenario('who never reads is evicted with 4008 or 4009, with figures', async (t) => {
  const { server, peace } = await besieged(t, { backlog_bytes: 131072, stall_s: 4 * patience, send_buffer_bytes: 16384 });
  const raw = await Raw.open(server, { headers: { 'User-Agent': 'a-peer-that-never-reads' } });
  await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
  await raw.next_message((m) => m.e === 'subscribed');
  raw.socket.pause();
  await server.counted('tickcast_evictions_total', {}, 1, 15_000);
  raw.socket.resume();
  const { code, reason } = await raw.close_frame();
  assert.ok([4008, 4009].includes(code), `closed with ${code}`);
  assert.match(reason, /\d/);
  await server.counted('tickcast_closes_total', { code: String(code) }, 1);
  assert.ok(server.log.some((line) => line.includes('a-peer-that-never-reads') && line.includes('127.0.0.1') && /\d/.test(line)),
    `the eviction is logged with address and user agent:\n${server.tail}`);
  raw.drop();
  await peace();
}, { seconds: 40 });

scenario('a latest stream whose socket takes nothing is closed with 4009', async (t) => {
  const { server, peace } = await besieged(t, { stall_s: 1, send_buffer_bytes: 16384 });
  const raw = await Raw.open(server);
  await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'], mode: 'latest' });
  await raw.next_message((m) => m.e === 'subscribed');
  raw.socket.pause();
  await server.counted('tickcast_evictions_total', { reason: 'stalled' }, 1, 15_000);
  await server.counted('tickcast_closes_total', { code: '4009' }, 1);
  raw.drop();
  await peace();
}, { seconds: 40 });

scenario('a queue that has grown too old is closed with 4008, however short it is', async (t) => {
  const { server, peace } = await besieged(t, { backlog_age_s: 1, send_buffer_bytes: 16384 });
  const raw = await Raw.open(server);
  await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
  await raw.next_message((m) => m.e === 'subscribed');
  raw.socket.pause();
  await server.counted('tickcast_evictions_total', { reason: 'backlog_age' }, 1, 15_000);
  raw.socket.resume();
  const { code, reason } = await raw.close_frame();
  assert.equal(code, 4008);
  assert.match(reason, /\d/);
  raw.drop();
  await peace();
}, { seconds: 40 });

scenario('who is evicted and never reads again is let go all the same', async (t) => {
  const { server, peace } = await besieged(t, { backlog_bytes: 65536, stall_s: 1, send_buffer_bytes: 16384 });
  const peers = await Promise.all(Array.from({ length: 10 }, async () => {
    const raw = await Raw.open(server);
    await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
    raw.socket.pause();
    return raw;
  }));
  await server.counted('tickcast_evictions_total', {}, 10, 15_000);
  await peace();
  assert.equal(peers.filter((raw) => raw.socket.destroyed).length, 0, 'none of them did anything for it');
}, { seconds: 40 });

scenario('garbage instead of TLS is closed and counted', async (t) => {
  const { server, peace } = await besieged(t);
  for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', Buffer.alloc(3000, 0), Buffer.alloc(3000, 0xff), Buffer.concat([Buffer.from([0x80]), randomBytes(3000)]), 'SSH-2.0-x\r\n']) {
    const raw = await Raw.tcp(server);
    raw.write(bytes);
    await raw.ended();
  }
  await server.counted('tickcast_handshakes_total', { result: 'not_tls' }, 3);
  const failed = (await server.metrics()).matching('tickcast_handshakes_total').filter(({ labels }) => labels.result !== 'ok');
  assert.ok(failed.reduce((sum, { value }) => sum + value, 0) >= 5, 'all five are counted');
  await peace();
});

scenario('half a TLS hello and then silence is closed after handshake_s', async (t) => {
  const { server, peace } = await besieged(t, { handshake_s: 1 });
  const start = Date.now();
  const raw = await Raw.tcp(server);
  await raw.write(hello_of(60));
  await raw.ended();
  assert.ok(Date.now() - start >= 900, 'not before its time');
  await server.counted('tickcast_handshakes_total', { result: 'timeout' }, 1);
  await peace();
});

scenario('a TLS hello byte by byte does not get more time', async (t) => {
  const { server, peace } = await besieged(t, { handshake_s: 1 });
  const raw = await Raw.tcp(server);
  const dripping = setInterval(() => raw.write(Buffer.from([0x16])), 200);
  raw.write(hello_of(20));
  await raw.ended().finally(() => clearInterval(dripping));
  await server.counted('tickcast_handshakes_total', {}, (sum) => sum >= 1);
  await peace();
});

scenario('a client without a common cipher is told so and counted', async (t) => {
  const { server, peace } = await besieged(t);
  await assert.rejects(Raw.connect(server, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }), /handshake|alert|cipher/i);
  await server.counted('tickcast_handshakes_total', { result: 'no_shared_cipher' }, 1);
  await peace();
});

scenario('who leaves in the middle of a handshake is counted', async (t) => {
  const { server, peace } = await besieged(t);
  const raw = await Raw.tcp(server);
  await raw.write(hello_of(60));
  raw.socket.end();
  await raw.ended();
  await server.counted('tickcast_handshakes_total', { result: 'closed' }, 1);
  await peace();
});

scenario('hundreds of half-open connections are gone after handshake_s', async (t) => {
  const { server, peace } = await besieged(t, { handshake_s: 1 });
  const peers = await Promise.all(Array.from({ length: scaled(300) }, () => Raw.tcp(server)));
  await Promise.all(peers.map((raw) => raw.ended(10_000)));
  await server.counted('tickcast_handshakes_total', { result: 'timeout' }, peers.length);
  await peace();
});

scenario('an upgrade that comes header by header ends after header_s', async (t) => {
  const { server, peace } = await besieged(t, { header_s: 1 });
  const raw = await Raw.connect(server);
  await raw.write('GET /v1/stream HTTP/1.1\r\nHost: x\r\n');
  const dripping = setInterval(() => raw.write('X-Slow: 1\r\n'), 100);
  await raw.ended().finally(() => clearInterval(dripping));
  if (raw.buffer.length > 0) assert.match(raw.buffer.toString(), /^HTTP\/1\.1 408 /);
  await server.counted('tickcast_http_requests_total', { code: '408' }, 1);
  await peace();
});

scenario('who finishes TLS and then says nothing is let go after header_s', async (t) => {
  const { server, peace } = await besieged(t, { header_s: 0.5, keepalive_s: 0.5 });
  const raw = await Raw.connect(server);
  await raw.ended();
  await peace();
});

scenario('10,000 tiny pings are answered or bounded, the last one in any case', async (t) => {
  const { server, peace } = await besieged(t);
  const raw = await Raw.open(server);
  raw.write(Buffer.concat(Array.from({ length: 10_000 }, (_, i) => frame(op.ping, String(i)))));
  let answers = 0;
  for (let last = -1; last < 9999;) {
    const { payload } = await raw.next_of(op.pong, 10_000);
    assert.ok(Number(payload) > last, 'in their order');
    last = Number(payload);
    ++answers;
  }
  assert.ok(answers >= 1 && answers <= 10_000);
  await raw.command({ op: 'ping', id: 1 });
  await raw.next_message((m) => m.id === 1);
  raw.drop();
  await peace();
});

scenario('pings without end from who reads no answer take no memory', async (t) => {
  const { server, peace } = await besieged(t, { send_buffer_bytes: 16384, stall_s: 60 });
  const raw = await Raw.open(server);
  const memory = server.resident();
  raw.socket.pause();
  const block = Buffer.concat(Array.from({ length: 5000 }, () => frame(op.ping, 'x'.repeat(100))));
  let written = 0;
  while (written < 64 * MiB) {
    const taken = await Promise.race([raw.write(block).then(() => true), pause(1500).then(() => false)]);
    if (!taken || raw.over) break;
    written += block.length;
  }
  assert.ok(server.resident() < memory + 32 * MiB + quarantine, `${written} bytes of pings took ${server.resident() - memory} bytes`);
  raw.drop();
  await peace();
}, { seconds: 40 });

scenario('a flood of commands ends with 4029', async (t) => {
  const { server, peace } = await besieged(t);
  const raw = await Raw.open(server);
  const memory = server.resident();
  raw.write(Buffer.concat(Array.from({ length: 20_000 }, (_, id) => frame(op.text, JSON.stringify({ op: 'echo', id, data: 'x'.repeat(100) })))));
  assert.equal((await raw.close_frame(10_000)).code, 4029);
  await server.counted('tickcast_closes_total', { code: '4029' }, 1);
  assert.ok(server.resident() < memory + 32 * MiB + quarantine);
  raw.drop();
  await peace();
});

scenario('a flood of large commands in arrays is no way around it', async (t) => {
  const { server, peace } = await besieged(t);
  const raw = await Raw.open(server);
  const array = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ op: 'ping', id })));
  for (let i = 0; i < 50; ++i) raw.command(array);
  assert.equal((await raw.close_frame(10_000)).code, 4029);
  raw.drop();
  await peace();
});

for (const [how, tls] of [['without a word', '--self-signed'], ['with a reset', '--plain']]) {
  scenario(`peers that vanish ${how} leave nothing behind`, async (t) => {
    const { server, peace } = await besieged(t, {}, { ...market, tls });
    for (let round = 0; round < 3; ++round) {
      const peers = await Promise.all(Array.from({ length: scaled(60) }, () => Raw.open(server)));
      await Promise.all(peers.map((raw) => raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] })));
      for (const raw of peers) tls === '--plain' ? raw.socket.resetAndDestroy() : raw.drop();
    }
    await server.counted('tickcast_sessions', { transport: 'websocket', state: 'open' }, (sum) => sum === 1);
    await peace();
  }, { seconds: 40 });
}

scenario('who closes only its own direction is let go', async (t) => {
  const { server, peace } = await besieged(t, {}, { ...market, tls: '--plain' });
  const raw = await Raw.open(server, { socket: { allowHalfOpen: true } });
  await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
  await raw.next_message((m) => m.e === 'trade');
  raw.socket.end();
  await raw.ended();
  raw.drop();
  await peace();
});

scenario('who never answers the server\'s close is let go', async (t) => {
  const { server, peace } = await besieged(t, { idle_s: 0.5 });
  const raw = await Raw.open(server);
  assert.equal((await raw.close_frame()).code, 4011);
  await raw.ended(10_000);
  await peace();
});

scenario('a storm of connections is served, and delays nobody for long', async (t) => {
  const { server, peace } = await besieged(t);
  const count = scaled(200);
  const clients = await within(Promise.all(Array.from({ length: count }, () => Client.open(server))), 15_000, `${count} clients being served`);
  await Promise.all(clients.map((client) => client.ask({ op: 'ping' })));
  for (const client of clients) client.drop();
  await peace();
}, { seconds: 40 });

scenario('a close frame in the middle of garbage is just a close', async (t) => {
  const { server, peace } = await besieged(t);
  const raw = await Raw.open(server);
  await raw.write(Buffer.concat([frame(op.close, close_payload(1000)), randomBytes(100_000)]));
  assert.equal((await raw.close_frame()).code, 1000);
  await raw.ended();
  await peace();
});
