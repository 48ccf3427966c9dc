// One session's talk with the server, without any market in it: welcome, ids, ping, echo, errors, arrays, order, limits.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw } from './lib/raw.mjs';

const quiet = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const now_us = () => Date.now() * 1000;

scenario('a session opens with a welcome that says all of section 3', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  const welcome = await client.next('welcome');
  assert.equal(client.messages[0], welcome, 'welcome is the first message');
  assert.deepEqual(Object.keys(welcome).sort(),
    ['channels', 'e', 'encodings', 'epoch', 'limits', 'ping_s', 'server', 'session', 't', 'v']);
  assert.equal(welcome.v, 1);
  assert.match(welcome.server, /^tickcast\/\d+\.\d+\.\d+$/);
  assert.match(welcome.session, /^\S{4,}$/);
  assert.match(welcome.epoch, /^\S{4,}$/);
  assert.equal(welcome.ping_s, 20);
  assert.deepEqual(welcome.limits, { symbols: 1024, commands_per_s: 10, burst: 40, frame_bytes: 65536 });
  assert.deepEqual(welcome.encodings, ['json', 'sbe']);
  assert.deepEqual(welcome.channels, ['trades', 'quotes', 'bars', 'book', 'stats', 'status']);
  assert.ok(Number.isSafeInteger(welcome.t));
  assert.ok(Math.abs(welcome.t - now_us()) < 60e6, `t ${welcome.t} is microseconds of now`);
});

scenario('the limits of the welcome are those of the configuration', async (t) => {
  const server = await serve(t, { ...quiet, set: { symbols_per_session: 3, commands_per_s: 7, burst: 9, frame_bytes: 4096, ping_s: 5 } });
  const client = await Client.open(server);
  const welcome = await client.next('welcome');
  assert.deepEqual(welcome.limits, { symbols: 3, commands_per_s: 7, burst: 9, frame_bytes: 4096 });
  assert.equal(welcome.ping_s, 5);
});

scenario('two sessions have names of their own and one epoch', async (t) => {
  const server = await serve(t, quiet);
  const [a, b] = await Promise.all([1, 2].map(async () => (await Client.open(server)).next('welcome')));
  assert.notEqual(a.session, b.session);
  assert.equal(a.epoch, b.epoch);
});

scenario('ping is answered with the time', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  const pong = await client.ask({ op: 'ping', id: 5 });
  assert.deepEqual(Object.keys(pong).sort(), ['e', 'id', 't']);
  assert.equal(pong.e, 'pong');
  assert.ok(Number.isSafeInteger(pong.t) && Math.abs(pong.t - now_us()) < 60e6);
});

scenario('an answer to a command without id has none', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  client.send({ op: 'ping' });
  assert.deepEqual(Object.keys(await client.next('pong')).sort(), ['e', 't']);
  client.send({ op: 'nonsense' });
  assert.deepEqual(Object.keys(await client.next('error')).sort(), ['code', 'e', 'message']);
});

scenario('echo gives its data back byte for byte', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  const samples = ['189.3400', '1e5', '-0.0', '1E-07', '12345678901234567890123456789', 'null', 'true', '""', '[]', '{}',
    '"a\\"b\\\\c\\u00e9\\ud83d\\ude00\\/"', '"é😀"', '{"b":{"z":[1,[2.50,{"k":null}]],"a":-1.0}}', '[189.3400,"1e5",{"p":0.10}]',
    '{"twice":1,"twice":2}', '{"op":"ping","id":99}', '{ "a" : [ 1 ,\t2 ] }'];
  for (const data of samples) {
    client.send(`{"op":"echo","id":6,"data":${data}}`);
    await client.next({ e: 'echo', id: 6 });
    const { text } = client.frames.at(-1);
    assert.ok(text.includes(`"data":${data}`), `${data} came back in ${text}`);
  }
});

scenario('integers and strings of up to 36 characters are ids', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  for (const id of [0, 1, -7, Number.MAX_SAFE_INTEGER, '', 'x', 'a"b\\c/\n', '3f2b8c1e-9d4a-4c6f-8a51-2b7d90e1f3aa', 'é'.repeat(36), '😀']) {
    client.send({ op: 'ping', id });
    assert.equal((await client.next('pong')).id, id);
  }
});

