// The candlesticks and the volume under them, drawn by lightweight-charts from a `Candles`. Only bars that changed since the
// last frame are handed over. What is drawn last stands in data attributes on the element too, for tests and for the curious.
// Times are shown in the viewer's own zone, prices with the digits that the symbol needs.

import {
  CandlestickSeries, ColorType, CrosshairMode, HistogramSeries, LineStyle, TickMarkType, createChart, createSeriesMarkers,
  type CandlestickData, type HistogramData, type IChartApi, type IPriceLine, type ISeriesApi, type ISeriesMarkersPluginApi, type LogicalRange, type Time, type UTCTimestamp,
} from "lightweight-charts";
import { type Calendar, day, plain } from "./calendar";
import type { Candle, Candles } from "./candles";
import { price } from "./decimal";

/** Bars between the newest one and the price scale. */
const margin = 6;
/** Part of the width that always has bars, wherever it is dragged or zoomed to. */
const least = 0.1;

export class Chart {
  private readonly chart: IChartApi;
  private readonly prices: ISeriesApi<"Candlestick">;
  private readonly volumes: ISeriesApi<"Histogram">;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  /** The newest price and its label, wherever the chart is scrolled to: the library's own label is that of the last bar in sight. */
  private level: IPriceLine | undefined;
  private candles: Candles | undefined;
  private gaps: readonly number[] = [];
  private calendar = plain;
  private pointed: number | undefined;
  private up = "";
  private down = "";
  private warn = "";
  /** Time of the newest bar that was handed over. */ private drawn = 0;

