// Which symbol the chart shows, and in bars of which length. The bars on screen are the server's own where it makes any
// (`Focus` brings them here); else they are made of the symbol's track, and follow it.

import type { Trade } from "../client/protocol.js";
import { Candles } from "./candles";
import type { Coverage } from "./coverage";
import type { Track } from "./track";

export class Selection {
  symbol = "";
  candles: Candles;
  private own = false;

  /** @param shown is told when other bars are to be shown */
  constructor(private seconds: number, private readonly coverage: Coverage, private readonly shown: (selection: Selection) => void) {
    this.candles = new Candles(seconds);
  }

  get track(): Track | undefined {
    return this.coverage.track(this.symbol);
  }

  get period(): number {
    return this.seconds;
  }

  /** Whether the bars are the server's. */
  get served(): boolean {
    return this.own;
  }
  set served(served: boolean) {
    if (served === this.own) return;
    this.own = served;
    if (this.symbol) this.span(this.seconds);
  }

  choose(symbol: string): void {
    if (symbol === this.symbol) return;
    this.symbol = symbol;
    this.coverage.want(symbol);
    this.span(this.seconds);
  }

  /** The same symbol in bars of another length. */
  span(seconds: number): void {
    this.seconds = seconds;
    this.candles = new Candles(seconds);
    if (this.track && !this.own) this.candles.load(this.track.seconds);
    this.shown(this);
  }

  counted(symbol: string, trade: Trade, rewritten: boolean): void {
    if (symbol !== this.symbol || this.own) return;
    if (rewritten && this.track) this.candles.load(this.track.seconds);
    else this.candles.add(trade);
  }
}
