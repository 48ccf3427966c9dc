// What a subscription gives: ack, snapshot, live messages without a hole, options, all symbols at once, and its end.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';

const fed = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const names = (list) => list.map((entry) => entry.s ?? entry).sort();
const data = (message) => message.e === 'trade' || message.e === 'quote';

// A server, a publisher on its feed, and the symbols named by one trade each: n is 1 for all of them.
async function market(t, symbols = [], options = {}) {
  const server = await serve(t, { ...fed, ...options });
  const publisher = await Publisher.connect(server);
  if (symbols.length > 0) {
    await publisher.events(symbols.map((s) => ({ e: 'trade', s, p: 1, q: 1 })));
    await server.ticks_in(symbols.length);
  }
  return { server, publisher };
}

scenario('a subscription is an ack, then the last trade as snapshot, then live trades without a hole', async (t) => {
  const { server, publisher } = await market(t);
  await publisher.trades('AAPL', 1, 41);
  await publisher.trade('AAPL', 189.34, 100);
  await server.ticks_in(42);
  const client = await Client.open(server);
  client.send({ op: 'subscribe', id: 1, channel: 'trades', symbols: ['AAPL'] });
  const ack = await client.next('subscribed');
  assert.deepEqual({ failed: [], ...ack }, { e: 'subscribed', id: 1, channel: 'trades', mode: 'every', interval_ms: 0,
    symbols: [{ s: 'AAPL', n: 42 }], failed: [] });
  const snapshot = await client.next('trade');
  assert.deepEqual({ ...snapshot, t: 0 }, { e: 'trade', s: 'AAPL', n: 42, t: 0, p: 189.34, q: 100, snap: true });
  await publisher.trades('AAPL', 43, 142);
  const trades = await client.collect('trade', 101);
  assert.deepEqual(trades.map((m) => m.n), Array.from({ length: 101 }, (_, i) => 42 + i));
  assert.deepEqual(trades.slice(1).map((m) => m.p), Array.from({ length: 100 }, (_, i) => 43 + i));
  assert.ok(trades.slice(1).every((m) => !('snap' in m)), 'only the snapshot is marked');
  assert.deepEqual(Object.keys(trades[1]).sort(), ['e', 'n', 'p', 'q', 's', 't'], 'a plain trade has these keys and no other');
});

scenario('subscribing in the middle of a stream neither misses nor repeats a trade', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=4000&seed=5&prefix=S&mix=trades'] });
  await server.ticks_in(100);
  const client = await Client.open(server);
  for (let round = 0; round < 10; ++round) {
    const from = client.messages.length;
    const ack = await client.subscribe(['S00000', 'S00001', 'S00002', 'S00003']);
    const due = new Map(ack.symbols.map(({ s, n }) => [s, n]));
    const count = client.messages.filter(data).length + 80;
    await client.collect(data, count);
    for (const message of client.messages.slice(client.messages.indexOf(ack, from) + 1).filter(data)) {
      assert.equal(message.n, due.get(message.s), `${message.s} goes on in round ${round}`);
      due.set(message.s, message.n + 1);
    }
    await client.ask({ op: 'unsubscribe', channel: 'trades' });
  }
}, { seconds: 40 });

scenario('quotes are a stream of their own, latest by default', async (t) => {
  const { server, publisher } = await market(t, ['AAPL']);
  await publisher.quote('AAPL', 189.33, 200, 189.35, 100);
  await server.ticks_in(2);
  const client = await Client.open(server);
  const ack = await client.subscribe('AAPL', { channel: 'quotes' });
  assert.deepEqual([ack.mode, ack.interval_ms, ack.symbols], ['latest', 0, [{ s: 'AAPL', n: 1 }]]);
  const quote = await client.next('quote');
  assert.deepEqual({ ...quote, t: 0 },
    { e: 'quote', s: 'AAPL', n: 1, t: 0, b: 189.33, bq: 200, a: 189.35, aq: 100, snap: true });
  await publisher.trade('AAPL');
  await publisher.quote('AAPL', 189.34, 200, 189.36, 100);
  assert.equal((await client.next('quote')).n, 2);
  assert.ok(!client.messages.some((m) => m.e === 'trade'), 'no trade was asked for');
});

