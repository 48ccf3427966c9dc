// What is asked of the server for all symbols: their quotes and their prices, from session statistics where it has such a channel and
// else from merged trades, and whether they trade. How often depends on how many there are: of a few dozen a trader
// wants each move, of ten thousand nobody reads four prices a second.

import type { Client } from "../client/client.js";
import type { Channel, Quote, Stat, Status, Trade, Welcome } from "../client/protocol.js";
import type { Subscription } from "../client/subscription.js";

export interface Listener {
  quote(quote: Quote): void;
  stat(stat: Stat): void;
  trade(trade: Trade): void;
  status(status: Status): void;
  /** How many symbols there are. */ counted(symbols: number): void;
}

/** Time between two messages of one symbol, ms; 0: as fast as this connection takes them. */
export const paces = { lively: 0, brisk: 250, slow: 1000 };
/** Up to so many symbols are lively; above so many they are slow. */
const [few, many] = [64, 2000];

export function suited(symbols: number): number {
  return symbols <= few ? paces.lively : symbols > many ? paces.slow : paces.brisk;
}

export function has(welcome: Welcome | undefined, channel: Channel): boolean {
  return welcome?.channels.includes(channel) ?? false;
}

export class Plan {
  private asked: Subscription<any>[] = [];
  private of = "";

  constructor(private readonly client: Pick<Client, "subscribe">, private readonly listener: Listener) {}

  /** For each session: a server that was changed may have other channels than before. */
  begin(welcome: Welcome): void {
    const of = welcome.channels.join();
    if (of === this.of) return;
    this.of = of;
    for (const one of this.asked) one.close();
    const pace = { mode: "latest", interval_ms: paces.brisk } as const;
    const { client, listener } = this;
    const quotes = client.subscribe("quotes", "*", pace);
    quotes.on("message", (quote) => listener.quote(quote));
    const stats = has(welcome, "stats") ? client.subscribe("stats", "*", pace) : undefined;
    stats?.on("message", (stat) => listener.stat(stat));
    const trades = stats ? undefined : client.subscribe("trades", "*", pace);
    trades?.on("message", (trade) => listener.trade(trade));
    const status = has(welcome, "status") ? client.subscribe("status", "*") : undefined;
    status?.on("message", (told) => listener.status(told));
    const prices = (stats ?? trades) as Subscription;
    this.asked = [quotes, prices, status].filter((one): one is Subscription<any> => one !== undefined);
    prices.on("subscribed", ({ symbols }) => {
      const count = symbols.find(({ s }) => s === "*")?.count;
      if (count === undefined) return;
      this.pace(suited(count), [quotes as Subscription<any>, prices]);
      listener.counted(count);
    });
  }

  private pace(interval: number, subscriptions: Subscription<any>[]): void {
    for (const one of subscriptions) {
      if (this.paced.get(one) === interval) continue;
      this.paced.set(one, interval);
      void one.change({ interval_ms: interval }).catch(() => {}); // asked again with the next session
    }
  }

  private readonly paced = new WeakMap<Subscription<any>, number>();
}
