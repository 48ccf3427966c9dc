// The course of one symbol in a few dozen points, for the small line in its row: the last price of each step of time. Bars from the
// server fill it at once where there are some: of a minute, or of a second while there are few minutes. Else it grows from the right
// while the page is open.

import type { Candle } from "./candles";

/** Points that are kept. */
export const points = 60;
/** Time between two points while little is known of the past, and once more is, s. */
export const short = 5;
const long = 60;
/** Fewer bars of a minute than this are no past worth a coarser line. */
const least = 10;
/** Points that fill the whole width; fewer have their part of it on the right, instead of a slope that nobody saw. */
const whole = 12;

type Past = readonly Pick<Candle, "time" | "close">[];

export class Spark {
  readonly values: number[] = [];
  /** Counts every change of shape. */ version = 0;
  private step = short;
  private slot = 0;
  /** When the newest price was, s, by the market's own time: it may be a recording. */ private at = 0;
  /** Whether its past was asked for. */ asked = false;

  /** The price at `at`, s. */
  push(price: number, at: number): void {
    this.at = Math.max(at, this.at);
    const slot = Math.floor(at / this.step);
    const last = this.values.length - 1;
    if (last >= 0 && slot <= this.slot) {
      if (this.values[last] === price) return;
      this.values[last] = price;
    } else {
      this.slot = slot;
      this.values.push(price);
      if (this.values.length > points) this.values.shift();
    }
    this.version += 1;
  }

  /** Its past, in bars of a minute, oldest first. Answers whether there are enough. */
  fill(bars: Past): boolean {
    if (bars.length < least) return false;
    this.begin(bars, long);
    return true;
  }

  /** Its past where there are few minutes yet, in bars of a second, oldest first. */
  refine(bars: Past): void {
    if (bars.length > 0) this.begin(bars, short);
  }

  private begin(bars: Past, step: number): void {
    const { at, values: [...before] } = this;
    const latest = before.pop();
    this.values.length = 0;
    this.step = step;
    this.slot = 0;
    for (const bar of bars) this.push(bar.close, bar.time);
    if (latest !== undefined) this.push(latest, at);
    this.version += 1;
  }

  get rising(): boolean {
    return (this.values[this.values.length - 1] ?? 0) >= (this.values[0] ?? 0);
  }

  /** As an SVG path in a box of this size; empty: too little to draw. */
  path(width: number, height: number): string {
    const { values } = this;
    if (values.length < 2) return "";
    const low = Math.min(...values);
    const high = Math.max(...values);
    const scale = high > low ? (height - 2) / (high - low) : 0;
    const step = width / (Math.max(values.length, whole) - 1);
    const left = width - step * (values.length - 1);
    return values.map((value, i) => {
      const y = scale === 0 ? height / 2 : height - 1 - (value - low) * scale;
      return `${i === 0 ? "M" : "L"}${(left + i * step).toFixed(1)} ${y.toFixed(1)}`;
    }).join("");
  }
}
