// Which symbol the chart shows, and in bars of which length. The bars on screen are made of the symbol's track, and follow it.

import { Candles } from "./candles";
import type { Coverage } from "./coverage";
import type { Trade } from "./message";
import type { Track } from "./track";

/** Bar lengths on offer, seconds. */
export const periods = [1, 5, 60] as const;

export class Selection {
  symbol = "";
  candles: Candles;

  /** @param shown is told when other bars are to be shown */
  constructor(private period: number, private readonly coverage: Coverage, private readonly shown: (selection: Selection) => void) {
    this.candles = new Candles(period);
  }

  get track(): Track | undefined {
    return this.coverage.track(this.symbol);
  }

  choose(symbol: string): void {
    if (symbol === this.symbol) return;
    this.symbol = symbol;
    this.coverage.want(symbol);
    this.span(this.period);
  }

  /** The same trades in bars of another length. */
  span(period: number): void {
    this.period = period;
    this.candles = new Candles(period);
    if (this.track) this.candles.load(this.track.seconds);
    this.shown(this);
  }

  counted(symbol: string, trade: Trade, rewritten: boolean): void {
    if (symbol !== this.symbol) return;
    if (rewritten && this.track) this.candles.load(this.track.seconds);
    else this.candles.add(trade);
  }
}
