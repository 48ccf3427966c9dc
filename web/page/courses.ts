// Gives the small lines of the rows in sight their past: each symbol's last hour, or its last minutes where there are no more, fetched once,
// two at a time, so that a long list does not begin with a hundred requests.

import type { Candle } from "./candles";
import type { Period } from "../client/protocol.js";
import type { Row } from "./market";
import { points, short } from "./spark";

/** Requests under way at once. */
const most = 2;

export class Courses {
  private busy = 0;
  private off = false;
  private rows: readonly Row[] = [];

  /** @param fetch the newest bars; undefined: there is no such thing here  @param filled a line has its past */
  constructor(
    private readonly fetch: (symbol: string, period: Period, limit: number) => Promise<Candle[] | undefined>,
    private readonly filled: () => void,
  ) {}

  /** These rows are in sight now. */
  seen(rows: readonly Row[]): void {
    this.rows = rows;
    while (this.busy < most && this.next()) {}
  }

  /** Asks for one more, if there is one. */
  private next(): boolean {
    const row = this.off ? undefined : this.rows.find(({ spark }) => !spark.asked);
    if (row) void this.fill(row).finally(() => this.next());
    return row !== undefined;
  }

  private async fill(row: Row): Promise<void> {
    row.spark.asked = true;
    this.busy += 1;
    try {
      const bars = await this.fetch(row.symbol, "1m", points);
      this.off ||= !bars;
      if (bars && !row.spark.fill(bars)) row.spark.refine(await this.fetch(row.symbol, "1s", points * short) ?? []);
      this.filled();
    } catch {
      // A line without its past still draws what comes.
    } finally {
      this.busy -= 1;
    }
  }
}
