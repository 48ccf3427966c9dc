// The book of one symbol: snapshots, changes, and the server's checksum after each. What does not add up is not shown: the book
// is asked for anew, and is not `valid` until it is there.
//
// The checksum is Kraken's (v2): CRC-32 of the asks from the lowest up, then the bids from the highest down, ten of each at most;
// of each level the price and then the size, in shortest plain decimal form (no exponent, no zeros at the end of a fraction),
// without the point and without the zeros in front: 0.0510 × 1200 is "51" + "1200".

import { Changes } from "./changes.js";
import type { Client } from "./client.js";
import { crc32 } from "./crc32.js";
import { digits, plain } from "./decimal.js";
import { Emitter } from "./emitter.js";
import type { TickcastError } from "./error.js";
import type { BookMessage, Decimal, Delivery, Gap } from "./protocol.js";
import type { Subscription } from "./subscription.js";

export interface Level {
  price: number; size: number;
  /** The same with every digit. */ exact: { price: string; size: string };
  /** As the checksum takes it. @internal */ digits: string;
}

export interface BookOptions extends Pick<Delivery, "depth" | "mode" | "interval_ms" | "on_slow"> {}

export interface BookEvents {
  /** It has changed, and is valid. */ change: Book;
  /** It is not valid any more: the connection is away, messages are missing, or the checksum was wrong. */ stale: string;
  gap: Gap;
  error: TickcastError;
}

const sumOf = 10; // levels of each side in a checksum
const longest = 30_000; // between two attempts to get a book that adds up, ms

export class Book extends Emitter<BookEvents> implements AsyncIterable<Book> {
  /** From the highest down. */ bids: readonly Level[] = [];
  /** From the lowest up. */ asks: readonly Level[] = [];
  /** Whether this is the book of the newest message. */ valid = false;
  /** Of the newest message: its number, … */ n = 0;
  /** … its time, microseconds since the Unix epoch. */ time = 0;
  /** Checksums that were wrong. */ mismatches = 0;
  readonly #subscription: Subscription<"book">;
  readonly #iterators = new Set<Changes<Book>>();
  readonly #off: () => void;
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];
  #whole = false;
  #wrong = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, readonly symbol: string, options: BookOptions = {}) {
    super();
    this.bids = this.#bids;
    this.asks = this.#asks;
    this.#subscription = client.subscribe("book", symbol, options);
    this.#subscription.on("message", (message) => this.#take(message));
    this.#subscription.on("gap", (gap) => this.#gap(gap));
    this.#subscription.on("subscribed", ({ symbols }) => {
      if (symbols.some(({ s, recovered }) => s === symbol && recovered) && this.#whole) this.#changed();
    });
    this.#subscription.on("error", (error) => this.emit("error", error));
    this.#subscription.on("close", (error) => this.#end(error));
    this.#off = client.on("state", ({ name }) => { if (name !== "live") this.#stale("the connection is away"); });
  }

  /** Rejects when the book of this symbol cannot be had; resolves when it is valid. */
  async ready(): Promise<this> {
    await this.#subscription.ready;
    while (!this.valid && !this.#subscription.closed) await new Promise<void>((resolve) => {
      const done = (): void => { for (const off of offs) off(); resolve(); };
      const offs = [this.on("change", done), this.#subscription.on("close", done)];
    });
    return this;
  }

  get bid(): Level | undefined {
    return this.#bids[0];
  }

  get ask(): Level | undefined {
    return this.#asks[0];
  }

  close(): void {
    this.#subscription.close();
  }

  /** The book after each change that a reader comes in time for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Book> {
    const changes = new Changes<Book>(1, () => this, (ended) => this.#iterators.delete(ended));
    this.#iterators.add(changes);
    if (this.valid) changes.push(this);
    if (this.#subscription.closed) changes.end();
    return changes;
  }

  #take(message: BookMessage): void {
    if (message.snap) {
      this.#bids.length = this.#asks.length = 0;
      this.#whole = true;
    }
    if (!this.#whole) return;
    for (const [price, size] of message.b ?? []) put(this.#bids, price, size, -1);
    for (const [price, size] of message.a ?? []) put(this.#asks, price, size, 1);
    this.n = message.n;
    this.time = message.t;
    if (message.sum !== undefined && message.sum !== checksum(this.#bids, this.#asks)) {
      this.mismatches += 1;
      this.#again(`its checksum is not ${message.sum}`);
      return;
    }
    this.#wrong = 0;
    this.#changed();
  }

  #gap(gap: Gap): void {
    this.emit("gap", gap);
    const why = "changes of it are missing";
    if (gap.why === "hole" || gap.why === "overlap") {
      this.#again(why);
    } else { // behind what the server itself tells, and behind what it could not recover, it sends the whole book
      this.#whole = false;
      this.#stale(why);
    }
  }

  /** The whole book once more: at once, and then each time later. */
  #again(why: string): void {
    this.#whole = false;
    this.#stale(why);
    if (this.#timer !== undefined) return;
    const wait = this.#wrong === 0 ? 0 : Math.min(longest, 500 * 2 ** this.#wrong);
    this.#wrong += 1;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#subscription.restart();
    }, wait);
  }

  #stale(why: string): void {
    if (!this.valid) return;
    this.valid = false;
    this.emit("stale", why);
  }

  #changed(): void {
    this.valid = true;
    this.emit("change", this);
    for (const iterator of this.#iterators) iterator.push(this);
  }

  #end(error: TickcastError | undefined): void {
    this.#stale("it was closed");
    for (const changes of [...this.#iterators]) changes.end(error);
    if (!this.#subscription.closed) return; // refused: it may go on later
    clearTimeout(this.#timer);
    this.#off();
  }
}

/** Keeps the book of a symbol. */
export const book = (client: Client, symbol: string, options?: BookOptions): Book => new Book(client, symbol, options);

/** Sets, adds or (size 0) removes a level of a side that is sorted from the best on. @param way 1: the lowest is best */
function put(side: Level[], price: Decimal, size: Decimal, way: 1 | -1): void {
  const exact = { price: plain(price), size: plain(size) };
  const value = Number(price);
  let from = 0;
  let to = side.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(side[middle] as Level, value, exact.price) * way < 0) from = middle + 1;
    else to = middle;
  }
  const there = side[from];
  const found = there !== undefined && there.exact.price === exact.price;
  if (Number(size) === 0) {
    if (found) side.splice(from, 1);
  } else {
    side.splice(from, found ? 1 : 0, { price: value, size: Number(size), exact, digits: digits(exact.price) + digits(exact.size) });
  }
}

/** Two prices that are the same double may be different texts. */
function order(level: Level, price: number, text: string): number {
  if (level.price !== price || level.exact.price === text) return level.price - price;
  return (level.exact.price < text ? -1 : 1) * Math.sign(price);
}

function checksum(bids: Level[], asks: Level[]): number {
  let text = "";
  for (const side of [asks, bids]) for (let i = 0; i < side.length && i < sumOf; i += 1) text += (side[i] as Level).digits;
  return crc32(text);
}
