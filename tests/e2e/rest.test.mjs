// Plain requests: bars, symbols and snapshots as docs/rest.md has them, to the letter; caches, other origins, and those who mean no good.
import assert from 'node:assert/strict';
import https from 'node:https';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Raw } from './lib/raw.mjs';
import { get, request } from './lib/plain.mjs';
import { patience, scaled, until, within } from './lib/deadline.mjs';

const day = 1_732_060_800; // 20 November 2024, midnight UTC
const at = (second) => (day + second) * 1_000_000;

async function market(t, options = {}) {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], ...options });
  const publisher = await Publisher.connect(server);
  let sent = 0;
  return {
    server,
    publisher,
    // Each is [seconds of the day, price, size].
    async trade(list, s = 'AAPL') {
      await publisher.events(list.map(([second, p, q = 1]) => ({ e: 'trade', s, t: at(0) + Math.round(second * 1e6), p, q })));
      await server.ticks_in(sent += list.length);
    },
    // The bars of AAPL, as soon as there are so many.
    bars(count, query = '') {
      return until(async () => {
        const { bars } = await get(server, `/v1/bars?symbol=AAPL${query}`);
        return bars.length >= count && bars;
      }, 5000, `${count} bars of ${query}`);
    },
  };
}

const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.body);
  assert.equal(answer.json.error.code, code);
  assert.ok(answer.json.error.message.length > 10, answer.body);
};

scenario('bars are what the trades amount to, oldest first, the last one open', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade([[0, 100.5, 2], [10, 101.25, 1], [59.999, 99, 3], [60, 99.5, 0.5], [125, 98, 1]]);
  await bars(3);
  assert.equal((await request(server, '/v1/bars?symbol=AAPL&period=1m')).body, '{"symbol":"AAPL","period":"1m","bars":['
    + `{"t":${at(0)},"o":100.5,"h":101.25,"l":99,"c":99,"v":6,"k":3,"x":true},`
    + `{"t":${at(60)},"o":99.5,"h":99.5,"l":99.5,"c":99.5,"v":0.5,"k":1,"x":true},`
    + `{"t":${at(120)},"o":98,"h":98,"l":98,"c":98,"v":1,"k":1,"x":false}]}`);
  const seconds = await bars(5, '&period=1s');
  assert.deepEqual(seconds.map((b) => [b.t, b.x]), [0, 10, 59, 60, 125].map((s) => [at(s), true]), 'the clock has closed the last second');
  assert.deepEqual((await bars(1, '&period=1d')).map((b) => [b.t, b.o, b.h, b.l, b.c, b.v, b.k, b.x]), [[at(0), 100.5, 101.25, 98, 98, 7.5, 5, false]]);
});

scenario('a range is chosen by from and to, and of more than limit the newest come', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade(Array.from({ length: 30 }, (_, i) => [i * 60, 100 + i]));
  await bars(30);
  const starts = async (query) => (await get(server, `/v1/bars?symbol=AAPL&period=1m${query}`)).bars.map((b) => (b.t - at(0)) / 60e6);
  assert.deepEqual(await starts(`&from=${at(300)}&to=${at(480)}`), [5, 6, 7]);
  assert.deepEqual(await starts(`&from=${at(300) + 1}&to=${at(480) + 1}`), [6, 7, 8]);
  assert.deepEqual(await starts('&limit=2'), [28, 29]);
  assert.deepEqual(await starts(`&to=${at(480)}&limit=3`), [5, 6, 7]);
  assert.deepEqual(await starts(`&from=${at(100_000)}`), []);
  assert.deepEqual(await starts(`&to=${at(0)}`), []);
  assert.equal((await starts('&from=0')).length, 30);
});

scenario('what REST tells and what a subscription tells fit together', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade(Array.from({ length: 200 }, (_, i) => [i * 7, 100 + (i * 13) % 17, 1 + i % 3]));
  const client = await Client.open(server);
  for (const period of ['1s', '1m', '5m', '15m', '1h', '1d']) {
    await client.subscribe('AAPL', { channel: 'bars', period, history: 5000, mode: 'every' });
    const told = new Map();
    const plain = ({ o, h, l, c, v, k, x }) => ({ o, h, l, c, v, k, x });
    const rest = await until(async () => {
      for (const m of client.messages) if (m.e === 'bar' && m.i === period) told.set(m.t, plain(m));
      const { bars: all } = await get(server, `/v1/bars?symbol=AAPL&period=${period}&limit=10000`);
      return all.length === told.size && all.every((b) => b.x === told.get(b.t)?.x) && all;
    }, 5000, `the same bars of ${period} by both ways`);
    assert.deepEqual(rest.map((b) => [b.t, plain(b)]), [...told].sort(([a], [b]) => a - b));
  }
  await bars(1);
});

