// What one caller wants of one channel: its symbols, how they are delivered, and who listens. It lives as long as the client,
// over all its connections, until `close()`. What the server is told of it, and when, is the client's business.

import { Emitter } from "./emitter.js";
import { TickcastError } from "./error.js";
import { Queue, type Overflow } from "./queue.js";
import type { Beginning, Channel, Channels, Cursor, Delivery, Gap, Market, Rate, Subscribed } from "./protocol.js";
import type { Seat } from "./seat.js";

/** For one iterator. */
export interface Reading {
  /** How many messages may wait; 10,000 if not given. */ queue?: number;
  /** What happens when more would: `gap` (if not given) drops the oldest and tells the gap, `latest` keeps the newest of each
   *  symbol, `error` ends the iteration with `queue_full`. */
  overflow?: Overflow;
  /** Gaps are given among the messages, in their place. */ gaps?: boolean;
}
export interface SubscribeOptions extends Delivery, Beginning, Reading {}

export interface SubscriptionEvents<M> {
  message: M;
  gap: Gap;
  /** The server changed the mode of the channel because this client is slow, or changed it back. */ rate: Rate;
  /** The server's answer, after each connection anew. */ subscribed: Subscribed;
  /** Symbols that the server does not know. */ failed: { s: string; code: string }[];
  /** A command of this subscription was refused. */ error: TickcastError;
  /** It has ended: closed, or refused for good. */ close: TickcastError | undefined;
}

/** The client, as its subscriptions see it. @internal */
export interface Desk {
  /** Throws when these symbols are subscribed with other options. */ agreed(subscription: Subscription, symbols: string[]): void;
  ask(subscription: Subscription, symbols?: string[], change?: boolean): void;
  /** These are no longer wanted; without them, all. */ leave(subscription: Subscription, symbols?: string[]): void;
  missing(gap: Gap): void;
}

/** @internal */
export interface Deferred { resolve(ack: Subscribed): void; reject(error: TickcastError): void }

