// History that survives: restarts, kills, and disks that are full. What is told after any of them is what the trades amount to.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { Server, run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { build } from './lib/bars.mjs';
import { dice } from './lib/dice.mjs';
import { get } from './lib/plain.mjs';
import { temporary_directory } from './lib/certificate.mjs';
import { scaled, until } from './lib/deadline.mjs';

const day = 1_732_060_800; // 20 November 2024, midnight UTC
const periods = ['1s', '1m', '5m', '15m', '1h', '1d'];
const listening = { feeds: ['ndjson+tcp://127.0.0.1:0'], tls: '--plain' };

// What was traded, whatever became of the servers.
class Market {
  trades = [];
  taken = new WeakMap(); // by server: how many trades it has had
  // Waits until the server has them: nothing can be asked of a symbol that it does not know yet.
  async publish(server, publisher, list) {
    for (const [second, p, q] of list) this.trades.push({ t: Math.round((day + second) * 1e6), p, q, n: this.trades.length + 1 });
    const taken = (this.taken.get(server) ?? 0) + list.length;
    this.taken.set(server, taken);
    await publisher.events(this.trades.slice(-list.length).map(({ t, p, q }) => ({ e: 'trade', s: 'AAPL', t, p, q })));
    await server.ticks_in(taken);
  }
  // Of one-second bars only those that are over are told.
  expected(period) { return [...build(this.trades, period).values()].map(({ t, o, h, l, c, v, k }) => ({ t, o, h, l, c, v, k })); }

  // Waits until the server tells of all periods what the trades say.
  async told(server, of = periods) {
    for (const period of of) {
      const expected = this.expected(period);
      let got;
      await until(async () => {
        got = (await get(server, `/v1/bars?symbol=AAPL&period=${period}&limit=10000`)).bars.map(({ x, ...bar }) => bar);
        return JSON.stringify(got) === JSON.stringify(expected);
      }, 8000, () => {
        const at = expected.findIndex((bar, i) => JSON.stringify(bar) !== JSON.stringify(got[i]));
        return `the bars of ${period} (${got.length} of ${expected.length}; at ${at}: ${JSON.stringify(got[at])} instead of ${JSON.stringify(expected[at])})`;
      });
    }
  }
}

async function doomed(t, more) {
  const server = new Server(more);
  t.after(() => server.child.kill('SIGKILL'));
  return server.ready();
}
async function kill(server) {
  server.signal('SIGKILL');
  await server.ended;
}

scenario('a restart has all bars, and goes on with the open ones', async (t) => {
  const file = join(temporary_directory(t), 'deep', 'bars.db');
  const market = new Market();
  const options = { ...listening, args: ['--history', file] };
  for (let round = 0; round < 3; ++round) {
    const server = await doomed(t, options);
    const publisher = await Publisher.connect(server);
    if (round > 0) await market.told(server);
    await market.publish(server, publisher, Array.from({ length: 100 }, (_, i) => [round * 1000 + i * 9, 100 + ((i * 7 + round) % 23), 1 + (i % 4)]));
    await market.told(server);
    publisher.drop();
    await server.stop();
  }
  const server = await serve(t, options);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { channel: 'bars', period: '1m', history: 5000 });
  const all = market.expected('1m');
  const told = await client.collect({ e: 'bar', snap: true }, all.length);
  assert.deepEqual(told.map(({ t: start, o, h, l, c, v, k }) => ({ t: start, o, h, l, c, v, k })), all);
});

scenario('a stop keeps the second that is under way', async (t) => {
  const market = new Market();
  const options = { ...listening, args: ['--history', join(temporary_directory(t), 'bars.db')] };
  for (let round = 0; round < 4; ++round) {
    const server = await doomed(t, options);
    const publisher = await Publisher.connect(server);
    for (let i = 0; i < 3; ++i) await market.publish(server, publisher, [[round * 10 + 0.1 * i, 100 + i, 1]]);
    publisher.drop();
    await server.stop();
  }
  await market.told(await serve(t, options));
});

