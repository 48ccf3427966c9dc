// `latest`: what came between is merged, and says so. Merged messages are checked against what a client that got everything has.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { exact } from './lib/decimal.mjs';
import { Tape } from './lib/tape.mjs';

// A client's messages of one kind with exact numbers, by symbol, in order.
function by_symbol(client, e) {
  const all = new Map();
  for (const { text } of client.frames) {
    for (const m of exact(text)) {
      if (m.e !== e) continue;
      if (!all.has(m.s)) all.set(m.s, []);
      all.get(m.s).push(m);
    }
  }
  return all;
}

const first = (m) => Number(m.f ?? m.n);
const last = (m) => Number(m.n);

// Live messages stand for ranges that follow each other from the snapshot on; returns how many stand for more than one.
function assert_contiguous(messages) {
  let merged = 0;
  messages.forEach((m, i) => {
    if (i > 0) assert.equal(first(m), last(messages[i - 1]) + 1, `${JSON.stringify(m)} follows ${JSON.stringify(messages[i - 1])}`);
    assert.equal(Number(m.k ?? 1), last(m) - first(m) + 1, JSON.stringify(m));
    if (last(m) > first(m)) ++merged;
  });
  return merged;
}

// Live trades have the numbers of just the trades they cover; returns how many were compared.
function assert_exact(messages, tape) {
  const judged = messages.filter((m) => !m.snap).map((m) => tape.judge(m)).filter((wrong) => wrong !== undefined);
  for (const wrong of judged) assert.equal(wrong, '');
  return judged.length;
}

// What a client that gets everything has heard of, as a tape.
function tape_of(client) {
  const tape = new Tape();
  for (const messages of by_symbol(client, 'trade').values()) for (const m of messages) tape.take(m);
  return tape;
}

const raw_of = (client, e, s) => new Map((by_symbol(client, e).get(s) ?? []).map((m) => [last(m), m]));

// Until `reference` has everything that `client` has heard of.
async function caught_up(reference, client, e) {
  const newest = (c) => {
    const n = new Map();
    for (const m of c.messages) if (m.e === e) n.set(m.s, m.n);
    return n;
  };
  const wanted = newest(client);
  await until(() => {
    const have = newest(reference);
    return [...wanted].every(([s, n]) => have.get(s) >= n);
  }, 5000, 'the arrival of the same messages at the client that gets everything');
}

scenario('merged trades give the same bars as all the trades, and come once an interval', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=1600&seed=3&prefix=M&mix=trades'] });
  await server.ticks_in(200);
  const every = await Client.open(server);
  await every.subscribe('*');
  const latest = await Client.open(server);
  assert.equal((await latest.subscribe('*', { mode: 'latest', interval_ms: 100 })).mode, 'latest');
  await latest.next('trade');
  const start = Date.now();
  await latest.collect('trade', 4 * 25, 15_000);
  const intervals = (Date.now() - start) / 100;
  const streams = by_symbol(latest, 'trade');
  await caught_up(every, latest, 'trade');
  assert.equal(streams.size, 4);
  const tape = tape_of(every);
  for (const [s, messages] of streams) {
    assert.ok(messages.length <= intervals + 3, `${s}: ${messages.length} messages in ${intervals} intervals`);
    assert.ok(assert_contiguous(messages) > 10, `${s} was merged`);
    assert.ok(assert_exact(messages, tape) > 10, s);
  }
});

scenario('an interval of half a second is half a second', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=2&rate=1000&seed=4&prefix=M&mix=trades'] });
  await server.ticks_in(10);
  const client = await Client.open(server);
  await client.subscribe('M00000', { mode: 'latest', interval_ms: 500, snapshot: false });
  await client.collect('trade', 6, 10_000);
  const times = client.frames.filter(({ messages }) => messages.some((m) => m.e === 'trade')).map(({ arrived }) => arrived);
  const average = (times.at(-1) - times[0]) / (times.length - 1);
  assert.ok(average >= 450 && average <= 700 * patience, `messages came every ${average} ms`);
});

