// Bars of one symbol and one period, built from its trades and from merged trades alike: a merged one brings the open,
// high, low and volume of what it covers, so the bar comes out the same as if every trade had been seen.
// That none is counted twice is the client's business; this file only adds up.
// Closing prices follow the order of the sequence, as the server's own bars do: a trade that is late changes the bar its time
// belongs to. Bars that the server has made itself are taken as they are (`put`), and older ones go before them (`before`).
// There is never a hole between those that are here: one that is older than all of them waits until those between have come.

import type { BarMessage, Trade } from "../client/protocol.js";
import { add } from "./decimal";

export interface Candle {
  /** Start, seconds since the epoch. */ time: number;
  open: number; high: number; low: number; close: number; volume: number;
  /** How many trades. */ trades: number;
  /** Number of the first and of the last. */ first: number; last: number;
}

const micro = 1_000_000;

export class Candles {
  readonly bars: Candle[] = [];
  /** Counts every addition. */ version = 0;
  private changed = Infinity;
  private rebuilt = true;
  /** Bars of the server from before the oldest one here, by their time. */ private readonly early = new Map<number, Candle>();
  /** Whether nothing is known to be older than what is here. */ private whole = false;

  /** @param period seconds  @param cap how many bars are kept */
  constructor(readonly period: number, private readonly cap = 20_000) {}

  add(trade: Trade): void {
    const time = Math.floor(trade.t / (this.period * micro)) * this.period;
    this.fold({
      time,
      open: trade.o ?? trade.p,
      high: trade.h ?? trade.p,
      low: trade.l ?? trade.p,
      close: trade.p,
      volume: trade.v ?? trade.q,
      trades: trade.k ?? 1,
      first: trade.f ?? trade.n,
      last: trade.n,
    });
  }

  /** A bar as the server has made it: it stands for whatever was there at its time. */
  put(bar: Candle): void {
    if (!this.whole && bar.time < (this.bars[0]?.time ?? -Infinity)) {
      this.early.set(bar.time, bar);
      return;
    }
    this.version += 1;
    const index = this.find(bar.time);
    if (this.bars[index]?.time === bar.time) {
      this.bars[index] = bar;
      this.changed = Math.min(this.changed, index);
    } else {
      this.insert(index, bar);
    }
  }

  /** Bars as the server has made them, ascending: they stand for whatever was there from the first of them on. */
  replace(bars: readonly Candle[]): void {
    const [first] = bars;
    if (!first) return;
    this.version += 1;
    this.early.clear();
    this.bars.length = this.find(first.time);
    this.bars.push(...bars);
    this.touch();
  }

  /** Older bars, oldest first; what is here already stays. Answers how many came on. */
  before(older: readonly Candle[]): number {
    const first = this.bars[0]?.time ?? Infinity;
    const fresh = older.filter((bar) => bar.time < first);
    return this.lead(fresh, fresh[0]?.time ?? Infinity);
  }

  /** There are no older bars to come. */
  end(): void {
    this.whole = true;
    this.lead([], -Infinity);
  }

  /** Becomes what `other` tells, whose period must divide this one. */
  load(other: Candles): this {
    this.bars.length = 0;
    for (const bar of other.bars) this.fold({ ...bar, time: Math.floor(bar.time / this.period) * this.period });
    this.touch();
    return this;
  }

  /** Forgets the bars from `time` on: they are about to be told anew. */
  cut(time: number): void {
    this.bars.length = this.find(time);
    this.touch();
  }

  get newest(): Candle | undefined {
    return this.bars[this.bars.length - 1];
  }

  /** The bar that starts at `time`. */
  at(time: number): Candle | undefined {
    const index = this.find(time);
    return this.bars[index]?.time === time ? this.bars[index] : undefined;
  }

  /** What changed since it was last asked: the first changed index, 0 meaning everything anew; undefined: nothing. */
  take(): { from: number; all: boolean } | undefined {
    if (this.changed === Infinity) return undefined;
    const change = { from: this.rebuilt ? 0 : this.changed, all: this.rebuilt };
    this.changed = Infinity;
    this.rebuilt = false;
    return change;
  }

  /** Ask for everything anew, because who shows the bars has lost them. */
  touch(): void {
    this.changed = 0;
    this.rebuilt = true;
  }

  /** Puts these first, and with them what waited from `since` on: that came later, and is newer than the same bar among them. */
  private lead(older: readonly Candle[], since: number): number {
    const bars = new Map(older.map((bar) => [bar.time, bar]));
    for (const [time, bar] of this.early) {
      if (time < since) continue;
      bars.set(time, bar);
      this.early.delete(time);
    }
    if (bars.size === 0) return 0;
    this.bars.unshift(...[...bars.values()].sort((a, b) => a.time - b.time));
    this.version += 1;
    this.touch();
    return bars.size;
  }

  private fold(part: Candle): void {
    this.version += 1;
    const index = this.find(part.time);
    const bar = this.bars[index];
    if (bar?.time !== part.time) {
      this.insert(index, part);
      return;
    }
    bar.high = Math.max(bar.high, part.high);
    bar.low = Math.min(bar.low, part.low);
    bar.close = part.close;
    bar.volume = add(bar.volume, part.volume);
    bar.trades += part.trades;
    bar.last = part.last;
    this.changed = Math.min(this.changed, index);
  }

  private insert(index: number, bar: Candle): void {
    if (index < this.bars.length) this.rebuilt = true;
    this.bars.splice(index, 0, bar);
    this.changed = Math.min(this.changed, index);
    if (this.bars.length > this.cap) {
      // A tenth at a time: dropping the oldest means drawing everything anew.
      this.bars.splice(0, Math.max(1, Math.floor(this.cap / 10)));
      this.whole = false;
      this.touch();
    }
  }

  /** The index of the bar that starts at `time`, or where it would stand. Nearly always the last or behind it. */
  private find(time: number): number {
    let index = this.bars.length;
    while (index > 0 && (this.bars[index - 1] as Candle).time >= time) index -= 1;
    return index;
  }
}

/** The contract's bar, its time in seconds. */
export function candle(bar: Pick<BarMessage, "t" | "o" | "h" | "l" | "c" | "v" | "k"> & { f?: number; n?: number }): Candle {
  return {
    time: Math.floor(bar.t / micro), open: bar.o, high: bar.h, low: bar.l, close: bar.c, volume: bar.v, trades: bar.k,
    first: bar.f ?? 0, last: bar.n ?? 0,
  };
}
