// The examples, as a stranger would run them: a bot in Node on the packed tickcast-client, and one in C++ that knows the protocol
// alone. Both keep a book, resume after a cut, and print what they lost.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenario } from './lib/scenario.mjs';
import { within } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Publisher } from './lib/publisher.mjs';
import { Relay } from './lib/relay.mjs';
import { dice } from './lib/dice.mjs';
import { installed } from './lib/package.mjs';
import { temporary_directory } from './lib/certificate.mjs';
import { Program } from './lib/program.mjs';
import { StandIn } from './lib/stand_in.mjs';
import { checksum } from './lib/book.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = process.env.TICKCAST_BOT ?? at('../../build/release/examples/bot');

// Each by what is said on its command line.
const programs = {
  'in C++': (t, words) => {
    if (!existsSync(built)) throw new Error(`the bot is not there: ${built} does not exist; build it (cmake --build --preset release)`);
    return new Program(t, built, words);
  },
  'in Node': (t, words) => {
    const cwd = temporary_directory(t);
    mkdirSync(join(cwd, 'node_modules'));
    symlinkSync(installed().folder, join(cwd, 'node_modules/tickcast-client'));
    symlinkSync(at('node_modules/ws'), join(cwd, 'node_modules/ws'));
    copyFileSync(at('../../web/examples/bot.mjs'), join(cwd, 'bot.mjs'));
    return new Program(t, process.execPath, ['bot.mjs', ...words], { cwd });
  },
};

// Each by its port and symbol.
const bots = Object.fromEntries(Object.entries(programs).map(([where, start]) =>
  [where, (t, port, symbol) => start(t, [`wss://127.0.0.1:${port}`, symbol, '--insecure'])]));

// The checksum by its definition: asks up, bids down, ten each, digits alone.
const digits = (value) => String(value).replace('.', '').replace(/^0+/, '');
const sum = (b, a) => checksum([...a.slice(0, 10), ...b.slice(0, 10)].map(([p, q]) => digits(p) + digits(q)).join(''));
const book = (n, b, a, more = {}) => ({ e: 'book', s: 'X', n, t: n, b, a, ...more });
const whole = (n, b, a) => book(n, b, a, { snap: true, sum: sum(b, a) });
const of_book = async (guest) => {
  for (;;) {
    const command = await guest.next();
    if (command.channel === 'book') {
      guest.commands.unshift(command);
      return guest;
    }
    guest.say({ e: 'subscribed', id: command.id, channel: command.channel, mode: 'every', interval_ms: 0, symbols: [{ s: 'X', n: 0, recovered: command.resume && true }], failed: [] });
  }
};

for (const [where, start] of Object.entries(bots)) {
  scenario(`the bot ${where} keeps a book, resumes it, and asks anew for one that does not add up`, async (t) => {
    const stand_in = await StandIn.open(t);
    const bot = start(t, stand_in.port, 'X');
    let guest = await of_book(await stand_in.guest(0));
    assert.deepEqual((await guest.subscribed({ n: 1 })).resume, undefined);
    guest.say(whole(1, [[0.05, 0.000005], [0.049, 1200]], [[0.051, 2]]));
    let { next } = await bot.printed(/^book 1 0\.05 × 0\.000005 \| 0\.051 × 2$/);
    guest.say(book(2, [[0.05, 0]], [], { sum: sum([[0.049, 1200]], [[0.051, 2]]) }));
    ({ next } = await bot.printed(/^book 2 0\.049 × 1200 \| 0\.051 × 2$/, next));

    guest.cut();
    ({ next } = await bot.printed(/^reconnecting in \d+ ms/, next));
    guest = await of_book(await stand_in.guest(1));
    assert.deepEqual((await guest.subscribed({ n: 3, recovered: true })).resume, { epoch: 'e1', n: { X: 2 } });
    guest.say(book(3, [[0.05, 7]], []));
    ({ next } = await bot.printed(/^book 3 0\.05 × 7 \| 0\.051 × 2$/, next));

    guest.say(book(5, [[0.05, 8]], []));
    ({ next } = await bot.printed(/gap.* 4…4: hole/, next));
    assert.equal((await guest.subscribed({ n: 5 })).resume, undefined);
    guest.say(whole(5, [[0.05, 8]], [[0.051, 2]]));
    ({ next } = await bot.printed(/^book 5 0\.05 × 8 \| 0\.051 × 2$/, next));

    guest.say(book(6, [[0.05, 9]], [], { sum: 1 }));
    ({ next } = await bot.printed(/checksum is/, next));
    assert.equal((await guest.subscribed({ n: 6 })).resume, undefined);
    guest.say(whole(6, [[0.04, 1]], []));
    ({ next } = await bot.printed(/^book 6 0\.04 × 1 \| -$/, next));

    guest.say({ e: 'bye', why: 'draining', retry_ms: 321 });
    guest.close(1001, 'shutting down');
    ({ next } = await bot.printed(/^reconnecting in 321 ms/, next));
    stand_in.epoch = 'e2';
    guest = await of_book(await stand_in.guest(2));
    assert.deepEqual((await guest.subscribed({ n: 2, recovered: false })).resume, { epoch: 'e1', n: { X: 6 } });
    guest.say(whole(2, [[1, 1]], [[2, 2]]));
    ({ next } = await bot.printed(/gap.*new.epoch/, next));
    await bot.printed(/^book 2 1 × 1 \| 2 × 2$/, next);

    guest.close(4503, 'not allowed');
    assert.equal(await within(bot.ended, 5000, 'the end of the bot'), 1);
    assert.match(bot.lines.join('\n') + bot.errors, /not allowed/);
    assert.equal(stand_in.guests.length, 3);
  });
}

