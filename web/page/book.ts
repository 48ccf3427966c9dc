// One symbol's order book as the stream tells it: a snapshot, then what changed, best price first on either side. The page asks for
// `latest` books, each of which is a snapshot of the top; changes are applied all the same, because a server may send them.

import type { Book as Told, Level } from "./message";

export class Book {
  bids: Level[] = [];
  asks: Level[] = [];
  /** Number of the newest message applied; 0: there is no book yet. */ n = 0;
  /** Venue time of it, µs. */ t = 0;
  /** Counts every change. */ version = 0;

  /** Another symbol, or another session. */
  clear(): void {
    this.bids = [];
    this.asks = [];
    this.n = 0;
    this.version += 1;
  }

  take(told: Told): void {
    if (told.snap) {
      this.bids = [...told.b];
      this.asks = [...told.a];
    } else {
      if (this.n === 0 || told.n <= this.n) return;
      for (const level of told.b) apply(this.bids, level, (a, b) => a > b);
      for (const level of told.a) apply(this.asks, level, (a, b) => a < b);
    }
    this.n = told.n;
    this.t = told.t;
    this.version += 1;
  }
}

/** Puts one level in its place, or takes it away (size 0). */
function apply(side: Level[], level: Level, better: (a: number, b: number) => boolean): void {
  let at = 0;
  while (at < side.length && better((side[at] as Level)[0], level[0])) at += 1;
  const there = side[at]?.[0] === level[0];
  if (level[1] === 0) {
    if (there) side.splice(at, 1);
  } else {
    side.splice(at, there ? 1 : 0, level);
  }
}
