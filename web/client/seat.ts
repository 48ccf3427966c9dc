// One symbol of one subscription: which of its messages count, so that each is given once and in order, over all connections,
// and what is missing is told once. `trades`, `quotes`, `book` and `status` have numbers without holes; `bars` and `stats` are
// views of the trades: their numbers tell nothing missing, and only the snapshots have to be told apart.
//
// A snapshot and a replay come behind their acknowledgement; but control goes first in a frame, so messages of before may come
// between the two. Those have numbers up to the acknowledged one, and the snapshot is marked.

import type { Gap, Market } from "./protocol.js";

export interface Audience {
  deliver(message: Market): void;
  /** Numbers f…n will not come. */ missing(symbol: string, gap: Omit<Gap, "e" | "channel" | "s">): void;
}

const unanswered = 0;
const atSnapshot = 1;
const live = 2;

export class Seat {
  /** The last number given; -1: none yet, so that whichever comes first is right. */ last = -1;
  /** The run of numbers that `last` is of. */ epoch = "";
  #stage = unanswered;
  #base = 0;
  #why = "hole";
  #former: number | undefined;

  constructor(readonly audience: Audience, readonly symbol: string, readonly view: boolean) {}

  get answered(): boolean {
    return this.#stage !== unanswered;
  }

  /** The connection ended: nothing counts until the next acknowledgement. */
  pause(): void {
    this.#stage = unanswered;
  }

  /** What was given does not matter any more: the next snapshot is to be taken whatever its number. */
  forget(): void {
    this.last = -1;
    this.#stage = unanswered;
  }

  /** The acknowledgement. `n`: the last number before live messages; `snapshot`: whether one comes if it was not recovered. */
  begin(n: number, recovered: boolean | undefined, epoch: string, snapshot: boolean): void {
    const known = this.last >= 0;
    const anew = known && (epoch !== this.epoch || n < this.last);
    const again = this.answered && recovered === undefined && !anew && !snapshot;
    this.epoch = epoch;
    if (again) return; // other options; the stream goes on
    if (recovered) {
      this.#stage = live;
      return;
    }
    this.#base = n;
    this.#why = known ? "not_recovered" : "hole";
    if (anew) {
      this.#former = this.last;
      this.last = -1;
    }
    // Bars of a former epoch are numbered 0, so there may be some where there is no trade yet.
    this.#stage = (n > 0 || this.view) && (snapshot || recovered === false) ? atSnapshot : live;
    if (this.#stage === live && !this.view) this.#tell(n + 1);
    if (this.#stage === live) this.last = n;
  }

  /** One of `*`, of which the acknowledgement says nothing: whatever comes first is right. */
  join(epoch: string): void {
    this.epoch = epoch;
    this.#base = -1;
    this.#stage = this.view ? atSnapshot : live;
  }

  /** Whether the server has sent more than has come. */
  behind(n: number): boolean {
    return !this.view && this.#stage === live && this.last >= 0 && n > this.last;
  }

  take(message: Market): void {
    if (this.#stage === unanswered) return;
    if (this.view) return this.#takeView(message);
    const { n } = message;
    const first = message.f ?? n;
    if (this.#stage === atSnapshot) {
      if (n <= this.#base && !message.snap) return; // of before the snapshot, which has it
      if (n >= this.#base) this.#stage = live;
    }
    if (n <= this.last) return;
    if (first > this.last + 1 || this.#former !== undefined) this.#tell(first);
    else if (first <= this.last && !message.snap) return this.#missing(n, "overlap"); // the whole book may stand for what is known, too
    this.last = n;
    this.audience.deliver(message);
  }

  gap(gap: Gap): void {
    if (this.#stage === unanswered || gap.n <= this.last) return;
    if (this.#stage === atSnapshot && gap.n <= this.#base) return;
    this.#stage = live;
    if (this.last >= 0 && gap.f > this.last + 1) this.#missing(gap.f - 1, "hole");
    if (this.last < 0) this.last = gap.f - 1;
    this.#missing(gap.n, gap.why);
  }

  #takeView(message: Market): void {
    if (this.#stage === live && message.snap) return; // another subscription's
    if (this.#stage === atSnapshot && !message.snap) {
      if (this.last < 0 && message.n <= this.#base) return; // of before the snapshot
      this.#stage = live;
    }
    this.last = Math.max(this.last, message.n);
    this.audience.deliver(message);
  }

  /** What is missing in front of number `first`, if anything is. */
  #tell(first: number): void {
    const former = this.#former;
    this.#former = undefined;
    if (former !== undefined) {
      this.audience.missing(this.symbol, { f: 1, n: first - 1, why: "new_epoch", last: former });
    } else if (this.last >= 0 && first > this.last + 1) {
      this.audience.missing(this.symbol, { f: this.last + 1, n: first - 1, why: this.#why });
    }
    this.#why = "hole";
  }

  #missing(n: number, why: string): void {
    this.audience.missing(this.symbol, { f: this.last + 1, n, why });
    this.last = n;
  }
}
