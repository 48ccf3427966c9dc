// Time and sales: the newest trades of the symbol shown, newest on top, as many as there is room for. Trades come faster than
// anybody reads, so what is drawn is the newest screenful at main.ts's pace. One that is large among its neighbours stands out.

import type { Trade } from "../client/protocol.js";
import { price, size } from "./decimal";
import { put, write } from "./element";

/** Height of a line, as in the style sheet. */
const line = 21;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export class Tape {
  private newest: Trade | undefined;
  private drawn = -1;
  private room = 0;
  private digits = 2;
  private said = { second: -1, text: "" };

  constructor(private readonly list: HTMLElement) {
    new ResizeObserver(() => {
      this.room = Math.floor(list.clientHeight / line);
      this.drawn = -1;
    }).observe(list);
  }

  /** @param trades newest last */
  draw(trades: readonly Trade[], digits: number): void {
    const newest = trades[trades.length - 1];
    const room = Math.min(trades.length, this.room);
    if (newest === this.newest && room === this.drawn && digits === this.digits) return;
    this.newest = newest;
    this.drawn = room;
    this.digits = digits;
    const { list } = this;
    while (list.children.length > room) list.lastElementChild?.remove();
    while (list.children.length < room) list.append(row());
    const large = threshold(trades);
    for (let i = 0; i < room; i += 1) {
      const at = trades.length - 1 - i;
      const trade = trades[at] as Trade;
      const item = list.children[i] as HTMLElement;
      const [what, many, when] = item.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
      const volume = trade.v ?? trade.q;
      put(item, "data-way", way(trades, at));
      put(item, "data-large", volume >= large ? "yes" : "");
      const sold = size(volume);
      write(what, price(trade.p, digits));
      write(many, (trade.k ?? 1) > 1 ? `${sold} (${trade.k})` : sold);
      write(when, this.time(trade.t));
    }
  }

  /** Many trades of one second: its text is made once. */
  private time(t: number): string {
    const second = Math.floor(t / 1e6);
    if (second !== this.said.second) this.said = { second, text: clock.format(second * 1000) };
    return this.said.text;
  }
}

/** What is large among these: three times the size that half of them reach, and more than nine of ten have. */
function threshold(trades: readonly Trade[]): number {
  if (trades.length < 10) return Infinity;
  const sizes = trades.map((trade) => trade.v ?? trade.q).sort((a, b) => a - b);
  const share = (part: number): number => sizes[Math.floor(sizes.length * part)] as number;
  return Math.max(3 * share(0.5), share(0.9));
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
  item.append(...["b", "span", "time"].map((name) => document.createElement(name)));
  return item;
}