scenario('a late trade changes what is told of a closed bar', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade([[0, 100], [70, 101]]);
  const [before] = await bars(2);
  assert.deepEqual([before.h, before.k, before.x], [100, 1, true]);
  await trade([[30, 150]]);
  await until(async () => (await get(server, '/v1/bars?symbol=AAPL')).bars[0].h === 150, 5000, 'the late trade in its bar');
});

scenario('what is wrong with a request for bars is told in a sentence', async (t) => {
  const { server, trade } = await market(t);
  await trade([[0, 100]]);
  for (const query of ['', '?symbol=', '?symbol=A A', '?symbol=AAPL&period=2m', '?symbol=AAPL&limit=0', '?symbol=AAPL&limit=10001', '?symbol=AAPL&limit=many',
    `?symbol=AAPL&from=${at(1)}&to=${at(1)}`, `?symbol=AAPL&from=${day}`, `?symbol=AAPL&to=${day}000`, '?symbol=AAPL&from=-5', '?symbol=AAPL&form=0',
    '?symbol=AAPL&from=1e15', '?symbol=AAPL&from=99999999999999999999']) {
    refused(await request(server, `/v1/bars${encodeURI(query)}`), 400, 'bad_option');
  }
  for (const query of ['?symbol=%', '?symbol=%zz', '?symbol=%00', '?symbol=%ff', '?=1', '?symbol=A&symbol=B', `?${Array.from({ length: 40 }, (_, i) => `a${i}=1`).join('&')}`]) {
    refused(await request(server, `/v1/bars${query}`), 400, 'bad_query');
  }
  refused(await request(server, '/v1/bars?symbol=XXXX'), 404, 'unknown_symbol');
  refused(await request(server, '/v1/bar?symbol=AAPL'), 404, 'not_found');
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await request(server, '/v1/bars?symbol=AAPL', { method });
    refused(answer, 405, 'bad_method');
    assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS');
  }
});

scenario('symbols come by name, with their last price, in parts if there are many', async (t) => {
  const { server, publisher, trade } = await market(t);
  await publisher.quote('ZZ');
  await trade([[0, 100.125]], 'BTC/USD');
  await trade([[5, 227.5]], 'AAPL');
  const all = await until(async () => {
    const { symbols } = await get(server, '/v1/symbols');
    return symbols.length === 3 && symbols[0].p && symbols[1].p && symbols;
  }, 5000, 'three symbols with their prices');
  assert.deepEqual(all.map(({ s, p, digits }) => [s, p, digits]), [['AAPL', 227.5, 1], ['BTC/USD', 100.125, 3], ['ZZ', undefined, undefined]]);
  assert.deepEqual(await get(server, '/v1/symbols?prefix=z'), { symbols: [{ s: 'ZZ' }] });
  const names = [];
  for (let after = ''; after !== undefined;) {
    const page = await get(server, `/v1/symbols?limit=1&after=${encodeURIComponent(after)}`);
    names.push(...page.symbols.map(({ s }) => s));
    after = page.next;
  }
  assert.deepEqual(names, ['AAPL', 'BTC/USD', 'ZZ']);
  refused(await request(server, '/v1/symbols?limit=0'), 400, 'bad_option');
});

