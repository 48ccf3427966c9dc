// The symbols whose trades come in full. All symbols come merged, at the watchlist's pace; these come every trade, because only
// then do bars of one second come out exact. A market of few symbols is covered whole, so that every chart is there when it
// is asked for; of many symbols, those looked at last. Where the server makes the bars, only the tape needs them, of a few symbols.
//
// `on_slow: latest` lets the server merge what the connection cannot carry: the bars stay right, and the page says so.
// A symbol that is let go returns to the pace of the others rather than being unsubscribed, which would silence it in the
// watchlist too; where the watchlist lives on statistics instead, there is no such pace, and it is unsubscribed.

import type { Command, Failure, Message, Subscribed, Trade, Welcome } from "./message";
import type { Pace } from "./plan";
import { Track } from "./track";

export interface Audience {
  /** A trade was counted; `rewritten`: and bars before it changed. */ counted(symbol: string, trade: Trade, rewritten: boolean): void;
  /** Trades of the symbol went missing. */ missing(symbol: string): void;
  /** Why trades come merged; undefined: they come in full. */ merged(why: string | undefined): void;
  unknown(symbol: string): void;
}

/** How many symbols are covered at most where bars are made of trades; and where they are not, and only the tape shows trades. */
export const most = 32;
export const few = 4;
/** Trades asked for with the snapshot, so that a chart, or the tape alone, does not start empty. */
const history = { chart: 2000, tape: 60 };
/** A viewer who holds an arrow key down passes many symbols: they are asked for together, ms. */
const settle = 120;
/** A command too many a second is refused, not queued: when to say it again, ms. */
const refused = 1500;

export class Coverage {
  /** Whether bars are made of these trades. */ private charted = true;
  /** The one wanted longest ago first. */
  private readonly tracks = new Map<string, Track>();
  private left: string[] = [];
  private welcome: Welcome | undefined;
  private rest: Pace | undefined;
  private asks = 0;
  private pending: number | undefined;

  constructor(private readonly send: (...commands: Command[]) => void, private readonly audience: Audience) {}

  track(symbol: string): Track | undefined {
    return this.tracks.get(symbol);
  }

  /** These symbols are to be covered from now on. */
  want(...symbols: string[]): void {
    for (const symbol of symbols) {
      const track = this.tracks.get(symbol) ?? new Track();
      this.tracks.delete(symbol);
      this.tracks.set(symbol, track);
      this.left = this.left.filter((one) => one !== symbol);
    }
    this.trim();
    this.later(settle);
  }

  /** A new session: everything that was asked for before is forgotten there. `rest`: how the trades of other symbols come, if they do. */
  opened(welcome: Welcome, rest: Pace | undefined): void {
    this.welcome = welcome;
    this.rest = rest;
    this.charted = !welcome.channels?.includes("bars");
    this.trim();
    this.left = [];
    for (const track of this.tracks.values()) this.forget(track);
    this.ask();
  }

  closed(): void {
    this.welcome = undefined;
    for (const track of this.tracks.values()) this.forget(track);
  }

  take(message: Message, now: number): void {
    switch (message.e) {
      case "trade": this.trade(message, now); break;
      case "subscribed": this.subscribed(message, now); break;
      case "gap":
        if (message.channel === "trades") this.watched(message.s, (track) => track.gap(message));
        break;
      case "rate":
        if (message.channel === "trades") this.audience.merged(message.mode === "latest" ? message.why ?? "" : undefined);
        break;
      case "heartbeat": {
        // It says what was sent last: if we do not have it, the tail is lost, and asking again brings it.
        const behind = Object.entries(message.n?.trades ?? {}).filter(([symbol, n]) => this.tracks.get(symbol)?.sequence.behind(n));
        for (const [symbol] of behind) this.forget(this.tracks.get(symbol) as Track);
        if (behind.length > 0) this.ask();
        break;
      }
      case "error": this.failed(message); break;
    }
  }

  /** Lets go of those wanted longest ago. */
  private trim(): void {
    for (const [symbol, track] of this.tracks) {
      if (this.tracks.size <= (this.charted ? most : few)) break;
      this.tracks.delete(symbol);
      if (track.asked) this.left.push(symbol);
    }
  }

  private get id(): string {
    return `full-${this.asks}`;
  }

  private ask(): void {
    const { welcome } = this;
    const wanted = [...this.tracks].filter(([, track]) => !track.asked);
    if (!welcome || (wanted.length === 0 && this.left.length === 0)) return;
    this.asks += 1;
    const commands: Command[] = [];
    if (this.left.length > 0) {
      const letGo = { id: `left-${this.asks}`, channel: "trades", symbols: this.left } as const;
      commands.push(this.rest ? { op: "subscribe", ...letGo, ...this.rest, snapshot: false } : { op: "unsubscribe", ...letGo });
      this.left = [];
    }
    if (wanted.length > 0) {
      const known = wanted.map(([symbol, track]) => [symbol, track.sequence.resume(welcome.epoch)] as const).filter(([, n]) => n !== undefined);
      commands.push({
        op: "subscribe", id: this.id, channel: "trades", symbols: wanted.map(([symbol]) => symbol), mode: "every", on_slow: "latest",
        history: this.charted ? history.chart : history.tape,
        ...(known.length === 0 ? {} : { resume: { epoch: welcome.epoch, n: Object.fromEntries(known) as Record<string, number> } }),
      });
      for (const [, track] of wanted) {
        track.asked = true;
        track.unknown = false;
        track.sequence.pause();
      }
    }
    this.send(...commands);
  }

  private later(ms: number): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.ask(), ms) as unknown as number;
  }

  private forget(track: Track): void {
    track.asked = false;
    track.unknown = false;
    track.sequence.pause();
  }

  private subscribed(ack: Subscribed, now: number): void {
    if (!this.welcome || !String(ack.id).startsWith("full-")) return;
    for (const entry of ack.symbols) this.tracks.get(entry.s)?.begin(entry, ack, this.welcome.epoch, now);
    for (const { s } of ack.failed ?? []) {
      const track = this.tracks.get(s);
      if (track) track.unknown = true;
      this.audience.unknown(s);
    }
    if (ack.symbols.length > 0) this.audience.merged(ack.mode === "latest" ? "its settings" : undefined);
  }

  private trade(trade: Trade, now: number): void {
    this.watched(trade.s, (track) => {
      if (track.unknown) {
        this.forget(track);
        this.later(0);
      }
      const { counted, rewritten } = track.take(trade, now);
      if (counted) this.audience.counted(trade.s, trade, rewritten);
    });
  }

  /** Lets `body` change a track and tells if trades went missing in it. */
  private watched(symbol: string, body: (track: Track) => void): void {
    const track = this.tracks.get(symbol);
    if (!track) return;
    const before = track.sequence.missing;
    body(track);
    if (track.sequence.missing !== before) this.audience.missing(symbol);
  }

  private failed(failure: Failure): void {
    if (failure.id !== this.id || failure.code !== "rate_limited") return;
    for (const track of this.tracks.values()) if (!track.sequence.live) this.forget(track);
    this.later(refused);
  }
}