  /**
   * @param element where to draw
   * @param legend is told of the bar under the pointer, or of the newest one
   * @param seen is told whether the newest bar is out of sight, and how many bars there are left of what is seen
   */
  constructor(
    private readonly element: HTMLElement,
    private readonly legend: (bar: Candle | undefined) => void,
    private readonly seen: (away: boolean, left: number) => void,
  ) {
    this.chart = createChart(element, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.24 }, minimumWidth: 64 },
      timeScale: {
        borderVisible: false, timeVisible: true, secondsVisible: true, rightOffset: margin, rightBarStaysOnScroll: true, barSpacing: 11, minBarSpacing: 0.8,
        tickMarkFormatter: (time: Time, type: TickMarkType) => this.daily ? dates.format(this.day(time)) : mark(time, type),
      },
      localization: { timeFormatter: (time: Time) => this.daily ? date.format(this.day(time)) : moment.format(Number(time) * 1000) },
    });
    this.prices = this.chart.addSeries(CandlestickSeries, { borderVisible: true, lastValueVisible: false, priceLineVisible: false });
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false,
    });
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.markers = createSeriesMarkers(this.prices, []);
    this.chart.subscribeCrosshairMove((move) => {
      this.pointed = move.time === undefined ? undefined : Number(move.time);
      this.tell();
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range) this.hold(range);
      if (range) this.seen(this.chart.timeScale().scrollPosition() < -1, Math.floor(range.from));
    });
    element.addEventListener("keydown", (event) => this.key(event));
    // Who drags may let go outside; the library waits for a pointer that leaves, which this one has done already.
    window.addEventListener("mouseup", (event) => {
      if (this.pointed === undefined || element.contains(event.target as Node)) return;
      this.chart.clearCrosshairPosition();
      this.pointed = undefined;
      this.tell();
    });
    this.paint();
  }

  /** Shows these candles from now on. `gaps`: the seconds in which trades are missing. */
  show(symbol: string, candles: Candles, gaps: readonly number[]): void {
    this.gaps = gaps;
    this.candles = candles;
    this.calendar = plain;
    candles.touch();
    this.pointed = undefined;
    this.element.dataset.symbol = symbol;
    this.element.dataset.period = String(candles.period);
    this.label();
    this.draw();
    this.flag();
    this.chart.timeScale().resetTimeScale();
    this.follow();
  }

  /** Which days the bars of days shown stand for. */
  dated(calendar: Calendar): void {
    this.calendar = calendar;
    this.label();
    this.expose();
  }

  digits(digits: number): void {
    if (this.element.dataset.digits === String(digits)) return;
    this.element.dataset.digits = String(digits);
    this.prices.applyOptions({ priceFormat: { type: "custom", formatter: (x: number) => price(x, digits), minMove: 1 / 10 ** digits } });
  }

  draw(): void {
    const change = this.candles?.take();
    if (!this.candles || !change) return;
    const { bars } = this.candles;
    if (change.all) {
      this.prices.setData(bars.map((bar) => this.candle(bar)));
      this.volumes.setData(bars.map((bar) => this.volume(bar)));
    } else {
      for (let i = change.from; i < bars.length; i += 1) {
        const bar = bars[i] as Candle;
        const old = i < bars.length - 1;
        this.prices.update(this.candle(bar), old && this.known(bar.time));
        this.volumes.update(this.volume(bar), old && this.known(bar.time));
      }
    }
    this.drawn = bars[bars.length - 1]?.time ?? 0;
    this.line();
    this.tell();
    this.expose();
  }

  /** Back to the newest bar. */
  follow(): void {
    this.chart.timeScale().scrollToPosition(margin, false);
  }

  /** Takes its colours from the style sheet: at the start and when the theme changes. */
  paint(): void {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    this.up = colour("--up");
    this.down = colour("--down");
    this.warn = colour("--warn");
    const label = colour("--label");
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: colour("--chart") }, textColor: colour("--dim"), fontSize: 11,
        fontFamily: getComputedStyle(document.body).fontFamily,
      },
      grid: { vertLines: { color: colour("--grid") }, horzLines: { color: colour("--grid") } },
      crosshair: {
        vertLine: { color: colour("--cross"), labelBackgroundColor: label },
        horzLine: { color: colour("--cross"), labelBackgroundColor: label },
      },
    });
    this.prices.applyOptions({
      upColor: this.up, borderUpColor: this.up, wickUpColor: this.up,
      downColor: this.down, borderDownColor: this.down, wickDownColor: this.down,
    });
    this.candles?.touch();
    this.draw();
    this.flag();
  }

  /** Keeps some bars in sight. */
  private hold({ from, to }: LogicalRange): void {
    const count = this.candles?.bars.length ?? 0;
    const scale = this.chart.timeScale();
    const width = to - from;
    const sight = Math.min(count, width * least);
    const at = scale.scrollPosition();
    const held = Math.max(sight - count, Math.min(width - sight, at));
    if (Math.abs(held - at) > 0.5) scale.scrollToPosition(held, false);
    this.element.dataset.sight = String(Math.max(0, Math.floor(Math.min(to, count - 1)) - Math.ceil(Math.max(from, 0)) + 1));
  }

  private get daily(): boolean {
    return this.candles?.period === day;
  }

  /** Setting options makes the library forget the labels that it has. */
  private label(): void {
    this.chart.timeScale().applyOptions({ secondsVisible: (this.candles?.period ?? 1) < 60, timeVisible: !this.daily });
  }

  /** The day of a bar of a day, ms. */
  private day(time: Time): number {
    return this.calendar.day(Number(time)) * 1000;
  }

  /** Whether the library has a bar at this time, or only ones before it. */
  private known(time: number): boolean {
    return time < this.drawn;
  }

  private candle(bar: Candle): CandlestickData<Time> {
    return { time: bar.time as UTCTimestamp, open: bar.open, high: bar.high, low: bar.low, close: bar.close };
  }

  private volume(bar: Candle): HistogramData<Time> {
    return { time: bar.time as UTCTimestamp, value: bar.volume, color: `${bar.close >= bar.open ? this.up : this.down}59` };
  }

  /** Bars with trades missing are not whole, and say so. */
  flag(): void {
    const period = this.candles?.period ?? 1;
    const times = new Set(this.gaps.map((time) => Math.floor(time / period) * period));
    this.markers.setMarkers([...times].map((time) => ({
      time: time as UTCTimestamp, position: "aboveBar", shape: "circle", size: 0.6, color: this.warn, text: "gap",
    })));
  }

  private line(): void {
    const bar = this.candles?.newest;
    if (!bar) {
      if (this.level) this.prices.removePriceLine(this.level);
      this.level = undefined;
      return;
    }
    const options = { price: bar.close, color: bar.close >= bar.open ? this.up : this.down };
    if (this.level) this.level.applyOptions(options);
    else this.level = this.prices.createPriceLine({ ...options, lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: true });
  }

  private tell(): void {
    const pointed = this.pointed === undefined ? undefined : this.candles?.at(this.pointed);
    this.legend(pointed ?? this.candles?.newest);
  }

  private expose(): void {
    const bar = this.candles?.newest;
    const data = this.element.dataset;
    data.candles = String(this.candles?.bars.length ?? 0);
    data.day = bar && this.daily ? date.format(this.day(bar.time as UTCTimestamp)) : "";
    data.changes = String(this.candles?.version ?? 0);
    for (const name of ["time", "open", "high", "low", "close", "volume", "trades", "first", "last"] as const) {
      data[name] = bar ? String(bar[name]) : "";
    }
  }

  private key(event: KeyboardEvent): void {
    const scale = this.chart.timeScale();
    const zoom = (factor: number): void => scale.applyOptions({ barSpacing: Math.min(60, Math.max(1, scale.options().barSpacing * factor)) });
    if (event.key === "ArrowLeft") scale.scrollToPosition(scale.scrollPosition() - 8, false);
    else if (event.key === "ArrowRight") scale.scrollToPosition(Math.min(margin, scale.scrollPosition() + 8), false);
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "End" || event.key === "Home") this.follow();
    else return;
    event.preventDefault();
  }
}

const hour: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const minutes = new Intl.DateTimeFormat("en-GB", hour);
const seconds = new Intl.DateTimeFormat("en-GB", { ...hour, second: "2-digit" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const moment = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", ...hour, second: "2-digit" });
/** A session has a date, the same one wherever it is looked at from. */
const date = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dates = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A label of the time axis, in the viewer's zone. */
function mark(time: Time, type: TickMarkType): string {
  const at = Number(time) * 1000;
  if (type === TickMarkType.TimeWithSeconds) return seconds.format(at);
  return type === TickMarkType.Time ? minutes.format(at) : days.format(at);
}
