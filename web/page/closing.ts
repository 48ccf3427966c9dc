// What a close code means for this page: come back or stay away, and how to say so to a person.

export interface Closing { retry: boolean; text: string }

const known: Record<number, string> = {
  1000: "closed by the server",
  1001: "server shutting down",
  1002: "protocol error",
  1003: "unsupported data",
  1006: "connection lost",
  1007: "invalid data",
  1009: "message too big",
  1011: "server error",
  1012: "server restarting",
  1013: "server busy",
  4008: "too slow for the stream",
  4009: "connection stalled",
  4010: "no pong",
  4011: "idle",
  4029: "too many commands",
  4501: "not authorized",
  4503: "forbidden",
  4504: "too many connections",
};

/** 4500–4999 say: not again until something is changed. Everything else may be tried again, with back-off. */
export function closing(code: number, reason = ""): Closing {
  return { retry: code < 4500 || code > 4999, text: reason.trim() || known[code] || `closed with code ${code}` };
}