scenario('with interval 0 a client that reads gets everything, merged only where its socket was full', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=4&rate=2000&seed=3&prefix=M&mix=trades'] });
  await server.ticks_in(100);
  const every = await Client.open(server);
  await every.subscribe('*');
  const latest = await Client.open(server);
  const ack = await latest.subscribe('*', { mode: 'latest' });
  assert.equal(ack.interval_ms, 0);
  await latest.collect('trade', 800, 15_000);
  const streams = by_symbol(latest, 'trade');
  await caught_up(every, latest, 'trade');
  const tape = tape_of(every);
  for (const [s, messages] of streams) {
    assert_contiguous(messages);
    assert.ok(assert_exact(messages, tape) > 10, s);
  }
});

scenario('a latest client that stops reading for a while misses no trade of any bar', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=20&rate=8000&seed=3&prefix=M&mix=trades'], set: { send_buffer_bytes: 16384 } });
  await server.ticks_in(200);
  const every = await Client.open(server);
  await every.subscribe('*');
  const latest = await Client.open(server);
  await latest.subscribe('*', { mode: 'latest' });
  await latest.collect('trade', 100);
  latest.socket.pause();
  const ticks = (await server.metrics()).sum('tickcast_ticks_in_total');
  await server.ticks_in(ticks + 20_000, 15_000);
  latest.socket.resume();
  await latest.next((m) => m.k > 50, 10_000);
  await latest.collect('trade', latest.messages.length + 500, 15_000);
  const streams = by_symbol(latest, 'trade');
  await caught_up(every, latest, 'trade');
  const tape = tape_of(every);
  for (const [s, messages] of streams) {
    assert_contiguous(messages);
    assert.ok(assert_exact(messages, tape) > 0, s);
  }
}, { seconds: 40 });

scenario('a merged quote is the newest one', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=3&rate=1500&seed=9&prefix=M&mix=quotes'] });
  await server.ticks_in(50);
  const every = await Client.open(server);
  await every.subscribe('*', { channel: 'quotes', mode: 'every' });
  const latest = await Client.open(server);
  await latest.subscribe('*', { channel: 'quotes', interval_ms: 100 });
  await latest.collect('quote', 3 * 15, 15_000);
  const streams = by_symbol(latest, 'quote');
  await caught_up(every, latest, 'quote');
  assert.equal(streams.size, 3);
  for (const [s, messages] of streams) {
    assert.ok(assert_contiguous(messages) > 5, `${s} was merged`);
    const raw = raw_of(every, 'quote', s);
    let compared = 0;
    for (const m of messages) {
      const newest = raw.get(last(m));
      if (!newest) continue;
      ++compared;
      assert.deepEqual([m.b, m.bq, m.a, m.aq, m.t], [newest.b, newest.bq, newest.a, newest.aq, newest.t]);
    }
    assert.ok(compared > 5);
  }
});

scenario('the same symbol may be every for one and latest at several intervals for others', async (t) => {
  const server = await serve(t, { feeds: ['sim:symbols=1&rate=400&seed=2&prefix=M&mix=trades'] });
  await server.ticks_in(10);
  const every = await Client.open(server);
  await every.subscribe('M00000');
  const others = await Promise.all([50, 100, 200].map(async (interval_ms) => {
    const client = await Client.open(server);
    await client.subscribe('M00000', { mode: 'latest', interval_ms });
    return client;
  }));
  await others[2].collect('trade', 12, 10_000);
  const counts = others.map((client) => client.messages.filter((m) => m.e === 'trade').length);
  for (const client of others) {
    await caught_up(every, client, 'trade');
    const messages = by_symbol(client, 'trade').get('M00000');
    assert_contiguous(messages);
    assert.ok(assert_exact(messages, tape_of(every)) > 5);
  }
  assert.ok(counts[0] > counts[1] && counts[1] > counts[2], `${counts} messages at 50, 100 and 200 ms`);
});
