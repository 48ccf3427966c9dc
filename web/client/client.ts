// The client: keeps what was subscribed over all connections, hands each message to who asked for it, and answers to who
// commanded it. After each welcome everything is asked for again, from the last number that was given.

import { commands, joined, type Subscribe } from "./ask.js";
import { limits } from "./backoff.js";
import { Bars, type BarsOptions } from "./bars.js";
import { Connection, world, type SocketClass, type Settings, type State } from "./connection.js";
import { Emitter } from "./emitter.js";
import { TickcastError } from "./error.js";
import type {
  Answer, Channel, Failure, Gap, Heartbeat, Market, Message, Period, Subscribed, Welcome,
} from "./protocol.js";
import { Outbox } from "./outbox.js";
import { keyOf, keyOfMessage, Route } from "./route.js";
import { Subscription, type Deferred, type SubscribeOptions } from "./subscription.js";

export interface Options {
  /** How the market comes: `sbe` is about half as long. `json` if not given. */ encoding?: "json" | "sbe";
  /** Where there is no global WebSocket (Node before 22): that of npm `ws`. */ WebSocket?: SocketClass;
  /** Of the waiting between attempts, ms: full jitter below `base`, 2 × `base`, … `cap`. */ backoff?: { base?: number; cap?: number; forgive?: number };
  /** How long opening a connection may take, ms; 10,000 if not given. */ openMs?: number;
  /** Silence beyond the server's `ping_s` after which the connection is given up, ms; 5,000 if not given. */ marginMs?: number;
  /** @internal */ world?: Settings["world"];
}

export interface ClientEvents {
  state: State;
  /** Each frame, after its messages have been given; `bytes` are characters where it is text. */ frame: { messages: Message[]; bytes: number };
  /** Numbers that will not come, of any subscription. */ gap: Gap;
  /** An attempt to connect that failed (`not_connected`), or what the server complained of without anybody having asked. */ error: TickcastError;
}

type Plain = { op: string; [option: string]: unknown };
interface Asked { subscription: Subscription; group: { left: number; acks: Subscribed[]; error?: TickcastError; deferred: Deferred[] }; change: boolean }
interface Request { command: Plain | Subscribe; asked?: Asked; answer?: { resolve(answer: Answer): void; reject(error: TickcastError): void } }

/** Unknown symbols that were known before are asked for again after so long, ms. */
const patience = 5000;

export class Client extends Emitter<ClientEvents> {
  readonly url: string;
  /** The newest session's welcome. */ welcome: Welcome | undefined;
  readonly #connection: Connection;
  readonly #world: Settings["world"];
  readonly #routes = new Map<string, Route>();
  readonly #outbox: Outbox<Request>;
  #held = new Map<Subscription, string[] | undefined>();
  #unknown = new Map<Subscription, Set<string>>();
  #cancel = (): void => {};
  #exact = 0;
  readonly #online = (): void => { if (this.state.name === "reconnecting") this.reconnect(); };

