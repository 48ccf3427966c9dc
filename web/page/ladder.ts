// The order book drawn: asks above, bids below, the spread between them, and behind each level a bar as long as what rests up to
// there. As many levels as there is room for; elements are made once and only change.

import type { Book } from "./book";
import { price, size } from "./decimal";
import { write } from "./element";
import type { Level } from "./message";

/** Height of a level, as in the style sheet. */
const line = 21;

interface Rung { element: HTMLElement; price: HTMLElement; size: HTMLElement; total: HTMLElement; shown: number | undefined; much: number }

export class Ladder {
  private readonly asks: HTMLElement;
  private readonly bids: HTMLElement;
  private readonly middle: HTMLElement;
  private readonly above: Rung[] = [];
  private readonly below: Rung[] = [];
  private room = 0;
  private drawn = "";

  constructor(private readonly element: HTMLElement) {
    const part = (name: string): HTMLElement => element.querySelector(`[data-part=${name}]`) as HTMLElement;
    [this.asks, this.middle, this.bids] = [part("asks"), part("middle"), part("bids")];
    new ResizeObserver(() => {
      this.room = Math.max(0, Math.floor(this.asks.clientHeight / line));
      this.drawn = "";
    }).observe(this.asks);
  }

  draw(book: Book, digits: number): void {
    const key = `${book.version} ${digits} ${this.room}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const count = Math.min(this.room, Math.max(book.bids.length, book.asks.length));
    const sum = (side: readonly Level[]): number => side.slice(0, count).reduce((total, level) => total + level[1], 0);
    const most = Math.max(sum(book.bids), sum(book.asks)) || 1;
    this.side(this.asks, this.above, book.asks, digits, most);
    this.side(this.bids, this.below, book.bids, digits, most);
    const [bid, ask] = [book.bids[0]?.[0], book.asks[0]?.[0]];
    const spread = bid === undefined || ask === undefined ? undefined : ask - bid;
    const text = spread === undefined || bid === undefined
      ? book.n === 0 ? "Waiting for the book…" : "One side is empty"
      : `Spread ${price(spread, digits)} · ${((spread / (bid + spread / 2)) * 10_000).toFixed(1)} bp`;
    write(this.middle, text);
    const { dataset } = this.element;
    [dataset.n, dataset.bids, dataset.asks] = [String(book.n), String(book.bids.length), String(book.asks.length)];
    [dataset.bid, dataset.ask] = [String(bid ?? ""), String(ask ?? "")];
  }

  /** Best first; the asks' list is turned round by the style sheet, so that both begin at the middle. */
  private side(list: HTMLElement, rungs: Rung[], levels: readonly Level[], digits: number, most: number): void {
    const count = Math.min(this.room, levels.length);
    while (rungs.length < count) rungs.push(rung(list));
    let total = 0;
    rungs.forEach((one, i) => {
      const level = levels[i];
      const hidden = i >= count || level === undefined;
      if (one.element.hidden !== hidden) one.element.hidden = hidden;
      if (hidden || level === undefined) return;
      total += level[1];
      const changed = one.shown === level[0] && one.much !== level[1];
      if (one.shown !== level[0]) write(one.price, price(level[0], digits));
      if (one.shown !== level[0] || changed) write(one.size, size(level[1]));
      one.shown = level[0];
      one.much = level[1];
      write(one.total, size(total));
      one.element.style.setProperty("--share", (total / most).toFixed(3));
    });
  }
}

function rung(list: HTMLElement): Rung {
  const element = document.createElement("li");
  element.innerHTML = "<b></b><span></span><span></span>";
  list.append(element);
  const [what, many, all] = [...element.children] as [HTMLElement, HTMLElement, HTMLElement];
  return { element, price: what, size: many, total: all, shown: undefined, much: 0 };
}
