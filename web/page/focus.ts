// What only the symbol on the chart is subscribed to: its bars of one length and its book, where the server has these channels.
// One who holds an arrow key down passes many symbols, and a server takes few commands a second: the subscription follows when
// the viewer has come to rest, and what was looked at before is let go.

import type { Bar, Bars } from "../client/bars.js";
import { type Book, book } from "../client/book.js";
import type { Client } from "../client/client.js";
import type { Period } from "../client/protocol.js";

export interface Wish { symbol: string; period: Period }

export interface Viewer {
  /** All bars there are, ascending: they replace what was there from the first of them on. */ all(bars: Bar[]): void;
  bar(bar: Bar): void;
}

/** Bars that a chart begins with; older ones come when the viewer scrolls there. */
const history = 1000;
/** Levels of the book on each side: more than fit a screen. */
const depth = 40;
/** Time between two pictures of the chart's bar and of the book, ms. */
const pace = { bars: 50, book: 100 };
/** How long the viewer has to rest on a symbol, ms. */
const rest = 120;

export class Focus {
  private wish: Wish | undefined;
  private has = { bars: false, book: false };
  private pending: number | undefined;
  private bars: Bars | undefined;
  private ladder: Book | undefined;

  constructor(private readonly client: Client, private readonly viewer: Viewer) {}

  /** The book of the symbol that is wanted, if there is one. */
  get book(): Book | undefined {
    return this.ladder?.symbol === this.wish?.symbol ? this.ladder : undefined;
  }

  /** The server has said what it has. */
  begin(has: { bars: boolean; book: boolean }): void {
    this.has = has;
    this.later(0);
  }

  want(wish: Wish): void {
    const { wish: before } = this;
    this.wish = wish;
    // Another length of the same symbol is asked for on purpose, one at a time.
    this.later(before === undefined || before.symbol === wish.symbol ? 0 : rest);
  }

  private later(ms: number): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.ask(), ms) as unknown as number;
  }

  /** Makes the subscriptions what is wanted. */
  private ask(): void {
    const { wish, has } = this;
    if (!wish) return;
    if (!has.bars || this.bars?.symbol !== wish.symbol || this.bars.period !== wish.period) {
      this.bars?.close();
      this.bars = has.bars ? this.follow(wish) : undefined;
    }
    if (!has.book || this.ladder?.symbol !== wish.symbol) {
      this.ladder?.close();
      this.ladder = has.book ? book(this.client, wish.symbol, { depth, mode: "latest", interval_ms: pace.book }) : undefined;
    }
  }

  private follow({ symbol, period }: Wish): Bars {
    const bars = this.client.bars(symbol, period, { history, mode: "latest", interval_ms: pace.bars });
    const current = (): boolean => this.wish?.symbol === symbol && this.wish.period === period;
    bars.on("set", (all) => { if (current()) this.viewer.all(all); });
    bars.on("update", (bar) => { if (current()) this.viewer.bar(bar); });
    bars.on("revise", (bar) => { if (current()) this.viewer.bar(bar); });
    return bars;
  }
}
