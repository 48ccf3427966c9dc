// The symbols whose trades come in full. All symbols come merged, at the watchlist's pace; these come every trade, because only
// then do bars of one second come out exact. A market of few symbols is covered whole, so that every chart is there when it
// is asked for; of many symbols, those looked at last. Where the server makes the bars, only the tape needs them, of a few symbols.
//
// `on_slow: latest` lets the server merge what the connection cannot carry: the bars stay right, and the page says so.
// Connections, numbers and resuming are the client's business: this is one subscription that gains and loses symbols.

import type { Client } from "../client/client.js";
import type { Trade } from "../client/protocol.js";
import type { Subscription } from "../client/subscription.js";
import { Track } from "./track";

export interface Audience {
  /** A trade was counted; `rewritten`: and bars before it changed. */ counted(symbol: string, trade: Trade, rewritten: boolean): void;
  /** Trades of the symbol went missing. */ missing(symbol: string): void;
  /** Why trades come merged; undefined: they come in full. */ merged(why: string | undefined): void;
  unknown(symbol: string): void;
}

/** How many symbols are covered at most where bars are made of trades; and where they are not, and only the tape shows trades. */
export const most = 32;
export const few = 4;
/** Trades asked for with the snapshot, so that a chart, or the tape alone, does not start empty. */
const history = { chart: 2000, tape: 60 };
/** A viewer who holds an arrow key down passes many symbols: they are asked for together, ms. */
const settle = 120;

export class Coverage {
  /** The one wanted longest ago first. */
  private readonly tracks = new Map<string, Track>();
  private readonly unknown = new Set<string>();
  private subscription: Subscription<"trades"> | undefined;
  /** Whether bars are made of these trades; undefined: no server has said yet what it has. */ private charted: boolean | undefined;
  private pending: number | undefined;

  constructor(private readonly client: Pick<Client, "subscribe">, private readonly audience: Audience) {}

  track(symbol: string): Track | undefined {
    return this.tracks.get(symbol);
  }

  /** The server has said what it has, and all symbols are asked for. */
  begin(charted: boolean): void {
    this.charted = charted;
    this.later(0);
  }

  /** These symbols are to be covered from now on. */
  want(...symbols: string[]): void {
    for (const symbol of symbols) {
      const track = this.tracks.get(symbol) ?? new Track();
      this.tracks.delete(symbol);
      this.tracks.set(symbol, track);
    }
    this.later(settle);
  }

  /** The market has something of this symbol: then it can be asked for, whatever the server said before. */
  named(symbol: string): void {
    if (this.unknown.delete(symbol)) this.later(0);
  }

  private later(ms: number): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.ask(), ms) as unknown as number;
  }

  /** Makes the subscription what is wanted. */
  private ask(): void {
    if (this.charted === undefined) return;
    for (const symbol of this.tracks.keys()) {
      if (this.tracks.size <= (this.charted ? most : few)) break;
      this.tracks.delete(symbol);
    }
    const has = new Set(this.subscription?.symbols);
    const fresh = [...this.tracks.keys()].filter((symbol) => !has.has(symbol) && !this.unknown.has(symbol));
    const left = [...has].filter((symbol) => !this.tracks.has(symbol));
    if (fresh.length > 0) {
      if (this.subscription) void this.subscription.add(...fresh).catch(() => {}); // `error` and `failed` tell it
      else this.open(fresh);
    }
    if (left.length > 0) this.subscription?.remove(...left);
  }

  private open(symbols: string[]): void {
    const subscription = this.client.subscribe("trades", symbols, {
      mode: "every", on_slow: "latest", history: this.charted ? history.chart : history.tape,
    });
    this.subscription = subscription;
    subscription.on("message", (trade) => this.take(trade));
    subscription.on("gap", (gap) => {
      const track = this.tracks.get(gap.s);
      if (!track) return;
      track.gap(gap);
      this.audience.missing(gap.s);
    });
    subscription.on("rate", ({ mode, why }) => this.audience.merged(mode === "latest" ? why ?? "" : undefined));
    subscription.on("subscribed", ({ mode }) => this.audience.merged(mode === "latest" ? "its settings" : undefined));
    subscription.on("failed", (failed) => this.failed(failed.map(({ s }) => s)));
    subscription.on("error", ({ code }) => {
      if (code === "unknown_symbol") this.failed([...this.tracks.keys()].filter((symbol) => !this.tracks.get(symbol)?.recent.length));
    });
    subscription.on("close", () => {
      if (subscription.closed) this.subscription = undefined;
    });
  }

  private failed(symbols: string[]): void {
    for (const symbol of symbols) {
      this.unknown.add(symbol);
      this.subscription?.remove(symbol);
      this.audience.unknown(symbol);
    }
  }

  private take(trade: Trade): void {
    const track = this.tracks.get(trade.s);
    if (track) this.audience.counted(trade.s, trade, track.take(trade));
  }
}
