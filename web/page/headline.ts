// What stands over the chart: the symbol, its last price, and both sides of its quote.

import { percent, price, size } from "./decimal";
import type { Row } from "./market";

export class Headline {
  private readonly parts: Record<string, HTMLElement> = {};
  private before: number | undefined;
  private symbol = "";

  constructor(element: HTMLElement) {
    for (const part of element.querySelectorAll<HTMLElement>("[data-part]")) this.parts[part.dataset.part as string] = part;
  }

  draw(symbol: string, row: Row | undefined): void {
    if (symbol !== this.symbol) {
      this.symbol = symbol;
      this.before = undefined;
      this.part("last").dataset.way = "";
    }
    const digits = row?.digits ?? 2;
    const last = this.part("last");
    if (row?.last !== this.before) {
      if (this.before !== undefined && row?.last !== undefined) last.dataset.way = row.last > this.before ? "up" : "down";
      this.before = row?.last;
    }
    const change = percent(row?.first, row?.last);
    this.part("change").dataset.way = change.startsWith("+") ? "up" : change.startsWith("−") ? "down" : "";
    this.write({
      symbol: symbol || "–",
      last: price(row?.last, digits),
      change,
      bid: price(row?.bid, digits),
      ask: price(row?.ask, digits),
      "bid-size": size(row?.bidSize),
      "ask-size": size(row?.askSize),
      spread: row?.bid === undefined || row.ask === undefined ? "–" : (row.ask - row.bid).toFixed(digits),
    });
  }

  private part(name: string): HTMLElement {
    return this.parts[name] as HTMLElement;
  }

  private write(texts: Record<string, string>): void {
    for (const [name, text] of Object.entries(texts)) {
      if (this.part(name).textContent !== text) this.part(name).textContent = text;
    }
  }
}
