// Scrolling back: when the oldest bars come near the edge of the screen, older ones are fetched and put before them, a page at a
// time. It ends where the server has no more, and says so; after a failure it tries again when the viewer scrolls on.

import type { Candle, Candles } from "./candles";

export type Reach = "more" | "loading" | "failed" | "end";
export type Fetch = (to: number, limit: number) => Promise<Candle[] | undefined>;

/** Bars a page. */
const page = 1000;
/** Bars left of the screen at which the next page is fetched. */
const near = 150;
/** Bars that are kept; nobody scrolls through more. */
const most = 19_000;
/** After a failure, ms. */
const pause = 3000;

export class Past {
  private state: Reach = "more";
  private again = 0;

  /** @param told is told where it stands whenever that changes */
  constructor(
    private readonly candles: Candles, private readonly fetch: Fetch, private readonly told: (reach: Reach) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** There are `left` bars to the left of what is seen (negative: there is empty room). */
  async seen(left: number): Promise<void> {
    const first = this.candles.bars[0];
    if (left > near || !first || this.state === "loading" || this.state === "end" || this.now() < this.again) return;
    this.change("loading");
    try {
      const older = await this.fetch(first.time, page);
      const came = older ? this.candles.before(older) : 0;
      if (came === 0) this.candles.end();
      this.change(came === 0 || this.candles.bars.length >= most ? "end" : "more");
    } catch {
      this.again = this.now() + pause;
      this.change("failed");
    }
  }

  private change(state: Reach): void {
    this.state = state;
    this.told(state);
  }
}
