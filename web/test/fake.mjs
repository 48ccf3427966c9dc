// A server that does nothing by itself, a clock that is moved by hand, and dice that always throw the highest.
import { load } from "./load.mjs";

const { Client } = await load("client", "client");

export function world() {
  let clock = 1_000_000;
  let timers = [];
  return {
    now: () => clock,
    random: () => 1,
    later(ms, what) {
      const timer = { at: clock + ms, what };
      timers.push(timer);
      return () => { timers = timers.filter((one) => one !== timer); };
    },
    pass(ms) {
      const end = clock + ms;
      for (;;) {
        const next = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((one) => one !== next);
        clock = Math.max(clock, next.at);
        next.what();
      }
      clock = end;
    },
    get waiting() { return timers.length; },
  };
}

/** Lets what was put off to the end of the turn happen. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A client on a server that says what the test says. */
export function setting(options = {}) {
  const outside = world();
  const sockets = [];
  class Socket {
    constructor(url, protocol) {
      Object.assign(this, { url, protocol, commands: [], frames: 0, closed: undefined });
      sockets.push(this);
    }
    send(text) {
      this.frames += 1;
      this.commands.push(...[JSON.parse(text)].flat());
    }
    close(code) { this.closed = code ?? "plain"; }
  }
  const client = new Client("wss://here", { WebSocket: Socket, world: outside, ...options });
  const states = [];
  const gaps = [];
  const wait = { socket: () => sockets[sockets.length - 1] };
  client.on("state", (state) => states.push(state));
  client.on("gap", ({ e, ...gap }) => gaps.push(gap));
  const server = {
    outside, sockets, client, states, gaps,
    get socket() { return wait.socket(); },
    say(...messages) { wait.socket().onmessage({ data: JSON.stringify(messages) }); },
    close(code, reason = "") { wait.socket().onclose({ code, reason }); },
    welcome(epoch = "e1", more = {}) {
      server.say({ e: "welcome", v: 1, server: "tickcast/0", session: "s", epoch, t: 1, ping_s: 20,
        limits: { symbols: 1024, commands_per_s: 10, burst: 40, frame_bytes: 65536 }, encodings: ["json"], channels: ["trades"], ...more });
      return settled();
    },
    /** The commands that came since it was last asked. */
    commands() { return wait.socket().commands.splice(0); },
    /** Acknowledges a command; `symbols` are entries, or numbers by symbol. */
    ack(command, symbols, failed = []) {
      const entries = Array.isArray(symbols) ? symbols : Object.entries(symbols).map(([s, n]) => ({ s, n }));
      server.say({ e: "subscribed", id: command.id, channel: command.channel, mode: "every", interval_ms: 0, symbols: entries, failed });
      return settled();
    },
    fail(command, code) {
      server.say({ e: "error", id: command.id, code, message: `it is ${code}` });
      return settled();
    },
    /** The connection is lost and comes back. */
    async back(epoch) {
      server.close(1006);
      outside.pass(states.at(-1).in_ms);
      await server.welcome(epoch);
      return server.commands();
    },
  };
  return server;
}

export const numbers = (list) => list.map(({ n }) => n);
export const trade = (s, n, more = {}) => ({ e: "trade", s, n, t: n, p: n, q: 1, ...more });
export const trades = (s, from, to, more = {}) => Array.from({ length: to - from + 1 }, (_, i) => trade(s, from + i, more));

/** A live client with one subscription, all of whose messages are noted. */
export async function listening(symbols = "AAPL", options = {}, more = {}) {
  const server = setting(more.client);
  const heard = [];
  const subscription = server.client.subscribe(more.channel ?? "trades", symbols, options);
  subscription.on("message", (message) => heard.push(message));
  await server.welcome();
  const [command] = server.commands();
  return Object.assign(server, { heard, subscription, command });
}
