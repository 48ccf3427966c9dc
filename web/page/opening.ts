// With which symbol a visit begins: the one in the address; else the one that was looked at last, if it is here; else, after a short look
// at the market, the busiest.

import type { Market } from "./market";

/** How long the market is listened to, ms: before the busiest is taken, and before one remembered is given up. */
const survey = 700;
const patience = 2500;

/** The text if it can be a symbol, else nothing. */
export const symbolic = (text: string | null): string => (/^[A-Za-z0-9._:/=^-]{1,32}$/.test(text ?? "") ? text ?? "" : "");

/** The symbol in an address's hash. */
export function addressed(hash: string): string {
  return symbolic(hash.slice(1).replace(/%2F/gi, "/").replace(/%3A/gi, ":").replace(/%3D/gi, "=").replace(/%5E/gi, "^"));
}

export class Opening {
  private began: number | undefined;

  /** @param kept the symbol that was looked at last, none: "" */
  constructor(private readonly market: Market, private readonly kept: string) {}

  /** What to begin with, once that is known. */
  pick(now: number): string | undefined {
    const { market, kept } = this;
    if (market.size === 0) return undefined;
    if (market.find(kept)) return kept;
    this.began ??= now;
    return now - this.began >= (kept === "" ? survey : patience) ? market.busiest()?.symbol : undefined;
  }
}
