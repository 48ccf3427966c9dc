// What stands over the chart: the symbol, whether it trades, its last price, both sides of its quote, and its session so far.

import { price, signed, size } from "./decimal";
import { put, write } from "./element";
import { type Row, type TradingState, moved } from "./market";

const states: Record<Exclude<TradingState, "trading">, string> = { halted: "Halted", auction: "Auction", closed: "Closed" };

export class Headline {
  private readonly parts: Record<string, HTMLElement> = {};
  private before: number | undefined;
  private symbol = "";

  constructor(element: HTMLElement, private readonly trading: HTMLElement) {
    for (const part of element.querySelectorAll<HTMLElement>("[data-part]")) this.parts[part.dataset.part as string] = part;
  }

  draw(symbol: string, row: Row | undefined, picked: boolean): void {
    if (symbol !== this.symbol) {
      this.symbol = symbol;
      this.before = undefined;
      put(this.part("last"), "data-way", "");
    }
    const digits = row?.digits ?? 2;
    if (row?.last !== this.before) {
      if (this.before !== undefined && row?.last !== undefined) put(this.part("last"), "data-way", row.last > this.before ? "up" : "down");
      this.before = row?.last;
    }
    const change = signed(moved(row));
    const session = row?.session;
    const by = session?.change === undefined ? "" : `${session.change > 0 ? "+" : session.change < 0 ? "−" : ""}${price(Math.abs(session.change), digits)} `;
    put(this.part("change"), "data-way", change.startsWith("+") ? "up" : change.startsWith("−") ? "down" : "");
    put(this.part("change"), "title", session?.percent === undefined ? "Since this page was opened" : "Since the close of the session before, or this one's open");
    put(this.part("star"), "aria-pressed", String(picked));
    put(this.part("symbol"), "title", symbol);
    this.write({
      symbol: symbol || "–",
      last: price(row?.last, digits),
      change: `${by}${by ? `(${change})` : change}`,
      bid: price(row?.bid, digits),
      ask: price(row?.ask, digits),
      "bid-size": size(row?.bidSize),
      "ask-size": size(row?.askSize),
      spread: row?.bid === undefined || row.ask === undefined ? "–" : (row.ask - row.bid).toFixed(digits),
      open: price(session?.open, digits),
      high: price(session?.high, digits),
      low: price(session?.low, digits),
      volume: size(session?.volume),
      trades: size(session?.trades),
    });
    this.state(row);
  }

  private state(row: Row | undefined): void {
    const state = row?.state ?? "trading";
    this.trading.hidden = state === "trading";
    put(this.trading, "data-trading", state);
    if (state === "trading") return;
    const words = row?.reason ? `${states[state]}: ${row.reason}` : states[state];
    write(this.trading, words);
    put(this.trading, "title", words);
  }

  private part(name: string): HTMLElement {
    return this.parts[name] as HTMLElement;
  }

  private write(texts: Record<string, string>): void {
    for (const [name, text] of Object.entries(texts)) write(this.part(name), text);
  }
}
