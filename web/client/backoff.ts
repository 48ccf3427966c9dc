// How long to wait before the next attempt, and whether there is to be one. Full jitter, so that thousands of clients that lost
// the same server do not come back in the same moment. A connection that held for a while forgives the failures before it; one
// that opens and dies at once does not, or a server that accepts and refuses would be hammered.

export interface Limits {
  /** Upper end of the first wait, ms. */ base: number;
  /** Upper end of any wait, ms. */ cap: number;
  /** A connection that lived this long starts the count anew, ms. */ forgive: number;
}

export const limits: Limits = { base: 1000, cap: 30_000, forgive: 10_000 };

export class Backoff {
  readonly #random: () => number;
  readonly #bounds: Limits;
  #failures = 0;

  constructor(random: () => number, bounds: Limits) {
    this.#random = random;
    this.#bounds = bounds;
  }

  /** A connection ended (or never came about) that was live for `lived` ms: how many ms to wait. */
  next(lived: number): number {
    if (lived >= this.#bounds.forgive) this.#failures = 0;
    const ceiling = Math.min(this.#bounds.cap, this.#bounds.base * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round(this.#random() * ceiling);
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** 4500–4999 say: not again until something is changed. Anything else may be tried again, with back-off. */
export const final = (code: number): boolean => code >= 4500 && code <= 4999;

/** A close for which the server gave no reason, for a person. */
export const meaning = (code: number, live: boolean): string =>
  code !== 1006 ? `closed with code ${code}` : live ? "connection lost" : "could not connect";
