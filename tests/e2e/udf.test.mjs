// TradingView's UDF, asked as the datafeed of its charting library asks: the paths under the feed's address, every parameter escaped, a
// status that nobody looks at, and answers by their `s`.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Publisher } from './lib/publisher.mjs';
import { request } from './lib/plain.mjs';
import { until } from './lib/deadline.mjs';

const day = 1_732_060_800; // 20 November 2024, midnight UTC: a Wednesday

async function feed(t, options = {}) {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], ...options });
  const publisher = await Publisher.connect(server);
  let sent = 0;
  const udf = async (path, parameters = {}) => {
    const query = Object.entries(parameters).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&');
    const { body } = await request(server, `/udf/${path}${query && '?'}${query}`);
    return JSON.parse(body);
  };
  return {
    server,
    udf,
    // Each is [Unix seconds, price, size].
    async trade(list, s = 'AAPL') {
      await publisher.events(list.map(([second, p, q = 1]) => ({ e: 'trade', s, t: Math.round(second * 1e6), p, q })));
      await server.ticks_in(sent += list.length);
    },
    history: (symbol, resolution, more) => udf('history', { symbol, resolution, ...more }),
    // The answer as soon as it has so many bars.
    bars: (count, symbol, resolution, more) => until(async () => {
      const answer = await udf('history', { symbol, resolution, ...more });
      return answer.t?.length >= count && answer;
    }, 5000, `${count} bars of ${symbol} ${resolution}`),
  };
}

scenario('the configuration says what the library may ask for', async (t) => {
  const { udf } = await feed(t);
  const config = await udf('config');
  assert.deepEqual(config.supported_resolutions, ['1S', '1', '5', '15', '60', '1D']);
  assert.deepEqual([config.supports_search, config.supports_group_request, config.supports_marks, config.supports_timescale_marks, config.supports_time],
    [true, false, false, false, true]);
  for (const { value, name, desc } of config.exchanges) for (const text of [value, name, desc]) assert.equal(typeof text, 'string');
  assert.deepEqual(config.exchanges.map(({ value }) => value), ['', 'tickcast']);
});

scenario('the time is in seconds, as text', async (t) => {
  const { server } = await feed(t);
  const { body, headers } = await request(server, '/udf/time');
  assert.match(body, /^\d{10}$/);
  assert.match(headers['content-type'], /^text\/plain/);
  assert.ok(Math.abs(Number(body) - Date.now() / 1000) < 5);
});

scenario('a symbol is described from its data', async (t) => {
  const { udf, trade, bars } = await feed(t, { set: { sessions: '["ES* 17:00-16:00 America/Chicago", "AAPL 09:30-16:00 America/New_York"]' } });
  await trade([[day, 100.125]], 'BTC/USD');
  await bars(1, 'BTC/USD', '1', { to: day + 3600, countback: 5 });
  const btc = await udf('symbols', { symbol: 'BTC/USD' });
  assert.equal(btc.s, undefined, 'the library takes an answer with `s` for an error');
  assert.deepEqual([btc.name, btc.ticker, btc.description, btc.exchange, btc.listed_exchange], ['BTC/USD', 'BTC/USD', 'BTC/USD', 'tickcast', 'tickcast']);
  assert.deepEqual([btc.pricescale, btc.minmov, btc.session, btc.timezone, btc.format], [1000, 1, '24x7', 'Etc/UTC', 'price']);
  assert.deepEqual([btc.has_intraday, btc.has_seconds, btc.has_daily, btc.has_weekly_and_monthly], [true, true, true, false]);
  assert.deepEqual([btc.intraday_multipliers, btc.seconds_multipliers], [['1', '5', '15', '60'], ['1']]);
  assert.deepEqual(btc.supported_resolutions, (await udf('config')).supported_resolutions);
  await trade([[day, 1]], 'AAPL');
  await trade([[day, 1]], 'ESZ4');
  const hours = async (symbol) => { const { session, timezone } = await udf('symbols', { symbol }); return [session, timezone]; };
  assert.deepEqual(await hours('AAPL'), ['0930-1600', 'America/New_York']);
  assert.deepEqual(await hours('tickcast:ESZ4'), ['1700-1600', 'America/Chicago'], 'the exchange may stand before it');
  assert.deepEqual(await udf('symbols', { symbol: 'NONE', currencyCode: 'EUR' }), { s: 'error', errmsg: 'unknown_symbol' });
  assert.equal((await udf('symbols')).s, 'error');
});

scenario('search finds what begins with the letters first, in any case', async (t) => {
  const { udf, trade } = await feed(t);
  for (const name of ['AAPL', 'aave', 'SPAA', 'MSFT']) await trade([[day, 1]], name);
  const search = async (query, more) => (await udf('search', { limit: 30, query, type: '', exchange: '', ...more })).map(({ symbol }) => symbol);
  assert.deepEqual(await search('AA'), ['AAPL', 'aave', 'SPAA']);
  assert.deepEqual(await search('AA', { limit: 1 }), ['AAPL']);
  assert.equal((await search('')).length, 4);
  assert.deepEqual(await search('AA', { exchange: 'NYSE' }), []);
  assert.deepEqual(await search('AA', { type: 'futures' }), []);
  assert.equal((await search('AA', { exchange: 'tickcast' })).length, 3);
  assert.deepEqual(await search('TICK%&=+ü'), []);
  assert.deepEqual((await udf('search', { query: 'MS' }))[0],
    { symbol: 'MSFT', ticker: 'MSFT', full_name: 'tickcast:MSFT', description: 'MSFT', exchange: 'tickcast', type: 'stock' });
});

