// /echo, for conformance suites: it gives back what it gets, through the same gate, TLS and deflate as the stream.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import { scenario } from './lib/scenario.mjs';
import { within } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw, op } from './lib/raw.mjs';

const echo = { feeds: ['sim:rate=10'], set: { echo: true } };
const MiB = 1 << 20;
const random_text = (length) => randomBytes(Math.ceil(length / 2)).toString('hex').slice(0, length);

class Mirror {
  static async open(server, options = {}) {
    const mirror = new Mirror();
    mirror.socket = new WebSocket(server.url('/echo'), { rejectUnauthorized: false, perMessageDeflate: false, ...options });
    server.peers.add(mirror);
    mirror.closed = new Promise((resolve) => mirror.socket.on('close', (code) => resolve(code)));
    await within(new Promise((resolve, reject) => mirror.socket.on('open', resolve).on('error', reject)), 5000, 'the opening of /echo');
    return mirror;
  }

  // Sends `data` in `pieces` fragments and returns what came back.
  async reflect(data, pieces = 1) {
    const back = new Promise((resolve, reject) => {
      this.socket.once('message', (bytes, binary) => resolve(binary ? bytes : bytes.toString()));
      this.closed.then((code) => reject(new Error(`closed with ${code}`)));
    });
    const size = Math.ceil(data.length / pieces);
    for (let i = 0; i < pieces; ++i) this.socket.send(data.slice(i * size, (i + 1) * size), { fin: i === pieces - 1 });
    return within(back, 20_000, `an echo of ${data.length} bytes`);
  }

  drop() { this.socket.terminate(); }
}

async function assert_same(mirror, data, pieces) {
  const back = await mirror.reflect(data, pieces);
  const same = typeof data === 'string' ? back === data : data.equals(back);
  assert.ok(same, `${data.length} ${typeof data === 'string' ? 'characters' : 'bytes'} in ${pieces ?? 1} pieces came back as ${back.length} others`);
}

const sizes = [0, 1, 125, 126, 127, 128, 65535, 65536, 65537, 131_072, MiB];

scenario('/echo is not there unless it is asked for', async (t) => {
  const server = await serve(t, { feeds: ['sim:rate=10'] });
  assert.equal((await Client.attempt(server, { path: '/echo' })).status, 404);
});

for (const [how, options] of [['as they are', {}], ['deflated', { perMessageDeflate: { threshold: 0 } }],
  ['deflated without context', { perMessageDeflate: { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true } }],
  ['deflated in a window of 9 bits', { perMessageDeflate: { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 } }]]) {
  scenario(`texts and bytes of many sizes come back ${how}`, async (t) => {
    const server = await serve(t, echo);
    const mirror = await Mirror.open(server, options);
    for (const size of sizes) {
      await assert_same(mirror, random_text(size));
      await assert_same(mirror, randomBytes(size));
      await assert_same(mirror, 'tick '.repeat(size / 5));
    }
    for (const pieces of [2, 3, 50]) {
      await assert_same(mirror, random_text(100_000), pieces);
      await assert_same(mirror, randomBytes(100_000), pieces);
    }
  }, { seconds: 60 });
}

scenario('16 MiB come back, in one frame, in many, and deflated', async (t) => {
  const server = await serve(t, echo);
  const bytes = randomBytes(16 * MiB);
  const mirror = await Mirror.open(server);
  await assert_same(mirror, bytes);
  await assert_same(mirror, bytes, 100);
  await assert_same(mirror, 'é'.repeat(8 * MiB));
  await assert_same(await Mirror.open(server, { perMessageDeflate: { threshold: 0 } }), Buffer.alloc(16 * MiB, 'all the same '));
}, { seconds: 60 });

scenario('one byte more than 16 MiB closes with 1009, however it is cut or deflated', async (t) => {
  const server = await serve(t, echo);
  const bytes = Buffer.alloc(16 * MiB + 1, 'x');
  for (const [pieces, options] of [[1, {}], [64, {}], [1, { perMessageDeflate: { threshold: 0 } }]]) {
    const mirror = await Mirror.open(server, options);
    mirror.reflect(bytes, pieces).catch(() => {});
    assert.equal(await within(mirror.closed, 15_000, 'the closing of /echo'), 1009, `${pieces} pieces, ${JSON.stringify(options)}`);
  }
}, { seconds: 60 });

scenario('many messages without waiting come back in their order', async (t) => {
  const server = await serve(t, echo);
  const mirror = await Mirror.open(server);
  const sent = Array.from({ length: 2000 }, (_, i) => `${i} ${random_text(i % 300)}`);
  const back = [];
  const all = new Promise((resolve) => mirror.socket.on('message', (bytes) => {
    back.push(bytes.toString());
    if (back.length === sent.length) resolve();
  }));
  for (const text of sent) mirror.socket.send(text);
  await within(all, 10_000, `${sent.length} echoes`);
  assert.deepEqual(back, sent);
});

scenario('pings between the fragments of a message are answered at once', async (t) => {
  const server = await serve(t, echo);
  const raw = await Raw.open(server, { path: '/echo' });
  await raw.send(op.binary, 'one ', { fin: false });
  await raw.send(op.ping, 'here?');
  assert.equal((await raw.next_frame()).payload.toString(), 'here?');
  await raw.send(op.more, 'two');
  let whole = '';
  for (;;) {
    const got = await raw.next_frame();
    whole += got.payload;
    if (got.fin) break;
  }
  assert.equal(whole, 'one two');
});