  constructor(url: string, options: Options = {}) {
    super();
    this.url = address(url);
    this.#world = options.world ?? world;
    const WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: SocketClass }).WebSocket;
    if (!WebSocket) {
      throw new TickcastError("bad_argument", 'no WebSocket here: pass that of npm "ws", connect(url, { WebSocket })');
    }
    const { encoding = "json", backoff, openMs = 10_000, marginMs = 5_000 } = options;
    this.#connection = new Connection(
      { url: this.url, encoding, WebSocket, backoff: { ...limits, ...backoff }, openMs, marginMs, world: this.#world },
      { state: (state, before) => this.#changed(state, before), frame: (messages, bytes) => this.#frame(messages, bytes), text: (frame) => this.#exactly(frame) },
    );
    this.#outbox = new Outbox(this.#world, (text) => this.#connection.send(text));
    globalThis.addEventListener?.("online", this.#online);
    this.#connection.open(true);
  }

  get state(): State {
    return this.#connection.state;
  }

  /** The welcome of this session, or of the next one; rejects when the server refuses this client for good, and with
   *  `retry: false` also when it cannot be reached. */
  ready({ retry = true } = {}): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      const look = (state: State): void => {
        if (state.name === "live") resolve(state.welcome);
        else if (state.name === "closed") reject(closedBy(state));
        else if (state.name === "reconnecting" && !retry) reject(failed(state));
        else return;
        off();
      };
      const off = this.on("state", look);
      look(this.state);
    });
  }

  /** From now on, over all connections, until it is closed. */
  subscribe<C extends Channel>(channel: C, symbols: string | string[], options: SubscribeOptions = {}): Subscription<C> {
    if (this.state.name === "closed" && !this.state.refused) throw new TickcastError("closed", "this client is closed");
    const names = [symbols].flat();
    if (names.length === 0) throw new TickcastError("bad_argument", 'no symbols: name some, or take "*"');
    const subscription = new Subscription<C>(this, channel, names, options);
    const one = subscription as unknown as Subscription;
    this.agreed(one, names);
    if (channel === "book") this.#exact += 1;
    for (const [symbol, n] of Object.entries(options.resume?.n ?? {})) {
      if (!one.wild && !one.names.has(symbol)) continue;
      this.#route(one).join(one, [symbol], "");
      Object.assign(one.seats.get(symbol) ?? {}, { last: n, epoch: options.resume?.epoch });
    }
    this.ask(one);
    return subscription;
  }

  /** Bars of one symbol, as a chart takes them: all of them, then one by one, never out of order. */
  bars(symbol: string, period: Period = "1m", options: BarsOptions = {}): Bars {
    return new Bars(this, symbol, period, options, () => this.#world.now(), this.#world.later);
  }

  /** Sends a command of the protocol and waits for its answer. */
  command(command: Plain): Promise<Answer> {
    if (this.state.name !== "live") return Promise.reject(lost());
    return new Promise((resolve, reject) => this.#outbox.put({ command, answer: { resolve, reject } }));
  }

  /** How long an answer takes, ms. */
  async ping(): Promise<number> {
    const start = this.#world.now();
    await this.command({ op: "ping" });
    return this.#world.now() - start;
  }

  /** Connect now instead of later, or again after the server refused. */
  reconnect(): void {
    if (this.state.name !== "live") this.#connection.open(true);
  }

  /** The end of this client and of all its subscriptions. */
  close(): void {
    if (this.state.name === "closed" && !this.state.refused) return;
    globalThis.removeEventListener?.("online", this.#online);
    this.#connection.close();
    for (const route of this.#routes.values()) for (const one of route.subscriptions) one.end();
    this.#routes.clear();
  }

  // ---- what subscriptions ask for ----

  /** @internal */
  ask(subscription: Subscription, asked?: string[], change = false): void {
    const route = this.#route(subscription);
    const symbols = asked?.filter((symbol) => subscription.wild || subscription.names.has(symbol)); // not those removed meanwhile
    if (symbols?.length === 0) return;
    route.join(subscription, symbols ?? subscription.names, "");
    if (this.state.name !== "live" || !this.welcome) return;
    // Two that ask for the past of the same symbol could not tell whose is whose.
    if (!change && [...route.subscriptions].some((one) => one !== subscription && one.asking > 0 && overlap(one, subscription))) {
      this.#held.set(subscription, this.#held.has(subscription) ? undefined : symbols);
      return;
    }
    const wild = symbols?.includes("*") === true;
    const room = this.welcome.limits.frame_bytes - 1024;
    const made = commands(subscription, wild ? undefined : symbols, change, room);
    const group = { left: made.length, acks: [], deferred: subscription.waiting.splice(0) };
    for (const command of made) {
      subscription.asking += 1;
      this.#outbox.put({ command, asked: { subscription, group, change } });
    }
    // What was asked for all has changed what was asked for some.
    if (made[0]?.symbols[0] === "*") for (const one of route.subscriptions) if (!one.wild && one.answered && !same(one, subscription)) this.ask(one, undefined, true);
  }

  /** @internal */
  leave(subscription: Subscription, symbols?: string[]): void {
    const { channel, delivery: { period } } = subscription;
    const route = this.#route(subscription);
    const wild = symbols ? symbols.includes("*") : subscription.wild;
    const gone = symbols && !wild ? symbols : [...subscription.seats.keys()];
    this.#unseat(subscription, gone, symbols === undefined);
    if (this.state.name !== "live") return;
    const unsubscribe = (more: object): void => this.#outbox.put({ command: { op: "unsubscribe", channel, ...(period && { period }), ...more } });
    const [other] = route.wilds;
    if (wild && !other) {
      unsubscribe({});
      for (const one of route.subscriptions) this.ask(one);
    } else if (other) {
      if (!same(other, subscription)) this.ask(other, wild ? undefined : gone.filter((symbol) => route.at(symbol).every((seat) => seat.audience === other)), true);
    } else {
      const alone = gone.filter((symbol) => route.at(symbol).length === 0);
      if (alone.length > 0) unsubscribe({ symbols: alone });
    }
  }

  #unseat(subscription: Subscription, symbols: string[], whole: boolean): void {
    const route = this.#route(subscription);
    route.leave(subscription, symbols);
    if (!whole) return;
    route.subscriptions.delete(subscription);
    this.#outbox.drop(({ asked }) => asked?.subscription === subscription);
    if (subscription.channel === "book") this.#exact -= 1;
  }

  /** @internal */
  missing(gap: Gap): void {
    this.emit("gap", gap);
  }

  #route({ channel, delivery: { period } }: Subscription): Route {
    const key = keyOf(channel, period);
    const route = this.#routes.get(key) ?? new Route(channel);
    this.#routes.set(key, route);
    return route;
  }

  /** The server keeps one set of options for each symbol and channel. @internal */
  agreed(subscription: Subscription, symbols: string[]): void {
    for (const one of this.#route(subscription).subscriptions) {
      if (one === subscription || one.wild !== subscription.wild || same(one, subscription)) continue;
      const both = symbols.find((symbol) => one.names.has(symbol));
      if (both === undefined) continue;
      throw new TickcastError("conflict", `${both} is subscribed on ${one.channel} with other options: use the same, or change() these`);
    }
  }

  // ---- the connection ----

  #changed(state: State, before: State): void {
    if (state.name === "live") {
      this.welcome = state.welcome;
      this.#outbox.open(state.welcome.limits);
    } else {
      this.#forget();
    }
    this.emit("state", state);
    if (state.name === "reconnecting" && before.name === "connecting") this.emit("error", failed(state));
    if (state.name === "live") for (const route of this.#routes.values()) for (const one of route.ordered) this.ask(one);
    if (state.name === "closed" && state.refused) {
      for (const route of this.#routes.values()) for (const one of route.subscriptions) one.refused(closedBy(state));
    }
  }

  /** What was on its way to the connection that was. */
  #forget(): void {
    this.#cancel();
    this.#held.clear();
    this.#unknown.clear();
    for (const { asked, answer } of this.#outbox.close()) {
      answer?.reject(lost());
      if (!asked) continue;
      asked.subscription.asking = 0;
      asked.subscription.waiting.push(...asked.group.deferred.splice(0));
    }
    for (const route of this.#routes.values()) for (const one of route.subscriptions) for (const seat of one.seats.values()) seat.pause();
  }

  #frame(messages: Message[], bytes: number): void {
    const epoch = this.welcome?.epoch ?? "";
    let heartbeat: Heartbeat | undefined;
    for (const message of messages) {
      const key = keyOfMessage(message as { e: string; i?: string });
      if (key !== undefined) this.#routes.get(key)?.take(message as Market, epoch);
      else if (message.e === "heartbeat") heartbeat = message;
      else this.#control(message as Exclude<Message, Market>);
    }
    if (heartbeat) this.#beat(heartbeat); // control goes first in a frame: what it knows of may stand behind it
    this.emit("frame", { messages, bytes });
  }

  #control(message: Exclude<Message, Market>): void {
    switch (message.e) {
      case "gap":
        for (const seat of this.#routes.get(message.channel)?.at(message.s) ?? []) seat.gap(message); // views have no numbers to miss
        break;
      case "rate":
        for (const one of this.#routes.get(keyOf(message.channel, message.period))?.subscriptions ?? []) one.emit("rate", message);
        break;
      case "symbol": break; // its number is no command's
      default: this.#answered(message as Subscribed | Answer | Failure);
    }
  }

  /** What was sent last, by the server's word: if it did not come, it is asked for again. */
  #beat({ n }: Heartbeat): void {
    for (const [channel, numbers] of Object.entries(n ?? {})) {
      for (const one of this.#routes.get(channel)?.ordered ?? []) {
        const lost = Object.keys(numbers).filter((symbol) => one.seats.get(symbol)?.behind(numbers[symbol] as number));
        if (lost.length > 0 && one.asking === 0) this.ask(one, lost);
      }
    }
  }

  // ---- commands and answers ----

  #answered(answer: Subscribed | Answer | Failure): void {
    const request = this.#outbox.take(answer.id);
    if (!request) {
      if (answer.e === "error") this.emit("error", errorOf(answer));
    } else if (answer.e === "error" && answer.code === "rate_limited") {
      this.#outbox.again(request);
    } else if (request.asked) {
      this.#settled(request as Request & { asked: Asked }, answer as Subscribed | Failure);
    } else if (answer.e === "error") {
      if (request.answer) request.answer.reject(errorOf(answer));
    } else {
      request.answer?.resolve(answer as Answer);
    }
  }

  #settled({ command, asked: { subscription, group, change } }: Request & { asked: Asked }, answer: Subscribed | Failure): void {
    subscription.asking -= 1;
    if (!subscription.closed) {
      if (answer.e === "error") this.#failed(subscription, command as Subscribe, errorOf(answer), group);
      else this.#begin(subscription, command as Subscribe, answer, change);
    }
    if (answer.e === "subscribed") group.acks.push(answer);
    group.left -= 1;
    if (group.left === 0) {
      const ack = joined(group.acks);
      for (const one of group.deferred) {
        if (group.error || !ack) one.reject(group.error ?? lost());
        else one.resolve(ack);
      }
    }
    const held = [...this.#held];
    this.#held.clear();
    for (const [one, symbols] of held) if (!one.closed) this.ask(one, symbols);
  }

  #begin(subscription: Subscription, command: Subscribe, ack: Subscribed, change: boolean): void {
    const epoch = this.welcome?.epoch ?? "";
    const snapshot = !change && subscription.beginning.snapshot !== false;
    const all = command.symbols[0] === "*";
    subscription.known = true;
    for (const { s, n = 0, recovered } of ack.symbols) if (s !== "*") subscription.seats.get(s)?.begin(n, recovered, epoch, snapshot);
    if (all) for (const seat of subscription.seats.values()) if (!seat.answered && (seat.view || seat.last < 0)) seat.join(epoch);
    subscription.emit("subscribed", ack);
    if (!ack.failed || ack.failed.length === 0) return;
    this.#again(subscription, ack.failed.map(({ s }) => s));
    subscription.emit("failed", ack.failed);
  }

  #failed(subscription: Subscription, command: Subscribe, error: TickcastError, group: Asked["group"]): void {
    if (error.code === "unknown_symbol" && this.#again(subscription, command.symbols)) {
      subscription.waiting.push(...group.deferred.splice(0));
      return;
    }
    group.error = error;
    subscription.emit("error", error);
    if (subscription.known) {
      for (const symbol of command.symbols) if (!subscription.seats.get(symbol)?.answered) subscription.names.delete(symbol);
    } else {
      this.#unseat(subscription, [...subscription.seats.keys()], true);
      subscription.end(error);
    }
  }

  /** Symbols that the server knew before it was started anew will be known to it again. */
  #again(subscription: Subscription, symbols: string[]): boolean {
    const before = symbols.filter((symbol) => (subscription.seats.get(symbol)?.last ?? -1) >= 0);
    if (before.length === 0) return false;
    this.#unknown.set(subscription, new Set([...(this.#unknown.get(subscription) ?? []), ...before]));
    this.#cancel();
    this.#cancel = this.#world.later(patience, () => {
      const list = [...this.#unknown];
      this.#unknown.clear();
      for (const [one, names] of list) if (!one.closed) this.ask(one, [...names]);
    });
    return true;
  }

  /** A double holds 15 digits for sure. Levels of a book with more are kept as text, as their checksum needs each digit. */
  #exactly(frame: string): string {
    return this.#exact > 0 ? frame.replace(longLevel, '$1"$2"') : frame;
  }
}

