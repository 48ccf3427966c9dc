// Asks the server for its time, again and again: how long the answer takes is the round trip that the page shows, and what it says
// is the clock that the page goes by.

import type { Client } from "../client/client.js";

/** How often, ms. */
const pulse = 5_000;

export class Lifeline {
  private timer: number | undefined;

  /** @param heard the round trip, ms, and the server's time in the answer, µs */
  constructor(private readonly client: Pick<Client, "command">, private readonly heard: (trip: number, t: number) => void) {}

  /** With each session. */
  start(): void {
    this.stop();
    void this.ask();
    this.timer = setInterval(() => void this.ask(), pulse) as unknown as number;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async ask(): Promise<void> {
    const began = performance.now();
    try {
      const { t } = await this.client.command({ op: "ping" });
      this.heard(performance.now() - began, Number(t));
    } catch {
      // The connection ended before the answer came; the next session asks anew.
    }
  }
}
