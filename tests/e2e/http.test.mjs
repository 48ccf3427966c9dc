// What the TLS port says to HTTP that is no accepted upgrade: errors with JSON bodies, Origin, keep-alive, and the page.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Raw } from './lib/raw.mjs';

const quiet = { feeds: ['ndjson+tcp://127.0.0.1:0'] };

function assert_error(answer, status) {
  const allowed = [status].flat();
  assert.ok(allowed.includes(answer.status), `status ${answer.status}, not ${allowed.join(' or ')}: ${answer.body}`);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const { error } = JSON.parse(answer.body);
  assert.equal(typeof error.code, 'string');
  assert.ok(typeof error.message === 'string' && error.message.length > 0);
}

scenario('the page is at /', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  await raw.request('GET', '/');
  const answer = await raw.response();
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/html/);
  assert.match(answer.body, /<html/i);
  await raw.request('HEAD', '/');
  const head = await raw.response(5000, { head_only: true });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], answer.headers['content-length']);
});

scenario('an unknown path is answered with 404 and a JSON body', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  for (const path of ['/nothing', '/v1', '/v1/stream/more', '/v1/streams', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/echo']) {
    await raw.request('GET', path);
    assert_error(await raw.response(), path.includes('..') || path.includes('%2e') ? [404, 400] : 404);
  }
  await server.counted('tickcast_http_requests_total', { code: '404' }, 5);
});

scenario('a whole URL, as proxies are sent it, is as good as its path', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  for (const [target, status] of [['https://example.test/', 200], ['http://example.test', 200], ['HTTP://example.test/', 404], ['https://example.test/nothing?x', 404]]) {
    await raw.request('GET', target);
    assert.equal((await raw.response()).status, status, target);
  }
});

scenario('a wrong method is answered with 405 and the methods that are allowed', async (t) => {
  const server = await serve(t, quiet);
  for (const path of ['/', '/v1/stream']) {
    for (const method of ['POST', 'DELETE', 'PUT']) {
      const raw = await Raw.connect(server);
      await raw.request(method, path, { 'Content-Length': '0' });
      const answer = await raw.response();
      assert_error(answer, 405);
      assert.match(answer.headers.allow, /GET/);
    }
  }
});

scenario('GET of the stream without an upgrade is a bad request', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  await raw.request('GET', '/v1/stream');
  assert_error(await raw.response(), [400, 426]);
});

scenario('an upgrade that is not by RFC 6455 is refused', async (t) => {
  const server = await serve(t, quiet);
  for (const headers of [{ 'Sec-WebSocket-Version': '12' }, { 'Sec-WebSocket-Key': undefined }, { 'Sec-WebSocket-Version': undefined }]) {
    const raw = await Raw.connect(server);
    const { status } = await raw.upgrade({ headers });
    assert.ok(status === 400 || status === 426, `${JSON.stringify(headers)} got ${status}`);
  }
});

scenario('an upgrade of an unknown path is answered with 404', async (t) => {
  const server = await serve(t, quiet);
  assert_error(await Client.attempt(server, { path: '/v1/nothing' }), 404);
});

scenario('a query does not keep a client from the stream', async (t) => {
  const server = await serve(t, quiet);
  const client = await Client.open(server, { path: '/v1/stream?from=a+test' });
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
});

scenario('what is no HTTP gets 400 and the end of the connection', async (t) => {
  const server = await serve(t, quiet);
  for (const text of ['hello there\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/1.1\r\nno colon here\r\n\r\n', '\x00\x01\x02\r\n\r\n']) {
    const raw = await Raw.connect(server);
    await raw.write(text);
    assert.equal((await raw.response()).status, 400, text);
    await raw.ended();
  }
});

scenario('endless headers are refused', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  raw.write(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(300_000)}\r\n\r\n`);
  const { status } = await raw.response();
  assert.ok(status === 431 || status === 400, `status ${status}`);
  await raw.ended();
});

scenario('a connection is kept for more requests, also pipelined ones', async (t) => {
  const server = await serve(t, quiet);
  const raw = await Raw.connect(server);
  for (let i = 0; i < 3; ++i) {
    await raw.request('GET', '/nothing');
    assert.equal((await raw.response()).status, 404);
  }
  const host = `Host: 127.0.0.1:${server.port}\r\n`;
  await raw.write(`GET /nothing HTTP/1.1\r\n${host}\r\nGET / HTTP/1.1\r\n${host}\r\nGET /nothing HTTP/1.1\r\n${host}\r\n`);
  assert.deepEqual([(await raw.response()).status, (await raw.response()).status, (await raw.response()).status], [404, 200, 404]);
});

scenario('"Connection: close" and HTTP/1.0 end the connection after the answer', async (t) => {
  const server = await serve(t, quiet);
  const polite = await Raw.connect(server);
  await polite.request('GET', '/nothing', { Connection: 'close' });
  assert.equal((await polite.response()).status, 404);
  await polite.ended();
  const old = await Raw.connect(server);
  await old.write('GET /nothing HTTP/1.0\r\n\r\n');
  assert.equal((await old.response()).status, 404);
  await old.ended();
});

scenario('a kept connection without a request is closed after keepalive_s', async (t) => {
  const server = await serve(t, { ...quiet, set: { keepalive_s: 0.5 } });
  const raw = await Raw.connect(server);
  await raw.request('GET', '/nothing');
  await raw.response();
  await raw.ended();
});

scenario('a foreign origin is refused with 403', async (t) => {
  const server = await serve(t, quiet);
  for (const origin of ['https://evil.example', `http://127.0.0.1.evil.example:${server.port}`, 'null', `https://127.0.0.1:${server.port + 1}`]) {
    assert_error(await Client.attempt(server, { headers: { Origin: origin } }), 403);
  }
});

scenario('the same origin and no origin are welcome', async (t) => {
  const server = await serve(t, quiet);
  for (const headers of [{ Origin: `https://127.0.0.1:${server.port}` }, { Origin: `https://localhost:${server.port}`, Host: `localhost:${server.port}` }, {}]) {
    const client = await Client.open(server, { headers });
    assert.equal((await client.next('welcome')).v, 1);
  }
});

scenario('allowed_origins names more, and "*" is everybody', async (t) => {
  const some = await serve(t, { ...quiet, set: { allowed_origins: '["https://a.example", "https://b.example:8443"]' } });
  assert.equal((await Client.attempt(some, { headers: { Origin: 'https://a.example' } })).status, 101);
  assert.equal((await Client.attempt(some, { headers: { Origin: 'https://b.example:8443' } })).status, 101);
  assert.equal((await Client.attempt(some, { headers: { Origin: 'https://c.example' } })).status, 403);
  const all = await serve(t, { ...quiet, set: { allowed_origins: '["*"]' } });
  assert.equal((await Client.attempt(all, { headers: { Origin: 'https://c.example' } })).status, 101);
});

scenario('--plain serves the same without TLS', async (t) => {
  const server = await serve(t, { ...quiet, tls: '--plain' });
  assert.equal(server.secure, false);
  const client = await Client.open(server, { headers: { Origin: `http://127.0.0.1:${server.port}` } });
  assert.equal((await client.ask({ op: 'ping' })).e, 'pong');
  const raw = await Raw.connect(server);
  await raw.request('GET', '/nothing');
  assert_error(await raw.response(), 404);
});
