// Which rows the list shows and in what order: all symbols or the viewer's own, sorted by a column, or those the search finds, the best first.
// An order that follows moving values is made anew once a second, not under the viewer's eyes twenty times.

import { type Market, type Row, blank, moved } from "./market";

export const columns = ["symbol", "last", "change", "volume", "bid", "ask"] as const;
export type Column = (typeof columns)[number];
export interface Order { column: Column; down: boolean }

/** Age of an order that follows moving values, ms. */
const stale = 1_000;

export class Roster {
  private made: readonly Row[] = [];
  private madeAt = -Infinity;
  private madeOf = -1;
  private dirty = true;
  private find = "";
  private mine = false;
  private sort: Order | undefined;

  constructor(private readonly market: Market, private readonly picks: () => readonly string[]) {}

  /** Only the viewer's own list? A search looks through all symbols all the same. */
  get own(): boolean {
    return this.mine;
  }
  set own(own: boolean) {
    this.mine = own;
    this.dirty = true;
  }

  get search(): string {
    return this.find;
  }
  set search(text: string) {
    this.find = text.trim().toUpperCase();
    this.dirty = true;
  }

  /** undefined: by name, or as the viewer's list was put together. */
  get order(): Order | undefined {
    return this.sort;
  }
  set order(order: Order | undefined) {
    this.sort = order;
    this.dirty = true;
  }

  /** The viewer's list is another one now. */
  touch(): void {
    this.dirty = true;
  }

  rows(now: number): readonly Row[] {
    const { market } = this;
    const moving = this.sort !== undefined && this.sort.column !== "symbol" && now - this.madeAt >= stale;
    if (!this.dirty && !moving && this.madeOf === market.size) return this.made;
    this.dirty = false;
    this.madeAt = now;
    this.madeOf = market.size;
    const ordered = this.ordered(this.listed());
    this.made = this.find ? found(ordered, this.find) : ordered;
    return this.made;
  }

  private listed(): readonly Row[] {
    if (!this.mine || this.find) return this.market.rows();
    // One that this server does not know stays in the list, empty: the viewer put it there.
    return this.picks().map((symbol) => this.market.find(symbol) ?? blank(symbol));
  }

  private ordered(rows: readonly Row[]): readonly Row[] {
    const order = this.sort;
    if (!order) return rows;
    const way = order.down ? -1 : 1;
    if (order.column === "symbol") return [...rows].sort((a, b) => (a.symbol < b.symbol ? -way : way));
    const keyed = rows.map((row) => ({ row, key: value(row, order.column) }));
    // What is not known stands last, whichever way it is sorted.
    keyed.sort((a, b) => (a.key === undefined ? (b.key === undefined ? 0 : 1) : b.key === undefined ? -1 : (a.key - b.key) * way));
    return keyed.map(({ row }) => row);
  }
}

/** Without the signs between its parts: BTCUSD for BTC-USD. */
const bare = (symbol: string): string => symbol.replace(/[._:/=^-]/g, "");

/** Those that have `text` in their name: the one that is called so, then those that begin so, then the rest, each in the order they came in. */
function found(rows: readonly Row[], text: string): readonly Row[] {
  const plain = bare(text);
  const rank = ({ symbol }: Row): number => {
    const name = symbol.toUpperCase();
    if (name === text) return 0;
    const at = plain === "" ? -1 : bare(name).indexOf(plain); // signs alone are looked for as they are
    if (at === 0 && bare(name) === plain) return 1;
    if (at === 0 || name.startsWith(text)) return 2;
    return at > 0 || name.includes(text) ? 3 : 4;
  };
  const ranked = rows.map((row) => ({ row, rank: rank(row) })).filter((one) => one.rank < 4);
  return ranked.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
}

function value(row: Row, column: Column): number | undefined {
  switch (column) {
    case "last": return row.last;
    case "change": return moved(row);
    case "volume": return row.session?.volume;
    case "bid": return row.bid;
    case "ask": return row.ask;
    default: return undefined;
  }
}
