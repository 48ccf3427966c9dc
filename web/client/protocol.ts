// What goes over the stream, as docs/protocol.md names it: the messages, and the options of a subscription. A client
// ignores keys and messages that are not named here.

/** What can be subscribed to, and what comes of it. */
export interface Channels {
  trades: Trade;
  quotes: Quote;
  bars: BarMessage;
  book: BookMessage;
  stats: Stat;
  status: Status;
}
export type Channel = keyof Channels;
export type Mode = "every" | "latest";
export type Period = "1s" | "1m" | "5m" | "15m" | "1h" | "1d";

interface Numbered {
  /** Symbol. */ s: string;
  /** Sequence number within symbol and channel; of bars and stats: the number of the last trade in it. */ n: number;
  /** Venue time, microseconds since the Unix epoch. */ t: number;
  /** Part of the snapshot, not news. */ snap?: boolean;
  /** Of a message that stands for several: the first number it covers, … */ f?: number;
  /** … and how many. */ k?: number;
}

/** One trade; merged (with `k`), p q t are the last one's and o h l v tell the bar that all of them make. */
export interface Trade extends Numbered {
  e: "trade"; p: number; q: number;
  side?: "buy" | "sell"; id?: string; /** Venue. */ x?: string; /** Conditions. */ c?: string[];
  o?: number; h?: number; l?: number; v?: number;
}

/** Best bid and offer. */
export interface Quote extends Numbered { e: "quote"; b: number; bq: number; a: number; aq: number }

/** `f` and `n` are its first and last trade, `k` how many it has. */
export interface BarMessage extends Numbered {
  e: "bar"; /** Period. */ i: Period; o: number; h: number; l: number; c: number; v: number;
  k: number; f: number; /** Closed just now. */ x: boolean; /** A closed bar that has changed. */ rev?: boolean;
}

/** Text where a double cannot hold all digits. */
export type Decimal = number | string;
export type Levels = [price: Decimal, size: Decimal][];
/** With `snap` the whole book, else what changed: size 0 removes a level. */
export interface BookMessage extends Numbered { e: "book"; b?: Levels; a?: Levels; /** CRC-32 of the top 10. */ sum?: number }

/** Statistics of the session. */
export interface Stat extends Numbered {
  e: "stat"; o: number; h: number; l: number; c: number; v: number; k: number; ch?: number; pct?: number;
}

export interface Status extends Numbered { e: "status"; state: "trading" | "halted" | "auction" | "closed"; reason?: string }

/** Numbers that will not come. */
export interface Gap {
  e: "gap"; channel: Channel; s: string;
  /** The first and the last that is missing. `n` is `f - 1` when only those of a former epoch are. */ f: number; n: number;
  /** The server's word (`slow_consumer` `feed` `overflow`), or what this client found: `hole` (numbers skipped), `not_recovered`
   *  (missed while away, and no longer kept), `new_epoch` (missed while away, and the numbers began anew: f…n are of the new
   *  count), `queue` (an iterator's reader was too slow). */
  why: string;
  /** With `new_epoch`: the last number heard under the former epoch. */ last?: number;
}

export interface Rate { e: "rate"; channel: Channel; mode: Mode; why?: string; period?: Period }
export interface Heartbeat { e: "heartbeat"; t: number; n?: Partial<Record<Channel, Record<string, number>>> }
export interface Bye { e: "bye"; why: string; retry_ms?: number }

export interface Welcome {
  e: "welcome"; v: number; server: string; session: string; epoch: string; t: number; ping_s: number;
  limits: { symbols: number; commands_per_s: number; burst: number; frame_bytes: number };
  encodings: string[]; channels: string[];
}

export interface Subscribed {
  e: "subscribed"; id?: number | string; channel: Channel; mode: Mode; interval_ms: number; period?: Period; depth?: number;
  symbols: { s: string; n?: number; count?: number; recovered?: boolean; id?: number }[];
  failed: { s: string; code: string }[];
}

export interface Answer { e: "unsubscribed" | "subscriptions" | "authenticated" | "pong" | "echo"; id?: number | string; [key: string]: unknown }
export interface Failure { e: "error"; id?: number | string; code: string; message: string }
export interface NewSymbol { e: "symbol"; s: string; id: number }

export type Market = Channels[Channel];
export type Message = Market | Gap | Rate | Heartbeat | Bye | Welcome | Subscribed | Answer | Failure | NewSymbol;

/** Where a subscription stands, to go on from later, in another process if need be. */
export interface Cursor { epoch: string; n: Record<string, number> }

/** How it is delivered; the server has these once for each symbol and channel of a connection. */
export interface Delivery {
  /** `every` message (default of trades, book, status), or the `latest` (quotes, bars, stats) at most each `interval_ms`. */ mode?: Mode;
  interval_ms?: number;
  /** What happens to `every` when this client is too slow. */ on_slow?: "evict" | "latest" | "gap";
  /** Of bars; 1m if not given. */ period?: Period;
  /** Of the book: 1 to 1000, 10 if not given. */ depth?: number;
}
/** What is wanted first. */
export interface Beginning {
  /** The last state first; true if not given. */ snapshot?: boolean;
  /** The last so many trades or bars instead of one. */ history?: number;
  /** Go on from there. */ resume?: Cursor;
}
