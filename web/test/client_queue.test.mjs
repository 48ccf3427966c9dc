import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";
import { trade, trades } from "./fake.mjs";

const { Queue } = await load("queue", "client");
const limit = { timeout: 10_000 };

function queue(size, policy) {
  const told = [];
  const ends = [];
  const made = new Queue("trades", size, policy, (gap) => told.push(gap), (ended) => ends.push(ended));
  return { queue: made, told, ends };
}
async function read(from, count) {
  const list = [];
  while (list.length < count) list.push((await from.next()).value);
  return list.map(({ s, n }) => s + n);
}

test("what waits is read in its order, and who waits is given what comes", limit, async () => {
  const { queue: q } = queue(5000, "gap");
  for (const one of trades("A", 1, 3000)) q.push(one);
  assert.deepEqual(await read(q, 3000), trades("A", 1, 3000).map(({ n }) => `A${n}`));
  const [first, second] = [q.next(), q.next()];
  q.push(trade("A", 3001));
  q.push(trade("B", 1));
  assert.deepEqual([(await first).value.n, (await second).value.s], [3001, "B"]);
  assert.equal(q.length, 0);
});

test("a reader who is too slow loses the oldest, and is told which", limit, async () => {
  const { queue: q, told } = queue(3, "gap");
  for (const one of [trade("A", 1), trade("B", 7, { f: 5, k: 3 }), trade("A", 2), trade("A", 3), trade("B", 8), trade("A", 4)]) q.push(one);
  assert.equal(q.length, 3);
  assert.deepEqual(told, []);
  assert.deepEqual(await read(q, 1), ["A3"]);
  assert.deepEqual(told, [{ e: "gap", channel: "trades", s: "A", f: 1, n: 2, why: "queue" }, { e: "gap", channel: "trades", s: "B", f: 5, n: 7, why: "queue" }]);
  assert.deepEqual(await read(q, 2), ["B8", "A4"]);
  assert.equal(told.length, 2);
});

test("with `latest` only the newest of each symbol waits", limit, async () => {
  const { queue: q, told } = queue(2, "latest");
  for (const one of [...trades("A", 1, 50), trade("B", 1), trade("C", 1), trade("A", 51)]) q.push(one);
  assert.equal(q.length, 3);
  assert.deepEqual(await read(q, 3), ["A51", "B1", "C1"]);
  assert.deepEqual(told, []);
});

test("with `error` the iteration ends by it, once what was there is read", limit, async () => {
  const { queue: q, ends } = queue(2, "error");
  for (const one of trades("A", 1, 3)) q.push(one);
  assert.deepEqual(ends, [q]);
  assert.deepEqual(await read(q, 2), ["A1", "A2"]);
  await assert.rejects(q.next(), { code: "queue_full", message: /^2 messages wait/ });
  assert.equal((await q.next()).done, true);
});

test("the end lets what waits be read; leaving throws it away", limit, async () => {
  for (const leave of [false, true]) {
    const { queue: q, ends } = queue(9, "gap");
    q.push(trade("A", 1));
    if (leave) await q.return();
    else q.end();
    q.push(trade("A", 2));
    assert.deepEqual(await read(q, leave ? 0 : 1), leave ? [] : ["A1"]);
    assert.equal((await q.next()).done, true);
    assert.deepEqual(ends, [q]);
  }
  const { queue: q } = queue(9, "gap");
  const waiting = q.next();
  q.end();
  assert.equal((await waiting).done, true);
});
