// Channel `book`: whoever merely applies what comes always has exactly the best levels, whatever the depth and the mode, and
// however slow it is. What a client must have is taken from the feed, or from a client that sees everything.
import assert from 'node:assert/strict';
import https from 'node:https';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled, until } from './lib/deadline.mjs';
import { run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Books, checksum } from './lib/book.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const tcp = { feeds: ['ndjson+tcp://127.0.0.1:0'] };
const sim = (rest) => ({ feeds: [`sim:prefix=B&${rest}`] });
const book = (s, b, a, more = {}) => ({ e: 'book', s, b, a, ...more });
const channel = 'book';

// A client whose books are kept while it listens.
async function reader(server, depth, options = {}) {
  const books = new Books(depth);
  const client = await Client.open(server, { ...options, on_message: undefined });
  client.books = books;
  const take = client.take.bind(client);
  client.take = (data, binary) => {
    take(data, binary);
    if (binary && !client.reader) return;
    books.take(binary ? JSON.stringify(client.frames.at(-1).messages) : data.toString());
  };
  return client;
}

scenario('a book is shown, and then what changes in it', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.events([book('A', [[10, 1], [9.5, 2], [9, 3]], [[10.5, 4], [11, 5]], { snap: true, t: 1732060800000001 })]);
  await server.ticks_in(1);
  const client = await reader(server, 2);
  const ack = await client.subscribe('A', { channel, depth: 2 });
  assert.deepEqual([ack.channel, ack.depth, ack.mode, ack.symbols], ['book', 2, 'every', [{ s: 'A', n: 1 }]]);
  const snapshot = await client.next('book');
  assert.deepEqual(snapshot, { e: 'book', s: 'A', n: 1, t: 1732060800000001, snap: true, b: [[10, 1], [9.5, 2]], a: [[10.5, 4], [11, 5]],
    sum: checksum('1054115101952') });
  await publisher.events([
    book('A', [[9, 7]], [], { t: 2 }),                     // too deep to be seen
    book('A', [[10, 0]], [], { t: 3 }),                    // 9 moves up
    book('A', [[9.75, 1]], [[10.5, 0], [10.25, 6]], { t: 4 }),  // and is pushed out
  ]);
  assert.deepEqual((await client.next('book')), { e: 'book', s: 'A', f: 2, n: 3, t: 3, b: [[10, 0], [9, 7]], a: [], sum: checksum('1054115952' + '97') });
  assert.deepEqual((await client.next('book')).b, [[9.75, 1], [9, 0]]);
  assert.deepEqual(client.books.of('A').levels('b'), [['9.75', '1'], ['9.5', '2']]);
  assert.deepEqual(client.books.of('A').levels('a'), [['10.25', '6'], ['11', '5']]);
});

scenario('what cannot be a book is refused with a sentence, and the feed goes on', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  const deep = Array.from({ length: 5001 }, (_, i) => [i + 1, 1]);
  await publisher.events([
    book('A', [[10, 1]], [[11, 1]], { snap: true }),
    book('A', [[11, 1]], []),           // crossed
    book('A', [], [[10, 1]]),           // locked
    book('A', [[9, -1]], []), book('A', deep, []), book('A', [[9, 1], [9, 2]], []), { e: 'book', s: 'A' }, book('A', 'x', []),
    book('A', [[11, 1]], [[11, 0], [12, 1]]),
  ]);
  await server.ticks_in(2);
  await server.counted('tickcast_feed_bad_input_total', {}, 7);
  const client = await reader(server, 10);
  await client.subscribe('A', { channel });
  const m = await client.next('book');
  assert.deepEqual([m.b, m.a], [[[11, 1], [10, 1]], [[12, 1]]]);
});

for (const sbe of [false, { exact: true }]) {
  scenario(`clients of any depth and mode agree with one that sees all (${sbe ? 'SBE' : 'JSON'})`, async (t) => {
    const server = await serve(t, sim('symbols=5&rate=600&seed=5&depth=30'));
    await server.ticks_in(300);
    const all = await reader(server, 1000, { sbe });
    await all.subscribe('*', { channel, depth: 1000 });
    const others = [];
    for (const [depth, mode, interval_ms] of [[1, 'every'], [5, 'every'], [10, 'every'], [20, 'every'], [10, 'latest', 0], [25, 'latest', 50], [3, 'latest', 200]]) {
      const client = await reader(server, depth, { sbe });
      const ack = await client.subscribe('*', { channel, depth, mode, ...(interval_ms ? { interval_ms } : {}) });
      assert.equal(ack.depth, depth);
      others.push(client);
    }
    await pause(1500);
    const top = (text, depth) => JSON.stringify(JSON.parse(text).map((levels) => levels.slice(0, depth)));
    for (const client of others) {
      await until(() => [...client.books.seen.keys()].every((key) => all.books.seen.has(key)
        || Number(key.split(' ')[1]) < all.messages.find((m) => m.e === 'book' && m.s === key.split(' ')[0]).n), 5000, 'the same numbers');
      let compared = 0;
      for (const [key, text] of client.books.seen) {
        if (!all.books.seen.has(key)) continue;
        assert.equal(text, top(all.books.seen.get(key), client.books.depth), `${key} at depth ${client.books.depth}`);
        ++compared;
      }
      assert.ok(compared > 20, `${compared} books were compared`);
    }
  });
}

