// How much comes in, and how old it is when it comes: what the page says of its own speed. Counting costs an addition a message;
// the figures are made when they are looked at.

/** Time over which rates are averaged, ms. */
const span = 2_000;
/** Share that the newest delay has in the one that is shown. */
const weight = 0.15;

export class Meter {
  private count = 0;
  private readonly marks: { at: number; count: number }[] = [];
  /** From the venue's time to this page, ms, smoothed; undefined: nothing live came yet. */ delay: number | undefined;

  /** @param now a clock that never jumps, ms */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** All messages since the page was opened. */
  get total(): number {
    return this.count;
  }

  add(messages: number): void {
    this.count += messages;
  }

  /** Something live was `ms` old when it came. */
  late(ms: number): void {
    this.delay = this.delay === undefined ? ms : this.delay + (ms - this.delay) * weight;
  }

  /** A new connection is measured anew. */
  reset(): void {
    this.marks.length = 0;
    this.delay = undefined;
  }

  /** Messages a second. Ask several times a second, or it gets coarse. */
  rate(): number {
    const now = this.now();
    this.marks.push({ at: now, count: this.count });
    while (this.marks.length > 2 && (this.marks[1] as { at: number }).at <= now - span) this.marks.shift();
    const first = this.marks[0] as { at: number; count: number };
    return now - first.at < 250 ? 0 : ((this.count - first.count) * 1000) / (now - first.at);
  }
}

/** A duration for the eye: 4 ms, 1.2 s, 3 min, 5 h, 12 d. */
export function lasting(ms: number): string {
  const x = Math.abs(ms);
  if (x < 999.5) return `${Math.round(x)} ms`;
  if (x < 9_950) return `${(x / 1000).toFixed(1)} s`;
  if (x < 120_000) return `${Math.round(x / 1000)} s`;
  if (x < 7_200_000) return `${Math.round(x / 60_000)} min`;
  if (x < 172_800_000) return `${Math.round(x / 3_600_000)} h`;
  return `${Math.round(x / 86_400_000)} d`;
}
