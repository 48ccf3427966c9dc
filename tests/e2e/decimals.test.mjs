// Decimals, times and texts from the feed's line to the client's frame: digit for digit.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Decimal, exact, plain_number } from './lib/decimal.mjs';

// What a client that gets everything has received, with every number as the text it was; trades and quotes only.
async function market(t) {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { open_symbols: true } });
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await client.subscribe('*');
  await client.subscribe('*', { channel: 'quotes', mode: 'every' });
  const received = async (count) => {
    await client.collect((m) => m.e === 'trade' || m.e === 'quote', count);
    return client.frames.flatMap(({ text }) => exact(text)).filter((m) => m.e === 'trade' || m.e === 'quote');
  };
  return { server, publisher, client, received };
}

function same_number(sent, got) {
  assert.match(got, plain_number, `${sent} came out as ${got}`);
  assert.equal(Decimal.of(got).toString(), Decimal.of(sent).toString(), `${sent} came out as ${got}`);
}

const odd = ['0', '0.0', '0.00000001', '0.000000001', '123456789.123456789', '-37.63', '-0.5', '189.34', '189.3400', '1e-7', '1E-7', '1.5e3', '1.5E+3',
  '12e0', '25e-1', '-2.5e-3', '0.1', '0.2', '0.3', '100', '1000000', '1e6', '1e10', '999999999.999999999', '0.10', '10.010', '4503599627370497.5',
  '9007199254740993', '1234567890123456.78', '123456789012345678', '0.123456789012345678', '1.1', '2.675', '1.005', '0.07', '99999.99'];

scenario('prices come out digit for digit, however odd', async (t) => {
  const { publisher, received } = await market(t);
  await publisher.events(odd.map((p, i) => `{"e":"trade","s":"S${i % 7}","p":${p},"q":1}`));
  await publisher.events(odd.map((p, i) => `{"e":"trade","s":"OWN${i}","p":${p},"q":${p.replace('-', '')}}`));
  const trades = await received(2 * odd.length);
  for (let s = 0; s < 7; ++s) {
    const sent = odd.filter((_, i) => i % 7 === s);
    const got = trades.filter((m) => m.s === `S${s}`);
    sent.forEach((p, i) => same_number(p, got[i].p));
  }
  odd.forEach((p, i) => {
    const got = trades.find((m) => m.s === `OWN${i}`);
    same_number(p, got.p);
    same_number(p.replace('-', ''), got.q);
  });
});

scenario('all four numbers of a quote come out digit for digit', async (t) => {
  const { publisher, received } = await market(t);
  const at = (i) => odd[i % odd.length];
  const size = (i) => at(i).replace('-', '');
  const sent = odd.flatMap((_, i) => [[at(i), size(i + 1), at(i), size(i + 1)], ['0.1', size(i), '0', '0.2'], [at(i), '10', '0', '1e1']]);
  sent.push(['189.33', '200', '189.3501', '0.005'], ['-37.63', '1', '-37.62', '100000'], ['0.00000001', '1', '0.1', '1e6']);
  await publisher.events(sent.map(([b, bq, a, aq]) => `{"e":"quote","s":"Q","b":${b},"bq":${bq},"a":${a},"aq":${aq}}`));
  (await received(sent.length)).forEach((quote, i) => {
    ['b', 'bq', 'a', 'aq'].forEach((key, k) => same_number(sent[i][k], quote[key]));
  });
});

scenario('a bid and an ask that no one scale can hold are counted as bad input, never changed', async (t) => {
  const { server, publisher, received } = await market(t);
  await publisher.line('{"e":"quote","s":"Q","b":123456789012345678,"bq":1,"a":0.123456789012345678,"aq":1}');
  await publisher.line('{"e":"quote","s":"Q","b":1,"bq":123456789012345678,"a":1,"aq":0.123456789012345678}');
  await publisher.trade('END');
  assert.deepEqual((await received(1)).map((m) => m.s), ['END']);
  await server.counted('tickcast_feed_bad_input_total', {}, 2);
});

scenario('a thousand random decimals come out digit for digit', async (t) => {
  const { publisher, received } = await market(t);
  const digit = () => Math.floor(Math.random() * 10);
  const random = () => {
    const whole = Math.floor(Math.random() * 10);
    const fraction = Math.floor(Math.random() * 9);
    const digits = (count) => Array.from({ length: count }, digit).join('');
    const text = (digits(whole).replace(/^0+/, '') || '0') + (fraction ? `.${digits(fraction)}` : '');
    const exponent = Math.random() < 0.2 ? `e${Math.floor(Math.random() * 9) - 6}` : '';
    return (Math.random() < 0.3 ? '-' : '') + text + exponent;
  };
  const sent = Array.from({ length: 1000 }, (_, i) => ({ s: `R${i % 5}`, p: random(), q: random().replace('-', '') }));
  await publisher.events(sent.map(({ s, p, q }) => `{"e":"trade","s":"${s}","p":${p},"q":${q}}`));
  const due = new Map();
  for (const m of await received(1000)) {
    const i = due.get(m.s) ?? Number(m.s.slice(1));
    due.set(m.s, i + 5);
    same_number(sent[i].p, m.p);
    same_number(sent[i].q, m.q);
  }
});

