// The black box: the process is killed, the next one goes on from the journal, and whoever comes back has missed nothing
// and hears nothing twice. Torn ends are cut and told, damage is refused with the command against it, a full disk is
// survived.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync, readSync, readdirSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled } from './lib/deadline.mjs';
import { dice } from './lib/dice.mjs';
import { Server, run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const listening = ['ndjson+tcp://127.0.0.1:0'];
const options = (directory, { args = [], ...more } = {}) =>
  ({ feeds: listening, tls: '--plain', ...more, args: ['--journal', directory, ...args] });

// What `kill -9` leaves behind.
async function kill(server) {
  server.signal('SIGKILL');
  await server.ended;
  for (const peer of server.peers) await peer.closed;  // what it had sent is heard
}

// A server that the test will kill; should the test fail before that, it goes with it.
async function doomed(t, more) {
  const server = new Server(more);
  t.after(() => server.child.kill('SIGKILL'));
  return server.ready();
}

const files = (directory) => readdirSync(directory).filter((name) => /^\d+\.journal$/.test(name)).sort().map((name) => join(directory, name));

function change_byte(path, at) {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 0x20;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

async function welcome_of(client) { return client.next('welcome'); }

scenario('a hundred kills: no number is skipped, given twice, or changed', async (t) => {
  const chance = dice(t);
  const kills = scaled(100, 10);
  const directory = join(temporary_directory(t), 'journal');
  const more = { feeds: [`sim:symbols=6&rate=${scaled(20_000, 4000)}&seed=3&prefix=S`], tls: '--plain',
    args: ['--journal', directory, '--shards', '2', '--set', 'journal_file_mb=1'] };

  const seen = { trade: new Map(), quote: new Map() };  // symbol → its messages, and the number of the first
  const newest = ({ first, list }) => first + list.length - 1;
  const faults = [];
  let replayed = 0;
  // Each message stands at its number's place: the next one is appended, one heard again must be the same.
  const take = ({ e, s, n, snap, ...rest }) => {
    if (e === 'gap') faults.push(`a gap: ${JSON.stringify({ s, n, ...rest })}`);
    if (e !== 'trade' && e !== 'quote') return;
    if (!seen[e].has(s)) seen[e].set(s, { first: n, list: [] });
    const { first, list } = seen[e].get(s);
    const text = JSON.stringify(rest);
    if (n === first + list.length) {
      list.push(text);
    } else if (n < first || n > first + list.length) {
      faults.push(`${e} ${s}: ${n} came after ${newest({ first, list })}`);
    } else {
      ++replayed;
      if (list[n - first] !== text) faults.push(`${e} ${s} ${n} was ${list[n - first]} and is ${text}`);
    }
  };

  let epoch;
  for (let round = 0; round <= kills; ++round) {
    if (chance.chance(0.2)) {  // one that does not even get through its start
      const early = new Server(more);
      await pause(chance.between(0, 25));
      await kill(early);
    }
    const server = await doomed(t, more);
    const client = await Client.open(server, { on_message: take });
    const welcome = await welcome_of(client);
    epoch ??= welcome.epoch;
    assert.equal(welcome.epoch, epoch, `the epoch after ${round} kills`);
    for (const [channel, kind] of [['trades', 'trade'], ['quotes', 'quote']]) {
      const how = { channel, mode: 'every' };
      if (round === 0) {
        const ack = await client.subscribe('*', { ...how, history: 4096 });
        assert.equal(ack.e, 'subscribed', JSON.stringify(ack));
        continue;
      }
      // From a while before what was heard last, so that what is replayed can be compared.
      const n = Object.fromEntries([...seen[kind]].map(([s, all]) => [s, Math.max(all.first - 1, newest(all) - chance.between(0, 200))]));
      const ack = await client.subscribe(Object.keys(n), { ...how, resume: { epoch, n } });
      assert.ok(ack.symbols?.every(({ recovered }) => recovered), JSON.stringify(ack));
    }
    if (round === kills) {
      await client.ask({ op: 'ping' });
      await server.stop();
      break;
    }
    await pause(chance.between(0, 120));
    await kill(server);
    assert.deepEqual(faults.slice(0, 5), []);
  }
  assert.deepEqual(faults.slice(0, 5), []);
  const total = [...seen.trade.values(), ...seen.quote.values()].reduce((sum, { list }) => sum + list.length, 0);
  t.diagnostic(`${kills} kills, ${total} messages, ${replayed} of them heard again, ${files(directory).length} files`);
  assert.ok(total > kills * 50 && replayed > kills * 50);
}, { seconds: 60 });

// A recorded market with three trades of AAPL and one of MSFT, its server still up.
async function recorded(t, more = {}) {
  const directory = join(temporary_directory(t), 'journal');
  const server = await doomed(t, options(directory, more));
  const publisher = await Publisher.connect(server);
  await publisher.trades('AAPL', 1, 3);
  await publisher.trade('MSFT', 10, 1, { id: 'é', c: ['T'], x: 'Q', side: 'buy' });
  await publisher.quote('AAPL', 1.5, 2, 1.75, 3);
  await server.ticks_in(5);
  const { epoch } = await welcome_of(await Client.open(server));
  return { directory, server, publisher, epoch };
}

// The messages of a symbol from its first number on, after a restart.
async function past(server, epoch, s, channel = 'trades') {
  const client = await Client.open(server);
  assert.equal((await welcome_of(client)).epoch, epoch);
  const ack = await client.subscribe(s, { channel, mode: 'every', resume: { epoch, n: { [s]: 0 } } });
  assert.equal(ack.symbols[0].recovered, true, JSON.stringify(ack));
  await client.ask({ op: 'ping' });
  return { ack, messages: client.messages.filter((m) => m.e === 'trade' || m.e === 'quote').map(({ t: _, ...m }) => m) };
}

scenario('a restart goes on with what was recorded, whether it was killed or ended in order', async (t) => {
  const { directory, server, epoch } = await recorded(t);
  await kill(server);
  for (let restarts = 0; restarts < 2; ++restarts) {
    const again = await serve(t, options(directory));
    assert.deepEqual((await past(again, epoch, 'AAPL')).messages, [1, 2, 3].map((n) => ({ e: 'trade', s: 'AAPL', n, p: n, q: 1 })));
    assert.deepEqual((await past(again, epoch, 'MSFT')).messages, [{ e: 'trade', s: 'MSFT', n: 1, p: 10, q: 1, side: 'buy', id: 'é', x: 'Q', c: ['T'] }]);
    assert.deepEqual((await past(again, epoch, 'AAPL', 'quotes')).messages, [{ e: 'quote', s: 'AAPL', n: 1, b: 1.5, bq: 2, a: 1.75, aq: 3 }]);
    await again.stop();
  }
  const last = await serve(t, options(directory));
  await (await Publisher.connect(last)).trades('AAPL', 4, 4);
  await last.ticks_in(1);
  assert.equal((await past(last, epoch, 'AAPL')).ack.symbols[0].n, 4);
});

scenario('a torn end is cut off and told', async (t) => {
  const { directory, server, epoch } = await recorded(t);
  await kill(server);
  const [path] = files(directory);
  const whole = statSync(path).size;
  truncateSync(path, whole - 5);
  const checked = await run(['journal', 'check', directory]);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /000001\.journal ends with \d+ bytes of a block that was never finished/);
  const again = await serve(t, options(directory));
  assert.ok(again.log.some((line) => / warn .*000001\.journal ended with \d+ bytes of a block that was never finished; they are cut off/.test(line)), again.tail);
  const client = await Client.open(again);
  assert.equal((await welcome_of(client)).epoch, epoch);
});

scenario('damage in the middle is refused with the command against it, and the server starts after that', async (t) => {
  const { directory, server, publisher } = await recorded(t);
  for (let from = 4; from < 40; from += 4) {
    await publisher.trades('AAPL', from, from + 3);
    await server.ticks_in(from + 5);
  }
  await kill(server);
  const [path] = files(directory);
  change_byte(path, Math.floor(statSync(path).size / 2));
  const before = readFileSync(path);

  const serving = ['serve', '--plain', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--feed', 'sim:', '--journal', directory];
  const refused = await run(serving);
  assert.equal(refused.code, 2);
  assert.equal(refused.stderr.trim().split('\n').length, 1, refused.stderr);
  assert.match(refused.stderr, /000001\.journal is damaged at offset \d+: /);
  const [, command] = /"tickcast (journal repair [^"]+)"/.exec(refused.stderr);
  assert.deepEqual(readFileSync(path), before, 'nothing was changed');

  const checked = await run(['journal', 'check', directory]);
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /damaged: 000001\.journal, offset \d+: .*\nlost: /);
  const repaired = await run(command.split(' '));
  assert.equal(repaired.code, 0, repaired.stdout + repaired.stderr);
  assert.match(repaired.stdout, /lost: AAPL trades \d+ to \d+/);
  assert.deepEqual(readFileSync(`${path}.damaged`), before);
  assert.equal((await run(['journal', 'check', directory])).code, 0);
  await serve(t, options(directory));
});

