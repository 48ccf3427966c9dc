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
/** @typedef {{ id: number, block: number, fields: Fields }} Layout */
/** @typedef {{ e: string, [member: string]: any }} Message */

export const schemaId = 1;

/** Where each field lies in its block; a test holds this against wire/tickcast.sbe.xml. */
export const layouts = /** @satisfies {Record<string, Layout>} */ ({
  trade: {
    id: 1, block: 43,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], flags: [20, "flags"], side: [21, "side"],
      price: [24, "decimal"], size: [33, "decimal"],
    },
  },
  mergedTrade: {
    id: 2, block: 88,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], count: [20, "count"],
      firstSequence: [24, "sequence"], price: [32, "decimal"], size: [41, "decimal"], open: [50, "decimal"],
      high: [59, "decimal"], low: [68, "decimal"], volume: [77, "decimal"],
    },
  },
  quote: {
    id: 3, block: 60,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], flags: [20, "flags"],
      bid: [24, "decimal"], bidSize: [33, "decimal"], ask: [42, "decimal"], askSize: [51, "decimal"],
    },
  },
  mergedQuote: {
    id: 4, block: 68,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], count: [20, "count"],
      firstSequence: [24, "sequence"], bid: [32, "decimal"], bidSize: [41, "decimal"], ask: [50, "decimal"],
      askSize: [59, "decimal"],
    },
  },
  gap: {
    id: 5, block: 24,
    fields: {
      sequence: [0, "sequence"], firstSequence: [8, "sequence"], symbol: [16, "symbolId"], channel: [20, "channel"],
      reason: [21, "gapReason"],
    },
  },
  bar: {
    id: 6, block: 88,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], flags: [20, "flags"], period: [21, "period"],
      firstSequence: [24, "sequence"], trades: [32, "sequence"], open: [40, "decimal"], high: [49, "decimal"], low: [58, "decimal"],
      close: [67, "decimal"], volume: [76, "decimal"],
    },
  },
  stat: {
    id: 9, block: 96,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], flags: [20, "flags"], trades: [24, "sequence"],
      open: [32, "decimal"], high: [41, "decimal"], low: [50, "decimal"], close: [59, "decimal"], volume: [68, "decimal"],
      change: [77, "decimal"], percent: [86, "decimal"],
    },
  },
  bookSnapshot: {
    id: 7, block: 32,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], checksum: [20, "checksum"],
      firstSequence: [24, "sequence"],
    },
  },
  bookChange: {
    id: 8, block: 32,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], checksum: [20, "checksum"],
      firstSequence: [24, "sequence"],
    },
  },
  status: {
    id: 11, block: 32,
    fields: {
      sequence: [0, "sequence"], time: [8, "unixNanos"], symbol: [16, "symbolId"], flags: [20, "flags"],
      state: [21, "marketState"], firstSequence: [24, "sequence"],
    },
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
const decimalSize = 9;
const exponentAt = 8; // in a decimal, behind its mantissa
const snapshot = 1, closed = 2, revised = 4;  // of the flags
const powers = Array.from({ length: 19 }, (_, i) => 10 ** i);
const text = new TextDecoder("utf-8", { fatal: true });

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

  /** @param {{ exact?: boolean }} [options] */
  constructor({ exact = false } = {}) {
    this.#exact = exact;
  }

  /** The messages of one frame, in their order. Throws when the frame is not what the schema says.
   * @param {string | ArrayBuffer | ArrayBufferView} frame @returns {Message[]} */
  read(frame) {
    if (typeof frame === "string") return this.#control(frame);
    if (!(frame instanceof ArrayBuffer) && !ArrayBuffer.isView(frame)) {
      throw new TypeError('a frame is a string or an ArrayBuffer: set binaryType = "arraybuffer" on the WebSocket');
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
    if (end > view.byteLength) throw new RangeError("a block is cut short");
    switch (template) {
      case layouts.trade.id: return this.#trade(block, this.#whole(layouts.trade, length, end), to);
      case layouts.mergedTrade.id: to.push(this.#mergedTrade(block)); return this.#whole(layouts.mergedTrade, length, end);
      case layouts.quote.id: to.push(this.#quote(block)); return this.#whole(layouts.quote, length, end);
      case layouts.mergedQuote.id: to.push(this.#mergedQuote(block)); return this.#whole(layouts.mergedQuote, length, end);
      case layouts.gap.id: to.push(this.#gap(block)); return this.#whole(layouts.gap, length, end);
      case layouts.bar.id: to.push(this.#bar(block)); return this.#whole(layouts.bar, length, end);
      case layouts.stat.id: to.push(this.#stat(block)); return this.#whole(layouts.stat, length, end);
      case layouts.bookSnapshot.id: return this.#book(block, this.#whole(layouts.bookSnapshot, length, end), to, true);
      case layouts.bookChange.id: return this.#book(block, this.#whole(layouts.bookChange, length, end), to, false);
      case layouts.status.id: return this.#status(block, this.#whole(layouts.status, length, end), to);
      default: throw new Error(`template ${template} is not known here, so neither is its length: take a newer reader`);
    }
  }

  /** `end`, if the block is as long as the schema says or longer (a later version's).
   * @param {Layout} layout @param {number} length @param {number} end */
  #whole(layout, length, end) {
    if (length < layout.block) throw new RangeError("a block is cut short");
    return end;
  }

  /** @param {number} block @param {number} at @param {Message[]} to */
  #trade(block, at, to) {
    const view = this.#view;
    const f = layouts.trade.fields;
    /** @type {Message} */
    const m = {
      e: "trade", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
      p: this.#decimal(block + f.price[0]), q: this.#decimal(block + f.size[0]),
    };
    const side = view.getUint8(block + f.side[0]);
    if (side !== 0) m.side = this.#name("side", side);
    const entry = view.getUint16(at, true);
    const conditions = [];
    let left = view.getUint8(at + 2);
    for (at += 3; left > 0; left -= 1) {
      at += entry;
      conditions.push(this.#string(at));
      at += 1 + view.getUint8(at);
    }
    const venue = this.#string(at);
    at += 1 + view.getUint8(at);
    const id = this.#string(at);
    if (venue) m.x = venue;
    if (id) m.id = id;
    if (conditions.length > 0) m.c = conditions;
    if (view.getUint8(block + f.flags[0]) & snapshot) m.snap = true;
    to.push(m);
    return at + 1 + view.getUint8(at);
  }

  /** @param {number} block @returns {Message} */
  #mergedTrade(block) {
    const f = layouts.mergedTrade.fields;
    return {
      e: "trade", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
      p: this.#decimal(block + f.price[0]), q: this.#decimal(block + f.size[0]), o: this.#decimal(block + f.open[0]),
      h: this.#decimal(block + f.high[0]), l: this.#decimal(block + f.low[0]), v: this.#decimal(block + f.volume[0]),
      f: this.#count(block + f.firstSequence[0]), k: this.#view.getUint32(block + f.count[0], true),
    };
  }

  /** @param {number} block @param {{ symbol: any, sequence: any, time: any, bid: any, bidSize: any, ask: any, askSize: any }} f
   * @returns {Message} */
  #sides(block, f) {
    return {
      e: "quote", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
      b: this.#decimal(block + f.bid[0]), bq: this.#decimal(block + f.bidSize[0]), a: this.#decimal(block + f.ask[0]),
      aq: this.#decimal(block + f.askSize[0]),
    };
  }

  /** @param {number} block */
  #quote(block) {
    const f = layouts.quote.fields;
    const m = this.#sides(block, f);
    if (this.#view.getUint8(block + f.flags[0]) & snapshot) m.snap = true;
    return m;
  }

  /** @param {number} block */
  #mergedQuote(block) {
    const f = layouts.mergedQuote.fields;
    const m = this.#sides(block, f);
    m.f = this.#count(block + f.firstSequence[0]);
    m.k = this.#view.getUint32(block + f.count[0], true);
    return m;
  }

  /** @param {number} block @param {{ open: any, high: any, low: any, close: any, volume: any, trades: any }} f */
  #prices(block, f) {
    return {
      o: this.#decimal(block + f.open[0]), h: this.#decimal(block + f.high[0]), l: this.#decimal(block + f.low[0]),
      c: this.#decimal(block + f.close[0]), v: this.#decimal(block + f.volume[0]), k: this.#count(block + f.trades[0]),
    };
  }

  /** @param {number} block @returns {Message} */
  #bar(block) {
    const f = layouts.bar.fields;
    const flags = this.#view.getUint8(block + f.flags[0]);
    const [unit, ...digits] = this.#name("period", this.#view.getUint8(block + f.period[0]));
    /** @type {Message} */
    const m = {
      e: "bar", s: this.#symbol(block + f.symbol[0]), i: digits.join("") + unit, t: this.#micros(block + f.time[0]),
      ...this.#prices(block, f), f: this.#count(block + f.firstSequence[0]), n: this.#count(block + f.sequence[0]),
      x: (flags & closed) !== 0,
    };
    if (flags & revised) m.rev = true;
    if (flags & snapshot) m.snap = true;
    return m;
  }

  /** @param {number} block @returns {Message} */
  #stat(block) {
    const f = layouts.stat.fields;
    /** @type {Message} */
    const m = {
      e: "stat", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
      ...this.#prices(block, f), ch: this.#decimal(block + f.change[0]), pct: this.#decimal(block + f.percent[0]),
    };
    if (this.#view.getUint8(block + f.flags[0]) & snapshot) m.snap = true;
    return m;
  }

  /** @param {number} block @returns {Message} */
  #gap(block) {
    const f = layouts.gap.fields;
    const [channel, period] = this.#name("channel", this.#view.getUint8(block + f.channel[0])).split("_");
    return {
      e: "gap", channel, ...(period && { period }),
      s: this.#symbol(block + f.symbol[0]), f: this.#count(block + f.firstSequence[0]),
      n: this.#count(block + f.sequence[0]), why: this.#name("gapReason", this.#view.getUint8(block + f.reason[0])),
    };
  }

  /** @param {number} block @param {number} at @param {Message[]} to @param {boolean} snap */
  #book(block, at, to, snap) {
    const f = layouts.bookChange.fields;
    /** @type {Message} */
    const m = {
      e: "book", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
    };
    const first = this.#count(block + f.firstSequence[0]);
    if (first < m.n) m.f = first;
    if (snap) m.snap = true;
    for (const side of ["b", "a"]) {
      const entry = this.#view.getUint16(at, true);
      const count = this.#view.getUint16(at + 2, true);
      at += 4;
      if (count > 0 && entry < 2 * decimalSize) throw new Error("a book's levels are too short");
      if (at + count * entry > this.#view.byteLength) throw new RangeError("levels are cut short");
      /** @type {Array<[number | string, number | string]>} */
      const levels = [];
      for (let i = 0; i < count; i += 1, at += entry) levels.push([this.#decimal(at), this.#decimal(at + decimalSize)]);
      m[side] = levels;
    }
    m.sum = this.#view.getUint32(block + f.checksum[0], true);
    to.push(m);
    return at;
  }

  /** @param {number} block @param {number} at @param {Message[]} to */
  #status(block, at, to) {
    const f = layouts.status.fields;
    /** @type {Message} */
    const m = {
      e: "status", s: this.#symbol(block + f.symbol[0]), n: this.#count(block + f.sequence[0]), t: this.#micros(block + f.time[0]),
      state: this.#name("marketState", this.#view.getUint8(block + f.state[0])),
    };
    const reason = this.#string(at);
    const first = this.#count(block + f.firstSequence[0]);
    if (reason) m.reason = reason;
    if (first < m.n) m.f = first, m.k = m.n - first + 1;
    if (this.#view.getUint8(block + f.flags[0]) & snapshot) m.snap = true;
    to.push(m);
    return at + 1 + this.#view.getUint8(at);
  }

  /** @param {number} at */
  #symbol(at) {
    const id = this.#view.getUint32(at, true);
    const name = this.#symbols.get(id);
    if (name === undefined) throw new Error(`symbol id ${id} has not been named: give this reader the text frames too`);
    return name;
  }

  /** @param {keyof typeof names} of @param {number} value */
  #name(of, value) {
    const name = names[of][value];
    if (name === undefined) throw new Error(`${value} is no ${of}`);
    return name;
  }

  /** Exact up to 2^53. @param {number} at */
  #count(at) {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** @param {number} at */
  #micros(at) {
    return Number(this.#view.getBigInt64(at, true) / 1000n);
  }

  /** @param {number} at @returns {number | string} */
  #decimal(at) {
    const exponent = this.#view.getInt8(at + exponentAt);
    if (exponent < -18 || exponent > 18) throw new Error(`a decimal's exponent is ${exponent}`);
    if (this.#exact) return decimalText(this.#view.getBigInt64(at, true), exponent);
    // Both factors are exact while the mantissa has no more than 53 bits, so the quotient is rounded once, as a parser does.
    const high = this.#view.getInt32(at + 4, true);
    if (high >= -(2 ** 21) && high < 2 ** 21) {
      const mantissa = high * 2 ** 32 + this.#view.getUint32(at, true);
      const power = /** @type {number} */ (powers[Math.abs(exponent)]);
      return exponent < 0 ? mantissa / power : mantissa * power;
    }
    return Number(decimalText(this.#view.getBigInt64(at, true), exponent));
  }

  /** @param {number} at */
  #string(at) {
    const length = this.#view.getUint8(at);
    if (at + 1 + length > this.#view.byteLength) throw new RangeError("a string is cut short");
    if (length === 0) return "";
    return text.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 1, length));
  }
}