scenario('every quote comes to who asks for every', async (t) => {
  const { server, publisher } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  assert.equal((await client.subscribe('AAPL', { channel: 'quotes', mode: 'every' })).mode, 'every');
  await publisher.events(Array.from({ length: 200 }, (_, i) => ({ e: 'quote', s: 'AAPL', b: i + 1, bq: 1, a: i + 2, aq: 1 })));
  const quotes = await client.collect('quote', 200);
  assert.deepEqual(quotes.map((m) => [m.n, m.b]), Array.from({ length: 200 }, (_, i) => [i + 1, i + 1]));
});

scenario('unknown symbols are listed as failed and the others are subscribed', async (t) => {
  const { server } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  const ack = await client.subscribe(['AAPL', 'XXXX', 'MSFT', 'YYYY']);
  assert.deepEqual(ack.symbols, [{ s: 'AAPL', n: 1 }, { s: 'MSFT', n: 1 }]);
  assert.deepEqual(ack.failed, [{ s: 'XXXX', code: 'unknown_symbol' }, { s: 'YYYY', code: 'unknown_symbol' }]);
});

scenario('a subscribe of nothing but unknown symbols fails in whole and changes nothing', async (t) => {
  const { server } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  const answer = await client.subscribe(['XXXX']);
  assert.deepEqual([answer.e, answer.code], ['error', 'unknown_symbol']);
  assert.deepEqual((await client.ask({ op: 'list' })).subscriptions, []);
});

scenario('names outside the alphabet or longer than 32 characters are never subscribed', async (t) => {
  const { server } = await market(t, ['AAPL'], { set: { open_symbols: true } });
  const client = await Client.open(server);
  for (const name of ['A B', 'Ä', '', 'A'.repeat(33), 'A"B', 'A,B', '**']) {
    const answer = await client.subscribe(['AAPL', name]);
    assert.ok(answer.e === 'error' || answer.failed.some((entry) => entry.s === name && entry.code), `${name} got ${JSON.stringify(answer)}`);
  }
  const good = ['A'.repeat(32), 'a.B_c:D/e=F^g-0'];
  assert.deepEqual(names((await client.subscribe(good)).symbols), [...good].sort());
  const { subscriptions } = await client.ask({ op: 'list' });
  for (const name of subscriptions.flatMap(({ symbols }) => names(symbols))) assert.ok(['AAPL', ...good].includes(name), name);
});

scenario('with open_symbols a name that no feed has used can be waited for', async (t) => {
  const { server, publisher } = await market(t, [], { set: { open_symbols: true } });
  const client = await Client.open(server);
  const ack = await client.subscribe('NEW');
  assert.deepEqual(ack.symbols, [{ s: 'NEW', n: 0 }]);
  await publisher.trade('NEW', 5, 7);
  const first = await client.next('trade');
  assert.deepEqual([first.s, first.n, first.p, first.q, first.snap], ['NEW', 1, 5, 7, undefined]);
});

scenario('snapshot:false gives live trades only', async (t) => {
  const { server, publisher } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  assert.deepEqual((await client.subscribe('AAPL', { snapshot: false })).symbols, [{ s: 'AAPL', n: 1 }]);
  await publisher.trade('AAPL');
  const first = await client.next('trade');
  assert.deepEqual([first.n, first.snap], [2, undefined]);
});

scenario('history gives the last trades, oldest first, then live ones', async (t) => {
  const { server, publisher } = await market(t);
  await publisher.trades('AAPL', 1, 9);
  await server.ticks_in(9);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { history: 4 });
  await publisher.trade('AAPL', 10);
  const trades = await client.collect('trade', 5);
  assert.deepEqual(trades.map((m) => [m.n, m.p, m.snap]), [[6, 6, true], [7, 7, true], [8, 8, true], [9, 9, true], [10, 10, undefined]]);
  const all = await Client.open(server);
  await all.subscribe('AAPL', { history: 5000 });
  assert.deepEqual((await all.collect('trade', 10)).map((m) => [m.n, m.snap]), Array.from({ length: 10 }, (_, i) => [i + 1, true]));
});

