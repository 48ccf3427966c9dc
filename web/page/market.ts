// The last known quote and trade of every symbol. It keeps no history (that is `Candles`, for the one symbol shown),
// so its size is the number of symbols, however fast they move.

import { digits } from "./decimal";
import type { Quote, Trade } from "./message";

export interface Row {
  readonly symbol: string;
  bid?: number; bidSize?: number; ask?: number; askSize?: number;
  last?: number;
  /** First price that this page saw: what the change is measured from. */ first?: number;
  /** Digits after the point that its prices need. */ digits: number;
  /** Number of the newest quote and of the newest trade. */ quoted: number; traded: number;
}

export class Market {
  private readonly named = new Map<string, Row>();
  private sorted: Row[] = [];
  private unsorted = false;
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
    for (const row of this.named.values()) if (!best || row.traded > best.traded) best = row;
    return best;
  }

  /** A new session may count from 1 again; what is shown stays until something newer comes. */
  restart(): void {
    for (const row of this.named.values()) {
      row.quoted = 0;
      row.traded = 0;
    }
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
    if (trade.n <= row.traded) return;
    row.traded = trade.n;
    row.last = trade.p;
    row.first ??= trade.o ?? trade.p;
    row.digits = digits(trade.p, row.digits);
    this.version += 1;
  }

  private row(symbol: string): Row {
    let row = this.named.get(symbol);
    if (!row) {
      row = { symbol, digits: 2, quoted: 0, traded: 0 };
      this.named.set(symbol, row);
      this.unsorted = true;
    }
    return row;
  }
}
