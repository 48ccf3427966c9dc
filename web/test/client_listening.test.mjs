import assert from "node:assert/strict";
import test from "node:test";
import { listening, numbers, setting, trade } from "./fake.mjs";

const limit = { timeout: 10_000 };

test("what came before anybody listened is kept for the first who does", limit, async () => {
  const server = setting();
  const one = server.client.subscribe("trades", "AAPL");
  const two = server.client.subscribe("trades", "MSFT");
  await server.welcome();
  const [a, b] = server.commands();
  await server.ack(a, { AAPL: 1 });
  await server.ack(b, { MSFT: 1 });
  server.say(trade("AAPL", 1, { snap: true }), trade("MSFT", 1, { snap: true }), trade("AAPL", 2));
  const heard = [];
  one.on("message", ({ n }) => heard.push(n));
  assert.deepEqual(heard, [1, 2]);
  const iterator = two.iterate();
  two.on("message", ({ n }) => heard.push(n));
  assert.equal((await iterator.next()).value.n, 1);
  assert.deepEqual(heard, [1, 2]);
});

test("an iterator gives the gaps in their place when it is asked to", limit, async () => {
  const { subscription, command, ack, say } = await listening();
  const all = subscription.iterate({ gaps: true });
  const plain = subscription.iterate();
  await ack(command, { AAPL: 1 });
  say(trade("AAPL", 1, { snap: true }), trade("AAPL", 4));
  subscription.close();
  const read = async (iterator) => { const list = []; for await (const { e, n } of iterator) list.push(e + n); return list; };
  assert.deepEqual(await read(all), ["trade1", "gap3", "trade4"]);
  assert.deepEqual(await read(plain), ["trade1", "trade4"]);
});

test("leaving a loop ends the iterator, and not the subscription", limit, async () => {
  const { subscription, heard, command, ack, say } = await listening();
  await ack(command, { AAPL: 0 });
  const loop = (async () => { for await (const message of subscription) return message.n; })();
  say(trade("AAPL", 1), trade("AAPL", 2));
  assert.equal(await loop, 1);
  say(trade("AAPL", 3));
  assert.deepEqual(numbers(heard), [1, 2, 3]);
  assert.equal(subscription.closed, false);
});

test("each frame is told after its messages", limit, async () => {
  const { client, heard, command, ack, say } = await listening();
  const frames = [];
  await ack(command, { AAPL: 0 });
  client.on("frame", ({ messages, bytes }) => frames.push([messages.length, bytes, heard.length]));
  say(trade("AAPL", 1), trade("AAPL", 2));
  assert.deepEqual(frames, [[2, JSON.stringify([trade("AAPL", 1), trade("AAPL", 2)]).length, 2]]);
});
