// Order: connections that change their minds a hundred times a second while the market trades. A model of what is subscribed
// reads each connection's messages in their order: every answer in its turn, `list` equal to the model, data only of what the
// model has, ack before snapshot before live, numbers contiguous from each ack, and silence after `unsubscribed`.
import assert from 'node:assert/strict';
import { scenario } from './lib/scenario.mjs';
import { patience, pause, until } from './lib/deadline.mjs';
import { serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { dice } from './lib/dice.mjs';

const symbols = Array.from({ length: 10 }, (_, i) => `S${String(i).padStart(5, '0')}`);
const channel_of = { trade: 'trades', quote: 'quotes', gap: undefined };
const asides = new Set(['welcome', 'heartbeat', 'rate']);
const usual_mode = { trades: 'every', quotes: 'latest' };

// One stream from its ack on. `due` is the number that has to come next, undefined where a `*` has not said it; `snap` is what
// the snapshot to come ends with: a number, or 'any' where the ack did not say which. Until that comes a new one is `quiet`; one
// that had other options before may still say what those held back.
class Stream {
  constructor(how) { this.how = how; }
}

// What one connection should have, told by the answers alone.
class Model {
  constructor() {
    this.channels = new Map(['trades', 'quotes'].map((name) => [name, { all: undefined, streams: new Map() }]));
    this.asked = [];
    this.faults = [];
    this.counts = { answers: 0, data: 0, snapshots: 0, lists: 0, errors: 0 };
    this.recent = [];
  }

  fault(what) { if (this.faults.length < 5) this.faults.push(`${what}; before it: ${this.recent.slice(-12).join(' ')}`); }

  take(message) {
    if (message.e in channel_of) {
      this.data(message);
    } else if (!asides.has(message.e)) {
      this.answer(message);
    }
    this.recent.push(JSON.stringify(message));
    if (this.recent.length > 40) this.recent.splice(0, 20);
  }

  // ---- answers ----

  answer(message) {
    ++this.counts.answers;
    const command = this.asked.shift();
    if (!command || message.id !== command.id) return this.fault(`${JSON.stringify(message)} answers ${JSON.stringify(command)}`);
    const expected = this.expected(command);
    if (message.e !== expected) return this.fault(`${JSON.stringify(command)} got ${JSON.stringify(message)}, not ${expected}`);
    if (expected === 'error') ++this.counts.errors;
    if (expected === 'subscribed') this.subscribed(command, message);
    if (expected === 'unsubscribed') this.unsubscribed(command, message);
    if (expected === 'subscriptions') this.listed(message);
  }

  expected({ op, channel, symbols: named, mode }) {
    if (op === 'ping') return 'pong';
    if (op === 'list') return 'subscriptions';
    if (op === 'subscribe') return mode === 'sometimes' || !named.some((s) => s === '*' || symbols.includes(s)) ? 'error' : 'subscribed';
    return !named || named.some((s) => this.channels.get(channel).streams.has(s)) ? 'unsubscribed' : 'error';
  }

  subscribed(command, message) {
    const { streams } = this.channels.get(command.channel);
    const how = { mode: command.mode ?? usual_mode[command.channel], interval_ms: command.interval_ms ?? 0, on_slow: command.on_slow ?? 'evict' };
    if (message.mode !== how.mode || message.interval_ms !== how.interval_ms) this.fault(`${JSON.stringify(message)} is not ${JSON.stringify(how)}`);
    const everything = command.symbols[0] === '*';
    const acked = everything ? symbols.map((s) => ({ s })) : message.symbols;
    if (everything) {
      this.channels.get(command.channel).all = how;
      if (message.symbols.length !== 1 || message.symbols[0].s !== '*' || message.symbols[0].count !== symbols.length) this.fault(JSON.stringify(message));
    } else {
      this.same(acked.map(({ s }) => s).sort(), command.symbols.filter((s) => symbols.includes(s)).sort(), 'acknowledged');
      this.same(message.failed.map(({ s }) => s).sort(), command.symbols.filter((s) => !symbols.includes(s)).sort(), 'failed');
    }
    for (const { s, n } of acked) {
      let stream = streams.get(s);
      if (!stream) {
        streams.set(s, stream = new Stream(how));
        stream.due = everything ? undefined : n + 1;
        stream.quiet = command.snapshot !== false;
      }
      stream.how = how;
      stream.snap = command.snapshot === false || n === 0 ? undefined : n ?? 'any';
    }
  }

  unsubscribed(command, message) {
    const channel = this.channels.get(command.channel);
    const gone = (command.symbols ?? [...channel.streams.keys()]).filter((s) => channel.streams.has(s));
    this.same([...message.symbols].sort(), [...new Set(gone)].sort(), 'unsubscribed');
    for (const s of gone) channel.streams.delete(s);
    if (!command.symbols) channel.all = undefined;
  }

  listed(message) {
    ++this.counts.lists;
    const rows = [];
    for (const [channel, { all, streams }] of this.channels) {
      const row = (s, how) => `${channel} ${how.mode} ${how.interval_ms} ${s}`;
      if (all) rows.push(row('*', all));
      for (const [s, { how }] of streams) if (!all || !same_options(how, all)) rows.push(row(s, how));
    }
    const told = message.subscriptions.flatMap(({ channel, mode, interval_ms, symbols: named }) => named.map((s) => `${channel} ${mode} ${interval_ms} ${s}`));
    this.same(told.sort(), rows.sort(), 'listed');
  }

  same(told, right, what) {
    if (JSON.stringify(told) !== JSON.stringify(right)) this.fault(`${what}: ${JSON.stringify(told)}, and by the model ${JSON.stringify(right)}`);
  }

  // ---- data ----

  data(message) {
    ++this.counts.data;
    const { s, n, f = n, channel = channel_of[message.e] } = message;
    const stream = this.channels.get(channel).streams.get(s);
    const text = JSON.stringify(message);
    if (!stream) return this.fault(`${text} came, and ${channel} of ${s} are not subscribed`);
    if (message.snap) {
      ++this.counts.snapshots;
      if (stream.snap === undefined) return this.fault(`${text}: a snapshot that nobody waits for`);
      if (stream.snap !== 'any' && n !== stream.snap) this.fault(`${text}: the ack said ${stream.snap}`);
      if (stream.due !== undefined && n !== stream.due - 1) this.fault(`${text}: a snapshot where ${stream.due} was due`);
      stream.snap = undefined;
    } else {
      if (stream.due !== undefined && f !== stream.due) this.fault(`${text}: ${stream.due} was due`);
      // Live ones of before may come behind the ack of a change, as they were on their way; those of after may not.
      if (stream.snap !== undefined && (stream.quiet || n > stream.snap)) this.fault(`${text} came before its snapshot ${stream.snap}`);
    }
    stream.due = n + 1;
    if (stream.snap === undefined) stream.quiet = false;
  }
}

const same_options = (a, b) => a.mode === b.mode && a.interval_ms === b.interval_ms && a.on_slow === b.on_slow;

function random_command(throws, id) {
  const channel = throws.pick(['trades', 'trades', 'quotes']);
  const kind = throws.next();
  if (kind < 0.25) return { op: 'list', id };
  if (kind < 0.3) return { op: 'ping', id };
  if (kind < 0.6) {
    if (throws.chance(0.07)) return { op: 'unsubscribe', id, channel };
    return { op: 'unsubscribe', id, channel, symbols: throws.some(symbols, 4) };
  }
  const command = { op: 'subscribe', id, channel, symbols: throws.some(symbols, 4) };
  if (throws.chance(0.08)) command.symbols = ['*'];
  else if (throws.chance(0.1)) command.symbols[0] = 'NOBODY';
  if (throws.chance(0.03)) command.mode = 'sometimes';
  else if (throws.chance(0.6)) command.mode = throws.pick(['every', 'latest']);
  if (command.mode === 'latest' && throws.chance(0.7)) command.interval_ms = throws.pick([0, 20, 100, 400]);
  if (throws.chance(0.4)) command.on_slow = throws.pick(['evict', 'latest', 'gap']);
  if (throws.chance(0.3)) command.snapshot = false;
  return command;
}

scenario('a hundred commands a second on each of six connections leave the right subscriptions, in the right order', async (t) => {
  const throws = dice(t);
  const feeds = ['sim:symbols=10&rate=3000&seed=31&prefix=S&mix=trades', 'sim:symbols=10&rate=3000&seed=32&prefix=S&mix=quotes'];
  const server = await serve(t, { feeds, set: { commands_per_s: 1000, burst: 1000 } });
  await server.ticks_in(3000);  // each symbol has been traded and quoted
  const walkers = await Promise.all(Array.from({ length: 6 }, async () => {
    const model = new Model();
    const client = await Client.open(server, { on_message: (m) => model.take(m) });
    client.keep = false;
    return { client, model, throws: throws.fork(), id: 0 };
  }));
  const ask = (walker, commands) => {
    walker.model.asked.push(...commands);
    // Alone, or several in one frame: their answers come in order either way.
    if (commands.length === 1 || walker.throws.chance(0.5)) walker.client.send(commands.length === 1 ? commands[0] : commands);
    else for (const command of commands) walker.client.send(command);
  };
  const start = Date.now();
  const rounds = 120;
  for (let round = 0; round < rounds; ++round) {
    for (const walker of walkers) {
      ask(walker, Array.from({ length: walker.throws.between(1, 9) }, () => random_command(walker.throws, ++walker.id)));
    }
    await pause(Math.max(0, start + 50 * (round + 1) - Date.now()));
  }
  const seconds = (Date.now() - start) / 1000;
  const answered = () => walkers.every(({ model }) => model.asked.length === 0 || model.faults.length > 0);
  await until(answered, 5000, 'an answer to each command');
  // At the end nothing is left, and nothing comes any more.
  for (const walker of walkers) ask(walker, [{ op: 'unsubscribe', id: ++walker.id, channel: 'trades' }, { op: 'unsubscribe', id: ++walker.id, channel: 'quotes' }]);
  await until(answered, 5000, 'the last answers');
  const ticks = (await server.metrics()).sum('tickcast_ticks_in_total');
  await server.ticks_in(ticks + 1000);
  for (const walker of walkers) ask(walker, [{ op: 'list', id: ++walker.id }]);
  await until(answered, 5000, 'the empty lists');
  for (const { model, client } of walkers) {
    assert.deepEqual(model.faults, []);
    assert.equal(client.close, undefined);
    for (const [what, count] of Object.entries(model.counts)) assert.ok(count > 20, `${count} ${what} are too few to show anything`);
  }
  assert.equal((await server.metrics()).sum('tickcast_subscriptions'), 0);
  const sum = (what) => walkers.reduce((total, { model }) => total + model.counts[what], 0);
  const pace = sum('answers') / walkers.length / seconds;
  t.diagnostic(`${sum('answers')} commands, ${pace.toFixed(0)} a second on each connection, among ${sum('data')} trades and quotes`);
  assert.ok(pace > 70 / patience, `${pace} commands a second are too few to show anything`);
}, { seconds: 40 });
