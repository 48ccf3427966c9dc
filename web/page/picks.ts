// The viewer's own watchlist: which symbols, in the order they were added. Kept in the browser, and the same in all of its tabs.

import { recall, remember } from "./memory";
import { symbolic } from "./opening";

const key = "watchlist";
/** More than anybody watches; what is stored stays small. */
const most = 200;

export class Picks {
  private names: string[] = read(recall(key));

  /** @param changed is told of every change, also when another tab made it */
  constructor(private readonly changed: () => void) {
    window.addEventListener("storage", (event) => {
      if (event.key !== null && !event.key.endsWith(key)) return;
      this.names = read(recall(key));
      this.changed();
    });
  }

  get symbols(): readonly string[] {
    return this.names;
  }

  has(symbol: string): boolean {
    return this.names.includes(symbol);
  }

  /** Adds it, or takes it away. */
  toggle(symbol: string): void {
    this.names = this.has(symbol) ? this.names.filter((name) => name !== symbol) : [...this.names, symbol].slice(-most);
    remember(key, JSON.stringify(this.names));
    this.changed();
  }
}

/** Whatever stands in the storage, only symbols come out. */
function read(text: string | null): string[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(stored)) return [];
    const names = stored.filter((one): one is string => typeof one === "string" && symbolic(one) !== "");
    return [...new Set(names)].slice(0, most);
  } catch {
    return [];
  }
}