scenario('days of other hours are told of at the start, and stay where they are', async (t) => {
  const file = join(temporary_directory(t), 'bars.db');
  const market = new Market();
  const before = await doomed(t, { ...listening, args: ['--history', file] });
  await market.publish(before, await Publisher.connect(before), [[0, 100, 1], [86_400, 101, 1], [2 * 86_400 + 50_000, 102, 1]]);
  await market.told(before, ['1h', '1d']);
  await before.stop();
  const server = await serve(t, { ...listening, args: ['--history', file, '--set', 'sessions=* 09:30-16:00 America/New_York'] });
  await server.logged(/days of other hours than `sessions` says \(3 of them\)/);
  await market.told(server, ['1h', '1d']);
  const client = await Client.open(server);
  await client.subscribe('AAPL', { channel: 'bars', period: '1d', history: 10 });
  await client.subscribe('AAPL', { channel: 'bars', period: '1h', history: 10 });
  assert.equal((await client.collect({ e: 'bar', snap: true }, 3)).filter(({ i }) => i === '1d').length, 0);
});

scenario('kill -9 loses nothing that the journal has, whenever it comes', async (t) => {
  const chance = dice(t);
  const home = temporary_directory(t);
  const market = new Market();
  const options = { ...listening, set: { history_flush_s: 0.15 }, args: ['--history', join(home, 'bars.db'), '--journal', join(home, 'journal')] };
  let second = 0;
  for (let round = 0; round < scaled(12, 3); ++round) {
    const server = await doomed(t, options);
    const publisher = await Publisher.connect(server);
    if (round > 0) await market.told(server);
    else await market.publish(server, publisher, [[0, 100, 1]]);  // nothing is older than this
    for (let burst = 0; burst < 6; ++burst) {
      const list = Array.from({ length: 20 + Math.floor(chance.next() * 60) }, () => {
        second += chance.next() * 8;
        // Some come late: into bars that are closed, or have been written.
        return [Math.max(0, second - (chance.next() < 0.1 ? chance.next() * 200 : 0)), 100 + Math.floor(chance.next() * 50), 1 + Math.floor(chance.next() * 9)];
      });
      await market.publish(server, publisher, list);
      await server.counted('tickcast_journal_records_total', {}, 1);
      if (chance.next() < 0.3) break;
    }
    const client = await Client.open(server);  // what somebody has heard of is in the journal
    await client.subscribe('AAPL');
    await client.next((m) => m.e === 'trade' && m.n === market.trades.length);
    await kill(server);
  }
  await market.told(await serve(t, options));
}, { seconds: 50 });

scenario('kill -9 without a journal loses at most what came since the last flush', async (t) => {
  const file = join(temporary_directory(t), 'bars.db');
  const options = { ...listening, set: { history_flush_s: 0.1 }, args: ['--history', file] };
  const market = new Market();
  const server = await doomed(t, options);
  const publisher = await Publisher.connect(server);
  await market.publish(server, publisher, Array.from({ length: 500 }, (_, i) => [i * 3, 100 + (i % 31), 1]));
  await market.told(server);
  const flushes = (await server.metrics()).sum('tickcast_history_flushes_total');
  await market.publish(server, publisher, [[1501, 7, 7]]);  // the next flush has all that was told by now
  await server.counted('tickcast_history_flushes_total', {}, (now) => now > flushes);
  await server.counted('tickcast_history_waiting', {}, (waiting) => waiting === 0);
  await kill(server);
  market.trades.pop();
  const again = await serve(t, options);
  const { bars } = await get(again, '/v1/bars?symbol=AAPL&period=1s&limit=10000');
  assert.deepEqual(bars.slice(0, 500).map(({ x, ...bar }) => bar), market.expected('1s'));
});

