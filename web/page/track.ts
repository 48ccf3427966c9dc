// What the page knows of one symbol whose trades it gets in full: its bars of one second, the newest trades, and where trades
// are missing. Bars of other lengths are made of these. That each trade comes once and in order, or is told missing, is the client's
// promise; here they only add up.

import type { Gap, Trade } from "../client/protocol.js";
import { Candles } from "./candles";

/** Bars of one second that are kept: nearly three hours. */
const bars = 10_000;
/** Trades and gaps that are kept for the eye. */
const eye = 60;

export class Track {
  readonly seconds = new Candles(1, bars);
  /** Newest last. */ readonly recent: Trade[] = [];
  /** The seconds in which trades went missing. */ readonly gaps: number[] = [];
  /** How many went missing, and why the newest of them. */ missing = 0;
  why = "";
  /** Whether more went missing than can be counted. */ uncounted = false;
  private anew = false;

  /** Whether earlier bars changed with it. */
  take(trade: Trade): boolean {
    const rewritten = this.anew && this.seconds.bars.length > 0;
    // Another run of the server may tell a time again that we have bars of (a file played twice): what it tells now counts.
    if (this.anew) this.seconds.cut(Math.floor(trade.t / 1e6));
    this.anew = false;
    this.seconds.add(trade);
    this.recent.push(trade);
    if (this.recent.length > eye) this.recent.shift();
    return rewritten;
  }

  /** Trades are missing. Those that a former run of the server made last cannot be counted, and the bars of this one begin anew. */
  gap({ f, n, why }: Gap): void {
    this.missing += n - f + 1;
    this.why = reasons[why] ?? why.replaceAll("_", " ");
    if (why === "new_epoch") {
      this.anew = true;
      this.uncounted = true;
      return;
    }
    const at = this.seconds.newest?.time;
    if (at === undefined || this.gaps[this.gaps.length - 1] === at) return;
    this.gaps.push(at);
    if (this.gaps.length > eye) this.gaps.shift();
  }
}

/** What the client found out by itself, for a person. */
const reasons: Record<string, string> = { not_recovered: "missed while disconnected", hole: "not received", new_epoch: "the server counts anew" };