scenario('a number beyond what a decimal holds is counted as bad input, never changed', async (t) => {
  const { server, publisher, received } = await market(t);
  const beyond = ['123456789012345678901234567890.12', '0.1234567890123456789012345678901', '1e400', '1e-400', '99999999999999999999'];
  await publisher.events(beyond.map((p, i) => `{"e":"trade","s":"B${i}","p":${p},"q":1}`));
  await publisher.trade('END');
  for (const m of await received(1)) {
    if (m.s === 'END') continue;
    same_number(beyond[Number(m.s.slice(1))], m.p);
  }
  await server.counted('tickcast_feed_bad_input_total', {}, 3);
});

scenario('what is no JSON number is no price', async (t) => {
  const { server, publisher, received } = await market(t);
  const bad = ['01', '.5', '5.', '+1', '1e', '0x10', 'NaN', 'Infinity', '-', '--1', '1_000', '"abc"', 'null', 'true', '[1]', '{}'];
  await publisher.events(bad.map((p) => `{"e":"trade","s":"BAD","p":${p},"q":1}`));
  await publisher.trade('END');
  assert.deepEqual((await received(1)).map((m) => m.s), ['END']);
  await server.counted('tickcast_feed_bad_input_total', {}, bad.length);
});

scenario('times come out in the microseconds they came in', async (t) => {
  const { publisher, received } = await market(t);
  const times = ['1732060800123456', '1732060800000000', '0', '1', '4102444800999999'];
  await publisher.events(times.flatMap((time) => [`{"e":"trade","s":"T","t":${time},"p":1,"q":1}`,
    `{"e":"quote","s":"T","t":${time},"b":1,"bq":1,"a":2,"aq":1}`]));
  const messages = await received(2 * times.length);
  for (const e of ['trade', 'quote']) assert.deepEqual(messages.filter((m) => m.e === e).map((m) => m.t), times);
});

scenario('a missing t is the time of receipt', async (t) => {
  const { publisher, received } = await market(t);
  const before = (Date.now() - 1) * 1000;
  await publisher.trade('T');
  await publisher.quote('T');
  const messages = await received(2);
  const after = (Date.now() + 1) * 1000;
  for (const m of messages) assert.ok(Number(m.t) >= before && Number(m.t) <= after, `${before} <= ${m.t} <= ${after}`);
});

scenario('side, id, venue and conditions come out as they came in, where they were', async (t) => {
  const { publisher, client } = await market(t);
  const details = [{}, { side: 'buy' }, { side: 'sell' }, { id: '12345' }, { id: '3f2b8c1e-9d4a-4c6f-8a51-2b7d90e1f3aa' }, { x: 'Q' }, { x: 'XNAS' },
    { c: ['@'] }, { c: ['@', 'F', 'T', 'I'] }, { id: 'a"b\\c/d\n\t' }, { id: 'é漢😀' }, { x: 'A"\\B' }, { x: '12345678' }, { c: ['"', '\\', 'é', '😀'] },
    { side: 'buy', id: '1', x: 'Q', c: ['@', 'T'] }];
  await publisher.events(details.map((more) => ({ e: 'trade', s: 'D', t: 1, p: 1, q: 2, ...more })));
  await publisher.line(String.raw`{"e":"trade","s":"D","t":1,"p":1,"q":2,"id":"\u0041\u00e9\ud83d\ude00\/"}`);
  const trades = await client.collect('trade', details.length + 1);
  details.forEach((more, i) => assert.deepEqual(trades[i], { e: 'trade', s: 'D', n: i + 1, t: 1, p: 1, q: 2, ...more }));
  assert.equal(trades.at(-1).id, 'Aé😀/');
});

scenario('a line may have its keys in any order, spaces, and keys that nobody knows', async (t) => {
  const { publisher, client } = await market(t);
  await publisher.events(['{"q":2,"p":1,"s":"K","e":"trade","t":7}', ' { "e" : "trade" , "s" : "K" , "p" : 1 , "q" : 2 , "t" : 7 } ',
    '{"e":"trade","s":"K","p":1,"q":2,"t":7,"new":{"a":[1,{"b":"}\\""}]},"other":null}', '{"e":"trade","s":"K","p":1,"q":2,"t":7}\r',
    '{"e":"\\u0074rade","s":"\\u004b","p":1,"q":2,"t":7}']);
  const trades = await client.collect('trade', 5);
  assert.deepEqual(trades, trades.map((_, i) => ({ e: 'trade', s: 'K', n: i + 1, t: 7, p: 1, q: 2 })));
});
