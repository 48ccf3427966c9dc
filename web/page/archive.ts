// Bars of the past, asked for over HTTP from the server that serves the page. A server that keeps none is no error: nothing older
// comes then. With them come the hours of a symbol's market, which say what day a bar of a day is.

import { Calendar, type Hours } from "./calendar";
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
  return ask(`v1/bars?${query}`, async (answer) => {
    if (answer.status === 404) return (await answer.text()).includes('"unknown_symbol"') ? [] : undefined;
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { bars: told } = (await answer.json()) as Answer;
    return told.map((bar) => candle(bar)).filter((bar) => to === undefined || bar.time < to);
  });
}

const calendars = new Map<string, Calendar>();

/** The calendar of a symbol, asked for once. undefined: nobody tells it. */
export async function calendar(symbol: string): Promise<Calendar | undefined> {
  const known = calendars.get(symbol);
  if (known) return known;
  try {
    const made = await ask(`udf/symbols?${new URLSearchParams({ symbol })}`, async (answer) => answer.ok ? new Calendar((await answer.json()) as Hours) : undefined);
    if (made) calendars.set(symbol, made);
    return made;
  } catch {
    return undefined; // no answer, or a zone that this browser does not know
  }
}

async function ask<T>(path: string, read: (answer: Response) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    return await read(await fetch(path, { signal: stop.signal }));
  } finally {
    clearTimeout(timer);
  }
}
