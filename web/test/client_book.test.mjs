import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "node:zlib";
import { setting, settled } from "./fake.mjs";
import { load } from "./load.mjs";

const { book } = await load("book", "client");
const { crc32: ours } = await load("crc32", "client");
const { plain, digits } = await load("decimal", "client");
const limit = { timeout: 10_000 };

/** The checksum by the definition, from texts: asks from the lowest up, bids from the highest down. */
function sum(bids, asks) {
  const strip = (text) => text.replace(".", "").replace(/^0+/, "");
  const text = [asks, bids].flatMap((side) => side.slice(0, 10)).map(([p, q]) => strip(String(p)) + strip(String(q))).join("");
  return ours(text);
}

const levels = (side) => side.map(({ price, size }) => [price, size]);

async function kept(options) {
  const server = setting();
  const subject = book(server.client, "BTC/USD", options);
  const told = [];
  subject.on("change", ({ n }) => told.push(n));
  subject.on("stale", (why) => told.push(why));
  await server.welcome();
  const [command] = server.commands();
  const message = (n, more) => ({ e: "book", s: "BTC/USD", n, t: n * 10, ...more });
  return Object.assign(server, { book: subject, told, command, message, shown: () => [levels(subject.bids), levels(subject.asks)] });
}

test("the checksum is the one that everybody calls CRC-32", limit, () => {
  assert.equal(ours("123456789"), 0xcbf43926);
  assert.equal(ours(""), 0);
  if (crc32) for (const text of ["a", "5005500", "0".repeat(1000)]) assert.equal(ours(text), crc32(text));
});

test("Kraken's own example of a book has Kraken's own checksum", limit, () => {
  // Its API guide, "Spot Websockets (v2) Book Checksum": precision 5 and 8, zeros at the end kept, as that exchange does.
  const asks = [["0.05005", "0.00000500"], ["0.05010", "0.00000500"], ["0.05015", "0.00000500"], ["0.05020", "0.00000500"], ["0.05025", "0.00000500"],
    ["0.05030", "0.00000500"], ["0.05035", "0.00000500"], ["0.05040", "0.00000500"], ["0.05045", "0.00000500"], ["0.05050", "0.00000500"]];
  const bids = [["0.05000", "0.00000500"], ["0.04995", "0.00000500"], ["0.04990", "0.00000500"], ["0.04980", "0.00000500"], ["0.04975", "0.00000500"],
    ["0.04970", "0.00000500"], ["0.04965", "0.00000500"], ["0.04960", "0.00000500"], ["0.04955", "0.00000500"], ["0.04950", "0.00000500"]];
  assert.equal(ours([...asks, ...bids].map(([p, q]) => digits(p) + digits(q)).join("")), 974947235);
});

test("the example of docs/protocol.md is right", limit, () => {
  assert.equal(sum([["0.05", "0.5"], ["0.049", "10"]], [["0.051", "1200"]]), 1038271429);
  assert.equal(ours("511200554910"), 1038271429);
});

test("decimals are written plainly", limit, () => {
  for (const [value, text, only] of [[189.34, "189.34", "18934"], [0.1, "0.1", "1"], [1e-7, "0.0000001", "1"], [1.25e-9, "0.00000000125", "125"],
    [1000, "1000", "1000"], [1e21, "1000000000000000000000", "1000000000000000000000"], [1.5e22, "15000000000000000000000", "15000000000000000000000"],
    ["0.123456789012345678", "0.123456789012345678", "123456789012345678"], ["1.50", "1.5", "15"], ["2.000", "2", "2"], ["100", "100", "100"],
    [-1.5, "-1.5", "15"], [0, "0", ""], ["0.050", "0.05", "5"]]) {
    assert.equal(plain(value), text);
    assert.equal(digits(plain(value)), only);
  }
});

test("a snapshot and changes make a book: the best first, and size 0 removes", limit, async () => {
  const { book: subject, told, command, ack, say, message, shown } = await kept({ depth: 25 });
  assert.deepEqual({ ...command, id: 0 }, { op: "subscribe", channel: "book", symbols: ["BTC/USD"], depth: 25, id: 0 });
  assert.equal(subject.valid, false);
  await ack(command, { "BTC/USD": 5 });
  say(message(4, { b: [[1, 1]] }), message(5, { snap: true, b: [[99, 1], [98.5, 2]], a: [[100, 1], [101, 2]] }));
  assert.deepEqual(shown(), [[[99, 1], [98.5, 2]], [[100, 1], [101, 2]]]);
  say(message(6, { b: [[98.7, 3], [99, 0], [97, 1]], a: [[101, 5], [100.5, 1], [105, 0]] }));
  assert.deepEqual(shown(), [[[98.7, 3], [98.5, 2], [97, 1]], [[100, 1], [100.5, 1], [101, 5]]]);
  assert.deepEqual([subject.bid.price, subject.ask.price, subject.n, subject.time, subject.valid], [98.7, 100, 6, 60, true]);
  say(message(8, { f: 7, snap: true, b: [[90, 1]], a: [] }));
  assert.deepEqual(shown(), [[[90, 1]], []]);
  assert.deepEqual(told, [5, 6, 8]);
});

