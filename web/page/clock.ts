// The server's clock, as well as it can be known from here. A viewer's own clock may be minutes wrong; nothing that the page says of
// ages, delays and closing bars may be wrong with it. Each answered ping tells the server's time somewhere within its round trip,
// so the fastest of the last ones knows it best.

interface Sample { offset: number; trip: number }

/** How many pings are remembered: at one each 5 s, the last two minutes. */
const kept = 24;

export class Clock {
  private readonly samples: Sample[] = [];
  private best: Sample | undefined;

  /** @param own the viewer's clock, ms since the epoch */
  constructor(private readonly own: () => number = Date.now) {}

  /** A pong came: `t` as it says, µs, after a round trip of `trip` ms. */
  pong(t: number, trip: number): void {
    this.samples.push({ offset: t / 1000 - (this.own() - trip / 2), trip });
    if (this.samples.length > kept) this.samples.shift();
    this.best = this.samples.reduce((best, one) => (one.trip < best.trip ? one : best));
  }

  /** Another server may have another clock. */
  forget(): void {
    this.samples.length = 0;
  }

  /** The server's time, ms since the epoch; before the first pong the viewer's own. */
  now(): number {
    return this.own() + (this.best?.offset ?? 0);
  }

  /** How far the viewer's clock is ahead of the server's, ms; undefined: not known. */
  get ahead(): number | undefined {
    return this.best && -this.best.offset;
  }

  /** How wrong `ahead` may be, ms. */
  get doubt(): number {
    return (this.best?.trip ?? 0) / 2;
  }
}
