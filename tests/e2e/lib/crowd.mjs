// A crowd of followers in a process of their own (lib/worker.mjs), healthy or slow. It joins, reads, comes back and says what it
// has seen; what is right is decided by the test.
import { pause, until } from './deadline.mjs';
import { Follower, p99 } from './follower.mjs';
import { Paced } from './paced.mjs';

const members = [];
let server;

// In small groups, as people come.
async function each(list, group, action) {
  for (let from = 0; from < list.length; from += group) await Promise.all(list.slice(from, from + group).map(action));
}

// How slowly somebody reads: pieces at intervals, nothing at all, or everything from time to time.
class Slow extends Follower {
  constructor(symbols, options, pace) {
    super(server, symbols, options, { keep: false });
    this.pace = pace;
    if (pace.piece) Object.assign(this.way, Paced.way(pace.piece, (paced) => { this.paced = paced; }));
  }

  async begin() {
    if (this.paced) return this.paced.every(this.pace.every_ms);
    this.client.socket.pause();
    if (this.pace.rest_ms) await pause((members.indexOf(this) * 97) % this.pace.rest_ms);  // not all in step
    while (this.pace.rest_ms && !this.over) {
      await pause(this.pace.rest_ms);
      this.client.socket.resume();
      await pause(this.pace.read_ms);
      if (!this.over) this.client.socket.pause();
    }
  }

  get port() { return (this.paced?.tcp ?? this.client.socket._socket).localPort; }

  read_on() {
    if (this.over) return;
    this.over = true;
    if (this.paced) this.paced.at_full_speed();
    this.client.socket.resume();
  }
}

// `list` has { symbols, options, pace } for each.
export async function join(url, list) {
  server ??= { url: () => url, peers: new Set() };
  const came = list.map(({ symbols, options, pace }) =>
    (pace ? new Slow(symbols, options, pace) : new Follower(server, symbols, options, { keep: false })));
  await each(came, 40, (member) => member.connect());
  members.push(...came);
}

export function slow_down() { for (const member of members) member.begin(); }

// 99 % of the trades of one second came within so many ms: for each of the next seconds.
export async function measure(seconds) {
  const all = [];
  for (const member of members) Object.assign(member, { measuring: true, delays: [] });
  while (all.length < seconds) {
    await pause(1000);
    all.push(p99(members.flatMap((member) => member.measured())));
  }
  for (const member of members) member.measuring = false;
  return all;
}

// Those at these ports read what still waits for them: why they were closed.
export function read_on(ports) {
  for (const member of members) if (ports.includes(member.port)) member.read_on();
}

// Those that were closed by now: how they read, and the code.
export const closed = () => members.filter(({ client }) => client.close).map(({ pace, client }) => ({ pace: pace?.name, code: client.close.code }));

// All read again at full speed, up to these numbers or to their end, and leave: all of them together, and going on, would be
// more than this process can read. Who was closed comes back and asks for the rest.
export async function recover(newest) {
  await each(members, members.length, async (member) => {
    member.read_on();
    await until(() => member.client.close || member.coverage.reached(newest), 20_000, 'the end of what waited for a slow client');
    if (!member.client.close) member.leave();
  });
  await each(members.filter(({ coverage }) => !coverage.reached(newest)), 25, async (member) => {
    await member.catch_up(newest, 20_000);
    member.leave();
  });
}

// Until each has heard of these.
export async function catch_up(newest) { await Promise.all(members.map((member) => member.catch_up(newest))); }

// All gone at once, and back with what they have heard of.
export function cut() { for (const member of members) member.leave(); }
export async function come_back(group) { await each(members, group, (member) => member.come_back()); }

export function report() {
  return members.map(({ coverage, ends, faults, recovered, pace, options }) => ({ faults: [...coverage.faults, ...faults], ends, recovered,
    pace: pace?.name, options: options(), plain: coverage.plain, merged: coverage.merged, gaps: coverage.gaps.length, missing: coverage.missing, rates: coverage.rates.length }));
}
