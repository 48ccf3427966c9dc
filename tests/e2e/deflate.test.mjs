// permessage-deflate in both directions, as npm `ws` negotiates it and as a hand-made client sees it.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { scenario } from './lib/scenario.mjs';
import { quarantine } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Raw, frame, op } from './lib/raw.mjs';

const fed = { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { open_symbols: true } };
const inflate = (payload) => zlib.inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
const deflate = (text) => zlib.deflateRawSync(text, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);

const offers = {
  'plainly': {},
  'with server_no_context_takeover': { serverNoContextTakeover: true },
  'with client_no_context_takeover': { clientNoContextTakeover: true },
  'with neither side keeping context': { serverNoContextTakeover: true, clientNoContextTakeover: true },
};
for (let bits = 9; bits <= 15; ++bits) offers[`with server_max_window_bits ${bits}`] = { serverMaxWindowBits: bits };
for (const bits of [9, 12, 15]) offers[`with client_max_window_bits ${bits}`] = { clientMaxWindowBits: bits };

scenario('whatever is negotiated, a deflating client gets the same messages as a plain one', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  const plain = await Client.open(server);
  await plain.subscribe('*');
  const clients = await Promise.all(Object.entries(offers).map(async ([name, offer]) => {
    const client = await Client.open(server, { perMessageDeflate: { ...offer, threshold: 0 } });
    const agreed = (await client.answer).headers['sec-websocket-extensions'];
    assert.match(agreed, /^permessage-deflate/, name);
    if (offer.serverNoContextTakeover) assert.match(agreed, /server_no_context_takeover/, name);
    if (offer.serverMaxWindowBits < 15) assert.ok(Number(/server_max_window_bits=(\d+)/.exec(agreed)[1]) <= offer.serverMaxWindowBits, name);
    await client.subscribe('*');
    return [name, client];
  }));
  for (let i = 0; i < 25; ++i) {
    await publisher.events(Array.from({ length: 40 }, (_, k) => ({ e: 'trade', s: `SYMBOL${k % 9}`, p: 100 + ((i * k) % 77) / 100, q: k, id: `id-${i * k}` })));
  }
  const trades = (client) => client.collect('trade', 1000, 10_000);
  const wanted = await trades(plain);
  for (const [name, client] of clients) assert.deepEqual(await trades(client), wanted, name);
}, { seconds: 40 });

scenario('deflated commands are commands', async (t) => {
  const server = await serve(t, fed);
  for (const clientNoContextTakeover of [false, true]) {
    const client = await Client.open(server, { perMessageDeflate: { clientNoContextTakeover, threshold: 0 } });
    assert.equal((await client.subscribe(Array.from({ length: 500 }, (_, i) => `SYMBOL${i}`))).symbols.length, 500);
    for (let id = 0; id < 20; ++id) assert.equal((await client.ask({ op: 'ping', id })).id, id);
  }
});

scenario('what comes over the wire is really deflated, each message by itself without context takeover', async (t) => {
  const server = await serve(t, fed);
  const publisher = await Publisher.connect(server);
  await publisher.events(Array.from({ length: 500 }, (_, i) => ({ e: 'trade', s: `SYMBOL${i}`, p: 1, q: 1 })));
  await server.ticks_in(500);
  const raw = await Raw.connect(server);
  const answer = await raw.upgrade({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover; client_no_context_takeover' } });
  assert.match(answer.headers['sec-websocket-extensions'], /permessage-deflate.*server_no_context_takeover/);
  await raw.send(op.text, deflate('{"op":"subscribe","id":1,"channel":"trades","symbols":["*"]}'), { rsv: 4 });
  let wire = 0;
  let text = 0;
  let snapshots = 0;
  while (snapshots < 500) {
    const got = await raw.next_of(op.text);
    assert.equal(got.rsv & 3, 0);
    const payload = got.rsv === 4 ? inflate(got.payload) : got.payload;
    wire += got.payload.length;
    text += payload.length;
    snapshots += JSON.parse(payload).filter((m) => m.e === 'trade').length;
  }
  assert.ok(wire < text / 2, `${text} bytes of text were ${wire} on the wire`);
});

scenario('offers that are wrong are declined, and the session goes on without', async (t) => {
  const server = await serve(t, fed);
  for (const offer of ['permessage-deflate; server_max_window_bits=7', 'permessage-deflate; server_max_window_bits=16', 'permessage-deflate; what_is_this',
    'permessage-deflate; server_no_context_takeover=1', 'x-webkit-deflate-frame', 'permessage-bzip2']) {
    const raw = await Raw.connect(server);
    const answer = await raw.upgrade({ headers: { 'Sec-WebSocket-Extensions': offer } });
    if (answer.status === 400) continue;
    assert.equal(answer.status, 101, offer);
    assert.equal(answer.headers['sec-websocket-extensions'], undefined, offer);
    await raw.command({ op: 'ping', id: 1 });
    await raw.next_message((m) => m.id === 1);
  }
});

scenario('the second offer is taken when the first cannot be', async (t) => {
  const server = await serve(t, fed);
  const raw = await Raw.connect(server);
  const { status, headers } = await raw.upgrade({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; what_is_this, permessage-deflate' } });
  assert.equal(status, 101);
  assert.match(headers['sec-websocket-extensions'] ?? '', /^permessage-deflate/);
});

scenario('with deflate off it is not negotiated', async (t) => {
  const server = await serve(t, { ...fed, set: { deflate: false } });
  const client = await Client.open(server, { perMessageDeflate: true });
  assert.equal(client.socket.extensions, '');
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
});

scenario('a deflated frame where nothing was negotiated closes with 1002', async (t) => {
  const server = await serve(t, fed);
  const raw = await Raw.open(server);
  await raw.send(op.text, deflate('{"op":"ping"}'), { rsv: 4 });
  assert.equal((await raw.close_frame()).code, 1002);
});

scenario('what inflates to more than 64 KiB closes with 1009, and takes no memory', async (t) => {
  const server = await serve(t, fed);
  const memory = server.resident();
  const bomb = deflate(Buffer.alloc(60 << 20, ' '));
  assert.ok(bomb.length < 65536);
  const raw = await Raw.connect(server);
  await raw.upgrade({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
  raw.write(frame(op.text, bomb, { rsv: 4 }));
  assert.equal((await raw.close_frame()).code, 1009);
  assert.ok(server.resident() < memory + (24 << 20) + quarantine, `${server.resident() - memory} bytes were taken`);
});

scenario('what cannot be inflated closes the connection', async (t) => {
  const server = await serve(t, fed);
  const raw = await Raw.connect(server);
  await raw.upgrade({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
  raw.write(frame(op.text, Buffer.alloc(50, 0xff), { rsv: 4 }));
  const { code } = await raw.close_frame();
  assert.ok([1002, 1003, 1007].includes(code), `closed with ${code}`);
  assert.equal((await (await Client.open(server)).ask({ op: 'ping' })).e, 'pong');
});