for (const [where, start] of Object.entries(programs)) {
  scenario(`the bot ${where} ends with a sentence where trying again does not help, and says why else it waits`, async (t) => {
    const server = await serve(t, { feeds: ['sim:depth=20'] });
    const ended = async (code, words, sentence) => {
      const bot = start(t, words);
      assert.equal(await within(bot.ended, 10_000, `the end of ${words.join(' ')}`), code);
      assert.match(bot.errors, sentence);
      assert.equal(bot.errors.trim().split('\n').length, 1, bot.errors);
    };
    const url = `wss://127.0.0.1:${server.port}`;
    await ended(1, [url, 'NOPE', '--insecure'], /none of the symbols is known/);
    await ended(2, ['127.0.0.1:8443', 'AAPL', '--insecure'], /^"127\.0\.0\.1:8443" is no address of a server; it is like wss:\/\/HOST:8443$/m);
    await ended(2, [url], /^usage: .*wss:\/\/HOST:PORT SYMBOL \[--insecure\]$/m);
    const careful = start(t, [url, 'AAPL']);
    const { next } = await careful.printed(/certificate/);
    await careful.printed(/^reconnecting in \d+ ms/, next - 1);
  });
}

for (const [where, start] of Object.entries(bots)) {
  scenario(`the bot ${where} keeps the real server's book over cuts, and misses nothing`, async (t) => {
    const server = await serve(t, { feeds: ['sim:symbols=2&rate=400&seed=6&prefix=B&depth=30'] });
    await server.ticks_in(200);
    const relay = await Relay.to(server, dice(t));
    const bot = start(t, relay.address.port, 'B00000');
    let { next } = await bot.printed(/^book \d+ \S+ × \S+ \| \S+ × \S+$/);
    for (let i = 0; i < 4; ++i) {
      relay.tear();
      ({ next } = await bot.printed(/^reconnecting in \d+ ms/, next));
      ({ next } = await bot.printed(/^live/, next));
      for (let books = 0; books < 20; ++books) ({ next } = await bot.printed(/^book/, next));
    }
    const numbers = bot.lines.filter((line) => line.startsWith('book ') && !line.includes('valid')).map((line) => Number(line.split(' ')[1]));
    assert.ok(numbers.length > 80);
    const least = where === 'in C++' ? 1 : 0;  // tickcast-client shows the book once more when it is valid again
    for (let i = 1; i < numbers.length; ++i) assert.ok(numbers[i] - numbers[i - 1] >= least, `${numbers[i]} behind ${numbers[i - 1]}`);
    assert.deepEqual(bot.lines.filter((line) => /gap|checksum|not recovered/.test(line)), []);
  });
}

scenario('the bot in Node prints each trade of the real server once, over cuts', async (t) => {
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const publisher = await Publisher.connect(server);
  await publisher.trade('AAPL', 189.34, 100);
  await server.ticks_in(1);
  const relay = await Relay.to(server, dice(t));
  const bot = bots['in Node'](t, relay.address.port, 'AAPL');
  await bot.printed(/^trade 1 189\.34 × 100$/);
  for (let n = 2; n <= 4; ++n) {
    const before = bot.lines.length;
    relay.cut(dice(t));
    await bot.printed(/^reconnecting in \d+ ms: connection lost$/, before);
    await publisher.trade('AAPL', n, n);
    await bot.printed(new RegExp(`^trade ${n} ${n} × ${n}$`), before);
  }
  assert.deepEqual(bot.lines.filter((line) => line.startsWith('trade')).map((line) => line.split(' ')[1]), ['1', '2', '3', '4']);
  assert.deepEqual(bot.lines.filter((line) => line.startsWith('gap')), []);
});