export class Subscription<C extends Channel = Channel> extends Emitter<SubscriptionEvents<Channels[C]>>
  implements AsyncIterable<Channels[C]> {
  /** The first acknowledgement; rejects with a TickcastError when it is refused as a whole. */
  readonly ready: Promise<Subscribed>;
  /** @internal */ readonly seats = new Map<string, Seat>();
  /** @internal */ readonly names: Set<string>;
  /** Who waits for the next acknowledgement. @internal */ waiting: Deferred[] = [];
  /** Whether it ever was acknowledged. @internal */ known = false;
  /** Commands on their way. @internal */ asking = 0;
  /** @internal */ readonly delivery: Delivery;
  /** @internal */ readonly beginning: Beginning;
  readonly #desk: Desk;
  readonly #options: SubscribeOptions;
  #closed = false;
  #early: Queue<Channels[C]> | undefined;
  readonly #queues = new Map<Queue<Channels[C]>, boolean>();

  /** @internal */
  constructor(desk: Desk, readonly channel: C, symbols: string[], options: SubscribeOptions) {
    super();
    this.#desk = desk;
    this.#options = options;
    const { mode, interval_ms, on_slow, period, depth, snapshot, history, resume } = options;
    this.delivery = given({ mode, interval_ms, on_slow, period: channel === "bars" ? period ?? "1m" : period, depth });
    this.beginning = given({ snapshot, history, resume });
    this.names = new Set(symbols);
    this.#early = this.#queue({ ...options, overflow: options.overflow === "error" ? "gap" : options.overflow }, true);
    this.ready = this.#answered();
  }

  /** Its symbols; `["*"]` is all. */
  get symbols(): string[] {
    return [...this.names];
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @internal */
  get wild(): boolean {
    return this.names.has("*");
  }

  /** Whether this session's server has acknowledged any of it. @internal */
  get answered(): boolean {
    return [...this.seats.values()].some((seat) => seat.answered);
  }

  /** The last numbers given: what `resume` takes, in this process or another. */
  get cursor(): Cursor {
    const numbered = [...this.seats.values()].filter((seat) => !seat.view && seat.last >= 0);
    const epoch = (numbered.find((seat) => seat.answered) ?? numbered[0])?.epoch ?? "";
    return { epoch, n: Object.fromEntries(numbered.filter((seat) => seat.epoch === epoch).map((seat) => [seat.symbol, seat.last])) };
  }

  /** More symbols. */
  add(...symbols: string[]): Promise<Subscribed> {
    if (this.#closed) throw new TickcastError("closed", "this subscription is closed");
    const one = this as unknown as Subscription;
    this.#desk.agreed(one, symbols);
    const fresh = symbols.filter((symbol) => !this.names.has(symbol));
    for (const symbol of fresh) this.names.add(symbol);
    const answer = this.#answered();
    this.#desk.ask(one, fresh.length > 0 ? fresh : symbols, fresh.length === 0);
    return answer;
  }

  /** Fewer symbols: nothing more of them is given. */
  remove(...symbols: string[]): void {
    const gone = symbols.filter((symbol) => this.names.delete(symbol));
    if (gone.length > 0) this.#desk.leave(this as unknown as Subscription, gone);
    if (gone.includes("*") && this.names.size > 0) this.#desk.ask(this as unknown as Subscription);
  }

  /** Other options of delivery from now on; nothing is lost or repeated. */
  change({ mode, interval_ms, on_slow }: Pick<Delivery, "mode" | "interval_ms" | "on_slow">): Promise<Subscribed> {
    Object.assign(this.delivery, given({ mode, interval_ms, on_slow }));
    const answer = this.#answered();
    this.#desk.ask(this as unknown as Subscription, undefined, true);
    return answer;
  }

  /** Nothing more is given; iterators end when what waits has been read. */
  close(): void {
    if (this.#closed) return;
    this.#desk.leave(this as unknown as Subscription);
    this.end();
  }

  override on<Name extends keyof SubscriptionEvents<Channels[C]>>(
    name: Name, listener: (value: SubscriptionEvents<Channels[C]>[Name]) => void,
  ): () => void {
    const off = super.on(name, listener);
    if (name === "message" && this.#early) this.#flush();
    return off;
  }

  /** The messages from now on; the first iterator has those that came before it, too, if there was no listener. Leaving the
   *  loop ends the iterator, not the subscription. */
  iterate(reading: Reading & { gaps: true }): AsyncIterableIterator<Channels[C] | Gap>;
  iterate(reading?: Reading): AsyncIterableIterator<Channels[C]>;
  iterate(reading: Reading = {}): AsyncIterableIterator<Channels[C] | Gap> {
    const wanted = { ...this.#options, ...reading };
    const queue = this.#queue(wanted, wanted.gaps ?? false);
    for (const item of this.#early?.drain() ?? []) if (wanted.gaps || item.e !== "gap") queue.push(item);
    this.#forget();
    if (this.#closed) queue.end();
    return queue;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Channels[C]> {
    return this.iterate(this.#options as Reading & { gaps?: false });
  }

  // ---- what the client and the seats say ----

  /** @internal */
  deliver(message: Market): void {
    this.emit("message", message as Channels[C]);
    for (const queue of this.#queues.keys()) queue.push(message as Channels[C]);
  }

  /** @internal */
  missing(symbol: string, what: Omit<Gap, "e" | "channel" | "s">): void {
    const gap: Gap = { e: "gap", channel: this.channel, s: symbol, ...what };
    for (const [queue, gaps] of this.#queues) if (gaps) queue.push(gap);
    this.emit("gap", gap);
    this.#desk.missing(gap);
  }

  /** What was given does not add up: the state is wanted anew. @internal */
  restart(): void {
    if (this.#closed) return;
    for (const seat of this.seats.values()) seat.forget();
    this.#desk.ask(this as unknown as Subscription);
  }

  /** @internal */
  end(error?: TickcastError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cut(error ?? new TickcastError("closed", "this subscription is closed"), error);
  }

  /** The server wants this client no more: whoever waits is told, but the subscription stays. @internal */
  refused(error: TickcastError): void {
    this.#cut(error, error);
  }

  #cut(reason: TickcastError, error: TickcastError | undefined): void {
    for (const one of this.waiting.splice(0)) one.reject(reason);
    for (const queue of [...this.#queues.keys()]) if (queue !== this.#early || this.#closed) queue.end(error);
    this.emit("close", error);
  }

  #answered(): Promise<Subscribed> {
    const answer = new Promise<Subscribed>((resolve, reject) => this.waiting.push({ resolve, reject }));
    answer.catch(() => {}); // who does not wait for it is told by the events
    return answer;
  }

  #queue({ queue = 10_000, overflow = "gap" }: Reading, gaps: boolean): Queue<Channels[C]> {
    const made = new Queue<Channels[C]>(
      this.channel, queue, overflow,
      (gap) => { this.emit("gap", gap); this.#desk.missing(gap); },
      (ended) => this.#queues.delete(ended),
    );
    this.#queues.set(made, gaps);
    return made;
  }

  #flush(): void {
    const early = this.#early?.drain() ?? [];
    this.#forget();
    for (const item of early) if (item.e !== "gap") this.emit("message", item as Channels[C]);
  }

  #forget(): void {
    if (this.#early) this.#queues.delete(this.#early);
    this.#early = undefined;
  }
}

/** Only what was given: JSON leaves out the rest. */
const given = <T extends object>(options: T): T => JSON.parse(JSON.stringify(options)) as T;
