// The commands by which a subscription is asked for: from its cursor where it has one, and in as many pieces as frames allow.

import type { Channel, Subscribed } from "./protocol.js";
import type { Subscription } from "./subscription.js";

export interface Subscribe {
  op: "subscribe"; channel: Channel; symbols: string[];
  resume?: { epoch: string; n: Record<string, number> };
  [option: string]: unknown;
}

/** @param symbols those that are asked for; undefined: all of them
 *  @param change only its options are to be other: nothing of the past is wanted
 *  @param room how long the symbols of one command may be, in characters */
export function commands(subscription: Subscription, symbols: string[] | undefined, change: boolean, room: number): Subscribe[] {
  const { channel, delivery, beginning, seats, wild } = subscription;
  const head = (named: string[]): Subscribe => ({
    op: "subscribe", channel, symbols: named, ...delivery,
    ...(change ? { snapshot: false } : { ...beginning, resume: undefined }),
  });
  const all = wild && symbols === undefined;
  const made: Subscribe[] = all ? [head(["*"])] : [];
  if (all && change) return made;

  // One command has one epoch to go on from; nearly always there is only one.
  const groups = new Map<string, string[]>();
  for (const symbol of symbols ?? (all ? seats.keys() : subscription.names)) {
    const seat = seats.get(symbol);
    const epoch = !change && seat && !seat.view && seat.last >= 0 ? seat.epoch : "";
    if (all && epoch === "") continue;
    groups.set(epoch, [...(groups.get(epoch) ?? []), symbol]);
  }
  for (const [epoch, named] of groups) {
    let left = 0;
    let command: Subscribe | undefined;
    for (const symbol of named) {
      const needs = 2 * symbol.length + 24;
      if (!command || left < needs) {
        const first = all && made.length === 1 && made[0]?.resume === undefined;
        command = first ? (made[0] as Subscribe) : head([]);
        if (!first) made.push(command);
        left = room;
      }
      left -= needs;
      if (command.symbols[0] !== "*") command.symbols.push(symbol);
      if (epoch !== "") (command.resume ??= { epoch, n: {} }).n[symbol] = seats.get(symbol)?.last ?? 0;
    }
  }
  return made;
}

/** What several commands were answered, as one. */
export function joined(acks: Subscribed[]): Subscribed | undefined {
  const [first] = acks;
  return first && { ...first, symbols: acks.flatMap((ack) => ack.symbols), failed: acks.flatMap((ack) => ack.failed ?? []) };
}
