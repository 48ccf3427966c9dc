// The list of symbols, of which only the rows in sight exist: ten thousand symbols cost as many elements as fit the screen.
// A value that changed since it was last drawn flashes in the direction it moved. Drawn at the pace that main.ts sets, not at the
// market's; nothing is measured while drawing, so a picture never waits for the layout. Which rows there are is `Roster`'s.

import { price, short, signed } from "./decimal";
import { put, write } from "./element";
import { type Market, type Row, moved } from "./market";
import { recall, remember } from "./memory";
import type { Picks } from "./picks";
import { type Column, Roster, columns } from "./roster";
import { Search } from "./search";

const prices = ["last", "bid", "ask"] as const;
const fields = ["symbol", "last", "change", "volume", "bid", "ask"] as const;
type Field = (typeof fields)[number];

interface Slot {
  element: HTMLElement;
  cells: Record<Field, HTMLElement>;
  star: HTMLElement;
  line: SVGPathElement;
  symbol: string;
  shown: Partial<Record<(typeof prices)[number], number | undefined>>;
  drawn: number;
  flip: boolean;
}

/** Rows beyond the edge that exist already, so that scrolling shows no holes. */
const margin = 4;
/** Longer prices may not fit their column, letters. */
const long = 11;
/** The box of a row's small line, as in the style sheet. */
const line = { width: 60, height: 18 };

export class Watchlist {
  private readonly space: HTMLElement;
  private readonly slots: Slot[] = [];
  private readonly roster: Roster;
  private readonly heads: HTMLElement[];
  private rows: readonly Row[] = [];
  private chosen = "";
  private drawn = -1;
  private size = -1;
  /** Measured when something is resized or scrolled. */
  private box = { height: 31, room: 0, top: 0 };

