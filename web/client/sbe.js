// @ts-check
// A reader of tickcast's stream for subprotocol tickcast.v1.sbe (or tickcast.v1.json: what it reads is the same): give it
// each frame as it comes, and it gives back the messages, as objects with the members that docs/protocol.md names. For
// browsers and Node, with no dependency:
//
//   const reader = new SbeReader();
//   const socket = new WebSocket("wss://HOST:8443/v1/stream", "tickcast.v1.sbe");
//   socket.binaryType = "arraybuffer";
//   socket.onmessage = ({ data }) => reader.read(data).forEach(show);
//
// Prices and sizes are numbers, the same that JSON.parse would give. A double does not hold every decimal, so
// `new SbeReader({ exact: true })` gives them as strings instead, with every digit. It does not connect, and keeps no
// market: the names behind symbol ids are all that it remembers.

/** @typedef {Record<string, [offset: number, type: string]>} Fields */
/** @typedef {{ e: string, id: number, block: number, fields: Fields }} Layout */
/** @typedef {{ e: string, [member: string]: any }} Message */

export const schemaId = 1;

/** How a block of the market begins. */
const head = /** @type {Fields} */ ({ n: [0, "sequence"], t: [8, "unixNanos"], s: [16, "symbolId"] });
const bookFields = /** @type {Fields} */ ({ ...head, sum: [20, "checksum"], f: [24, "sequence"] });

/** Each template: the kind of its message, its number, the length of its block, and where its fields lie in that, by the
 * names of the JSON members that they become. A test holds this against wire/tickcast.sbe.xml. */
export const layouts = /** @satisfies {Record<string, Layout>} */ ({
  trade: {
    e: "trade", id: 1, block: 43,
    fields: { ...head, snap: [20, "flags"], side: [21, "side"], p: [24, "decimal"], q: [33, "decimal"] },
  },
  mergedTrade: {
    e: "trade", id: 2, block: 88,
    fields: {
      ...head, k: [20, "count"], f: [24, "sequence"], p: [32, "decimal"], q: [41, "decimal"],
      o: [50, "decimal"], h: [59, "decimal"], l: [68, "decimal"], v: [77, "decimal"],
    },
  },
  quote: {
    e: "quote", id: 3, block: 60,
    fields: {
      ...head, snap: [20, "flags"], b: [24, "decimal"], bq: [33, "decimal"], a: [42, "decimal"],
      aq: [51, "decimal"],
    },
  },
  mergedQuote: {
    e: "quote", id: 4, block: 68,
    fields: {
      ...head, k: [20, "count"], f: [24, "sequence"], b: [32, "decimal"], bq: [41, "decimal"],
      a: [50, "decimal"], aq: [59, "decimal"],
    },
  },
  gap: {
    e: "gap", id: 5, block: 24,
    fields: { n: [0, "sequence"], f: [8, "sequence"], s: [16, "symbolId"], channel: [20, "channel"], why: [21, "gapReason"] },
  },
  bar: {
    e: "bar", id: 6, block: 88,
    fields: {
      ...head, snap: [20, "flags"], i: [21, "period"], f: [24, "sequence"], k: [32, "sequence"],
      o: [40, "decimal"], h: [49, "decimal"], l: [58, "decimal"], c: [67, "decimal"], v: [76, "decimal"],
    },
  },
  bookSnapshot: { e: "book", id: 7, block: 32, fields: bookFields },
  bookChange: { e: "book", id: 8, block: 32, fields: bookFields },
  stat: {
    e: "stat", id: 9, block: 96,
    fields: {
      ...head, snap: [20, "flags"], k: [24, "sequence"], o: [32, "decimal"], h: [41, "decimal"],
      l: [50, "decimal"], c: [59, "decimal"], v: [68, "decimal"], ch: [77, "decimal"], pct: [86, "decimal"],
    },
  },
  status: {
    e: "status", id: 11, block: 32,
    fields: { ...head, snap: [20, "flags"], state: [21, "marketState"], f: [24, "sequence"] },
  },
});