test("checksums that are right let it go on; a wrong one brings the book anew, each time later", limit, async () => {
  const { book: subject, told, command, ack, say, message, commands } = await kept();
  let bids = [[0.05, 0.0000001], [0.049, 1200]];
  const asks = [[0.0510, 1], [12, 100]];
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: bids, a: asks, sum: sum([["0.05", "0.0000001"], ["0.049", "1200"]], asks) }));
  assert.equal(subject.valid, true);
  bids = [[0.049, 1200]];
  say(message(2, { b: [[0.05, 0]], sum: sum(bids, asks) }));
  assert.equal(subject.valid, true);
  assert.equal(subject.mismatches, 0);
  say(message(3, { b: [[0.03, 1]], sum: 7 }), message(4, { b: [[0.04, 1]] }));
  assert.deepEqual([subject.valid, subject.mismatches], [false, 1]);
  assert.deepEqual(told, [1, 2, "its checksum is not 7"]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const [again] = commands();
  assert.deepEqual([again.op, again.resume, again.snapshot], ["subscribe", undefined, undefined]);
  say(message(5, { b: [[0.02, 1]] }));
  await ack(again, { "BTC/USD": 5 });
  say(message(5, { snap: true, b: bids, a: asks, sum: sum(bids, asks) }));
  assert.equal(subject.valid, true);
  assert.deepEqual(told.slice(3), [5]);
});

test("digits that no double holds are kept, and counted in the checksum", limit, async () => {
  const { book: subject, command, ack, socket, message } = await kept();
  await ack(command, { "BTC/USD": 1 });
  const bids = [["0.123456789012345679", "1"], ["0.123456789012345678", "12345678901234567"]];
  const text = JSON.stringify([message(1, { snap: true, b: "B", a: [[2, 3]], sum: sum(bids, [["2", "3"]]) })])
    .replace('"B"', `[[${bids[1]}],[${bids[0]}]]`);
  socket.onmessage({ data: text });
  assert.equal(subject.mismatches, 0);
  assert.deepEqual(subject.bids.map(({ exact }) => [exact.price, exact.size]), bids);
  socket.onmessage({ data: `[${JSON.stringify({ e: "trade", s: "X", n: 1, t: 1732060800123456, p: 1, q: 1 })}]` });
});

test("while the connection is away it is not valid; recovered, it goes on", limit, async () => {
  const { book: subject, told, command, ack, say, message, back, shown } = await kept();
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: [[9, 1]], a: [[10, 1]] }));
  const [again] = await back();
  assert.equal(subject.valid, false);
  assert.deepEqual(again.resume, { epoch: "e1", n: { "BTC/USD": 1 } });
  await ack(again, [{ s: "BTC/USD", n: 2, recovered: true }]);
  say(message(2, { b: [[8, 1]] }));
  assert.deepEqual(shown()[0], [[9, 1], [8, 1]]);
  assert.deepEqual(told, [1, "the connection is away", 1, 2]);
  const [third] = await back("e2");
  await ack(third, [{ s: "BTC/USD", n: 4, recovered: false }]);
  assert.equal(subject.valid, false);
  say(message(4, { snap: true, b: [[7, 1]], a: [] }));
  assert.deepEqual([shown(), subject.valid], [[[[7, 1]], []], true]);
});

test("missing changes bring the book anew", limit, async () => {
  const { book: subject, gaps, command, ack, say, message, commands } = await kept();
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: [[9, 1]], a: [[10, 1]] }), message(3, { b: [[8, 1]] }));
  assert.equal(subject.valid, false);
  assert.equal(gaps.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(commands().length, 1);
});

test("behind a gap that the server tells comes the book by itself", limit, async () => {
  const { book: subject, told, gaps, command, ack, say, message, commands } = await kept();
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: [[9, 1]], a: [[10, 1]] }), { e: "gap", channel: "book", s: "BTC/USD", f: 2, n: 5, why: "slow_consumer" });
  assert.equal(subject.valid, false);
  say(message(6, { snap: true, b: [[8, 1]], a: [] }));
  assert.deepEqual([subject.valid, levels(subject.bids), gaps.length], [true, [[8, 1]], 1]);
  assert.deepEqual(told, [1, "changes of it are missing", 6]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(commands(), []);
});

test("who waits is given the newest book, and not each change", limit, async () => {
  const { book: subject, command, ack, say, message } = await kept();
  const ready = subject.ready();
  const reader = subject[Symbol.asyncIterator]();
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: [[9, 1]], a: [[10, 1]] }));
  assert.equal(await ready, subject);
  for (let n = 2; n < 50; n += 1) say(message(n, { b: [[9, n]] }));
  let reads = 0;
  subject.close();
  for await (const one of reader) {
    assert.equal(one.n, 49);
    reads += 1;
  }
  assert.equal(reads, 1);
});

test("a book that cannot be had says so", limit, async () => {
  const { book: subject, command, fail } = await kept();
  const refused = assert.rejects(subject.ready(), { code: "bad_option" });
  await fail(command, "bad_option");
  await refused;
});

test("twenty thousand changes leave the same book as a plain map of them", limit, async () => {
  const { command, ack, say, message, shown, book: subject } = await kept({ depth: 1000 });
  await ack(command, { "BTC/USD": 1 });
  say(message(1, { snap: true, b: [], a: [] }));
  const truth = { b: new Map(), a: new Map() };
  let state = 7;
  const dice = (most) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % most; };
  for (let n = 2; n < 2000; n += 1) {
    const change = { b: [], a: [] };
    for (let i = 0; i < 10; i += 1) {
      const side = dice(2) ? "b" : "a";
      const price = (side === "b" ? 100 - dice(3000) / 100 : 100.01 + dice(3000) / 100).toFixed(2);
      const size = dice(4) === 0 ? 0 : dice(1000) / 10;
      change[side].push([Number(price), size]);
      if (size === 0) truth[side].delete(Number(price));
      else truth[side].set(Number(price), size);
    }
    const sorted = (side, way) => [...truth[side]].sort(([p], [q]) => (p - q) * way);
    say(message(n, { ...change, sum: sum(sorted("b", -1), sorted("a", 1)) }));
    if (n % 100 === 0) assert.deepEqual(shown(), [sorted("b", -1), sorted("a", 1)]);
  }
  assert.equal(subject.mismatches, 0);
});
