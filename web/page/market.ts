// The last that is known of every symbol: quote, trade or session statistics, and whether it is trading. It keeps no history but the
// small line of its row (`Spark`), so its size is the number of symbols, however fast they move.

import type { Quote, Stat, Status, Trade } from "../client/protocol.js";
import { digits } from "./decimal";
import { Spark } from "./spark";

export type TradingState = Status["state"];

/** Session statistics, where the server has them. */
export interface Session { open: number; high: number; low: number; volume: number; trades: number; change?: number; percent?: number }

export interface Row {
  readonly symbol: string;
  bid?: number; bidSize?: number; ask?: number; askSize?: number;
  last?: number;
  /** When that was, by the venue's time: a trade that comes late is not the last one. */ at: number;
  /** First price that this page saw: what the change is measured from where there are no statistics. */ first?: number;
  session?: Session;
  state?: TradingState; reason?: string;
  /** Digits after the point that its prices need. */ digits: number;
  /** Number of the newest quote, of the newest trade and of the newest statistics. */ quoted: number; traded: number; told: number;
  readonly spark: Spark;
}

/** The change that is shown, in percent: the session's, else since the page was opened. */
export function moved(row: Row | undefined): number | undefined {
  if (row?.session?.percent !== undefined) return row.session.percent;
  if (row?.first === undefined || row.last === undefined || row.first === 0) return undefined;
  return ((row.last - row.first) / row.first) * 100;
}

/** A symbol of which nothing is known. */
export function blank(symbol: string): Row {
  return { symbol, digits: 2, quoted: 0, traded: 0, told: 0, at: -Infinity, spark: new Spark() };
}

export class Market {
  private readonly named = new Map<string, Row>();
  private sorted: Row[] = [];
  private unsorted = false;
  private epoch = "";
  /** Counts every change. */ version = 0;

  get size(): number {
    return this.named.size;
  }

  find(symbol: string): Row | undefined {
    return this.named.get(symbol);
  }

  /** All rows by name. */
  rows(): readonly Row[] {
    if (this.unsorted) {
      this.sorted = [...this.named.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
      this.unsorted = false;
    }
    return this.sorted;
  }

  /** The one with most trades since the server began to count. */
  busiest(): Row | undefined {
    let best: Row | undefined;
    for (const row of this.named.values()) if (!best || Math.max(row.traded, row.told) > Math.max(best.traded, best.told)) best = row;
    return best;
  }

  /** A new session may count from 1 again; what is shown stays until something newer comes. In another epoch, anything may be. */
  restart(epoch: string): void {
    for (const row of this.named.values()) {
      row.quoted = 0;
      row.traded = 0;
      row.told = 0;
      if (epoch !== this.epoch) row.at = -Infinity;
    }
    this.epoch = epoch;
  }

  /** A row has changed by something else than a message. */
  touch(): void {
    this.version += 1;
  }

  quote(quote: Quote): void {
    const row = this.row(quote.s);
    if (quote.n <= row.quoted) return;
    row.quoted = quote.n;
    row.bid = quote.b;
    row.bidSize = quote.bq;
    row.ask = quote.a;
    row.askSize = quote.aq;
    if (quote.b !== undefined) row.digits = digits(quote.b, row.digits);
    if (quote.a !== undefined) row.digits = digits(quote.a, row.digits);
    this.version += 1;
  }

  trade(trade: Trade): void {
    const row = this.row(trade.s);
    if (trade.n <= row.traded || trade.n < row.told) return;
    row.traded = trade.n;
    if (trade.t >= row.at) this.price(row, trade.p, trade.o ?? trade.p, trade.t);
  }

  stat(stat: Stat): void {
    const row = this.row(stat.s);
    if (stat.n < row.told) return;
    row.told = stat.n;
    const { o: open, h: high, l: low, v: volume, k: trades, ch: change, pct: percent } = stat;
    row.session = { open, high, low, volume, trades, ...(change === undefined ? {} : { change }), ...(percent === undefined ? {} : { percent }) };
    // The price of its newest trade, by the venue's time. Several of one moment: the number decides.
    if (stat.t > row.at || (stat.t === row.at && row.told >= row.traded)) this.price(row, stat.c, stat.c, stat.t);
    this.version += 1;
  }

  status(status: Status): void {
    const row = this.row(status.s);
    row.state = status.state;
    row.reason = status.reason;
    this.version += 1;
  }

  private price(row: Row, last: number, first: number, t: number): void {
    row.last = last;
    row.at = t;
    row.first ??= first;
    row.digits = digits(last, row.digits);
    row.spark.push(last, t / 1e6);
    this.version += 1;
  }

  private row(symbol: string): Row {
    let row = this.named.get(symbol);
    if (!row) {
      row = blank(symbol);
      this.named.set(symbol, row);
      this.unsorted = true;
    }
    return row;
  }
}