/** What the numbers of an enum stand for. */
export const names = {
  side: ["unknown", "buy", "sell"],
  channel: ["trades", "quotes", "book", "status", "stats", "bars_1s", "bars_1m", "bars_5m", "bars_15m", "bars_1h", "bars_1d"],
  period: ["s1", "m1", "m5", "m15", "h1", "d1"],
  marketState: ["trading", "halted", "auction", "closed"],
  gapReason: ["slow_consumer", "feed", "overflow"],
};

const headerSize = 8;
const exponentAt = 8; // in a decimal, behind its mantissa
/** Of these a message mostly stands for one number, and does not say which the first is. */
const single = new Set(["book", "status"]);
const text = new TextDecoder("utf-8", { fatal: true });

/** `bars_15m` is the channel of bars with that period. @param {string} name */
const channelOf = (name) => {
  const [channel, period] = name.split("_");
  return period ? { channel, period } : { channel };
};

/** How each template is read, by its number. */
const plans = new Map(Object.values(/** @type {Record<string, Layout>} */ (layouts)).map(({ e, id, block, fields }) => [id, {
  e, block, fields: Object.entries(fields).map(([member, [offset, type]]) => ({ member, offset, type })),
}]));

/** mantissa × 10^exponent, written out: no exponent, and no zeros at the end of a fraction.
 * @param {bigint} mantissa @param {number} exponent */
export function decimalText(mantissa, exponent) {
  if (mantissa === 0n) return "0";
  if (exponent >= 0) return mantissa + "0".repeat(exponent);
  const digits = String(mantissa < 0n ? -mantissa : mantissa).padStart(1 - exponent, "0");
  const fraction = digits.slice(exponent).replace(/0+$/, "");
  return (mantissa < 0n ? "-" : "") + digits.slice(0, exponent) + (fraction && "." + fraction);
}

export class SbeReader {
  /** @type {Map<number, string>} */
  #symbols = new Map();
  #exact;
  /** @type {DataView} */
  #view = new DataView(new ArrayBuffer(0));
  /** Behind what was read of a frame. */
  #at = 0;

  /** @param {{ exact?: boolean }} [options] */
  constructor({ exact = false } = {}) {
    this.#exact = exact;
  }

  /** The messages of one frame, in their order. Throws when the frame is not what the schema says.
   * @param {string | ArrayBuffer | ArrayBufferView} frame @returns {Message[]} */
  read(frame) {
    if (typeof frame === "string") return this.#control(frame);
    if (!(frame instanceof ArrayBuffer) && !ArrayBuffer.isView(frame)) {
      throw new TypeError('a frame is a string or an ArrayBuffer: set binaryType = "arraybuffer"');
    }
    this.#view = ArrayBuffer.isView(frame) ? new DataView(frame.buffer, frame.byteOffset, frame.byteLength) : new DataView(frame);
    /** @type {Message[]} */
    const messages = [];
    let at = 0;
    try {
      while (at < this.#view.byteLength) at = this.#message(at, messages);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new Error("the frame ends in the middle of a message");
    }
    return messages;
  }

  /** @param {string} frame @returns {Message[]} */
  #control(frame) {
    /** @type {Message[]} */
    const messages = JSON.parse(frame);
    for (const m of messages) {
      if (m.e === "symbol") this.#symbols.set(m.id, m.s);
      if (m.e === "subscribed") for (const { s, id } of m.symbols ?? []) if (id !== undefined) this.#symbols.set(id, s);
    }
    return messages;
  }

