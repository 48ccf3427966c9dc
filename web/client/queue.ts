// What waits for the reader of an iterator: bounded, with a policy for the reader who is too slow.
//  - `gap` (the usual): the oldest are dropped, and what was dropped is told, symbol by symbol, before the next message is given.
//  - `latest`: of each symbol only the newest waits, so the queue is no longer than there are symbols.
//  - `error`: the iteration ends with TickcastError `queue_full`, once what was there has been read.

import { TickcastError } from "./error.js";
import type { Channel, Gap } from "./protocol.js";
import { Reader } from "./reader.js";

export type Overflow = "gap" | "latest" | "error";
interface Item { e: string; s: string; n: number; f?: number }

export class Queue<T extends Item> extends Reader<T | Gap> {
  readonly #channel: Channel;
  readonly #size: number;
  readonly #policy: Overflow;
  readonly #tell: (gap: Gap) => void;
  #items: (T | Gap)[] = [];
  #head = 0;
  readonly #newest = new Map<string, T | Gap>();
  readonly #dropped = new Map<string, Gap>();

  /** @param dropped is told of each stretch of messages that were dropped  @param ended is told when nothing more is to be pushed */
  constructor(channel: Channel, size: number, policy: Overflow, dropped: (gap: Gap) => void, ended: (queue: Queue<T>) => void) {
    super(ended as (reader: Reader<T | Gap>) => void);
    this.#channel = channel;
    this.#size = size;
    this.#policy = policy;
    this.#tell = dropped;
  }

  get length(): number {
    return this.#newest.size + this.#items.length - this.#head;
  }

  override next(): Promise<IteratorResult<T | Gap>> {
    for (const gap of this.#dropped.values()) this.#tell(gap);
    this.#dropped.clear();
    return super.next();
  }

  /** All that waits, at once. */
  drain(): (T | Gap)[] {
    const all = [];
    for (let item = this.take(); item !== undefined; item = this.take()) all.push(item);
    return all;
  }

  protected hold(item: T | Gap): void {
    if (this.#policy === "latest") {
      this.#newest.set(item.s, item);
    } else if (this.length < this.#size) {
      this.#items.push(item);
    } else if (this.#policy === "error") {
      this.end(new TickcastError("queue_full", `${this.#size} messages wait: read faster, or choose overflow "latest"`));
    } else {
      this.#drop(this.take() as T | Gap);
      this.#items.push(item);
    }
  }

  protected clear(): void {
    this.drain();
    this.#dropped.clear();
  }

  protected take(): T | Gap | undefined {
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
    else this.#dropped.set(item.s, { e: "gap", channel: this.#channel, s: item.s, f: item.f ?? item.n, n: item.n, why: "queue" });
  }
}
