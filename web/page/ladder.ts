// The order book drawn: asks above, bids below, the spread between them, and behind each level a bar as long as what rests up to
// there. As many levels as there is room for; elements are made once and only change.

import type { Book, Level } from "../client/book.js";
import { price, size } from "./decimal";
import { write } from "./element";

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
  private book: Book | undefined;
  private digits = 2;

  constructor(private readonly element: HTMLElement) {
    const part = (name: string): HTMLElement => element.querySelector(`[data-part=${name}]`) as HTMLElement;
    [this.asks, this.middle, this.bids] = [part("asks"), part("middle"), part("bids")];
    // Drawn again before the frame is shown: else a ladder that has just got its place is empty until the next picture.
    new ResizeObserver(() => {
      this.room = Math.max(0, Math.floor(this.asks.clientHeight / line));
      this.draw(this.book, this.digits);
    }).observe(this.asks);
  }

  /** @param book undefined: it is on its way */
  draw(book: Book | undefined, digits: number): void {
    [this.book, this.digits] = [book, digits];
    const key = `${book?.symbol} ${book?.n} ${book?.valid} ${digits} ${this.room}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const { bids = [], asks = [], n = 0, valid = false } = book ?? {};
    const count = Math.min(this.room, Math.max(bids.length, asks.length));
    const sum = (side: readonly Level[]): number => side.slice(0, count).reduce((total, level) => total + level.size, 0);
    const most = Math.max(sum(bids), sum(asks)) || 1;
    this.side(this.asks, this.above, asks, digits, most);
    this.side(this.bids, this.below, bids, digits, most);
    const [bid, ask] = [bids[0]?.price, asks[0]?.price];
    write(this.middle, !valid ? (n === 0 ? "No book of this symbol yet" : "Waiting for the book…") : bid === undefined || ask === undefined ? "One side is empty" : spread(bid, ask, digits));
    const { dataset } = this.element;
    dataset.valid = valid ? "yes" : "no"; // what is not valid does not look so
    [dataset.n, dataset.bids, dataset.asks] = [String(n), String(bids.length), String(asks.length)];
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
      total += level.size;
      const changed = one.shown === level.price && one.much !== level.size;
      if (one.shown !== level.price) write(one.price, price(level.price, digits));
      if (one.shown !== level.price || changed) write(one.size, size(level.size));
      one.shown = level.price;
      one.much = level.size;
      write(one.total, size(total));
      one.element.style.setProperty("--share", (total / most).toFixed(3));
    });
  }
}

function spread(bid: number, ask: number, digits: number): string {
  return `Spread ${price(ask - bid, digits)} · ${(((ask - bid) / ((bid + ask) / 2)) * 10_000).toFixed(1)} bp`;
}

function rung(list: HTMLElement): Rung {
  const element = document.createElement("li");
  element.innerHTML = "<b></b><span></span><span></span>";
  list.append(element);
  const [what, many, all] = [...element.children] as [HTMLElement, HTMLElement, HTMLElement];
  return { element, price: what, size: many, total: all, shown: undefined, much: 0 };
}