scenario('changing the depth is subscribing again', async (t) => {
  const server = await serve(t, sim('symbols=2&rate=400&seed=6&depth=30'));
  await server.ticks_in(100);
  const client = await Client.open(server);
  for (const depth of [10, 3, 25]) {
    const ack = await client.subscribe('B00000', { channel, depth });
    const snapshot = await client.next((m) => m.e === 'book' && m.snap && m.n === ack.symbols[0].n);
    assert.deepEqual([snapshot.b.length, snapshot.a.length], [depth, depth]);
  }
  assert.equal((await client.ask({ op: 'list' })).subscriptions[0].depth, 25);
  await client.ask({ op: 'unsubscribe', channel });
  const heard = client.messages.filter((m) => m.e === 'book').length;
  await pause(200);
  assert.equal(client.messages.filter((m) => m.e === 'book').length, heard);
});

scenario('whoever comes back is told every change that he has missed', async (t) => {
  const server = await serve(t, sim('symbols=2&rate=300&seed=7&depth=20'));
  await server.ticks_in(100);
  const witness = await reader(server, 10);
  await witness.subscribe('B00000', { channel });
  const first = await reader(server, 10);
  await first.subscribe('B00000', { channel });
  await first.collect('book', 20);
  first.drop();
  await first.closed;
  const { last } = first.books.of('B00000');
  await witness.next((m) => m.e === 'book' && m.n > last + 30);
  const again = await Client.open(server);
  const { epoch } = await again.next('welcome');
  again.books = first.books;
  const take = again.take.bind(again);
  again.take = (data, binary) => { take(data, binary); again.books.take(data.toString()); };
  const ack = await again.subscribe('B00000', { channel, resume: { epoch, n: { B00000: last } } });
  assert.equal(ack.symbols[0].recovered, true);
  await again.collect('book', 40);
  assert.ok(again.messages.filter((m) => m.e === 'book').every((m) => !m.snap), 'change by change');
  const newest = again.books.of('B00000').last;
  await witness.next((m) => m.e === 'book' && m.n >= newest);
  for (const [key, text] of again.books.seen) if (witness.books.seen.has(key)) assert.equal(text, witness.books.seen.get(key), key);
});

for (const on_slow of ['latest', 'gap']) {
  scenario(`a client that does not read for a while has a good book again (on_slow ${on_slow})`, async (t) => {
    const server = await serve(t, { ...sim(`symbols=40&rate=${scaled(4000, 1000)}&seed=8&depth=20`), set: { backlog_bytes: 512 << 10, send_buffer_bytes: 16384 } });
    await server.ticks_in(1000);
    const witness = await reader(server, 20);
    await witness.subscribe('*', { channel, depth: 20 });
    const slow = await reader(server, 20);
    await slow.subscribe('*', { channel, depth: 20, on_slow });
    await slow.next('book');
    slow.socket.pause();
    await server.counted(on_slow === 'gap' ? 'tickcast_gaps_total' : 'tickcast_merged_total', on_slow === 'gap' ? {} : { channel }, (sum) => sum > 30);
    slow.socket.resume();
    // What it asked for begins with a snapshot of each symbol; a second one of the same is a book anew.
    const shown = () => slow.messages.filter((m) => m.e === 'book' && m.snap).map((m) => m.s);
    const gapped = () => on_slow !== 'gap' || slow.messages.some((m) => m.e === 'gap');
    await until(() => gapped() && new Set(shown()).size < shown().length, 10_000, 'a book anew');
    await slow.collect('book', slow.messages.filter((m) => m.e === 'book').length + 300);
    let compared = 0;
    const newest = slow.books.of('B00000').last;
    await witness.next((m) => m.e === 'book' && m.s === 'B00000' && m.n >= newest, 10_000);
    for (const [key, text] of slow.books.seen) if (witness.books.seen.has(key)) { assert.equal(text, witness.books.seen.get(key), key); ++compared; }
    assert.ok(compared > 200, `${compared}`);
    const gaps = slow.messages.filter((m) => m.e === 'gap').length;
    assert.equal(gaps > 0, on_slow === 'gap', `${gaps} gaps`);
  });
}