scenario('after unsubscribed nothing of the symbol follows', async (t) => {
  const { server, publisher } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  await client.subscribe(['AAPL', 'MSFT']);
  const done = await client.ask({ op: 'unsubscribe', id: 2, channel: 'trades', symbols: ['AAPL'] });
  assert.deepEqual(done, { e: 'unsubscribed', id: 2, channel: 'trades', symbols: ['AAPL'] });
  await publisher.trades('AAPL', 2, 50);
  await publisher.trade('MSFT', 3);
  await client.next({ e: 'trade', s: 'MSFT', n: 2 });
  const after = client.messages.slice(client.messages.indexOf(done));
  assert.ok(!after.some((m) => m.s === 'AAPL'), JSON.stringify(after));
});

scenario('unsubscribing during a busy stream is final', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=2&rate=5000&seed=5&prefix=S&mix=trades'] });
  await server.ticks_in(10);
  const client = await Client.open(server);
  for (let round = 0; round < 8; ++round) {
    await client.subscribe(['S00000', 'S00001'], { mode: round % 2 ? 'latest' : 'every' });
    const done = await client.ask({ op: 'unsubscribe', channel: 'trades', symbols: ['S00000'] });
    const from = client.messages.indexOf(done);
    await client.collect({ e: 'trade', s: 'S00001' }, client.messages.filter((m) => m.e === 'trade' && m.s === 'S00001').length + 20);
    assert.ok(!client.messages.slice(from).some((m) => m.s === 'S00000'), `round ${round}`);
    await client.ask({ op: 'unsubscribe', channel: 'trades', symbols: ['S00001'] });
  }
}, { seconds: 30 });

scenario('unsubscribe without symbols ends the whole channel and no other', async (t) => {
  const { server, publisher } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  await client.subscribe(['AAPL', 'MSFT']);
  await client.subscribe(['AAPL'], { channel: 'quotes' });
  const done = await client.ask({ op: 'unsubscribe', channel: 'trades' });
  assert.deepEqual([done.e, done.channel, names(done.symbols)], ['unsubscribed', 'trades', ['AAPL', 'MSFT']]);
  await publisher.events([{ e: 'trade', s: 'AAPL', p: 1, q: 1 }, { e: 'trade', s: 'MSFT', p: 1, q: 1 }]);
  await publisher.quote('AAPL');
  await client.next('quote');
  assert.ok(!client.messages.slice(client.messages.indexOf(done)).some((m) => m.e === 'trade'));
});

scenario('list tells what is subscribed, by channel and options', async (t) => {
  const { server } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  assert.deepEqual((await client.ask({ op: 'list', id: 3 })), { e: 'subscriptions', id: 3, subscriptions: [] });
  await client.subscribe(['MSFT', 'AAPL']);
  await client.subscribe(['AAPL'], { channel: 'quotes', mode: 'latest', interval_ms: 250 });
  const { subscriptions } = await client.ask({ op: 'list' });
  const listed = subscriptions.map(({ channel, mode, interval_ms, symbols }) => [channel, mode, interval_ms, names(symbols)]).sort();
  assert.deepEqual(listed, [['quotes', 'latest', 250, ['AAPL']], ['trades', 'every', 0, ['AAPL', 'MSFT']]]);
});

scenario('"*" is all symbols, those named later included', async (t) => {
  const { server, publisher } = await market(t, ['AAPL', 'MSFT', 'IBM']);
  const client = await Client.open(server);
  const ack = await client.subscribe('*');
  assert.deepEqual([ack.e, ack.symbols], ['subscribed', [{ s: '*', count: 3 }]]);
  const snapshots = await client.collect('trade', 3);
  assert.deepEqual(snapshots.map((m) => [m.s, m.n, m.snap]).sort(), [['AAPL', 1, true], ['IBM', 1, true], ['MSFT', 1, true]]);
  await publisher.trade('LATER', 7, 8);
  await publisher.trade('IBM', 7, 8);
  await client.collect('trade', 5);
  assert.deepEqual(client.messages.slice(-2).map((m) => [m.s, m.n, m.snap]), [['LATER', 1, undefined], ['IBM', 2, undefined]]);
  const done = await client.ask({ op: 'unsubscribe', channel: 'trades', symbols: ['*'] });
  assert.equal(done.e, 'unsubscribed');
  await client.subscribe(['AAPL'], { channel: 'quotes' });
  await publisher.trades('IBM', 1, 5);
  await publisher.trade('EVEN_LATER');
  await publisher.quote('AAPL');
  await client.next('quote');
  assert.ok(!client.messages.slice(client.messages.indexOf(done)).some((m) => m.e === 'trade'), 'silence after its end');
});

