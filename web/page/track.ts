// What the page knows of one symbol whose trades it gets in full: its bars of one second, the newest trades, and where trades
// are missing. Bars of other lengths are made of these.

import { Candles } from "./candles";
import type { Gap, Subscribed, Trade } from "./message";
import { Sequence } from "./sequence";

/** Bars of one second that are kept: nearly three hours. */
const bars = 10_000;
/** Trades and gaps that are kept for the eye. */
const eye = 60;

export class Track {
  readonly seconds = new Candles(1, bars);
  /** Newest last. */ readonly recent: Trade[] = [];
  /** The seconds in which trades went missing. */ readonly gaps: number[] = [];
  readonly sequence = new Sequence((hole) => this.hole(hole.why));
  /** Whether it was asked for in this session. */ asked = false;
  /** The server did not know the symbol; its first trade changes that. */ unknown = false;
  /** Why the newest of the missing trades are missing. */ why = "";
  private anew = false;

  begin(entry: Subscribed["symbols"][number], ack: Subscribed, epoch: string, now: number): void {
    if (this.sequence.begin(entry, ack, epoch, now)) this.anew = true;
  }

  /** Whether the trade counted, and whether earlier bars changed with it. */
  take(trade: Trade, now: number): { counted: boolean; rewritten: boolean } {
    if (!this.sequence.accept(trade, now)) return { counted: false, rewritten: false };
    const rewritten = this.anew && this.seconds.bars.length > 0;
    // Another run of the server may tell a time again that we have bars of (a file played twice): what it tells now counts.
    if (this.anew) this.seconds.cut(Math.floor(trade.t / 1e6));
    this.anew = false;
    this.seconds.add(trade);
    this.recent.push(trade);
    if (this.recent.length > eye) this.recent.shift();
    return { counted: true, rewritten };
  }

  gap(gap: Gap): void {
    this.sequence.gap(gap);
  }

  private hole(why: string): void {
    this.why = why;
    const at = this.seconds.newest?.time;
    if (at === undefined || this.gaps[this.gaps.length - 1] === at) return;
    this.gaps.push(at);
    if (this.gaps.length > eye) this.gaps.shift();
  }
}
