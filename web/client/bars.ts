// Bars of one symbol, as lightweight-charts and others take them: first all (`set`, for setData), then the newest one as it
// grows and the next one as it opens (`update`), never out of order. An older bar that changes would be out of order, so it
// brings all of them once more, unless somebody listens to `revise` and was given it before: no chart can revise a bar that it
// does not have. What is older than all that is held is left out where older bars may be missing before it, as it would stand
// alone behind a hole. After a lost connection history is asked for again, as far back as it was away, and what the server
// says replaces what was there.
//
// When a snapshot is over is not said: it is when its last trade is the acknowledged one, when it has as many bars as were
// asked for, when a live bar follows, or when nothing more comes for a moment. Too early does no harm: the rest brings another set.
// (Bars of a former epoch, which a server may have kept, are numbered 0.)

import { Changes } from "./changes.js";
import type { Client } from "./client.js";
import type { World } from "./connection.js";
import { Emitter } from "./emitter.js";
import type { TickcastError } from "./error.js";
import type { BarMessage, Delivery, Period, Subscribed } from "./protocol.js";
import type { Subscription } from "./subscription.js";

/** A number: seconds since the Unix epoch, by the type that lightweight-charts asks for. */
export type Seconds = number & { [Symbol.species]: "UTCTimestamp" };

export interface Bar {
  /** Its start. */ time: Seconds;
  open: number; high: number; low: number; close: number; volume: number;
  /** How many trades. */ trades: number;
  /** Number of its first trade, and of its last. */ first: number; last: number;
  closed: boolean;
}

export interface BarsOptions extends Pick<Delivery, "mode" | "interval_ms" | "on_slow"> {
  /** Bars of the past: up to 5000; 500 if not given. */ history?: number;
  /** How many bars are kept here; 5000 if not given, and never fewer than `history`. */ keep?: number;
}

export interface BarsEvents {
  /** All bars, ascending, one for each time: for setData. */ set: Bar[];
  /** The newest bar, or the one behind it: for update. */ update: Bar;
  /** An older bar has changed that was given before. With a listener, there is no `set` for it. */ revise: Bar;
  /** A bar was closed. */ close: Bar;
  error: TickcastError;
}
export type BarsChange = { set: Bar[]; update?: undefined } | { update: Bar; set?: undefined };