scenario('an id of another kind is a bad command', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  for (const id of [1.5, true, null, {}, [], [1], 'x'.repeat(37), 'é'.repeat(37)]) {
    client.send({ op: 'ping', id });
    const answer = await client.next((m) => m.e === 'error' || m.e === 'pong');
    assert.equal(answer.code, 'bad_command', `id ${JSON.stringify(id)} got ${JSON.stringify(answer)}`);
    assert.ok(answer.message.length > 0);
  }
});

scenario('what is no JSON is answered with bad_json and the session goes on', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  for (const text of ['{"op":', 'ping', '{"op":"ping",}', "{'op':'ping'}", '{"op":"ping"} x', '[{"op":"ping"}', '{"op":"pi\u0000ng"}', '',
    '['.repeat(30_000)]) {
    client.send(text);
    const answer = await client.next((m) => m.e === 'error' || m.e === 'pong');
    assert.equal(answer.code, 'bad_json', `${text.slice(0, 40)} got ${JSON.stringify(answer)}`);
    assert.ok(answer.message.length > 0);
  }
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
});

scenario('JSON that is no command is a bad command', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  for (const text of ['42', '"ping"', 'null', 'true', '{}', '{"id":1}', '{"op":7}', '{"op":"fly"}', '{"op":["ping"]}',
    '{"op":"subscribe","channel":"trades"}', '{"op":"subscribe","channel":"trades","symbols":"AAPL"}',
    '{"op":"subscribe","channel":"trades","symbols":[7]}', '{"op":"subscribe","channel":"trades","symbols":{}}',
    '{"op":"auth","id":4,"token":"abc"}']) {
    client.send(text);
    const answer = await client.next('error');
    assert.equal(answer.code, 'bad_command', `${text} got ${JSON.stringify(answer)}`);
    assert.ok(answer.message.length > 0);
  }
});

scenario('auth is told that no token is needed', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  const answer = await client.ask({ op: 'auth', id: 4, token: 'abc' });
  assert.equal(answer.code, 'bad_command');
  assert.match(answer.message, /token/);
});

scenario('an array of commands is answered command by command, in their order', async (t) => {
  const server = await serve(t, { ...quiet, set: { open_symbols: true } });
  const client = await Client.open(server);
  client.send([{ op: 'ping', id: 1 }, { op: 'subscribe', id: 2, channel: 'trades', symbols: ['AAPL'] }, { op: 'ping', id: 3 },
    { op: 'fly', id: 4 }, { op: 'list', id: 5 }, { op: 'echo', id: 6, data: [] },
    { op: 'unsubscribe', id: 7, channel: 'trades', symbols: ['AAPL'] }, { op: 'subscribe', id: 8, channel: 'quotes', symbols: ['AAPL'] },
    { op: 'list', id: 'last' }]);
  await client.next({ id: 'last' });
  assert.deepEqual(client.messages.filter((m) => 'id' in m).map((m) => [m.id, m.e]), [[1, 'pong'], [2, 'subscribed'], [3, 'pong'],
    [4, 'error'], [5, 'subscriptions'], [6, 'echo'], [7, 'unsubscribed'], [8, 'subscribed'], ['last', 'subscriptions']]);
});

scenario('frames sent one after the other are answered in their order', async (t) => {
  const server = await serve(t, { ...quiet, set: { open_symbols: true } });
  const client = await Client.open(server);
  for (let i = 0; i < 13; ++i) {
    client.send({ op: 'subscribe', id: 3 * i, channel: 'trades', symbols: [`S${i}`] });
    client.send({ op: 'ping', id: 3 * i + 1 });
    client.send({ op: 'echo', id: 3 * i + 2, data: i });
  }
  await client.next({ id: 38 });
  assert.deepEqual(client.messages.filter((m) => 'id' in m).map((m) => m.id), Array.from({ length: 39 }, (_, i) => i));
});

scenario('an empty array is no command', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  await client.next('welcome');
  client.send('[]');
  client.send(' [ ] ');
  client.send({ op: 'ping', id: 1 });
  await client.next('pong');
  assert.deepEqual(client.messages.map((m) => m.e), ['welcome', 'pong']);
});