scenario('a snapshot says what a subscription begins with, and where it can be resumed', async (t) => {
  const { server, publisher } = await market(t);
  await publisher.trades('AAPL', 1, 5);
  await publisher.trades('MSFT', 1, 2);
  await server.ticks_in(7);
  const shot = await get(server, '/v1/snapshot?channel=trades&symbols=AAPL,MSFT,AAPL,XXXX&history=2');
  assert.deepEqual(shot.symbols, [{ s: 'AAPL', n: 5 }, { s: 'MSFT', n: 2 }]);
  assert.deepEqual(shot.failed, [{ s: 'XXXX', code: 'unknown_symbol' }]);
  assert.deepEqual(shot.messages.map(({ e, s, n, snap }) => [e, s, n, snap]), [['trade', 'AAPL', 4, true], ['trade', 'AAPL', 5, true], ['trade', 'MSFT', 1, true], ['trade', 'MSFT', 2, true]]);
  await publisher.trades('AAPL', 6, 8);
  await server.ticks_in(10);
  const client = await Client.open(server);
  const ack = await client.subscribe('AAPL', { resume: { epoch: shot.epoch, n: { AAPL: 5 } } });
  assert.equal(ack.symbols[0].recovered, true);
  assert.deepEqual((await client.collect('trade', 3)).map(({ n }) => n), [6, 7, 8]);
  const bars = await get(server, '/v1/snapshot?channel=bars&period=1d&symbols=AAPL');
  assert.deepEqual([bars.channel, bars.period, bars.messages[0].e, bars.messages[0].snap, bars.messages[0].k], ['bars', '1d', 'bar', true, 8]);
  for (const query of ['', '?channel=trades', '?channel=nothing&symbols=AAPL', '?channel=trades&symbols=,', '?channel=trades&period=1m&symbols=AAPL',
    '?channel=bars&period=3m&symbols=AAPL', '?channel=trades&symbols=AAPL&history=0', `?channel=trades&symbols=${Array.from({ length: 1100 }, (_, i) => `S${i}`).join()}`]) {
    refused(await request(server, `/v1/snapshot${query}`), 400, 'bad_option');
  }
  refused(await request(server, '/v1/snapshot?channel=trades&symbols=NO,NONE'), 404, 'unknown_symbol');
});

scenario('what has not changed is not sent again', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade([[0, 100], [60, 101]]);
  await bars(2);
  for (const path of ['/v1/bars?symbol=AAPL', `/v1/bars?symbol=AAPL&to=${at(60)}`, '/v1/symbols']) {
    const first = await request(server, path);
    assert.match(first.headers.etag, /^"[0-9a-f]{16}"$/);
    for (const known of [first.headers.etag, `W/${first.headers.etag}`, `"other", ${first.headers.etag}`, '*']) {
      const again = await request(server, path, { headers: { 'If-None-Match': known } });
      assert.deepEqual([again.status, again.body, again.headers.etag], [304, '', first.headers.etag], known);
    }
    assert.equal((await request(server, path, { headers: { 'If-None-Match': '"other"' } })).body, first.body);
    const head = await request(server, path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body, head.headers['content-length'], head.headers.etag], [200, '', String(first.body.length), first.headers.etag]);
  }
  const cached = async (path) => (await request(server, path)).headers['cache-control'];
  assert.equal(await cached('/v1/bars?symbol=AAPL'), 'no-cache');
  assert.equal(await cached(`/v1/bars?symbol=AAPL&to=${at(60)}`), 'max-age=3600');
  assert.equal(await cached(`/v1/bars?symbol=AAPL&to=${(Date.now() - 60_000) * 1000}`), 'no-cache', 'late trades may change it');
  assert.equal(await cached('/v1/snapshot?channel=trades&symbols=AAPL'), 'no-store');
  const before = (await request(server, '/v1/bars?symbol=AAPL')).headers.etag;
  await trade([[90, 111]]);
  await until(async () => (await request(server, '/v1/bars?symbol=AAPL')).headers.etag !== before, 5000, 'another tag');
});

scenario('pages of other origins may read what allowed_origins says, with a preflight too', async (t) => {
  const { server, trade } = await market(t, { set: { allowed_origins: '["https://a.example"]' } });
  await trade([[0, 100]]);
  const path = '/v1/bars?symbol=AAPL';
  const good = await request(server, path, { headers: { Origin: 'https://a.example' } });
  assert.deepEqual([good.status, good.headers['access-control-allow-origin'], good.headers.vary, good.headers['access-control-expose-headers']],
    [200, 'https://a.example', 'Origin', 'ETag']);
  assert.equal((await request(server, path)).headers['access-control-allow-origin'], undefined);
  const own = await request(server, path, { headers: { Origin: `https://127.0.0.1:${server.port}` } });
  assert.equal(own.status, 200);
  const foreign = await request(server, path, { headers: { Origin: 'https://b.example' } });
  refused(foreign, 403, 'bad_origin');
  assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  const preflight = await request(server, path, { method: 'OPTIONS', headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'if-none-match' } });
  assert.deepEqual([preflight.status, preflight.body, preflight.headers['access-control-allow-origin'], preflight.headers['access-control-allow-methods'], preflight.headers['access-control-allow-headers']],
    [204, '', 'https://a.example', 'GET, HEAD, OPTIONS', 'If-None-Match']);
  assert.equal((await request(server, path, { method: 'OPTIONS', headers: { Origin: 'https://b.example' } })).status, 403);
  assert.equal((await request(server, path, { method: 'OPTIONS' })).headers.allow, 'GET, HEAD, OPTIONS');
  const wrong = await request(server, '/v1/bars', { headers: { Origin: 'https://a.example' } });
  assert.equal(wrong.headers['access-control-allow-origin'], 'https://a.example', 'an error can be read too');
});