  constructor(
    /** `list`, `search`, the two `views` (all, mine), and what is said of an empty list. */
    private readonly parts: { list: HTMLElement; search: HTMLInputElement; views: HTMLInputElement[]; nothing: HTMLElement },
    private readonly market: Market,
    private readonly picks: Picks,
    private readonly choose: (symbol: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    const { list, search, views } = parts;
    this.roster = new Roster(market, () => picks.symbols);
    this.space = list.querySelector(".space") as HTMLElement;
    this.heads = [...list.querySelectorAll<HTMLElement>("[data-column]")];
    list.addEventListener("scroll", () => { this.box.top = list.scrollTop; this.draw(true); }, { passive: true });
    list.addEventListener("keydown", (event) => this.key(event));
    this.space.addEventListener("click", (event) => {
      const target = event.target as Element;
      const symbol = target.closest<HTMLElement>(".row")?.dataset.symbol;
      if (!symbol) return;
      if (target.closest(".star")) picks.toggle(symbol);
      else choose(symbol);
    });
    for (const head of this.heads) head.addEventListener("click", () => this.sort(head.dataset.column as Column));
    new Search(search, {
      seek: (text) => this.seek(text), best: () => this.rows[0]?.symbol, choose, leave: () => list.focus(),
    });
    this.roster.own = recall("list") === "mine" && picks.symbols.length > 0;
    for (const view of views) {
      view.checked = (view.value === "mine") === this.roster.own;
      view.addEventListener("change", () => {
        remember("list", view.value);
        this.roster.own = view.value === "mine";
        list.scrollTop = 0;
        this.draw(true);
      });
    }
    const stored = /^(\w+) (up|down)$/.exec(recall("order") ?? "");
    const column = columns.find((name) => name === stored?.[1]);
    if (column) this.roster.order = { column, down: stored?.[2] === "down" };
    new ResizeObserver(() => this.measure()).observe(list);
    this.tellOrder();
  }

  /** Shows which symbol the chart has, and brings it into sight if it was chosen elsewhere. */
  mark(symbol: string): void {
    this.chosen = symbol;
    this.reveal();
    this.draw(true);
  }

  /** The viewer's own list changed. */
  touch(): void {
    this.roster.touch();
    this.draw(true);
  }

  /** The rows in sight, for who wants to know more of them. */
  get sight(): readonly Row[] {
    const first = Math.floor(this.box.top / this.box.height);
    return this.rows.slice(first, first + Math.ceil(this.box.room / this.box.height) + 1);
  }

  draw(force = false): void {
    const fresh = this.drawn !== this.market.version;
    if (!force && !fresh) return;
    this.drawn = this.market.version;
    this.select();
    const { height, room, top } = this.box;
    const first = Math.max(0, Math.floor(top / height) - margin);
    const count = Math.max(0, Math.min(this.rows.length - first, Math.ceil(room / height) + 2 * margin));
    // A slot stands for every index with the same remainder, so a row keeps its element while it scrolls.
    while (this.slots.length < count) this.slots.push(this.slot());
    const used = new Set<number>();
    let active = "";
    for (let index = first; index < first + count; index += 1) {
      used.add(index % this.slots.length);
      const slot = this.slots[index % this.slots.length] as Slot;
      this.fill(slot, this.rows[index] as Row, index, height);
      if (slot.symbol === this.chosen) active = slot.element.id;
    }
    this.slots.forEach((slot, i) => {
      if (slot.element.hidden === used.has(i)) slot.element.hidden = !used.has(i);
    });
    put(this.parts.list, "aria-activedescendant", active);
  }

  private select(): void {
    const { list, search, nothing } = this.parts;
    this.rows = this.roster.rows(this.now());
    const all = this.market.size;
    if (this.rows.length === this.size && list.dataset.count === String(all)) return;
    this.size = this.rows.length;
    this.space.style.height = `${this.size * this.box.height}px`;
    list.dataset.count = String(all);
    list.dataset.shown = String(this.size);
    list.setAttribute("aria-rowcount", String(this.size));
    search.placeholder = all > 0 ? `Search ${all} ${all === 1 ? "symbol" : "symbols"}` : "Search";
    nothing.hidden = this.size > 0 || all === 0;
    nothing.textContent = this.roster.search ? `No symbol here has “${this.roster.search}” in its name.` : "Your list is empty. Press the star beside a symbol, or w, to add it.";
  }

  private fill(slot: Slot, row: Row, index: number, height: number): void {
    const { element, cells } = slot;
    const same = slot.symbol === row.symbol;
    if (!same) {
      slot.symbol = row.symbol;
      slot.shown = {};
      slot.drawn = -1;
      element.dataset.symbol = row.symbol;
      write(cells.symbol, row.symbol);
      put(cells.symbol, "title", row.symbol);
      for (const field of prices) cells[field].className = "number";
    }
    const place = `translateY(${index * height}px)`;
    if (element.style.transform !== place) element.style.transform = place;
    put(element, "aria-rowindex", String(index + 1));
    put(element, "aria-selected", String(row.symbol === this.chosen));
    put(slot.star, "aria-pressed", String(this.picks.has(row.symbol)));
    put(element, "data-trading", row.state ?? "");
    for (const field of prices) {
      const before = slot.shown[field];
      const now = row[field];
      if (same && before === now && before !== undefined) continue;
      const text = price(now, row.digits);
      write(cells[field], text);
      put(cells[field], "title", text.length > long ? text : "");
      if (same && before !== undefined && now !== undefined && before !== now) {
        // Two names for one animation: changing the name is what starts it again.
        slot.flip = !slot.flip;
        cells[field].className = `number ${now > before ? "up" : "down"}-${slot.flip ? "a" : "b"}`;
      }
      slot.shown[field] = now;
    }
    const change = moved(row);
    write(cells.change, signed(change));
    const way = change === undefined || Math.abs(change) < 0.005 ? "" : change > 0 ? "up" : "down";
    put(cells.change, "data-sign", way);
    write(cells.volume, short(row.session?.volume));
    if (slot.drawn !== row.spark.version) {
      slot.drawn = row.spark.version;
      slot.line.setAttribute("d", row.spark.path(line.width, line.height));
      put(slot.line, "class", row.spark.rising ? "up" : "down");
    }
  }

  private slot(): Slot {
    const element = document.createElement("div");
    element.className = "row";
    element.id = `row-${this.slots.length}`;
    element.setAttribute("role", "row");
    element.innerHTML = `<span role="gridcell"><button class="star" type="button" tabindex="-1" aria-label="On my list" title="Add to my list, or take off (w)"></button></span>`
      + `<span role="rowheader" class="name" data-field="symbol"></span>`
      + `<svg class="spark" viewBox="0 0 ${line.width} ${line.height}" aria-hidden="true"><path/></svg>`
      + fields.slice(1).map((field) => `<span role="gridcell" class="number" data-field="${field}"></span>`).join("");
    const cells = {} as Record<Field, HTMLElement>;
    for (const field of fields) cells[field] = element.querySelector(`[data-field=${field}]`) as HTMLElement;
    this.space.append(element);
    return {
      element, cells, star: element.querySelector(".star") as HTMLElement, line: element.querySelector("path") as SVGPathElement,
      symbol: "", shown: {}, drawn: -1, flip: false,
    };
  }

  /** Moves as one of the keys that move: arrows, pages, ends. Answers whether it was one. */
  step(key: string): boolean {
    const page = Math.max(1, Math.floor(this.box.room / this.box.height) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[key];
    if (step === undefined || this.rows.length === 0) return false;
    const from = this.rows.findIndex((row) => row.symbol === this.chosen);
    const to = Math.min(this.rows.length - 1, Math.max(0, from + step));
    this.choose((this.rows[to] as Row).symbol);
    return true;
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.parts.list) return;
    if (event.key === "Delete" && this.picks.has(this.chosen)) this.picks.toggle(this.chosen);
    else if (!this.step(event.key)) return;
    event.preventDefault();
  }

  /** Pressed once the larger values stand first, names the other way round; pressed again it turns; a third time it is as before. */
  private sort(column: Column): void {
    const { order } = this.roster;
    const first = column !== "symbol";
    if (order?.column !== column) this.roster.order = { column, down: first };
    else if (order.down === first) this.roster.order = { column, down: !first };
    else this.roster.order = undefined;
    const now = this.roster.order;
    remember("order", now ? `${now.column} ${now.down ? "down" : "up"}` : "");
    this.parts.list.scrollTop = 0;
    this.tellOrder();
    this.draw(true);
  }

  private tellOrder(): void {
    const { order } = this.roster;
    for (const head of this.heads) {
      const mine = order?.column === head.dataset.column;
      head.parentElement?.setAttribute("aria-sort", !mine ? "none" : order?.down ? "descending" : "ascending");
    }
  }

  private reveal(): void {
    const index = this.rows.findIndex((row) => row.symbol === this.chosen);
    if (index < 0) return;
    const { height, room, top: seen } = this.box;
    const top = index * height;
    if (top < seen) this.scroll(top);
    else if (top + height > seen + room) this.scroll(top + height - room);
  }

  private scroll(top: number): void {
    this.parts.list.scrollTop = top;
    this.box.top = top;
  }

  private seek(text: string): void {
    this.roster.search = text;
    this.size = -1;
    this.scroll(0);
    this.draw(true);
  }

  /** A row's height is the style sheet's decision: taller where fingers point. */
  private measure(): void {
    const { list } = this.parts;
    const height = parseFloat(getComputedStyle(list).getPropertyValue("--row")) || 31;
    const head = (list.firstElementChild as HTMLElement).offsetHeight;
    this.box = { height, room: list.clientHeight - head, top: list.scrollTop };
    this.size = -1;
    this.draw(true);
  }
}