  /** Reads the message at `at` and returns where the next one begins.
   * @param {number} at @param {Message[]} to */
  #message(at, to) {
    const view = this.#view;
    const length = view.getUint16(at, true);
    const template = view.getUint16(at + 2, true);
    if (view.getUint16(at + 4, true) !== schemaId) throw new Error("the frame is of another schema");
    const block = at + headerSize;
    const end = block + length;
    const plan = plans.get(template);
    if (!plan) throw new Error(`template ${template} is not known here`);
    if (end > view.byteLength || length < plan.block) throw new RangeError(); // a later version's is longer
    /** @type {Message} */
    const m = { e: plan.e };
    for (const { member, offset, type } of plan.fields) this.#member(m, member, type, block + offset);
    to.push(m);
    this.#at = end;
    if (plan.e === "trade" && m.k === undefined) this.#notes(m);
    if (plan.e === "status") {
      const reason = this.#string();
      if (reason) m.reason = reason;
      if (m.f) m.k = m.n - m.f + 1;
    }
    if (plan.e === "book") {
      if (template === layouts.bookSnapshot.id) m.snap = true;
      m.b = this.#levels();
      m.a = this.#levels();
    }
    return this.#at;
  }

  /** @param {Message} m @param {string} member @param {string} type @param {number} at */
  #member(m, member, type, at) {
    const view = this.#view;
    switch (type) {
      case "decimal": m[member] = this.#decimal(at); break;
      case "sequence": {
        const n = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32; // exact up to 2^53
        if (member !== "f" || n !== m.n || !single.has(m.e)) m[member] = n;
        break;
      }
      case "unixNanos": m[member] = Number(view.getBigInt64(at, true) / 1000n); break;
      case "symbolId": m[member] = this.#symbol(at); break;
      case "count": case "checksum": m[member] = view.getUint32(at, true); break;
      case "flags": {
        const flags = view.getUint8(at);
        if (flags & 1) m.snap = true;
        if (m.e === "bar") m.x = (flags & 2) !== 0;
        if (flags & 4) m.rev = true;
        break;
      }
      default: {
        const name = names[/** @type {keyof typeof names} */ (type)][view.getUint8(at)];
        if (name === undefined) throw new Error(`${view.getUint8(at)} is no ${type}`);
        if (type === "period") m.i = name.slice(1) + name[0];
        else if (type === "channel") Object.assign(m, channelOf(name));
        else if (name !== "unknown") m[member] = name;
      }
    }
  }

  /** What a feed told of a trade in words: conditions, venue and id. @param {Message} m */
  #notes(m) {
    const entry = this.#view.getUint16(this.#at, true);
    let left = this.#view.getUint8(this.#at + 2);
    const conditions = [];
    for (this.#at += 3; left > 0; left -= 1) {
      this.#at += entry;
      conditions.push(this.#string());
    }
    const venue = this.#string();
    const id = this.#string();
    if (venue) m.x = venue;
    if (id) m.id = id;
    if (conditions.length > 0) m.c = conditions;
  }

  /** One side of a book. */
  #levels() {
    const entry = this.#view.getUint16(this.#at, true);
    const count = this.#view.getUint16(this.#at + 2, true);
    let at = this.#at + 4;
    this.#at = at + count * entry;
    if (this.#at > this.#view.byteLength) throw new RangeError();
    /** @type {Array<[number | string, number | string]>} */
    const levels = [];
    if (count > 0 && entry < 2 * (exponentAt + 1)) throw new Error("a book's levels are too short");
    for (; at < this.#at; at += entry) levels.push([this.#decimal(at, true), this.#decimal(at + exponentAt + 1, true)]);
    return levels;
  }

  /** @param {number} at */
  #symbol(at) {
    const id = this.#view.getUint32(at, true);
    const name = this.#symbols.get(id);
    if (name === undefined) throw new Error(`symbol id ${id} has not been named: give this reader the text frames too`);
    return name;
  }

  /** @param {number} at @param {boolean} [digits] whether those that a double may not hold are wanted as text @returns {number | string} */
  #decimal(at, digits) {
    const exponent = this.#view.getInt8(at + exponentAt);
    if (exponent < -18 || exponent > 18) throw new Error(`a decimal's exponent is ${exponent}`);
    // Both factors are exact while the mantissa has no more than 53 bits, so the quotient is rounded once, as a parser does.
    // With no more than 50 of them (15 digits) it is also written as the same digits again.
    const high = this.#view.getInt32(at + 4, true);
    const most = 2 ** (digits ? 17 : 21);
    if (!this.#exact && high >= -most && high < most) {
      const mantissa = high * 2 ** 32 + this.#view.getUint32(at, true);
      const power = 10 ** Math.abs(exponent);
      return exponent < 0 ? mantissa / power : mantissa * power;
    }
    const text = decimalText(this.#view.getBigInt64(at, true), exponent);
    return this.#exact || digits ? text : Number(text);
  }

  #string() {
    const at = this.#at + 1;
    const length = this.#view.getUint8(at - 1);
    this.#at = at + length;
    if (this.#at > this.#view.byteLength) throw new RangeError();
    return length === 0 ? "" : text.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }
}