scenario('requests on one connection are answered in their order, also pipelined ones, and "close" closes', async (t) => {
  const { server, trade } = await market(t);
  await trade([[0, 100]]);
  const raw = await Raw.connect(server);
  const host = `Host: 127.0.0.1:${server.port}\r\n`;
  const paths = ['/v1/bars?symbol=AAPL', '/nothing', '/v1/snapshot?channel=trades&symbols=AAPL', '/v1/symbols', '/', '/udf/time', '/v1/bars?symbol=NONE'];
  await raw.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${host}\r\n`).join(''));
  const answers = [];
  for (const _ of paths) answers.push(await raw.response());
  assert.deepEqual(answers.map(({ status }) => status), [200, 404, 200, 200, 200, 200, 404]);
  assert.match(answers[2].body, /"channel":"trades"/);
  assert.match(answers[3].body, /"symbols":\[/);
  await raw.write(`GET /v1/symbols HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
  assert.equal((await raw.response()).headers.connection, 'close');
  await raw.ended();
});

scenario('who leaves before the answer, and who does not read it, harm nobody', async (t) => {
  const { server, trade, bars } = await market(t, { set: { stall_s: 1, keepalive_s: 1, header_s: 1 } });
  await trade(Array.from({ length: 10_000 }, (_, i) => [i, 100 + (i % 50)]));
  await bars(9_999, '&period=1s&limit=10000');
  const descriptors = server.descriptors();
  const host = `Host: 127.0.0.1:${server.port}\r\n`;
  const ask = `GET /v1/bars?symbol=AAPL&period=1s&limit=10000 HTTP/1.1\r\n${host}\r\n`;
  for (let i = 0; i < scaled(40, 5); ++i) {
    const raw = await Raw.connect(server);
    raw.write(ask.repeat(5));
    raw.drop();
  }
  const idle = [];
  for (let i = 0; i < scaled(20, 4); ++i) {
    const raw = await Raw.connect(server);
    raw.socket.pause();
    raw.write(ask.repeat(10));
    idle.push(raw);
  }
  const started = Date.now();
  assert.equal((await get(server, '/v1/bars?symbol=AAPL&period=1s&limit=10000')).bars.length >= 9_999, true);
  assert.ok(Date.now() - started < 5000 * patience);
  await server.descriptors_back_to(descriptors);  // those who took nothing are closed
  for (const raw of idle) raw.drop();
});

scenario('many at once are all answered', async (t) => {
  const { server, trade, bars } = await market(t);
  await trade(Array.from({ length: 2_000 }, (_, i) => [i, 100 + (i % 50)]));
  await bars(1_999, '&period=1s&limit=10000');
  const agent = new https.Agent({ keepAlive: true, maxSockets: 50, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const answers = await Promise.all(Array.from({ length: scaled(500, 50) }, (_, i) =>
    request(server, ['/v1/bars?symbol=AAPL&period=1s&limit=2000', '/v1/symbols', '/v1/snapshot?channel=trades&symbols=AAPL', '/udf/history?symbol=AAPL&resolution=1S&to=9000000000&countback=100'][i % 4], { agent })));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const live = await Client.open(server);
  await live.subscribe('AAPL');
  await trade([[3000, 1]]);
  await live.next((m) => m.e === 'trade' && m.p === 1);
});

scenario('ten thousand bars cost 20 ms of CPU at most', async (t) => {
  const { server, trade, bars } = await market(t, { tls: '--self-signed', set: { history_flush_s: 0.2 } });
  await trade(Array.from({ length: 10_100 }, (_, i) => [i, 100 + (i % 997) / 100, 1 + (i % 7)]));
  await bars(10_000, '&period=1s&limit=10000');
  await server.counted('tickcast_history_waiting', {}, (waiting) => waiting === 0);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const path = '/v1/bars?symbol=AAPL&period=1s&limit=10000';
  await request(server, path, { agent });
  const rounds = 50;
  const before = server.cpu();
  for (let i = 0; i < rounds; ++i) assert.equal((await request(server, path, { agent })).status, 200);
  const each = ((server.cpu() - before) / rounds) * 1000;
  t.diagnostic(`${each.toFixed(1)} ms of CPU for 10,000 bars`);
  assert.ok(each <= 20 || patience > 1, `${each} ms`);
});
