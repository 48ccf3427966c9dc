// A client that stays with its symbols: it comes back with `resume` whenever its connection ended, and knows whether it has
// heard of every number, over all its connections. What it got is kept, to be judged by a tape of the market.
import assert from 'node:assert/strict';
import { until } from './deadline.mjs';
import { Client } from './client.mjs';
import { Coverage } from './coverage.mjs';
import { exact } from './decimal.mjs';
import { Tape } from './tape.mjs';

const kept = 4096;  // recent ticks of a stream, for resume
const live = (m) => m.e === 'trade' && !m.snap;

export class Follower {
  // `options` are those of `subscribe`, or a function that gives them; `way` is what a Client takes, and `keep`.
  constructor(server, symbols, options = {}, { keep = true, ...way } = {}) {
    Object.assign(this, { server, symbols, keep, way, coverage: new Coverage(), frames: [], ends: [], faults: [], delays: [] });
    this.options = typeof options === 'function' ? options : () => options;
    this.measuring = false;
    this.recovered = 0;  // how often it came back and nothing was missing
  }

  take(message) {
    if (message.e === 'subscribed') this.coverage.begin(message.symbols);
    this.coverage.take(message);
    if (this.measuring && live(message)) this.delays.push(performance.timeOrigin + performance.now() - message.t / 1000);
  }

  async connect(more = {}) {
    const client = await Client.open(this.server, { ...this.way, on_message: (m) => this.take(m) });
    Object.assign(this, { client, left: false });
    this.epoch ??= (await client.next('welcome')).epoch;
    const ack = await client.subscribe(this.symbols, { ...this.options(), snapshot: false, ...more }, 15_000);
    assert.equal(ack.e, 'subscribed', JSON.stringify(ack));
    client.keep = this.keep;
    return ack;
  }

  // Gone at once, as if the machine were: nothing more is read.
  leave() {
    this.left = true;
    this.client.socket.removeAllListeners('message');
    this.client.drop();
    this.frames.push(...this.client.frames.splice(0));
  }

  // The rest is asked for on a new connection: it has to be there as long as it is kept, and only so long.
  async come_back() {
    if (this.client.close && !this.left) this.ends.push(this.client.close);
    this.leave();
    const n = this.coverage.heard;
    const ack = await this.connect({ resume: { epoch: this.epoch, n } });
    for (const { s, n: last, recovered } of ack.symbols) {
      if (recovered !== (last - n[s] <= kept)) this.faults.push(`${s} went from ${n[s]} to ${last} meanwhile, and recovered is ${recovered}`);
    }
    if (ack.symbols.every(({ recovered }) => recovered)) ++this.recovered;
  }

  // Until it has heard of everything up to these numbers, coming back as often as that takes.
  async catch_up(newest, ms = 10_000) {
    const wanted = newest.filter(({ s }) => this.symbols.includes(s));
    await until(async () => {
      // A way that cuts connections may cut this one before it is open.
      if (!this.client || this.client.close) await this.come_back().catch((error) => { this.trouble = error; });
      return this.coverage.reached(wanted);
    }, ms, () => `the hearing of all of ${JSON.stringify(wanted)} (it is at ${JSON.stringify(this.coverage.heard)}; ${this.trouble?.message ?? 'no trouble'})`);
  }

  // All frames of all connections, and no more of them.
  settle() {
    this.leave();
    return this.frames;
  }

  // What was measured since it was last asked: from a trade's time to its arrival here, in ms.
  measured() { return this.delays.splice(0); }
}

export function p99(delays) {
  const sorted = [...delays].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)];
}

// The last numbers of the market, by { s, n }.
export async function newest_of(server, symbols) {
  const client = await Client.open(server);
  const ack = await client.subscribe(symbols, { snapshot: false });
  client.drop();
  return ack.symbols;
}

// Live trades with exact numbers.
export const trades_in = (frames) => frames.flatMap(({ text }) => exact(text)).filter(live);

// The laws of delivery: each of these heard of every number once, in order, and what is merged is exact by what the
// reference got, who reads and therefore gets every trade. Ends their connections, as judging takes a while in which nobody
// reads; returns how many merged trades were judged.
export function assert_laws(reference, followers) {
  const all = [reference, ...followers];
  for (const follower of all) follower.settle();
  const { faults, merged, gaps } = reference.coverage;
  assert.deepEqual([faults, merged, gaps], [[], 0, []], 'who reads gets every trade');
  const tape = new Tape();
  for (const message of trades_in(reference.frames)) tape.take(message);
  let judged = 0;
  for (const { coverage, frames, faults: others, options } of followers) {
    const who = `of a client with ${JSON.stringify(options())}`;
    assert.deepEqual([coverage.faults, others], [[], []], who);
    for (const message of trades_in(frames)) {
      const wrong = tape.judge(message);
      if (wrong === undefined) continue;
      assert.equal(wrong, '', who);
      if (message.k !== undefined) ++judged;
    }
  }
  return judged;
}