scenario('without a file there is history too, as long as the process lives', async (t) => {
  const market = new Market();
  const server = await serve(t, listening);
  const publisher = await Publisher.connect(server);
  await market.publish(server, publisher, Array.from({ length: 50 }, (_, i) => [i * 30, 100 + i, 1]));
  await market.told(server);
  const metrics = await server.metrics();
  assert.equal(metrics.sum('tickcast_history_failing'), 0);
  assert.equal(metrics.sum('tickcast_history_lost_total'), 0);
});

scenario('a disk that is full delays nobody, and gets its bars when it has room', async (t) => {
  const home = join(temporary_directory(t), 'small');
  mkdirSync(home);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', home], { stdio: 'pipe' });
  } catch (error) {
    return t.diagnostic(`skipped: no small disk can be made here (${String(error.stderr).trim()})`);
  }
  t.after(() => execFileSync('umount', [home], { stdio: 'pipe' }));
  const options = { ...listening, set: { history_flush_s: 0.1 }, args: ['--history', join(home, 'bars.db')] };
  const market = new Market();
  const server = await doomed(t, options);
  const publisher = await Publisher.connect(server);
  const client = await Client.open(server);
  await market.publish(server, publisher, [[0, 100, 1]]);
  await client.subscribe('AAPL');
  await server.counted('tickcast_history_written_total', {}, 1);
  try {
    writeFileSync(join(home, 'filler'), Buffer.alloc(4 << 20));
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  }
  for (let i = 1; (await server.metrics()).sum('tickcast_history_failing') === 0; ++i) {
    assert.ok(i < 200, 'the disk is never full');
    await market.publish(server, publisher, Array.from({ length: 50 }, (_, j) => [i * 50 + j, 100 + j, 1]));
    await client.next((m) => m.e === 'trade' && m.n === market.trades.length);
  }
  const sent = Date.now();
  const published = market.publish(server, publisher, [[20_000, 55, 1], [20_001, 56, 1]]);
  await client.next((m) => m.e === 'trade' && m.n === market.trades.length);
  t.diagnostic(`a trade came ${Date.now() - sent} ms after it was published, while the disk was full`);
  await published;
  assert.equal((await server.admin('/readyz')).status, 200);
  await market.told(server);  // those that wait are found too
  const metrics = await server.metrics();
  assert.ok(metrics.sum('tickcast_history_waiting') > 0);
  assert.equal(metrics.sum('tickcast_history_lost_total'), 0);
  assert.equal(server.log.filter((line) => /history: .* takes nothing/.test(line)).length, 1, 'told once a minute');
  rmSync(join(home, 'filler'));
  await server.logged(/history: .* takes bars again; 0 closed ones were lost/);
  await server.counted('tickcast_history_waiting', {}, (waiting) => waiting === 0);
  publisher.drop();
  await server.stop();
  const again = await doomed(t, options);
  await market.told(again);
  await again.stop();
});

scenario('a file that cannot be taken ends the start with a sentence', async (t) => {
  const home = temporary_directory(t);
  const start = (file) => run(['serve', '--plain', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--history', file]);
  const refused = async (file, pattern) => {
    const { code, stderr } = await start(file);
    assert.equal(code, 2, stderr);
    assert.match(stderr.trim(), pattern);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  };
  const text = join(home, 'text');
  writeFileSync(text, 'this is a letter, and no database\n'.repeat(100));
  await refused(text, /^tickcast: history: .*text is no SQLite database; name another file, or move this one away$/);
  await refused(home, /cannot be opened for writing: Is a directory$/);
  await refused(join(text, 'bars.db'), /cannot be opened for writing: Not a directory$/);
  const good = join(home, 'bars.db');
  const server = await serve(t, { ...listening, args: ['--history', good] });
  await refused(good, /is in use by another server; give each a file of its own$/);
  await server.stop();
  const damaged = join(home, 'damaged.db');
  const bytes = readFileSync(good);
  bytes.fill(0x5a, 4096, 8192);
  writeFileSync(damaged, bytes);
  await refused(damaged, /is damaged: .*; restore a copy of it, or move it away$/);
});
