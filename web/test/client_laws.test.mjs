// Random markets, cuts, restarts and changes of mind, against a server that is a few lines of the contract: whatever happens, each
// subscription gets each number once and in order, or a gap that covers it, and every trade is the one that has the number.
import assert from "node:assert/strict";
import test from "node:test";
import { setting, settled, trade } from "./fake.mjs";

const limit = { timeout: 60_000 };
const symbols = ["A", "B", "C", "D"];

function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  return { chance: (p) => next() < p, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

/** The contract: numbers, acknowledgements, snapshots, replays. One session at a time. */
class Exchange {
  constructor(throws) {
    Object.assign(this, { throws, epoch: 1, last: new Map(symbols.map((s) => [s, 0])), kept: 12 });
    this.forget();
  }

  forget() {
    this.seats = new Map(); // symbol → options, of this session
    this.wild = undefined;
    this.held = new Map();  // what a `latest` stream has not sent: symbol → first number
  }

  restart() {
    this.epoch += 1;
    for (const s of symbols) this.last.set(s, this.throws.below(4));
  }

  made(s, n, more = {}) { return trade(s, n, { p: this.epoch * 1e6 + n, ...more }); }

  tick(s) {
    const n = this.last.get(s) + 1;
    this.last.set(s, n);
    const how = this.seats.get(s);
    if (!how) return [];
    if (how.mode !== "latest") return [this.made(s, n)];
    if (!this.held.has(s)) this.held.set(s, n);
    return this.throws.chance(0.4) ? this.flush(s) : [];
  }

  flush(s) {
    const first = this.held.get(s);
    this.held.delete(s);
    if (first === undefined) return [];
    const n = this.last.get(s);
    return [first === n ? this.made(s, n) : this.made(s, n, { f: first, k: n - first + 1 })];
  }

  /** What a command is answered, in frames. */
  take({ op, id, symbols: asked, ...how }) {
    if (op === "unsubscribe") return [[this.unsubscribe(id, asked)]];
    if (op !== "subscribe") return [[{ e: "pong", id, t: 1 }]];
    const all = asked[0] === "*";
    const resumed = how.resume?.n ?? {};
    const entries = [];
    const data = [];
    if (all) {
      this.wild = how;
      entries.push({ s: "*", count: symbols.length });
    }
    for (const s of all ? symbols : asked) {
      data.push(...this.flush(s));
      this.seats.set(s, how);
      const n = this.last.get(s);
      const entry = { s, n };
      const from = resumed[s];
      if (from !== undefined) {
        entry.recovered = how.resume.epoch === `e${this.epoch}` && from <= n && n - from <= this.kept;
        if (entry.recovered) for (let i = from + 1; i <= n; i += 1) data.push(this.made(s, i));
      }
      if (!entry.recovered && (how.snapshot !== false || entry.recovered === false))
        for (let i = Math.max(1, n - (how.history ?? 1) + 1); i <= n; i += 1) data.push(this.made(s, i, { snap: true }));
      if (!all || from !== undefined) entries.push(entry);
    }
    const ack = { e: "subscribed", id, channel: "trades", mode: how.mode ?? "every", interval_ms: 0, symbols: entries, failed: [] };
    const at = this.throws.below(data.length + 1);
    return [[ack, ...data.slice(0, at)], data.slice(at)];
  }

  unsubscribe(id, asked) {
    for (const s of asked ?? symbols) {
      this.seats.delete(s);
      this.held.delete(s);
    }
    if (!asked) this.wild = undefined;
    return { e: "unsubscribed", id, channel: "trades", symbols: asked ?? symbols };
  }

  heartbeat() {
    return { e: "heartbeat", t: 1, n: { trades: Object.fromEntries([...this.seats.keys()].filter((s) => !this.held.has(s)).map((s) => [s, this.last.get(s)])) } };
  }
}

/** What one subscription was given. */
class Judge {
  constructor(subscription, faults) {
    Object.assign(this, { subscription, faults, due: new Map(), given: 0 });
    subscription.on("message", (m) => this.take(m));
    subscription.on("gap", (gap) => this.gap(gap));
  }

  take({ s, n, p, f = n }) {
    const due = this.due.get(s);
    const epoch = Math.floor(p / 1e6);
    this.given += 1;
    if (!this.subscription.symbols.includes(s) && !this.subscription.symbols.includes("*")) this.faults.push(`${s} is not subscribed`);
    if (p % 1e6 !== n) this.faults.push(`${s} ${n} is another trade`);
    if (due && (due.n !== f || (due.epoch !== epoch && due.epoch !== 0))) this.faults.push(`${s} ${f}…${n} of ${epoch} where ${due.n} of ${due.epoch} was due`);
    this.due.set(s, { n: n + 1, epoch });
  }

  gap({ s, f, n, why }) {
    const due = this.due.get(s);
    if (why === "new_epoch") {
      this.due.set(s, { n: n + 1, epoch: 0 });
      return;
    }
    if (n < f) this.faults.push(`an empty gap: ${s} ${f}…${n}`);
    if (due && due.n !== f) this.faults.push(`a gap ${s} ${f}…${n} where ${due.n} was due`);
    this.due.set(s, { n: n + 1, epoch: due?.epoch ?? 0 });
  }
}

async function play(seed) {
  const throws = dice(seed);
  const exchange = new Exchange(throws);
  const server = setting({ backoff: { base: 1, cap: 1 } });
  const faults = [];
  const judges = [];
  let live = false;
  let lost = false; // a tail that did not come: only heartbeats tell
  const hear = async () => {
    for (let round = 0; round < 20 && live; round += 1) {
      await settled();
      const commands = server.commands();
      if (commands.length === 0) return;
      for (const command of commands) for (const frame of exchange.take(command)) if (frame.length > 0) server.say(...frame);
    }
  };
  const tick = () => {
    const list = Array.from({ length: throws.below(6) }, () => exchange.tick(throws.pick(symbols))).flat();
    lost = live && throws.chance(0.05);
    if (live && !lost && list.length > 0) server.say(...list);
    if (lost) server.say(exchange.heartbeat());
  };
  const subscribe = () => {
    if (judges.length > 5) return;
    const wild = throws.chance(0.3);
    const names = wild ? "*" : symbols.filter(() => throws.chance(0.5));
    if (names.length === 0) return;
    try {
      const options = { mode: throws.pick(["every", "latest"]), ...(throws.chance(0.5) && { history: 1 + throws.below(5) }), ...(throws.chance(0.2) && { snapshot: false }) };
      judges.push(new Judge(server.client.subscribe("trades", names, options), faults));
    } catch (error) {
      assert.equal(error.code, "conflict");
    }
  };
  const connect = async () => {
    server.outside.pass(5);
    if (server.client.state.name !== "connecting") return;
    live = true;
    await server.welcome(`e${exchange.epoch}`, { limits: { symbols: 1024, commands_per_s: 1000, burst: 1000, frame_bytes: 65536 } });
  };
  subscribe();
  for (let step = 0; step < 150; step += 1) {
    const what = judges.length === 0 ? 7 : throws.below(20);
    if (!live && what < 6) {
      await connect();
    } else if (live && what === 6) {
      server.close(1006);
      exchange.forget();
      live = false;
      server.commands();
      if (throws.chance(0.3)) exchange.restart();
    } else if (what === 7) {
      subscribe();
    } else if (what === 8 && judges.length > 1) {
      const [gone] = judges.splice(throws.below(judges.length), 1);
      gone.subscription.close();
    } else if (what === 9) {
      const { subscription } = throws.pick(judges);
      if (!subscription.symbols.includes("*") && subscription.symbols.length > 1) {
        const [first] = subscription.symbols;
        subscription.remove(first);
        judges.find((one) => one.subscription === subscription).due.delete(first);
      }
    } else if (what === 10) {
      const { subscription } = throws.pick(judges);
      try {
        if (!subscription.symbols.includes("*")) subscription.add(throws.pick(symbols));
      } catch (error) {
        assert.equal(error.code, "conflict");
      }
    }
    if (throws.chance(0.7)) await hear();
    tick();
    if (faults.length > 0) break;
  }
  // At last everybody hears of everything.
  if (!live) await connect();
  await hear();
  server.say(...symbols.flatMap((s) => exchange.flush(s)), { e: "pong", t: 1 });
  server.say(exchange.heartbeat());
  await hear();
  for (const { subscription, due } of judges) {
    for (const [s, { n }] of due) {
      const named = subscription.symbols.includes(s) || subscription.symbols.includes("*");
      if (named && n !== exchange.last.get(s) + 1) faults.push(`${s} ends before ${n}, and not with ${exchange.last.get(s)}`);
    }
  }
  return { faults, given: judges.reduce((sum, { given }) => sum + given, 0) };
}

test("whatever happens, each number comes once and in order, or is told to be missing", limit, async (t) => {
  const first = Number(process.env.TICKCAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`TICKCAST_SEED=${first}`);
  let given = 0;
  for (let seed = first; seed < first + 300; seed += 1) {
    const played = await play(seed);
    assert.deepEqual(played.faults, [], `TICKCAST_SEED=${seed}`);
    given += played.given;
  }
  assert.ok(given > 10_000, String(given));
});