scenario('a restart with a journal goes on with the same books and numbers', async (t) => {
  const directory = join(temporary_directory(t), 'journal');
  const args = ['--journal', directory];
  const first = await serve(t, { ...tcp, args });
  const publisher = await Publisher.connect(first);
  const bids = Array.from({ length: 40 }, (_, i) => [100 - i / 4, i + 1]);
  await publisher.events([book('A', bids, [[101, 1]], { snap: true }), book('A', [[100, 0]], []), book('E', [[1, 1]], [[2, 2]]), book('E', [[1, 0]], [[2, 0]])]);
  await first.ticks_in(4);
  const before = await reader(first, 1000);
  await before.subscribe(['A', 'E'], { channel, depth: 1000 });
  const shown = await before.collect('book', 2);
  await first.stop();
  const again = await serve(t, { ...tcp, args });
  const client = await reader(again, 1000);
  await client.subscribe(['A', 'E'], { channel, depth: 1000 });
  assert.deepEqual(await client.collect('book', 2), shown);
  assert.equal(shown[0].b.length, 39);
  assert.deepEqual([shown[1].b, shown[1].a], [[], []]);
  const more = await Publisher.connect(again);
  await more.events([book('A', [[99, 50]], [])]);
  const change = await client.next((m) => m.e === 'book' && !m.snap);
  assert.deepEqual([change.n, change.b], [shown[0].n + 1, [[99, 50]]]);
});

scenario('a symbol that is named later comes to whoever takes them all', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  const client = await reader(server, 10);
  await client.subscribe('*', { channel });
  await publisher.events([book('NEW', [[1, 1]], [[2, 1]]), book('NEW', [[1, 2]], [])]);
  const [one, two] = await client.collect('book', 2);
  assert.deepEqual([one.n, one.snap, one.b], [1, true, [[1, 1]]]);
  assert.deepEqual([two.n, two.b], [2, [[1, 2]]]);
});

// A plain request; resolves with its body as it is.
const fetched = (server, path) => new Promise((resolve, reject) => {
  https.get(server.url(path).replace('wss:', 'https:'), { rejectUnauthorized: false, agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text) => { body += text; }).on('end', () => resolve({ status: response.statusCode, body }));
  }).on('error', reject);
});

scenario('a plain request is shown the book that a subscription begins with', async (t) => {
  const server = await serve(t, tcp);
  const publisher = await Publisher.connect(server);
  await publisher.events([book('A', [[10, 1], [9, 2]], [[11, 3], [12, 4]], { snap: true, t: 7 })]);
  await server.ticks_in(1);
  const { status, body } = await fetched(server, '/v1/snapshot?channel=book&symbols=A&depth=1');
  assert.equal(status, 200, body);
  const client = await reader(server, 1);
  await client.subscribe('A', { channel, depth: 1 });
  assert.deepEqual(JSON.parse(body).messages, [await client.next('book')]);
  assert.equal((await fetched(server, '/v1/snapshot?channel=book&symbols=A&depth=0')).status, 400);
  assert.equal((await fetched(server, '/v1/snapshot?channel=quotes&symbols=A&depth=1')).status, 400);
});

scenario('tail prints a book, and verify has nothing to say against any', async (t) => {
  const server = await serve(t, sim('symbols=6&rate=800&seed=9&depth=15'));
  await server.ticks_in(200);
  const url = server.url();
  const tail = await run(['tail', url, 'book', 'B00001', '--depth', '2', '--count', '3', '--encoding', 'sbe', '--insecure']);
  assert.equal(tail.code, 0, tail.stderr);
  const lines = tail.stdout.trim().split('\n').map((line) => JSON.parse(line)).filter((m) => m.e === 'book');
  assert.equal(lines.length, 3);
  assert.deepEqual([lines[0].snap, lines[0].b.length], [true, 2]);
  const verify = await run(['verify', url, 'book', '--for', '4', '--connections', '8', '--cut', '1', '--churn', '5', '--encoding', 'both', '--insecure']);
  assert.equal(verify.code, 0, verify.stdout + verify.stderr);
  assert.match(verify.stdout, /ok\n$/);
}, { seconds: 30 });
