// tickcast-client: see README.md. `tickcast-client/book` and `tickcast-client/sbe` stand by themselves.
export { connect, Client, type ClientEvents, type Options } from "./client.js";
export { Bars, type Bar, type BarsEvents, type BarsOptions, type Seconds } from "./bars.js";
export { Subscription, type Reading, type SubscribeOptions, type SubscriptionEvents } from "./subscription.js";
export { TickcastError } from "./error.js";
export type { State } from "./connection.js";
export type { Overflow } from "./queue.js";
export type * from "./protocol.js";
