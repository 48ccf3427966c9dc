// The laws of delivery over real sockets: whatever a client asks for and however it reads, it hears of every number exactly
// once and in order, plain, merged or as a gap; what is merged has the numbers of what it covers; and bars by venue time are
// the same from merged trades as from all of them. Clients, options and slow spells are thrown by dice.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Coverage } from './lib/coverage.mjs';
import { Publisher } from './lib/publisher.mjs';
import { exact } from './lib/decimal.mjs';
import { Follower, assert_laws, newest_of, trades_in } from './lib/follower.mjs';
import { Tape, bar_of, bars } from './lib/tape.mjs';
import { dice } from './lib/dice.mjs';

// A client that reads in fits and starts, changes its options now and then, and comes back when it was evicted.
class Player extends Follower {
  constructor(server, throws, symbols, kind, sleepy) {
    super(server, symbols, () => (kind === 'merging' ? { mode: 'latest', interval_ms: throws.pick([0, 20, 100, 300, 1000]) }
      : { mode: 'every', on_slow: kind }));
    Object.assign(this, { throws, kind, sleepy });
  }

  // How long it does not read: a sleepy one always so long that its queue is full by then.
  rest() { return this.sleepy ? this.throws.between(1000, 1800) : this.throws.between(50, this.throws.pick([200, 1200])); }

  async play(end) {
    while (Date.now() < end) {
      this.client.socket.pause();
      await pause(this.rest());
      this.client.socket.resume();
      await pause(this.throws.between(50, this.throws.pick([100, 600])));
      if (this.client.close) await this.come_back();
      // A change in the midst of it all keeps the count: nothing is merged over it, missed or sent twice.
      if (this.throws.chance(0.3)) {
        this.client.send({ op: 'subscribe', id: 'change', channel: 'trades', symbols: this.symbols, snapshot: false, ...this.options() });
      }
    }
  }
}

