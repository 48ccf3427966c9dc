// What waits for the reader of an iterator: bounded, with a policy for the reader who is too slow.
//  - `gap` (the usual): the oldest are dropped, and what was dropped is told, symbol by symbol, before the next message is given.
//  - `latest`: of each symbol only the newest waits, so the queue is no longer than there are symbols.
//  - `error`: the iteration ends with TickcastError `queue_full`, once what was there has been read.

import { TickcastError } from "./error.js";
import type { Channel, Gap } from "./protocol.js";

export type Overflow = "gap" | "latest" | "error";
interface Item { e: string; s: string; n: number; f?: number }
interface Waiter<T> { resolve(result: IteratorResult<T>): void; reject(error: Error): void }

export class Queue<T extends Item> implements AsyncIterableIterator<T | Gap> {
  #items: (T | Gap)[] = [];
  #head = 0;
  readonly #newest = new Map<string, T | Gap>();
  readonly #dropped = new Map<string, Gap>();
  readonly #waiters: Waiter<T | Gap>[] = [];
  #over = false;
  #error: Error | undefined;

  /** @param dropped is told of each stretch of messages that were dropped  @param ended is told when nothing more is to be pushed */
  constructor(
    private readonly channel: Channel, private readonly size: number, private readonly policy: Overflow,
    private readonly dropped: (gap: Gap) => void, private readonly ended: (queue: Queue<T>) => void,
  ) {}

  get length(): number {
    return this.#newest.size + this.#items.length - this.#head;
  }

  push(item: T | Gap): void {
    if (this.#over) return;
    const waiter = this.#waiters.shift();
    if (waiter) {
      waiter.resolve({ done: false, value: item });
    } else if (this.policy === "latest") {
      this.#newest.set(item.s, item);
    } else if (this.length < this.size) {
      this.#items.push(item);
    } else if (this.policy === "error") {
      this.end(new TickcastError("queue_full", `${this.size} messages wait: read faster, or choose overflow "latest"`));
    } else {
      this.#drop(this.#take() as T | Gap);
      this.#items.push(item);
    }
  }

  /** No more; what waits can still be read, and then the error. */
  end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.ended(this);
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter);
  }

  next(): Promise<IteratorResult<T | Gap>> {
    for (const gap of this.#dropped.values()) this.dropped(gap);
    this.#dropped.clear();
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      if (this.#over) this.#finish({ resolve, reject });
      else this.#waiters.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T | Gap>> {
    this.end();
    this.#items = [];
    this.#head = 0;
    this.#newest.clear();
    this.#dropped.clear();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All that waits, at once. */
  drain(): (T | Gap)[] {
    const all = [];
    for (let item = this.#take(); item !== undefined; item = this.#take()) all.push(item);
    return all;
  }

  #finish({ resolve, reject }: Waiter<T | Gap>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error) reject(error);
    else resolve({ done: true, value: undefined });
  }

  #take(): T | Gap | undefined {
    if (this.#newest.size > 0) {
      const [[symbol, item]] = this.#newest as unknown as [[string, T | Gap]];
      this.#newest.delete(symbol);
      return item;
    }
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head > 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #drop(item: T | Gap): void {
    const gap = this.#dropped.get(item.s);
    if (gap) gap.n = item.n;
    else this.#dropped.set(item.s, { e: "gap", channel: this.channel, s: item.s, f: item.f ?? item.n, n: item.n, why: "queue" });
  }
}