scenario('a second server on the same journal is refused, and so is playing what one writes', async (t) => {
  const { directory } = await recorded(t);
  const serving = ['serve', '--plain', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  const second = await run([...serving, '--feed', 'sim:', '--journal', directory]);
  assert.equal(second.code, 2);
  assert.match(second.stderr, /another process writes to/);
  for (const check of [[], ['--check']]) {
    const own = await run([...serving, '--journal', directory, '--feed', `journal:${directory}/../journal`, ...check]);
    assert.equal(own.code, 2);
    assert.match(own.stderr, /this server writes its own journal there/);
  }
  const missing = await run(['journal', 'check', join(directory, 'missing')]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /missing/);
});

scenario('a full disk ends the journal, not the market, and the next epoch is another', async (t) => {
  const { directory, server, publisher, epoch } = await recorded(t);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { snapshot: false });
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${statSync(files(directory)[0]).size + 100}`]);
  await publisher.trades('AAPL', 4, 50);
  const trades = await client.collect('trade', 47);
  assert.deepEqual(trades.map(({ n }) => n), Array.from({ length: 47 }, (_, i) => i + 4));
  await server.counted('tickcast_journal_failed', {}, 1);
  assert.ok(server.log.some((line) => / error journal: cannot write .*000001\.journal: File too large; the streams go on/.test(line)), server.tail);
  await kill(server);
  const again = await serve(t, options(directory));
  const { epoch: next } = await welcome_of(await Client.open(again));
  assert.notEqual(next, epoch);
});

scenario('files are ended at their size, the oldest go, and the metrics count', async (t) => {
  const directory = join(temporary_directory(t), 'journal');
  const server = await serve(t, { ...options(directory), feeds: ['sim:symbols=10&rate=100000&seed=1&prefix=S'],
    args: ['--journal', directory, '--set', 'journal_file_mb=1', '--set', 'journal_keep_mb=3', '--set', 'journal_sync_ms=50'] });
  await server.counted('tickcast_journal_bytes_total', {}, 8 << 20, 15_000);
  await server.counted('tickcast_journal_files', {}, (count) => count > 1 && count < 7);
  await server.counted('tickcast_journal_syncs_total', {}, 2);
  const scrape = await server.metrics();
  assert.ok(scrape.sum('tickcast_journal_records_total') > 10_000);
  assert.equal(scrape.sum('tickcast_journal_failed'), 0);
  assert.ok(scrape.sum('tickcast_journal_last_sync_seconds') > 0);
  assert.ok(!existsSync(join(directory, '000001.journal')));
  await server.stop();
  const checked = await run(['journal', 'check', directory]);
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /1 epoch, 10 symbols, \d+ ticks\nok\n$/);
}, { seconds: 40 });

scenario('a journal is a feed: the same ticks in the same order, each time', async (t) => {
  const { directory, server } = await recorded(t);
  await kill(server);
  const played = async () => {
    const player = await serve(t, { feeds: [`journal:${directory}?speed=max`], tls: '--plain' });
    await player.ticks_in(5);
    const { epoch } = await welcome_of(await Client.open(player));
    const heard = [(await past(player, epoch, 'AAPL')).messages, (await past(player, epoch, 'MSFT')).messages,
      (await past(player, epoch, 'AAPL', 'quotes')).messages];
    await player.stop();
    return heard;
  };
  const first = await played();
  assert.equal(first[0].length, 3);
  assert.equal(first[1][0].id, 'é');
  assert.deepEqual(await played(), first);
});
