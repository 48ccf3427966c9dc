// What only the symbol on the chart is subscribed to: its bars of one length and its book, where the server has these channels.
// One who holds an arrow key down passes many symbols, and a server takes few commands a second: the subscription follows when
// the viewer has come to rest, in one frame, and what was looked at before is unsubscribed in the same.

import type { Bar, Book, Command, Message, Period, Welcome } from "./message";

export interface Wish { symbol: string; period: Period }

export interface Viewer {
  /** The snapshot of these bars begins; `anew`: of another run of the server. */ begins(anew: boolean): void;
  bar(bar: Bar): void;
  book(book: Book): void;
}

/** Bars that a chart begins with; older ones come when the viewer scrolls there. */
const history = 1000;
/** Levels of the book on each side. */
const depth = 40;
/** Time between two pictures of the chart's bar and of the book, ms. */
const pace = { bars: 50, book: 100 };
/** How long the viewer has to rest on a symbol, ms; and how long the server, when it has had too many commands. */
const rest = 120;
const refused = 1500;

type Channel = "bars" | "book";

export class Focus {
  private wish: Wish | undefined;
  private has = { bars: false, book: false };
  private open = false;
  private epoch = "";
  private anew = false;
  private asks = 0;
  private pending: number | undefined;
  /** What is subscribed to, and under which id. */
  private readonly held: Partial<Record<Channel, Wish & { id: string; live: boolean }>> = {};

  constructor(private readonly send: (...commands: Command[]) => void, private readonly viewer: Viewer) {}

  opened(welcome: Welcome): void {
    const channels = welcome.channels ?? [];
    this.has = { bars: channels.includes("bars"), book: channels.includes("book") };
    this.anew = this.epoch !== welcome.epoch;
    this.epoch = welcome.epoch;
    this.open = true;
    this.forget();
    this.ask();
  }

  closed(): void {
    this.open = false;
    this.forget();
  }

  want(wish: Wish): void {
    const { wish: before } = this;
    this.wish = wish;
    // Another length of the same symbol is asked for on purpose, one at a time.
    this.later(before === undefined || before.symbol === wish.symbol ? 0 : rest);
  }

  take(message: Message): void {
    const { bars, book } = this.held;
    switch (message.e) {
      case "bar":
        if (bars?.live && this.wished(bars) && message.s === bars.symbol && message.i === bars.period) this.viewer.bar(message);
        break;
      case "book":
        if (book?.live && book.symbol === this.wish?.symbol && message.s === book.symbol) this.viewer.book(message);
        break;
      case "subscribed":
        for (const [channel, held] of Object.entries(this.held)) {
          if (held.id !== message.id) continue;
          held.live = true;
          if (channel === "bars" && this.wished(held)) {
            this.viewer.begins(this.anew);
            this.anew = false;
          }
        }
        break;
      case "error":
        for (const [channel, held] of Object.entries(this.held)) {
          if (held.id !== message.id || message.code !== "rate_limited") continue;
          delete this.held[channel as Channel];
          this.later(refused);
        }
        break;
    }
  }

  private wished(held: Wish): boolean {
    return held.symbol === this.wish?.symbol && held.period === this.wish.period;
  }

  private forget(): void {
    delete this.held.bars;
    delete this.held.book;
  }

  private later(ms: number): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.ask(), ms) as unknown as number;
  }

  private ask(): void {
    const { wish, held, has } = this;
    if (!wish || !this.open) return;
    const commands: Command[] = [];
    const symbols = [wish.symbol];
    this.asks += 1;
    if (has.bars && !(held.bars && this.wished(held.bars))) {
      const id = `bars-${this.asks}`;
      if (held.bars) commands.push({ op: "unsubscribe", id: `${id}-left`, channel: "bars", period: held.bars.period, symbols: [held.bars.symbol] });
      commands.push({ op: "subscribe", id, channel: "bars", period: wish.period, symbols, mode: "latest", interval_ms: pace.bars, history });
      held.bars = { ...wish, id, live: false };
    }
    if (has.book && held.book?.symbol !== wish.symbol) {
      const id = `book-${this.asks}`;
      if (held.book) commands.push({ op: "unsubscribe", id: `${id}-left`, channel: "book", symbols: [held.book.symbol] });
      commands.push({ op: "subscribe", id, channel: "book", depth, symbols, mode: "latest", interval_ms: pace.book });
      held.book = { ...wish, id, live: false };
    }
    this.send(...commands);
  }
}
