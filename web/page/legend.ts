// The line over the chart that reads out one bar: the one under the crosshair, else the newest.

import type { Candle } from "./candles";
import { percent, price, size } from "./decimal";

const parts = ["open", "high", "low", "close", "change", "volume", "trades"] as const;
const titles = { open: "O", high: "H", low: "L", close: "C", change: "", volume: "Vol", trades: "Trades" };

export class Legend {
  private readonly values = {} as Record<(typeof parts)[number], HTMLElement>;
  digits = 2;

  constructor(private readonly element: HTMLElement) {
    for (const part of parts) {
      const pair = document.createElement("span");
      const value = document.createElement("b");
      value.dataset.part = part;
      pair.dataset.pair = part;
      pair.append(titles[part] ? `${titles[part]} ` : "", value);
      element.append(pair);
      this.values[part] = value;
    }
  }

  show(bar: Candle | undefined): void {
    this.element.hidden = !bar;
    if (!bar) return;
    for (const part of ["open", "high", "low", "close"] as const) this.values[part].textContent = price(bar[part], this.digits);
    this.values.change.textContent = percent(bar.open, bar.close);
    this.values.volume.textContent = size(bar.volume);
    this.values.trades.textContent = size(bar.trades);
    this.element.dataset.way = bar.close > bar.open ? "up" : bar.close < bar.open ? "down" : "";
  }
}
