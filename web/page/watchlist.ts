// The list of all symbols, of which only the rows in sight exist: ten thousand symbols cost as many elements as fit the screen.
// A value that changed since it was last drawn flashes in the direction it moved. Drawn at the pace that `Frame` sets, not at
// the market's.

import { percent, price } from "./decimal";
import type { Market, Row } from "./market";

const fields = ["symbol", "bid", "ask", "last", "change"] as const;
type Field = (typeof fields)[number];

interface Slot {
  element: HTMLElement;
  cells: Record<Field, HTMLElement>;
  symbol: string;
  shown: Partial<Record<"bid" | "ask" | "last", number | undefined>>;
  flip: boolean;
}

/** Rows beyond the edge that exist already, so that scrolling shows no holes. */
const margin = 4;

export class Watchlist {
  private readonly space: HTMLElement;
  private readonly slots: Slot[] = [];
  private rows: readonly Row[] = [];
  private filter = "";
  private chosen = "";
  private drawn = -1;
  private size = -1;

  constructor(
    private readonly list: HTMLElement,
    private readonly search: HTMLInputElement,
    private readonly market: Market,
    private readonly choose: (symbol: string) => void,
  ) {
    this.space = document.createElement("div");
    this.space.className = "space";
    this.space.setAttribute("role", "rowgroup");
    list.append(this.space);
    list.addEventListener("scroll", () => this.draw(true), { passive: true });
    list.addEventListener("keydown", (event) => this.key(event));
    this.space.addEventListener("click", (event) => {
      const symbol = (event.target as Element).closest<HTMLElement>(".row")?.dataset.symbol;
      if (symbol) choose(symbol);
    });
    search.addEventListener("input", () => {
      this.filter = search.value.trim().toUpperCase();
      list.scrollTop = 0;
      this.draw(true);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.rows[0]) choose(this.rows[0].symbol);
      else if (event.key === "ArrowDown") list.focus();
      else if (event.key === "Escape") this.clear();
      else return;
      event.preventDefault();
    });
    new ResizeObserver(() => this.draw(true)).observe(list);
  }

  /** Shows which symbol the chart has, and brings it into sight if it was chosen elsewhere. */
  mark(symbol: string): void {
    this.chosen = symbol;
    this.reveal();
    this.draw(true);
  }

  draw(force = false): void {
    if (!force && this.drawn === this.market.version) return;
    const fresh = this.drawn !== this.market.version;
    this.drawn = this.market.version;
    this.select();
    const height = this.height();
    const first = Math.max(0, Math.floor(this.list.scrollTop / height) - margin);
    const count = Math.min(this.rows.length - first, Math.ceil(this.list.clientHeight / height) + 2 * margin);
    // A slot stands for every index with the same remainder, so a row keeps its element while it scrolls.
    while (this.slots.length < count) this.slots.push(this.slot());
    const used = new Set<number>();
    for (let index = first; index < first + count; index += 1) {
      used.add(index % this.slots.length);
      this.fill(this.slots[index % this.slots.length] as Slot, this.rows[index] as Row, index, height, fresh);
    }
    this.slots.forEach((slot, i) => {
      slot.element.hidden = !used.has(i);
    });
    this.list.setAttribute("aria-activedescendant", this.slots.find((s) => s.symbol === this.chosen && !s.element.hidden)?.element.id ?? "");
  }

  private select(): void {
    const all = this.market.rows();
    this.rows = this.filter ? all.filter((row) => row.symbol.toUpperCase().includes(this.filter)) : all;
    if (this.rows.length === this.size && this.list.dataset.count === String(all.length)) return;
    this.size = this.rows.length;
    this.space.style.height = `${this.size * this.height()}px`;
    this.list.dataset.count = String(all.length);
    this.list.dataset.shown = String(this.size);
    this.list.setAttribute("aria-rowcount", String(this.size));
    this.search.placeholder = all.length > 0 ? `Search ${all.length} symbols` : "Search";
  }

  private fill(slot: Slot, row: Row, index: number, height: number, fresh: boolean): void {
    const { element, cells } = slot;
    const same = slot.symbol === row.symbol;
    if (!same) {
      slot.symbol = row.symbol;
      slot.shown = {};
      element.dataset.symbol = row.symbol;
      cells.symbol.textContent = row.symbol;
      for (const field of ["bid", "ask", "last"] as const) cells[field].className = "number";
    }
    element.style.transform = `translateY(${index * height}px)`;
    element.setAttribute("aria-rowindex", String(index + 1));
    element.setAttribute("aria-selected", String(row.symbol === this.chosen));
    if (same && !fresh) return;
    for (const field of ["bid", "ask", "last"] as const) {
      const before = slot.shown[field];
      const now = row[field];
      cells[field].textContent = price(now, row.digits);
      if (same && before !== undefined && now !== undefined && before !== now) {
        // Two names for one animation: changing the name is what starts it again.
        slot.flip = !slot.flip;
        cells[field].className = `number ${now > before ? "up" : "down"}-${slot.flip ? "a" : "b"}`;
      }
      slot.shown[field] = now;
    }
    const change = percent(row.first, row.last);
    cells.change.textContent = change;
    cells.change.dataset.sign = change.startsWith("+") ? "up" : change.startsWith("−") ? "down" : "";
  }

  private slot(): Slot {
    const element = document.createElement("div");
    element.className = "row";
    element.id = `row-${this.slots.length}`;
    element.setAttribute("role", "row");
    const cells = {} as Record<Field, HTMLElement>;
    for (const field of fields) {
      const cell = document.createElement("span");
      cell.dataset.field = field;
      cell.className = field === "symbol" ? "name" : "number";
      cell.setAttribute("role", field === "symbol" ? "rowheader" : "gridcell");
      cells[field] = cell;
      element.append(cell);
    }
    this.space.append(element);
    return { element, cells, symbol: "", shown: {}, flip: false };
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.height()) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || this.rows.length === 0) return;
    event.preventDefault();
    const from = this.rows.findIndex((row) => row.symbol === this.chosen);
    const to = Math.min(this.rows.length - 1, Math.max(0, from + step));
    this.choose((this.rows[to] as Row).symbol);
  }

  private reveal(): void {
    const index = this.rows.findIndex((row) => row.symbol === this.chosen);
    if (index < 0) return;
    const height = this.height();
    const top = index * height;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + height > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + height - this.list.clientHeight;
  }

  private clear(): void {
    this.search.value = "";
    this.filter = "";
    this.draw(true);
  }

  /** A row's height is the style sheet's decision: taller where fingers point. */
  private height(): number {
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) || 32;
  }
}