const longLevel = /([[,])(-?[\d.]{16,})(?=[\],])/g;

const same = (a: Subscription, b: Subscription): boolean => {
  const options = ({ delivery: { mode, interval_ms, on_slow, depth } }: Subscription): string => [mode, interval_ms, on_slow, depth].join();
  return options(a) === options(b);
};
const overlap = (a: Subscription, b: Subscription): boolean => a.wild || b.wild || [...a.names].some((symbol) => b.names.has(symbol));
const errorOf = ({ code, message }: Failure): TickcastError => new TickcastError(code, message);
const lost = (): TickcastError => new TickcastError("connection_lost", "the connection was lost before the answer");
const failed = ({ why, code }: Extract<State, { name: "reconnecting" }>): TickcastError => new TickcastError("not_connected", why, code);
const closedBy = ({ refused, why, code }: Extract<State, { name: "closed" }>): TickcastError =>
  new TickcastError(refused ? "refused" : "closed", why, code);

function address(text: string): string {
  try {
    const url = new URL(text, (globalThis as { location?: { href: string } }).location?.href);
    url.protocol = url.protocol.replace(/^http/, "ws");
    if (url.pathname === "/") url.pathname = "/v1/stream";
    if (/^wss?:$/.test(url.protocol)) return url.href;
  } catch { /* said below */ }
  throw new TickcastError("bad_argument", `"${text}" is no address of a server; it is like wss://HOST:8443`);
}

/** Connects, and stays connected until `close()`. */
export const connect = (url: string, options?: Options): Client => new Client(url, options);
