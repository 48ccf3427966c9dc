// Time and sales: the newest trades of the symbol shown, newest on top, as many as there is room for.

import { price, size } from "./decimal";
import type { Trade } from "./message";

/** Height of a line, as in the style sheet. */
const line = 22;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export class Tape {
  private newest: Trade | undefined;

  constructor(private readonly list: HTMLElement) {}

  /** @param trades newest last */
  draw(trades: readonly Trade[], digits: number): void {
    const newest = trades[trades.length - 1];
    if (newest === this.newest) return;
    this.newest = newest;
    const room = Math.min(trades.length, Math.floor(this.list.clientHeight / line));
    while (this.list.children.length > room) this.list.lastElementChild?.remove();
    while (this.list.children.length < room) this.list.append(row());
    for (let i = 0; i < room; i += 1) {
      const at = trades.length - 1 - i;
      const trade = trades[at] as Trade;
      const item = this.list.children[i] as HTMLElement;
      const [when, what, many] = [...item.children] as [HTMLElement, HTMLElement, HTMLElement];
      item.dataset.way = way(trades, at);
      when.textContent = clock.format(trade.t / 1000);
      what.textContent = price(trade.p, digits);
      const sold = size(trade.v ?? trade.q);
      many.textContent = (trade.k ?? 1) > 1 ? `${sold} (${trade.k})` : sold;
    }
  }
}

/** The side that took, where the feed tells it, else the direction in which the price last moved. */
function way(trades: readonly Trade[], at: number): "up" | "down" | "" {
  const trade = trades[at] as Trade;
  if (trade.side) return trade.side === "buy" ? "up" : "down";
  for (let i = at - 1; i >= 0; i -= 1) {
    const before = (trades[i] as Trade).p;
    if (before !== trade.p) return trade.p > before ? "up" : "down";
  }
  return "";
}

function row(): HTMLElement {
  const item = document.createElement("li");
  item.append(...["time", "span", "span"].map((name) => document.createElement(name)));
  return item;
}
