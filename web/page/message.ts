// What goes over /v1/stream, as the wire contract names it: the messages that this page understands and the commands it sends.
// Keys and messages that are not named here are ignored, as the contract asks of a client.

export type Channel = "trades" | "quotes" | "bars" | "book" | "stats" | "status";
export type Mode = "every" | "latest";
/** Bar lengths as the contract names them. */
export type Period = "1s" | "1m" | "5m" | "15m" | "1h" | "1d";

export interface Welcome { e: "welcome"; epoch: string; server?: string; session?: string; t?: number; channels?: string[] }

/** One trade, or (with `k`) several merged: then o h l v tell the bar they make and f…n which ones they are. */
export interface Trade {
  e: "trade"; s: string; n: number; t: number; p: number; q: number;
  side?: "buy" | "sell"; snap?: boolean;
  f?: number; k?: number; o?: number; h?: number; l?: number; v?: number;
}

/** Best bid and offer; a side that nobody quotes is left out. */
export interface Quote { e: "quote"; s: string; n: number; t: number; b?: number; bq?: number; a?: number; aq?: number; snap?: boolean }

/** A bar as the server made it. `x`: it has just closed; `rev`: a late trade changed one that had. */
export interface Bar {
  e: "bar"; s: string; i: Period; t: number; o: number; h: number; l: number; c: number; v: number; k: number;
  f?: number; n: number; x?: boolean; snap?: boolean; rev?: boolean;
}

/** Price and size. */
export type Level = readonly [number, number];
/** The book, best first on either side (`snap`), or what changed in it: size 0 takes a level away. */
export interface Book { e: "book"; s: string; n: number; t: number; snap?: boolean; b: Level[]; a: Level[]; sum?: number }

/** Session statistics; `ch` and `pct` against the close of the session before, else this one's open. */
export interface Stat {
  e: "stat"; s: string; n?: number; t: number; o: number; h: number; l: number; c: number; v: number; k: number; ch?: number; pct?: number; snap?: boolean;
}

export type TradingState = "trading" | "halted" | "auction" | "closed";
export interface TradingStatus { e: "status"; s: string; n?: number; t: number; state: TradingState; reason?: string; snap?: boolean }

export interface Subscribed {
  e: "subscribed"; id?: number | string; channel: Channel; period?: Period; mode: Mode; interval_ms: number;
  symbols: { s: string; n?: number; count?: number; recovered?: boolean }[];
  failed?: { s: string; code: string }[];
  recovered?: boolean;
}
export interface Heartbeat { e: "heartbeat"; t: number; n?: Partial<Record<Channel, Record<string, number>>> }
export interface Gap { e: "gap"; channel: Channel; s: string; f: number; n: number; why: string }
export interface Rate { e: "rate"; channel: Channel; mode: Mode; why?: string }
export interface Bye { e: "bye"; why: string; retry_ms?: number }
export interface Pong { e: "pong"; id?: number | string; t: number }
export interface Failure { e: "error"; id?: number | string; code: string; message: string }

export type Message = Welcome | Trade | Quote | Bar | Book | Stat | TradingStatus | Subscribed | Heartbeat | Gap | Rate | Bye | Pong | Failure;

export type Command =
  | { op: "subscribe"; id: string; channel: Channel; symbols: string[]; mode?: Mode; interval_ms?: number;
      period?: Period; depth?: number;
      on_slow?: "latest" | "evict" | "gap"; snapshot?: boolean; history?: number;
      resume?: { epoch: string; n: Record<string, number> } }
  | { op: "unsubscribe"; id: string; channel: Channel; symbols: string[]; period?: Period }
  | { op: "ping"; id: string };
