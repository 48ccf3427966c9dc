// Bars of the past, asked for over HTTP from the server that serves the page. A server that keeps none is no error: nothing older
// comes then.

import { type Candle, candle } from "./candles";
import type { Period } from "../client/protocol.js";

interface Answer { bars: { t: number; o: number; h: number; l: number; c: number; v: number; k: number }[] }

/** Longer than this is no answer, ms. */
const patience = 15_000;

/**
 * The last `limit` bars that begin before `to` (seconds; none: the newest), oldest first. undefined: this server has no such thing.
 * Throws where the answer did not come.
 */
export async function bars(symbol: string, period: Period, limit: number, to?: number): Promise<Candle[] | undefined> {
  const query = new URLSearchParams({ symbol, period, limit: String(limit) });
  if (to !== undefined) query.set("to", String(to * 1_000_000));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const answer = await fetch(`v1/bars?${query}`, { signal: stop.signal });
    if (answer.status === 404) return (await answer.text()).includes('"unknown_symbol"') ? [] : undefined;
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { bars: told } = (await answer.json()) as Answer;
    return told.map((bar) => candle(bar)).filter((bar) => to === undefined || bar.time < to);
  } finally {
    clearTimeout(timer);
  }
}
