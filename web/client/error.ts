// Everything that this package throws or rejects with.

export class TickcastError extends Error {
  override readonly name = "TickcastError";

  /** @param code the server's (`bad_option`, `unknown_symbol`, …), or this client's: `closed` (by `close()`), `refused` (the server
   *  said not to come back; `closeCode` has why), `not_connected` (an attempt failed), `connection_lost` (before the answer came), `conflict` (subscribed with other
   *  options already), `queue_full` (an iterator's reader was too slow), `bad_argument`. */
  constructor(readonly code: string, message: string, readonly closeCode?: number) {
    super(message);
  }
}
