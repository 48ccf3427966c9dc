// Frames as RFC 6455 forbids them, each answered with its close code, and the close handshake itself.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw, close_payload, frame, op } from './lib/raw.mjs';

const quiet = { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { commands_per_s: 1000, burst: 1000 } };

// After each of these attacks: the right close code, the end of TCP, a counter, all descriptors back, and a server that serves.
async function assert_closed(t, code, attacks, options = {}) {
  const server = await serve(t, { ...quiet, ...options });
  const friend = await Client.open(server);
  await friend.ask({ op: 'ping' });
  const descriptors = server.descriptors();
  for (const [name, bytes] of Object.entries(attacks)) {
    const raw = await Raw.open(server);
    raw.write(bytes);
    const closed = await raw.close_frame().catch((error) => { throw new Error(`${name}: ${error.message}`); });
    const codes = [code].flat();
    assert.ok(codes.includes(closed.code), `${name} was closed with ${closed.code} "${closed.reason}", not ${codes.join(' or ')}`);
    await raw.ended(10_000);
  }
  let counted = 0;
  for (const one of [code].flat()) counted += (await server.metrics()).sum('tickcast_closes_total', { code: String(one) });
  assert.ok(counted >= Object.keys(attacks).length, `${counted} of ${Object.keys(attacks).length} were counted`);
  await server.descriptors_back_to(descriptors);
  assert.equal((await friend.ask({ op: 'ping' })).e, 'pong', 'others are served as before');
  assert.equal((await (await Client.open(server)).ask({ op: 'ping' })).e, 'pong');
}

const ping = '{"op":"ping"}';

scenario('a frame that claims more than the limit closes with 1009 at once', (t) => assert_closed(t, 1009, {
  '2^63-1 bytes of text': frame(op.text, '', { claim: (1n << 63n) - 1n }),
  '4 GiB of text': frame(op.text, '', { claim: 1n << 32n }),
  '64 KiB and a byte': frame(op.text, '', { claim: 65537n }),
  'a fragment that makes it too much': Buffer.concat([frame(op.text, ' '.repeat(65_000), { fin: false }), frame(op.more, '', { claim: 1000n })]),
}));

scenario('a length with its highest bit set closes the connection', (t) => assert_closed(t, [1002, 1009], {
  '2^63 bytes': frame(op.text, '', { claim: 1n << 63n }),
  '2^64-1 bytes': frame(op.text, '', { claim: (1n << 64n) - 1n }),
}));

scenario('an unmasked frame closes with 1002', (t) => assert_closed(t, 1002, {
  text: frame(op.text, ping, { masked: false }),
  'a ping': frame(op.ping, '', { masked: false }),
}));

scenario('reserved opcodes close with 1002', (t) => assert_closed(t, 1002,
  Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, frame(opcode, 'x')]))));

scenario('reserved bits close with 1002', (t) => assert_closed(t, 1002,
  Object.fromEntries([1, 2, 4, 7].map((rsv) => [`bits ${rsv}`, frame(op.text, ping, { rsv })]))));

scenario('control frames in fragments, or longer than 125 bytes, close with 1002', (t) => assert_closed(t, 1002, {
  'a ping without its end': frame(op.ping, 'x', { fin: false }),
  'a close without its end': frame(op.close, close_payload(1000), { fin: false }),
  'a ping of 126 bytes': frame(op.ping, 'x'.repeat(126)),
  'a close of 126 bytes': frame(op.close, close_payload(1000, 'x'.repeat(124))),
}));

scenario('fragments out of order close with 1002', (t) => assert_closed(t, 1002, {
  'a continuation of nothing': frame(op.more, 'x'),
  'a new text before the end of the last': Buffer.concat([frame(op.text, ping, { fin: false }), frame(op.text, ping)]),
}));