scenario('a symbol taken out of "*" is silent while the others go on', async (t) => {
  const { server, publisher } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  await client.subscribe('*');
  const done = await client.ask({ op: 'unsubscribe', channel: 'trades', symbols: ['AAPL'] });
  assert.deepEqual(done.symbols, ['AAPL']);
  await publisher.events(['AAPL', 'MSFT', 'NEW'].map((s) => ({ e: 'trade', s, p: 1, q: 1 })));
  await client.next({ e: 'trade', s: 'NEW' });
  const after = client.messages.slice(client.messages.indexOf(done) + 1).filter((m) => m.e === 'trade' && !m.snap);
  assert.deepEqual(after.map((m) => [m.s, m.n]), [['MSFT', 2], ['NEW', 1]]);
});

scenario('who names a symbol twice, or beside "*", gets everything once', async (t) => {
  const { server, publisher } = await market(t, ['AAPL', 'MSFT']);
  const client = await Client.open(server);
  await client.subscribe(['AAPL', 'AAPL', 'MSFT']);
  await client.subscribe('*');
  const ack = await client.subscribe('AAPL', { snapshot: false });
  await publisher.trades('AAPL', 2, 20);
  await publisher.trade('MSFT', 1);
  await client.next({ e: 'trade', s: 'MSFT', n: 2 });
  const live = client.messages.slice(client.messages.indexOf(ack) + 1).filter(data);
  assert.deepEqual(live.map((m) => `${m.s} ${m.n}`), [...Array.from({ length: 19 }, (_, i) => `AAPL ${i + 2}`), 'MSFT 2']);
});

scenario('"*" loses nothing while symbols are being named', async (t) => {
  const { server, publisher } = await market(t);
  const client = await Client.open(server);
  assert.deepEqual((await client.subscribe('*')).symbols, [{ s: '*', count: 0 }]);
  for (let s = 0; s < 300; ++s) await publisher.trades(`N${s}`, 1, 5);
  const trades = await client.collect('trade', 1500);
  const due = new Map();
  for (const { s, n } of trades) {
    assert.equal(n, (due.get(s) ?? 0) + 1, s);
    due.set(s, n);
  }
});

scenario('subscribing again changes the options, and nothing is missed or doubled', async (t) => {
  const { server, publisher } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  await client.subscribe('AAPL');
  await publisher.trades('AAPL', 2, 5);
  await client.collect('trade', 5);
  const latest = await client.subscribe('AAPL', { mode: 'latest', interval_ms: 100 });
  assert.deepEqual([latest.mode, latest.interval_ms, latest.symbols[0].n], ['latest', 100, 5]);
  let from = client.messages.indexOf(latest);
  await publisher.trades('AAPL', 6, 105);
  await client.next((m) => m.e === 'trade' && m.n === 105);
  const merged = client.messages.slice(from).filter((m) => m.e === 'trade' && !m.snap);
  assert.ok(merged.length < 100, `100 trades at once came as ${merged.length} messages`);
  let covered = 5;
  for (const m of merged) {
    assert.equal(m.f ?? m.n, covered + 1);
    covered = m.n;
  }
  const every = await client.subscribe('AAPL');
  assert.deepEqual([every.mode, every.interval_ms, every.symbols[0].n], ['every', 0, 105]);
  from = client.messages.indexOf(every);
  await publisher.trades('AAPL', 106, 125);
  await client.next((m) => m.e === 'trade' && m.n === 125);
  const plain = client.messages.slice(from).filter((m) => m.e === 'trade' && !m.snap);
  assert.deepEqual(plain.map((m) => m.n), Array.from({ length: 20 }, (_, i) => 106 + i));
  const { subscriptions } = await client.ask({ op: 'list' });
  assert.deepEqual(subscriptions.map(({ mode, symbols }) => [mode, names(symbols)]), [['every', ['AAPL']]]);
});

