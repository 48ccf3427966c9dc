import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { decimalText, layouts, names, SbeReader, schemaId } from "../client/sbe.js";

const limit = { timeout: 20_000 };

// wire/tickcast.sbe.xml, with just enough of XML for that file.
const xml = (await readFile(new URL("../../wire/tickcast.sbe.xml", import.meta.url), "utf8")).replace(/<!--.*?-->/gs, "");
const attributes = (element) => Object.fromEntries([...element.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
const elements = (within, name) =>
  [...within.matchAll(new RegExp(`<${name}\\b([^>]*?)(?:/>|>(.*?)</${name}>)`, "gs"))].map(([, head, body]) => ({ ...attributes(head), body }));
const sizes = { uint8: 1, int8: 1, uint16: 2, uint32: 4, int64: 8, uint64: 8 };

const schema = Object.fromEntries(elements(xml, "sbe:message").map((m) => [m.name, {
  id: Number(m.id), block: Number(m.blockLength),
  fields: Object.fromEntries(elements(m.body.replace(/<group.*?<\/group>/gs, ""), "field").map((f) => [f.name, [Number(f.offset), f.type]])),
}]));
const composite = (name) => elements(elements(xml, "composite").find((c) => c.name === name).body, "type").map((t) => [t.name, sizes[t.primitiveType]]);

// What each field becomes, where the reader knows it by another name.
const members = {
  sequence: "n", time: "t", symbol: "s", flags: "snap", count: "k", trades: "k", firstSequence: "f", price: "p", size: "q", open: "o", high: "h", low: "l",
  close: "c", volume: "v", bid: "b", bidSize: "bq", ask: "a", askSize: "aq", reason: "why", period: "i", change: "ch", percent: "pct", checksum: "sum",
};
const kinds = { mergedTrade: "trade", mergedQuote: "quote", bookSnapshot: "book", bookChange: "book" };

test("the layout is that of the schema", limit, () => {
  assert.equal(schemaId, Number(attributes(xml.match(/<sbe:messageSchema([^>]*)>/)[1]).id));
  const expected = Object.entries(schema).map(([name, { fields, ...rest }]) =>
    [name, { e: kinds[name] ?? name, ...rest, fields: Object.fromEntries(Object.entries(fields).map(([field, place]) => [members[field] ?? field, place])) }]);
  assert.deepEqual(layouts, Object.fromEntries(expected));
  for (const [name, values] of Object.entries(names)) {
    const body = elements(xml, "enum").find((e) => e.name === name).body;
    const listed = elements(body, "validValue").map((v) => [Number(v.body), v.name]);
    assert.deepEqual([...values.entries()], listed, name);
  }
  assert.deepEqual(composite("messageHeader"), [["blockLength", 2], ["templateId", 2], ["schemaId", 2], ["version", 2]]);
  assert.deepEqual(composite("decimal"), [["mantissa", 8], ["exponent", 1]]);
  assert.deepEqual(composite("groupSizeEncoding"), [["blockLength", 2], ["numInGroup", 1]]);
  assert.deepEqual(composite("bookGroupSize"), [["blockLength", 2], ["numInGroup", 2]]);
  assert.equal(elements(elements(xml, "set")[0].body, "choice")[0].body, "0");
});

// An encoder that knows the schema alone.
const types = Object.fromEntries(elements(xml, "type").map((t) => [t.name, t.primitiveType]));
for (const kind of ["set", "enum"]) for (const t of elements(xml, kind)) types[t.name] = t.encodingType;

function encode(name, values, { conditions = [], venue = "", id = "", more = 0 } = {}) {
  const { id: template, block, fields } = schema[name];
  const head = Buffer.alloc(8 + block + more);
  [block + more, template, schemaId, 0].forEach((v, i) => head.writeUInt16LE(v, 2 * i));
  for (const [field, [offset, type]] of Object.entries(fields)) {
    const at = 8 + offset;
    if (type === "decimal") {
      head.writeBigInt64LE(values[field][0], at);
      head.writeInt8(values[field][1], at + 8);
    } else if (types[type].endsWith("64")) {
      head[types[type] === "int64" ? "writeBigInt64LE" : "writeBigUInt64LE"](values[field], at);
    } else {
      head.writeUIntLE(values[field] ?? 0, at, sizes[types[type]]);
    }
  }
  if (name !== "trade") return head;
  const string = (s) => Buffer.concat([Buffer.from([Buffer.byteLength(s)]), Buffer.from(s)]);
  return Buffer.concat([head, Buffer.from([0, 0, conditions.length]), ...conditions.map(string), string(venue), string(id)]);
}

const named = (options) => {
  const reader = new SbeReader(options);
  reader.read('[{"e":"subscribed","symbols":[{"s":"AAPL","n":0,"id":7}],"failed":[]},{"e":"symbol","s":"NEW","id":9}]');
  return reader;
};
const time = 1732060800123456789n;
const trade = { sequence: 1043n, time, symbol: 7, price: [18934n, -2], size: [100n, 0] };

test("text is control, and comes back as it is", limit, () => {
  const frame = '[{"e":"welcome","v":1},{"e":"subscribed","symbols":[{"s":"*","count":2}],"failed":[]}]';
  assert.deepEqual(new SbeReader().read(frame), JSON.parse(frame));
});

const prices = { sequence: 20n, time, symbol: 7, open: [15n, -1], high: [2n, 0], low: [1n, 0], close: [125n, -2], volume: [7n, 2],
  trades: 9n };
// Levels as a book's group has them, each `more` bytes longer than this schema's.
const group = (levels, more = 0) => Buffer.concat([Buffer.from([18 + more, 0, levels.length, 0]), ...levels.map((level) => {
  const entry = Buffer.alloc(18 + more);
  level.forEach(([mantissa, exponent], i) => entry.writeInt8(exponent, 9 * i + 8) && entry.writeBigInt64LE(mantissa, 9 * i));
  return entry;
})]);

test("a book has its levels, and a status its reason", limit, () => {
  const reader = named();
  const book = { sequence: 9n, time, symbol: 7, checksum: 4000000000 };
  const frame = Buffer.concat([
    encode("bookSnapshot", { ...book, firstSequence: 9n }), group([[[18933n, -2], [200n, 0]], [[189n, 0], [5n, -1]]]), group([]),
    encode("bookChange", { ...book, firstSequence: 7n }), group([]), group([[[18935n, -2], [0n, 0]]], 3),
    encode("status", { sequence: 3n, time, symbol: 9, flags: 1, state: 1, firstSequence: 3n }), Buffer.from([4]), Buffer.from("news"),
    encode("status", { sequence: 5n, time, symbol: 9, state: 0, firstSequence: 4n }), Buffer.from([0]),
  ]);
  const t = Number(time / 1000n);
  assert.deepEqual(reader.read(frame), [
    { e: "book", s: "AAPL", n: 9, t, snap: true, b: [[189.33, 200], [189, 0.5]], a: [], sum: 4000000000 },
    { e: "book", s: "AAPL", n: 9, t, f: 7, b: [], a: [[189.35, 0]], sum: 4000000000 },
    { e: "status", s: "NEW", n: 3, t, state: "halted", reason: "news", snap: true },
    { e: "status", s: "NEW", n: 5, t, state: "trading", f: 4, k: 2 },
  ]);
  const whole = Buffer.concat([encode("bookSnapshot", { ...book, firstSequence: 9n }), group([[[1n, 0], [2n, 0]]]), group([])]);
  for (let length = 41; length < whole.length; length += 1) assert.throws(() => reader.read(whole.subarray(0, length)), /ends in the middle/);
});

test("messages have the members that JSON gives them", limit, () => {
  const reader = named();
  const frame = Buffer.concat([
    encode("trade", { ...trade, side: 1, flags: 1 }, { conditions: ["@", "ü"], venue: "XNAS", id: "7731" }),
    encode("trade", trade),
    encode("mergedTrade", { sequence: 8n, time, symbol: 9, count: 4, firstSequence: 5n, price: [11n, 0], size: [10n, 0],
      open: [105n, -1], high: [12n, 0], low: [975n, -2], volume: [1425n, -2] }),
    encode("quote", { sequence: 77n, time, symbol: 7, flags: 0, bid: [18933n, -2], bidSize: [2n, 2], ask: [18935n, -2], askSize: [-5n, -1] }),
    encode("mergedQuote", { sequence: 71n, time, symbol: 7, count: 2, firstSequence: 70n, bid: [15n, -1], bidSize: [3n, 0], ask: [25n, -1], askSize: [0n, 0] }),
    encode("gap", { sequence: 1099n, firstSequence: 1050n, symbol: 9, channel: 1, reason: 2 }),
    encode("gap", { sequence: 5n, firstSequence: 4n, symbol: 9, channel: 8, reason: 0 }),
    encode("bar", { ...prices, flags: 2, period: 3, firstSequence: 5n }),
    encode("bar", { ...prices, flags: 4, period: 0, firstSequence: 0n }),
    encode("stat", { ...prices, flags: 1, change: [-5n, 0], percent: [-47619n, -4] }),
  ]);
  const t = 1732060800123456;
  assert.deepEqual(reader.read(frame), [
    { e: "trade", s: "AAPL", n: 1043, t, p: 189.34, q: 100, side: "buy", x: "XNAS", id: "7731", c: ["@", "ü"], snap: true },
    { e: "trade", s: "AAPL", n: 1043, t, p: 189.34, q: 100 },
    { e: "trade", s: "NEW", n: 8, t, p: 11, q: 10, o: 10.5, h: 12, l: 9.75, v: 14.25, f: 5, k: 4 },
    { e: "quote", s: "AAPL", n: 77, t, b: 189.33, bq: 200, a: 189.35, aq: -0.5 },
    { e: "quote", s: "AAPL", n: 71, t, b: 1.5, bq: 3, a: 2.5, aq: 0, f: 70, k: 2 },
    { e: "gap", channel: "quotes", s: "NEW", f: 1050, n: 1099, why: "overflow" },
    { e: "gap", channel: "bars", period: "15m", s: "NEW", f: 4, n: 5, why: "slow_consumer" },
    { e: "bar", s: "AAPL", i: "15m", t, o: 1.5, h: 2, l: 1, c: 1.25, v: 700, k: 9, f: 5, n: 20, x: true },
    { e: "bar", s: "AAPL", i: "1s", t, o: 1.5, h: 2, l: 1, c: 1.25, v: 700, k: 9, f: 0, n: 20, x: false, rev: true },
    { e: "stat", s: "AAPL", n: 20, t, o: 1.5, h: 2, l: 1, c: 1.25, v: 700, k: 9, ch: -5, pct: -4.7619, snap: true },
  ]);
});

test("any kind of buffer will do", limit, () => {
  const bytes = encode("trade", trade);
  const padded = Buffer.concat([Buffer.from("junk"), bytes, Buffer.from("junk")]);
  const [expected] = named().read(bytes);
  assert.equal(expected.n, 1043);
  for (const frame of [Uint8Array.from(bytes).buffer, padded.subarray(4, 4 + bytes.length), new DataView(padded.buffer, padded.byteOffset + 4, bytes.length)])
    assert.deepEqual(named().read(frame), [expected]);
});

// Whatever the decimal: the number is the one that a JSON parser makes of its digits, the exact text has every digit.
test("numbers are those of JSON", limit, () => {
  const seed = Number(process.env.TICKCAST_SEED ?? Date.now() % 1_000_000);
  console.log(`TICKCAST_SEED=${seed}`);
  let state = seed;
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const plain = named();
  const exact = named({ exact: true });
  for (let i = 0; i < 20_000; i += 1) {
    const digits = 1 + Math.floor(random() * 18);
    const magnitude = BigInt(Array.from({ length: digits }, () => Math.floor(random() * 10)).join(""));
    const mantissa = random() < 0.2 ? -magnitude : magnitude;
    const exponent = Math.floor(random() * 37) - 18;
    const frame = encode("trade", { ...trade, price: [mantissa, exponent] });
    const said = `${mantissa}e${exponent}`;
    const [{ p: number }] = plain.read(frame);
    assert.ok(Object.is(number, Number(said) + 0), `${said} is read as ${number}`);
    const [{ p: text }] = exact.read(frame);
    assert.match(text, /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/, said);
    assert.ok(Object.is(Number(text), number), `${said} is written as ${text}`);
    const point = text.includes(".") ? text.length - 1 - text.indexOf(".") : 0;
    const scale = Math.max(point, -exponent, 0);
    assert.equal(BigInt(text.replace(".", "")) * 10n ** BigInt(scale - point), mantissa * 10n ** BigInt(exponent + scale), said);
  }
});

test("decimals are written as people write them", limit, () => {
  const cases = [[18934n, -2, "189.34"], [-5n, -1, "-0.5"], [1n, -18, "0.000000000000000001"], [100n, -2, "1"], [15n, 3, "15000"],
    [0n, -5, "0"], [-9223372036854775808n, -18, "-9.223372036854775808"], [7n, 0, "7"], [1050n, -2, "10.5"]];
  for (const [mantissa, exponent, text] of cases) assert.equal(decimalText(mantissa, exponent), text);
});

test("a later version's longer block is read as far as it is known", limit, () => {
  const [now] = named().read(encode("trade", trade, { venue: "Q" }));
  assert.deepEqual(named().read(encode("trade", trade, { venue: "Q", more: 5 })), [now]);
});

test("what is wrong is said", limit, () => {
  const whole = encode("trade", trade, { conditions: ["@"], venue: "Q", id: "1" });
  for (let length = 1; length < whole.length; length += 1)
    assert.throws(() => named().read(whole.subarray(0, length)), /in the middle of a message/, String(length));
  const changed = (at, value) => {
    const bytes = Buffer.from(whole);
    bytes[at] = value;
    return () => named().read(bytes);
  };
  assert.throws(changed(0, 42), /in the middle of a message/);
  assert.throws(changed(2, 99), /template 99 is not known here/);
  assert.throws(changed(4, 2), /another schema/);
  assert.throws(changed(8 + 16, 8), /symbol id 8 has not been named/);
  assert.throws(changed(8 + 21, 3), /3 is no side/);
  assert.throws(changed(8 + 24 + 8, 19), /exponent is 19/);
});