scenario('text that is no UTF-8 closes with 1007', (t) => assert_closed(t, 1007, {
  'a lone byte': frame(op.text, Buffer.from([0x22, 0xff, 0x22])),
  'an overlong slash': frame(op.text, Buffer.from([0xc0, 0xaf])),
  'a surrogate': frame(op.text, Buffer.from([0xed, 0xa0, 0x80])),
  'beyond U+10FFFF': frame(op.text, Buffer.from([0xf4, 0x90, 0x80, 0x80])),
  'cut off at the end': frame(op.text, Buffer.from([0x22, 0xe2, 0x82])),
  'bad in the second fragment': Buffer.concat([frame(op.text, '"', { fin: false }), frame(op.more, Buffer.from([0x80]))]),
}));

scenario('a character cut by a fragment is whole again', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.open(server);
  const text = Buffer.from('{"op":"echo","id":1,"data":"€😀"}');
  for (let cut = 1; cut < text.length; ++cut) {
    await raw.write(Buffer.concat([frame(op.text, text.subarray(0, cut), { fin: false }), frame(op.more, text.subarray(cut))]));
    assert.equal((await raw.next_message((m) => m.e === 'echo')).data, '€😀', `cut at ${cut}`);
  }
});

scenario('frames that come byte by byte, or many at once, are the same frames', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.open(server);
  for (const byte of frame(op.text, '{"op":"ping","id":"slow"}')) await raw.write(Buffer.from([byte]));
  await raw.next_message((m) => m.id === 'slow');
  raw.write(Buffer.concat(Array.from({ length: 200 }, (_, id) => frame(op.text, JSON.stringify({ op: 'ping', id })))));
  const ids = [];
  while (ids.length < 200) for (const m of JSON.parse((await raw.next_of(op.text)).payload)) ids.push(m.id);
  assert.deepEqual(ids, Array.from({ length: 200 }, (_, i) => i));
});

scenario('a close is answered with its code, and TCP ends', async (t) => {
  const server = await serve(t, quiet);
  for (const code of [1000, 1001, 1003, 1011, 3000, 4000, 4999]) {
    const raw = await Raw.open(server);
    await raw.send(op.close, close_payload(code, 'good bye'));
    assert.equal((await raw.close_frame()).code, code);
    await raw.ended();
    assert.equal(raw.buffer.length, 0, 'nothing follows a close frame');
  }
  const bare = await Raw.open(server);
  await bare.send(op.close, '');
  assert.ok([1000, 1005].includes((await bare.close_frame()).code));
  await bare.ended();
});

scenario('nothing is done that is asked after a close', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.open(server);
  await raw.next_message((m) => m.e === 'welcome');
  await raw.write(Buffer.concat([frame(op.close, close_payload(1000)), frame(op.text, '{"op":"ping","id":1}')]));
  const answer = await raw.next_frame();
  assert.equal(answer.opcode, op.close);
  await raw.ended();
  assert.equal(raw.buffer.length, 0);
});

scenario('a busy stream ends with the close frame', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=5&rate=5000&seed=1&prefix=S&mix=trades'] });
  await server.ticks_in(10);
  for (let i = 0; i < 10; ++i) {
    const raw = await Raw.open(server);
    await raw.command({ op: 'subscribe', channel: 'trades', symbols: ['*'] });
    await raw.next_message((m) => m.e === 'trade');
    await raw.send(op.close, close_payload(4001));
    assert.equal((await raw.close_frame()).code, 4001);
    await raw.ended();
    assert.equal(raw.buffer.length, 0, 'nothing follows a close frame');
  }
});

scenario('a close that is none closes with 1002', (t) => assert_closed(t, 1002,
  Object.fromEntries([['a single byte', frame(op.close, 'x')],
    ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].map((code) => [`code ${code}`, frame(op.close, close_payload(code))])])));

scenario('a close whose reason is no UTF-8 is a wrong frame', (t) => assert_closed(t, [1002, 1007], {
  reason: frame(op.close, Buffer.concat([close_payload(1000), Buffer.from([0xff, 0xfe])])),
}));
