// Who listens to one channel (of bars: one period): symbol by symbol, those who named it and those who take all.

import type { Channel, Market, Period } from "./protocol.js";
import { Seat } from "./seat.js";
import type { Subscription } from "./subscription.js";

const views: ReadonlySet<Channel> = new Set<Channel>(["bars", "stats"]);

export class Route {
  readonly subscriptions = new Set<Subscription>();
  readonly #seats = new Map<string, Seat[]>();

  constructor(readonly channel: Channel) {}

  /** Those who take all come first: what is asked for all would undo what is asked for one. */
  get ordered(): Subscription[] {
    return [...this.subscriptions].sort((a, b) => Number(b.wild) - Number(a.wild));
  }

  get wilds(): Subscription[] {
    return [...this.subscriptions].filter((one) => one.wild);
  }

  take(message: Market, epoch: string): void {
    for (const seat of this.#seats.get(message.s) ?? this.#appeared(message.s, epoch)) seat.take(message);
  }

  at(symbol: string): readonly Seat[] {
    return this.#seats.get(symbol) ?? [];
  }

  /** Gives the subscription its seat at each of these symbols; one that takes all gets one at each that is known. */
  join(subscription: Subscription, symbols: Iterable<string>, epoch: string): void {
    this.subscriptions.add(subscription);
    for (const symbol of symbols) {
      if (symbol === "*") this.join(subscription, this.#seats.keys(), epoch);
      else if (!this.#seats.has(symbol)) this.#appeared(symbol, epoch);
      if (symbol !== "*" && !subscription.seats.has(symbol)) this.#sit(subscription, symbol);
    }
  }

  leave(subscription: Subscription, symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      subscription.seats.delete(symbol);
      const left = this.at(symbol).filter((seat) => seat.audience !== subscription);
      if (left.length > 0) this.#seats.set(symbol, left);
      else this.#seats.delete(symbol);
    }
  }

  /** A symbol that nobody has named: for those who take all. */
  #appeared(symbol: string, epoch: string): readonly Seat[] {
    if (this.subscriptions.size === 0) return [];
    for (const wild of this.wilds) {
      const seat = this.#sit(wild, symbol);
      if (wild.known && epoch) seat.join(epoch);
    }
    return this.at(symbol);
  }

  #sit(subscription: Subscription, symbol: string): Seat {
    const seat = new Seat(subscription, symbol, views.has(this.channel));
    subscription.seats.set(symbol, seat);
    this.#seats.set(symbol, [...this.at(symbol), seat]);
    return seat;
  }
}

const channels: Record<string, Channel> = { trade: "trades", quote: "quotes", book: "book", stat: "stats", status: "status" };

/** The route that a subscription is on. */
export const keyOf = (channel: Channel, period: Period | undefined): string => (channel === "bars" ? `bars ${period ?? "1m"}` : channel);

/** The route of a message of the market; undefined if it is none. */
export const keyOfMessage = (message: { e: string; i?: string }): string | undefined =>
  message.e === "bar" ? `bars ${message.i}` : channels[message.e];
