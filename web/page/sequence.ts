// The numbers of one symbol's trades: which to count, which were counted already, which are missing.
// The symbol stands in two subscriptions at once (all symbols merged, and itself in full), and a reconnection replays what was
// seen: so a trade counts only if nothing of it was counted before.
// Live trades before the snapshot are not counted: the snapshot with its history comes first, or its trades would look old.

import type { Gap, Subscribed, Trade } from "./message";

export interface Hole { f: number; n: number; why: string }

/** The snapshot follows its ack at once; waiting longer than this for it, ms, helps nobody. */
const patience = 2000;

export class Sequence {
  /** Number of the last trade counted; 0: none. */ last = 0;
  /** How many trades were announced or found missing. */ missing = 0;
  private epoch = "";
  private state: "off" | "snapshot" | "live" = "off";
  private since = 0;

  constructor(private readonly lost: (hole: Hole) => void = () => {}) {}

  /** Whether it was acknowledged, so that trades count. */
  get live(): boolean {
    return this.state !== "off";
  }

  /** Nothing counts until the next `begin`. The last number stays, so that the same epoch can go on from it. */
  pause(): void {
    this.state = "off";
  }

  /** What to ask the server to go on from; undefined where that makes no sense. */
  resume(epoch: string): number | undefined {
    return epoch === this.epoch && this.last > 0 ? this.last : undefined;
  }

  /** The ack of the full subscription. Answers whether the numbers start anew. */
  begin(entry: Subscribed["symbols"][number], ack: Subscribed, epoch: string, now: number): boolean {
    const anew = epoch !== this.epoch;
    if (anew) this.last = 0;
    this.epoch = epoch;
    const recovered = entry.recovered ?? ack.recovered ?? false;
    const empty = (entry.n ?? 0) === 0;
    this.state = recovered || empty ? "live" : "snapshot";
    this.since = now;
    return anew;
  }

  /** Whether this trade is to be counted. */
  accept(trade: Trade, now: number): boolean {
    if (this.state === "off") return false;
    if (this.state === "snapshot") {
      if (!trade.snap && now - this.since < patience) return false;
      this.state = "live";
    }
    const first = trade.f ?? trade.n;
    if (first <= this.last) return false;
    if (this.last > 0 && first > this.last + 1) {
      this.hole({ f: this.last + 1, n: first - 1, why: trade.snap ? "missed while disconnected" : "not received" });
    }
    this.last = trade.n;
    return true;
  }

  /** The server says that it cannot deliver these. */
  gap(gap: Gap): void {
    if (this.state === "off" || gap.n <= this.last) return;
    this.hole({ f: Math.max(gap.f, this.last + 1), n: gap.n, why: gap.why });
    this.last = gap.n;
  }

  /** A heartbeat names the last number sent: is our tail lost? */
  behind(n: number): boolean {
    return this.state === "live" && n > this.last;
  }

  private hole(hole: Hole): void {
    this.missing += hole.n - hole.f + 1;
    this.lost(hole);
  }
}