scenario('a fast client gets its burst, then rate_limited, then its rate again', async (t) => {
  const server = await serve(t, { ...quiet, set: { open_symbols: true } });
  const client = await Client.open(server);
  await client.next('welcome');
  const start = Date.now();
  for (let id = 0; id < 60; ++id) client.send({ op: 'ping', id });
  client.send({ op: 'subscribe', id: 'late', channel: 'trades', symbols: ['AAPL'] });
  const late = await client.next({ id: 'late' });
  const seconds = (Date.now() - start) / 1000;
  const answers = client.messages.filter((m) => Number.isInteger(m.id));
  assert.deepEqual(answers.map((m) => m.id), Array.from({ length: 60 }, (_, i) => i), 'each is answered once, in order');
  const pongs = answers.filter((m) => m.e === 'pong');
  assert.ok(pongs.length >= 40 && pongs.length <= 41 + 10 * seconds, `${pongs.length} of 60 were answered in ${seconds} s`);
  for (const answer of answers.filter((m) => m.e !== 'pong')) assert.equal(answer.code, 'rate_limited');
  assert.equal(late.code, 'rate_limited');
  let list;
  await until(async () => (list = await client.ask({ op: 'list' })).e === 'subscriptions', 3000, 'a command being carried out again');
  assert.deepEqual(list.subscriptions, [], 'the limited subscribe was not carried out');
});

scenario('the commands of an array count one by one', async (t) => {
  const server = await serve(t, { ...quiet, set: { burst: 5, commands_per_s: 1 } });
  const client = await Client.open(server);
  client.send(Array.from({ length: 20 }, (_, id) => ({ op: 'ping', id })));
  await client.next({ id: 19 });
  const pongs = client.messages.filter((m) => m.e === 'pong').length;
  assert.ok(pongs >= 5 && pongs <= 7, `${pongs} of 20 were carried out`);
});

scenario('100 rate-limited commands in a row close the session with 4029', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  for (let id = 0; id < 200; ++id) client.send({ op: 'ping', id });
  const { code, reason } = await client.ended();
  assert.equal(code, 4029);
  assert.match(reason, /\d/);
  assert.ok(client.messages.filter((m) => m.code === 'rate_limited').length >= 99);
  await server.counted('tickcast_closes_total', { code: '4029' }, 1);
});

scenario('a frame of 64 KiB is taken, one byte more closes with 1009', async (t) => {
  const server = await serve(t, quiet);
  const padded = (length) => `{"op":"ping","id":1}`.padEnd(length, ' ');
  const client = await Client.open(server);
  client.send(padded(65536));
  await client.next('pong');
  client.send(padded(65537));
  assert.equal((await client.ended()).code, 1009);
  const fragments = await Client.open(server);
  fragments.socket.send(' '.repeat(40_000), { fin: false });
  fragments.socket.send(padded(25_537), { fin: true });
  assert.equal((await fragments.ended()).code, 1009, 'the limit is that of the message, however it is cut');
  await server.counted('tickcast_closes_total', { code: '1009' }, 2);
});

scenario('a command cut into fragments, with a ping between them, is one command', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.open(server);
  await raw.send(1, '{"op":"pi', { fin: false });
  await raw.send(9, 'between');
  await raw.send(0, 'ng","id":', { fin: false });
  await raw.send(0, '77}');
  assert.equal((await raw.next_of(10)).payload.toString(), 'between');
  assert.equal((await raw.next_message((m) => m.id === 77)).e, 'pong');
});

scenario('a binary frame is no command of the JSON protocol', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server);
  client.socket.send(Buffer.from('{"op":"ping"}'));
  assert.equal((await client.ended()).code, 1003);
});

scenario('tickcast.v1.json is chosen when it is offered, and nothing when nothing is', async (t) => {
  const server = await serve(t, quiet);
  assert.equal((await Client.open(server, { protocols: ['tickcast.v1.json'] })).socket.protocol, 'tickcast.v1.json');
  assert.equal((await Client.open(server, { protocols: ['something.else', 'tickcast.v1.json'] })).socket.protocol, 'tickcast.v1.json');
  assert.equal((await Client.open(server)).socket.protocol, '');
});

scenario('a subprotocol that the server does not speak is not agreed to', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  const answer = await raw.upgrade({ headers: { 'Sec-WebSocket-Protocol': 'something.else' } });
  assert.ok(answer.status === 400 || (answer.status === 101 && !answer.headers['sec-websocket-protocol']), `status ${answer.status}`);
});