scenario('history is a table of the bars from `from` on and before `to`', async (t) => {
  const { history, trade, bars } = await feed(t);
  await trade([[day, 100.5, 2], [day + 30, 101.25, 1], [day + 60, 99, 3], [day + 180, 98, 1]]);
  const all = await bars(3, 'AAPL', '1', { from: day, to: day + 3600 });
  assert.deepEqual(all, { s: 'ok', t: [day, day + 60, day + 180], o: [100.5, 99, 98], h: [101.25, 99, 98], l: [100.5, 99, 98], c: [101.25, 99, 98], v: [3, 3, 1] });
  assert.deepEqual((await history('AAPL', '1', { from: day, to: day + 180 })).t, [day, day + 60], '`to` is not included');
  assert.deepEqual((await history('AAPL', '1', { from: day + 60, to: day + 181 })).t, [day + 60, day + 180]);
  assert.deepEqual((await bars(4, 'AAPL', '1S', { from: day, to: day + 3600 })).t, [day, day + 30, day + 60, day + 180]);
  for (const [resolution, start] of [['5', day], ['15', day], ['60', day]]) assert.deepEqual((await bars(1, 'AAPL', resolution, { from: day, to: day + 3600 })).t, [start]);
});

scenario('countback bars come before `to`, wherever they begin', async (t) => {
  const { history, trade, bars } = await feed(t);
  await trade(Array.from({ length: 300 }, (_, i) => [day + i * 60, 100 + i]));
  await trade([[day + 40_000, 1]]);
  await bars(301, 'AAPL', '1', { from: day, to: day + 86_400 });
  const last = await history('AAPL', '1', { from: day + 299 * 60, to: day + 300 * 60, countback: 50 });
  assert.deepEqual([last.t.length, last.t[0], last.t.at(-1)], [50, day + 250 * 60, day + 299 * 60], '`from` is passed over');
  assert.equal((await history('AAPL', '1', { from: day - 1000, to: day + 60, countback: 50 })).t.length, 1, 'there are no more');
  const gap = await history('AAPL', '1', { from: day + 39_000, to: day + 39_900, countback: 2 });
  assert.deepEqual(gap.t, [day + 298 * 60, day + 299 * 60]);
});

scenario('where there are no bars the library is told of the next older one', async (t) => {
  const { history, trade, bars } = await feed(t);
  await trade([[day, 100], [day + 60, 101]]);
  await bars(2, 'AAPL', '1', { from: day, to: day + 3600 });
  assert.deepEqual(await history('AAPL', '1', { from: day + 7200, to: day + 9000 }), { s: 'no_data', nextTime: day + 60 });
  assert.deepEqual(await history('AAPL', '1', { from: day - 7200, to: day }), { s: 'no_data' });
  assert.deepEqual(await history('AAPL', '1', { from: -50_000_000_000, to: 100, countback: 300 }), { s: 'no_data' });
  assert.deepEqual(await history('NONE', '1', { from: day, to: day + 60 }), { s: 'error', errmsg: 'unknown_symbol' });
  for (const wrong of [{ resolution: '2' }, { resolution: '' }, { from: 'x' }, { to: '1.5' }, { countback: -1 }, { symbol: '' }]) {
    const answer = await history('AAPL', '1', { from: day, to: day + 60, ...wrong });
    assert.equal(answer.s, 'error', JSON.stringify(wrong));
    assert.ok(answer.errmsg.length > 5);
  }
});

scenario('a bar of a day is under midnight of the day that it counts as', async (t) => {
  const { history, trade, bars } = await feed(t, { set: { sessions: '["ES* 17:00-16:00 America/Chicago", "* 09:30-16:00 America/New_York"]' } });
  const open = day + 14.5 * 3600; // 09:30 in New York
  await trade([[open - 86_400, 90], [open, 100], [open + 3600, 105]]);
  const days = await bars(2, 'AAPL', '1D', { from: day - 10 * 86_400, to: day + 86_400 });
  assert.deepEqual([days.t, days.c], [[day - 86_400, day], [90, 105]]);
  assert.deepEqual((await history('AAPL', 'D', { from: day, to: day + 86_400 })).t, [day]);
  assert.deepEqual((await history('AAPL', '1D', { from: 0, to: day, countback: 10 })).t, [day - 86_400], '`to` is of days too');
  assert.deepEqual((await history('AAPL', '1D', { from: 0, to: day + 86_400, countback: 1 })).t, [day]);
  assert.deepEqual(await history('AAPL', '1D', { from: day + 86_400, to: day + 10 * 86_400 }), { s: 'no_data', nextTime: day });
  await trade([[day - 3600, 7]], 'ESZ4'); // 17:00 in Chicago, the evening before
  assert.deepEqual((await bars(1, 'ESZ4', '1D', { from: day - 86_400, to: day + 86_400 })).t, [day]);
});

scenario('the polls of a chart that is open see its last bar grow and the next one begin', async (t) => {
  const { history, trade, bars } = await feed(t);
  await trade([[day, 100], [day + 60, 101]]);
  await bars(2, 'AAPL', '1', { from: day, to: day + 3600 });
  await trade([[day + 70, 105]]);
  const poll = () => history('AAPL', '1', { from: day, to: day + 3600, countback: 2 });
  await until(async () => (await poll()).h.at(-1) === 105, 5000, 'the grown bar');
  await trade([[day + 120, 50]]);
  const next = await until(async () => { const got = await poll(); return got.t.at(-1) === day + 120 && got; }, 5000, 'the next bar');
  assert.deepEqual([next.t, next.c], [[day + 60, day + 120], [105, 50]]);
});
