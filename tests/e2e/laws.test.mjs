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
import { Tape, bar_of, bars } from './lib/tape.mjs';
import { dice } from './lib/dice.mjs';

const kept = 4096;  // recent ticks of a stream, for resume
const live = (m) => m.e === 'trade' && !m.snap;
const trades_in = (frames) => frames.flatMap(({ text }) => exact(text)).filter(live);

// A client that reads in fits and starts, changes its options now and then, and comes back when it was evicted.
class Player {
  constructor(server, throws, symbols, kind) {
    Object.assign(this, { server, throws, symbols, kind, coverage: new Coverage(), frames: [], changes: 0, evictions: [], faults: [] });
  }

  // What its kind may ask for: the kind says what happens when it is slow.
  options() {
    if (this.kind === 'merging') return { mode: 'latest', interval_ms: this.throws.pick([0, 20, 100, 300, 1000]) };
    return { mode: 'every', on_slow: this.kind };
  }

  async connect(resume) {
    this.client = await Client.open(this.server, { on_message: (m) => {
      if (m.e === 'subscribed') this.coverage.begin(m.symbols);
      this.coverage.take(m);
    } });
    this.epoch ??= (await this.client.next('welcome')).epoch;
    const ack = await this.client.subscribe(this.symbols, { ...this.options(), snapshot: false, ...resume }, 15_000);
    assert.equal(ack.e, 'subscribed', JSON.stringify(ack));
    return ack;
  }

  // Evicted: the rest is asked for on a new connection, and there as long as it is kept.
  async come_back() {
    this.evictions.push(this.client.close);
    this.frames.push(...this.client.frames);
    const n = this.coverage.heard;
    const ack = await this.connect({ resume: { epoch: this.epoch, n } });
    for (const { s, n: last, recovered } of ack.symbols) {
      if (recovered === (last - n[s] <= kept)) continue;
      this.faults.push(`${s} went from ${n[s]} to ${last} meanwhile, and recovered is ${recovered}`);
    }
  }

  async play(end) {
    while (Date.now() < end) {
      this.client.socket.pause();
      await pause(this.throws.between(50, this.throws.pick([200, 1500])));
      this.client.socket.resume();
      await pause(this.throws.between(50, this.throws.pick([100, 600])));
      if (this.client.close) await this.come_back();
      // A change in the midst of it all keeps the count: nothing is merged over it, missed or sent twice.
      if (this.throws.chance(0.3)) {
        ++this.changes;
        this.client.send({ op: 'subscribe', id: 'change', channel: 'trades', symbols: this.symbols, snapshot: false, ...this.options() });
      }
    }
  }

  // Reads on until it has heard of everything up to these numbers.
  async catch_up(newest) {
    const wanted = newest.filter(({ s }) => this.symbols.includes(s));
    await until(async () => {
      if (this.client.close) await this.come_back();
      return this.coverage.reached(wanted);
    }, 10_000, () => `a ${this.kind} client's hearing of all of ${JSON.stringify(wanted)} (it is at ${JSON.stringify(this.coverage.heard)})`);
    this.frames.push(...this.client.frames);
  }
}

scenario('whatever clients ask for and however they read, every number comes once, in order, and merged exactly', async (t) => {
  const throws = dice(t);
  const symbols = Array.from({ length: 8 }, (_, i) => `L${String(i).padStart(5, '0')}`);
  const rate = scaled(6000, 2000);
  const server = await serve(t, { feeds: [`sim:symbols=8&rate=${rate}&seed=${throws.between(1, 1e6)}&prefix=L&mix=trades`],
    set: { backlog_bytes: 32768, send_buffer_bytes: 16384 } });
  await server.ticks_in(200);
  const reference = await Client.open(server);
  await reference.subscribe(symbols);
  const kinds = ['evict', 'latest', 'gap', 'merging'];
  const players = Array.from({ length: 12 }, (_, i) =>
    new Player(server, throws.fork(), i < 4 ? symbols : throws.some(symbols), kinds[i % 4]));
  await Promise.all(players.map((player) => player.connect()));
  const end = Date.now() + 8000;
  await Promise.all(players.map((player) => player.play(end)));
  const { symbols: newest } = await (await Client.open(server)).subscribe(symbols);
  await Promise.all(players.map((player) => player.catch_up(newest)));
  await until(() => newest.every(({ s, n }) => reference.messages.some((m) => m.s === s && m.n > n)), 5000, 'the reference going on');
  // Judging takes a while, in which nobody reads.
  const evicted = (await server.metrics()).sum('tickcast_evictions_total');
  for (const { client } of [...players, { client: reference }]) client.drop();

  const tape = new Tape();
  const whole = new Coverage();
  for (const message of reference.messages) whole.take(message);
  assert.deepEqual([whole.faults, whole.merged, whole.missing], [[], 0, 0], 'who reads gets every trade');
  for (const message of trades_in(reference.frames)) tape.take(message);
  let judged = 0;
  for (const { coverage, frames, faults, kind, evictions } of players) {
    assert.deepEqual([coverage.faults, faults], [[], []], `of a client with ${kind}`);
    // Merged for or told, a client never gets as far.
    assert.deepEqual(evictions.map(({ code }) => (kind === 'evict' ? code === 4008 : code)), evictions.map(() => true), `${kind}: ${JSON.stringify(evictions)}`);
    for (const message of trades_in(frames)) {
      const wrong = tape.judge(message);
      if (wrong === undefined) continue;
      assert.equal(wrong, '', `of a client with ${kind}`);
      if (message.k !== undefined) ++judged;
    }
  }
  const sum = (kind, count) => players.filter((player) => player.kind === kind).reduce((total, player) => total + count(player), 0);
  const seen = { merged: sum('merging', ({ coverage }) => coverage.merged), degraded: sum('latest', ({ coverage }) => coverage.rates.length),
    gaps: sum('gap', ({ coverage }) => coverage.gaps.length), evictions: sum('evict', ({ evictions }) => evictions.length) };
  t.diagnostic(`${JSON.stringify(seen)}; ${judged} merged trades judged`);
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what}: the clients were not slow enough to show anything`);
  assert.equal(sum('gap', ({ coverage }) => coverage.merged) + sum('evict', ({ coverage }) => coverage.merged), 0, 'who did not ask for it gets nothing merged');
  assert.equal(evicted, seen.evictions, 'each eviction was seen by a client');
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
  const clients = await Promise.all([0, 40, 250, 700, 1000, 2500, throws.between(1, 1000)].map(async (interval_ms) => {
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
    for (const period_s of interval_ms <= 1000 ? [1, 60] : [60]) {
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
