// The bar lengths on offer: the contract's names, their seconds, and the key that chooses each.

import type { Period } from "../client/protocol.js";

/** In seconds, in the order of the keys 1 to 6. */
export const periods = [1, 60, 300, 900, 3600, 86_400] as const;

const names: Record<number, Period> = { 1: "1s", 60: "1m", 300: "5m", 900: "15m", 3600: "1h", 86_400: "1d" };

export function named(seconds: number): Period {
  return names[seconds] ?? "1m";
}