scenario('a channel that is not there is a bad channel', async (t) => {
  const { server } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  for (const channel of ['prices', 'bar', 'bars_1m', '', 'TRADES']) {
    assert.equal((await client.subscribe('AAPL', { channel })).code, 'bad_channel', channel);
  }
  assert.equal((await client.ask({ op: 'unsubscribe', channel: 'prices', symbols: ['AAPL'] })).code, 'bad_channel');
  assert.deepEqual((await client.ask({ op: 'list' })).subscriptions, []);
});

scenario('bars go by their period: acknowledged, listed and given back each for itself, or all at once', async (t) => {
  const { server } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  assert.equal((await client.subscribe('AAPL', { channel: 'bars', period: '2m' })).code, 'bad_option');
  assert.equal((await client.subscribe('AAPL', { channel: 'book', depth: 0 })).code, 'bad_option');
  for (const period of ['1m', '1d', '5m']) {
    const ack = await client.subscribe('AAPL', { channel: 'bars', period });
    assert.deepEqual([ack.channel, ack.period, ack.mode], ['bars', period, 'latest']);
  }
  assert.equal((await client.subscribe('AAPL', { channel: 'book', depth: 25 })).depth, 25);
  const listed = async () => (await client.ask({ op: 'list' })).subscriptions.map((s) => [s.channel, s.period ?? s.depth]);
  assert.deepEqual(await listed(), [['book', 25], ['bars', '1m'], ['bars', '5m'], ['bars', '1d']]);
  const one = await client.ask({ op: 'unsubscribe', channel: 'bars', period: '5m', symbols: ['AAPL'] });
  assert.deepEqual([one.e, one.period, one.symbols], ['unsubscribed', '5m', ['AAPL']]);
  const rest = await client.ask({ op: 'unsubscribe', channel: 'bars' });
  assert.deepEqual([rest.e, rest.channel, rest.period, rest.symbols], ['unsubscribed', 'bars', undefined, ['AAPL']]);
  assert.deepEqual(await listed(), [['book', 25]]);
});

scenario('an option that is not allowed is a bad option and changes nothing', async (t) => {
  const { server } = await market(t, ['AAPL']);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { mode: 'latest', interval_ms: 200 });
  for (const option of [{ mode: 'sometimes' }, { mode: 7 }, { interval_ms: -1, mode: 'latest' }, { interval_ms: 'fast', mode: 'latest' },
    { on_slow: 'explode' }, { snapshot: 'yes' }, { history: -1 }, { history: 'all' }, { resume: 'please' }]) {
    const answer = await client.subscribe('AAPL', option);
    assert.equal(answer.code, 'bad_option', `${JSON.stringify(option)} got ${JSON.stringify(answer)}`);
  }
  const { subscriptions } = await client.ask({ op: 'list' });
  assert.deepEqual(subscriptions.map(({ mode, interval_ms }) => [mode, interval_ms]), [['latest', 200]]);
});

scenario('more symbols than the limit are too many, and the command changes nothing', async (t) => {
  const { server } = await market(t, ['A', 'B', 'C', 'D', 'E'], { set: { symbols_per_session: 3 } });
  const client = await Client.open(server);
  assert.equal((await client.subscribe(['A', 'B', 'C', 'D'])).code, 'too_many_symbols');
  assert.deepEqual((await client.ask({ op: 'list' })).subscriptions, []);
  await client.subscribe(['A', 'B']);
  assert.equal((await client.subscribe(['C', 'D'])).code, 'too_many_symbols');
  assert.deepEqual(names((await client.ask({ op: 'list' })).subscriptions[0].symbols), ['A', 'B']);
  assert.equal((await client.subscribe(['A', 'B', 'C'])).e, 'subscribed', 'those one has already do not count twice');
});

scenario('in every frame, control messages come before data', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=3&rate=6000&seed=5&prefix=S&mix=trades'] });
  await server.ticks_in(10);
  const client = await Client.open(server);
  await client.subscribe(['S00000', 'S00001', 'S00002']);
  for (let i = 0; i < 30; ++i) await client.ask({ op: 'ping' });
  assert.ok(client.messages.filter(data).length > 0);
  for (const { text, messages } of client.frames) {
    const first = messages.findIndex(data);
    if (first >= 0) assert.ok(messages.slice(first).every(data), text);
  }
});