scenario('whatever clients ask for and however they read, every number comes once, in order, and merged exactly', async (t) => {
  const throws = dice(t);
  const symbols = Array.from({ length: 8 }, (_, i) => `L${String(i).padStart(5, '0')}`);
  const rate = scaled(6000, 3000);
  const server = await serve(t, { feeds: [`sim:symbols=8&rate=${rate}&seed=${throws.between(1, 1e6)}&prefix=L&mix=trades`],
    set: { backlog_bytes: 32768, send_buffer_bytes: 16384 } });
  await server.ticks_in(200);
  const reference = new Follower(server, symbols);
  const kinds = ['evict', 'latest', 'gap', 'merging'];
  const players = Array.from({ length: 12 }, (_, i) =>
    new Player(server, throws.fork(), i < 4 ? symbols : throws.some(symbols), kinds[i % 4], i < 4));
  const all = [reference, ...players];
  await Promise.all(all.map((follower) => follower.connect()));
  const end = Date.now() + 8000;
  await Promise.all(players.map((player) => player.play(end)));
  const newest = await newest_of(server, symbols);
  await Promise.all(all.map((follower) => follower.catch_up(newest)));
  // An end may still be on its way to who has heard everything.
  const ended = () => all.reduce((count, { ends, client }) => count + ends.length + (client.close ? 1 : 0), 0);
  await until(async () => (await server.metrics()).sum('tickcast_evictions_total') === ended(), 5000, 'each eviction being seen by a client');
  const judged = assert_laws(reference, players);
  const sum = (kind, count) => players.filter((player) => player.kind === kind).reduce((total, player) => total + count(player), 0);
  const seen = { merged: sum('merging', ({ coverage }) => coverage.merged), degraded: sum('latest', ({ coverage }) => coverage.rates.length),
    gaps: sum('gap', ({ coverage }) => coverage.gaps.length), evictions: sum('evict', ({ ends }) => ends.length) };
  t.diagnostic(`${JSON.stringify(seen)}; ${judged} merged trades judged`);
  // Merged for or told, a client never gets as far as an eviction.
  for (const { kind, ends } of players) assert.ok(ends.every(({ code }) => kind === 'evict' && code === 4008), `${kind}: ${JSON.stringify(ends)}`);
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what}: the clients were not slow enough to show anything`);
  assert.equal(sum('gap', ({ coverage }) => coverage.merged) + sum('evict', ({ coverage }) => coverage.merged), 0, 'who did not ask for it gets nothing merged');
}, { seconds: 40 });

// A market whose venue time runs as fast as the clock, each symbol's with an offset of its own: the edges of its seconds lie
// anywhere in an interval, and it passes the edge of a minute while the test looks on.
class Venue {
  constructor(publisher, throws, symbols, lasting_ms) {
    Object.assign(this, { publisher, throws, tape: new Tape(), counts: new Map(symbols.map((s) => [s, 0])) });
    this.start = Date.now();
    this.offsets = new Map(symbols.map((s) => [s, 1_800_000_000_000_000 + 60e6 - throws.between(2000, lasting_ms - 2000) * 1000]));
  }

  async trade(s) {
    const message = { e: 'trade', s, t: this.offsets.get(s) + Math.round((Date.now() - this.start + this.throws.next()) * 1000),
      p: this.throws.between(10000, 11000) / 100, q: this.throws.between(1, 9999) / 10 };
    const n = this.counts.get(s) + 1;
    this.counts.set(s, n);
    this.tape.take(exact(JSON.stringify({ ...message, n })));
    return JSON.stringify(message);
  }

  // Some trades of each symbol, in bursts with breaks between them.
  async open_for(ms) {
    for (const end = Date.now() + ms; Date.now() < end;) {
      const lines = [];
      for (const s of this.counts.keys()) {
        if (this.throws.chance(0.3)) continue;
        for (let i = this.throws.between(1, 4); i > 0; --i) lines.push(await this.trade(s));
      }
      await this.publisher.events(lines);
      await pause(this.throws.between(2, 30));
    }
  }
}

scenario('bars by venue time are the same from merged trades as from all trades', async (t) => {
  const throws = dice(t);
  const server = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'], set: { open_symbols: true } });
  const symbols = ['ADA', 'BTC', 'DOT', 'ETH'];
  const lasting_ms = 7000;
  const clients = await Promise.all([0, 40, 250, 500, 1000, 2500, throws.between(1, 500)].map(async (interval_ms) => {
    const client = await Client.open(server);
    await client.subscribe(symbols, { mode: 'latest', interval_ms });
    return { client, interval_ms };
  }));
  const venue = new Venue(await Publisher.connect(server), throws, symbols, lasting_ms);
  await venue.open_for(lasting_ms);
  const newest = [...venue.counts].map(([s, n]) => ({ s, n }));
  let merged = 0;
  for (const { client, interval_ms } of clients) {
    const coverage = new Coverage();
    let from = 0;
    await until(() => {
      for (; from < client.messages.length; ++from) coverage.take(client.messages[from]);
      return coverage.reached(newest);
    }, 8000, `the last trades at the client with ${interval_ms} ms`);
    assert.deepEqual([coverage.faults, coverage.gaps], [[], []]);
    merged += coverage.merged;
    const mine = trades_in(client.frames);
    for (const message of mine) assert.equal(venue.tape.judge(message), '');
    for (const period_s of interval_ms <= 500 ? [1, 60] : [60]) {
      for (const { s, n } of newest) {
        const built = bars(mine.filter((m) => m.s === s).map(bar_of), period_s * 1e6);
        const raw = bars(venue.tape.range(s, 1, n), period_s * 1e6);
        assert.deepEqual(built, raw, `bars of ${period_s} s of ${s} at an interval of ${interval_ms} ms`);
        if (period_s === 1) assert.ok(raw.size >= 4, `${raw.size} bars are too few`);
      }
    }
  }
  assert.ok(merged > 100, `${merged} merged trades are too few`);
}, { seconds: 40 });