const most = 5000;
/** A snapshot of which nothing comes for so long is over, ms. */
const pause = 300;
const seconds: Record<Period, number> = { "1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400 };

export class Bars extends Emitter<BarsEvents> implements AsyncIterable<BarsChange> {
  /** Whether the first set was given. */ loaded = false;
  readonly #subscription: Subscription<"bars">;
  readonly #later: World["later"];
  readonly #history: number;
  readonly #keep: number;
  readonly #iterators = new Set<Changes<BarsChange>>();
  readonly #off: () => void;
  #bars: Bar[] = [];
  /** What came of a snapshot that is not over. */ #fresh: Bar[] | undefined;
  /** How many bars came of a snapshot; none counts where older ones are held. */ #came = 0;
  /** There may be bars that are older than those held. */ #more = false;
  #base = 0;
  #due = false;
  #cancel = (): void => {};

  /** @internal */
  constructor(client: Client, readonly symbol: string, readonly period: Period, { history = 500, keep = most, ...delivery }: BarsOptions,
    now: () => number, later: World["later"]) {
    super();
    this.#later = later;
    this.#history = Math.min(most, Math.max(1, history));
    this.#keep = Math.max(this.#history, keep);
    this.#subscription = client.subscribe("bars", symbol, { ...delivery, period, history: this.#history });
    this.#subscription.on("subscribed", (ack) => this.#begin(ack));
    this.#subscription.on("message", (message) => this.#take(message));
    this.#subscription.on("error", (error) => this.emit("error", error));
    this.#subscription.on("close", (error) => this.#end(error));
    this.#off = client.on("state", ({ name }) => {
      const newest = this.#bars[this.#bars.length - 1];
      if (name !== "live" || !newest) return;
      const away = Math.ceil((now() / 1000 - newest.time) / seconds[period]) + 2;
      this.#subscription.beginning.history = Math.min(most, Math.max(this.#history, away));
    });
  }

  /** The first acknowledgement; rejects when bars of this symbol cannot be had. */
  get ready(): Promise<Subscribed> {
    return this.#subscription.ready;
  }

  /** All bars as they are now. */
  get all(): Bar[] {
    return [...this.#bars];
  }

  close(): void {
    this.#subscription.close();
  }

  /** Sets and updates; a reader who is a thousand behind is given a set instead. */
  [Symbol.asyncIterator](): AsyncIterableIterator<BarsChange> {
    const changes = new Changes<BarsChange>(1000, () => ({ set: this.all }), (ended) => this.#iterators.delete(ended));
    this.#iterators.add(changes);
    if (this.loaded) changes.push({ set: this.all });
    if (this.#subscription.closed) changes.end();
    return changes;
  }

  #end(error: TickcastError | undefined): void {
    for (const changes of [...this.#iterators]) changes.end(error);
    if (!this.#subscription.closed) return; // refused: it may go on later
    this.#off();
    this.#cancel();
  }

  #begin(ack: Subscribed): void {
    const entry = ack.symbols.find(({ s }) => s === this.symbol);
    if (!entry) return;
    this.#fresh = [];
    this.#came = 0;
    this.#base = entry.n ?? 0;
    this.#wait();
  }

  #wait(): void {
    this.#cancel();
    this.#cancel = this.#later(pause, () => this.#complete());
  }

  #take(message: BarMessage): void {
    const bar: Bar = {
      time: Math.floor(message.t / 1e6) as Seconds, open: message.o, high: message.h, low: message.l, close: message.c, volume: message.v,
      trades: message.k, first: message.f, last: message.n, closed: message.x || message.rev === true,
    };
    const asked = this.#subscription.beginning.history ?? 1;
    if (message.snap) {
      if (!this.#came++ && place(this.#bars, bar.time)) this.#came = -Infinity;
      this.#more ||= this.#came >= asked;
    }
    if (message.rev && this.#fresh) this.#complete();
    if (this.#fresh) {
      put(this.#fresh, bar);
      if (!message.snap || (bar.last >= this.#base && this.#base > 0) || this.#fresh.length >= asked) this.#complete();
      else this.#wait();
    } else if (!message.rev || !this.#more || place(this.#bars, bar.time + 1)) {
      this.#put(bar);
    }
    if (message.x && !message.snap) this.emit("close", bar);
  }

  /** The snapshot is over: it is right wherever it and what was there differ. */
  #complete(): void {
    this.#cancel();
    const fresh = this.#fresh ?? [];
    this.#fresh = undefined;
    const [oldest] = fresh;
    if (oldest) this.#bars = [...this.#bars.slice(0, place(this.#bars, oldest.time)), ...fresh];
    this.#trim();
    this.#set();
  }

  #put(bar: Bar): void {
    const { length } = this.#bars;
    const newest = this.#bars[length - 1];
    if (!put(this.#bars, bar)) return;
    if (!newest || bar.time >= newest.time) {
      this.#trim();
      if (!this.#due) this.#tell({ update: bar });
    } else if (this.#due || this.#bars.length > length || !this.emit("revise", bar)) {
      this.#set();
    }
  }

  /** Many changes in one frame are one set. */
  #set(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.#subscription.closed) return;
      this.loaded = true;
      this.#tell({ set: this.all });
    });
  }

  #tell(change: BarsChange): void {
    if (change.set) this.emit("set", change.set);
    else this.emit("update", change.update);
    for (const iterator of this.#iterators) iterator.push(change);
  }

  /** A tenth at a time: it is a copy. */
  #trim(): void {
    if (this.#bars.length <= this.#keep * 1.1) return;
    this.#bars = this.#bars.slice(-this.#keep);
    this.#more = true;
  }
}

/** Where the bar of this time is, or would be. Nearly always the last or behind it. */
function place(bars: Bar[], time: number): number {
  let at = bars.length;
  while (at > 0 && (bars[at - 1] as Bar).time >= time) at -= 1;
  return at;
}

/** Whether it changed anything that is drawn. */
function put(bars: Bar[], bar: Bar): boolean {
  const at = place(bars, bar.time);
  const old = bars[at];
  if (old?.time !== bar.time) {
    bars.splice(at, 0, bar);
    return true;
  }
  bars[at] = bar;
  const closes = at === bars.length - 1 && old.closed !== bar.closed;
  return closes || JSON.stringify({ ...old, closed: 0 }) !== JSON.stringify({ ...bar, closed: 0 });
}
