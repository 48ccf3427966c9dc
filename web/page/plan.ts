// What is asked of the server for all symbols: their quotes and their prices, from session statistics where it has such a channel and
// else from merged trades, and whether they trade. How often depends on how many there are: of a few dozen a trader
// wants each move, of ten thousand nobody reads four prices a second.

import type { Channel, Command, Welcome } from "./message";

/** Messages of one symbol are merged to one each `interval_ms`; 0: as fast as this connection takes them. */
export interface Pace { mode: "latest"; interval_ms: number }

export const paces = { lively: { mode: "latest", interval_ms: 0 }, brisk: { mode: "latest", interval_ms: 250 }, slow: { mode: "latest", interval_ms: 1000 } } as const;
/** Up to so many symbols are lively; above so many they are slow. */
const [few, many] = [64, 2000];

/** The id of the command whose ack tells how many symbols there are. */
export const counted = "all-prices";

export function suited(symbols: number): Pace {
  return symbols <= few ? paces.lively : symbols > many ? paces.slow : paces.brisk;
}

export function has(welcome: Welcome | undefined, channel: Channel): boolean {
  return welcome?.channels?.includes(channel) ?? (channel === "trades" || channel === "quotes");
}

/** `snapshot`: with what is known already; else only the pace changes. */
export function everything(welcome: Welcome, pace: Pace, snapshot: boolean): Command[] {
  const all = (channel: Channel, id: string): Command => ({ op: "subscribe", id, channel, symbols: ["*"], snapshot, ...pace });
  const commands: Command[] = [all("quotes", "all-quotes"), all(has(welcome, "stats") ? "stats" : "trades", counted)];
  if (snapshot && has(welcome, "status")) commands.unshift({ op: "subscribe", id: "all-status", channel: "status", symbols: ["*"] });
  return commands;
}
