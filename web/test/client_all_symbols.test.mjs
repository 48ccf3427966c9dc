import assert from "node:assert/strict";
import test from "node:test";
import { listening, numbers, setting, settled, trade } from "./fake.mjs";

const limit = { timeout: 10_000 };

test("all symbols come, those named later too, and are gone on from", limit, async () => {
  const { heard, gaps, command, ack, say, back } = await listening("*");
  assert.deepEqual(command.symbols, ["*"]);
  say({ e: "symbol", s: "AAPL", id: command.id }); // a number of SBE's, and no answer
  await ack(command, [{ s: "*", count: 2 }]);
  say(trade("AAPL", 5, { snap: true }), trade("MSFT", 9, { snap: true }), trade("AAPL", 6), trade("NEW", 1));
  const [again] = await back();
  assert.deepEqual([again.symbols, again.resume], [["*"], { epoch: "e1", n: { AAPL: 6, MSFT: 9, NEW: 1 } }]);
  await ack(again, [{ s: "*", count: 4 }, { s: "AAPL", n: 7, recovered: true }, { s: "MSFT", n: 30, recovered: false }, { s: "NEW", n: 1, recovered: true }]);
  say(trade("AAPL", 7), trade("MSFT", 30, { snap: true }), trade("LATE", 3, { snap: true }), trade("AAPL", 8));
  assert.deepEqual(heard.map(({ s, n }) => s + n), ["AAPL5", "MSFT9", "AAPL6", "NEW1", "AAPL7", "MSFT30", "LATE3", "AAPL8"]);
  assert.deepEqual(gaps.map(({ s, f, n }) => [s, f, n]), [["MSFT", 10, 29]]);
});

test("a symbol may have other options than all of them", limit, async () => {
  const { client, heard, command, ack, say, commands } = await listening("*", { mode: "latest", interval_ms: 1000 });
  await ack(command, [{ s: "*", count: 2 }]);
  say(trade("AAPL", 5, { snap: true }), trade("MSFT", 9, { snap: true }));
  const own = client.subscribe("trades", "AAPL", { mode: "every" });
  const heardOwn = [];
  own.on("message", (message) => heardOwn.push(message));
  await settled();
  const [named] = commands();
  assert.deepEqual([named.symbols, named.mode], [["AAPL"], "every"]);
  await ack(named, { AAPL: 5 });
  say(trade("AAPL", 5, { snap: true }), trade("AAPL", 6));
  assert.deepEqual(heard.map(({ s, n }) => s + n), ["AAPL5", "MSFT9", "AAPL6"]);
  assert.deepEqual(numbers(heardOwn), [5, 6]);
  own.close();
  await settled();
  const [back] = commands();
  assert.deepEqual([back.op, back.symbols, back.mode, back.snapshot], ["subscribe", ["AAPL"], "latest", false], "all of them go on");
  await ack(back, { AAPL: 6 });
  say(trade("AAPL", 8, { f: 7, k: 2 }));
  assert.deepEqual(numbers(heard).at(-1), 8);
  assert.deepEqual(numbers(heardOwn), [5, 6]);
});

test("taking all leaves the options of some as they are, and leaving all leaves these", limit, async () => {
  const { client, heard, command, ack, say, commands } = await listening("AAPL");
  await ack(command, { AAPL: 5 });
  say(trade("AAPL", 5, { snap: true }));
  const all = client.subscribe("trades", "*", { mode: "latest" });
  await settled();
  const [wild, kept, ...none] = commands();
  assert.deepEqual(none, []);
  assert.deepEqual([wild.symbols, wild.mode, kept.symbols, kept.mode, kept.snapshot], [["*"], "latest", ["AAPL"], undefined, false]);
  await ack(wild, [{ s: "*", count: 2 }]);
  await ack(kept, { AAPL: 5 });
  say(trade("AAPL", 5, { snap: true }), trade("AAPL", 6));
  all.close();
  await settled();
  const [off, on] = commands();
  assert.deepEqual([off.op, off.symbols, on.op, on.symbols, on.resume], ["unsubscribe", undefined, "subscribe", ["AAPL"], { epoch: "e1", n: { AAPL: 6 } }]);
  await ack(on, [{ s: "AAPL", n: 7, recovered: true }]);
  say(trade("AAPL", 7));
  assert.deepEqual(numbers(heard), [5, 6, 7]);
});

test("more symbols than a frame has room for are asked for in several commands", limit, async () => {
  const symbols = Array.from({ length: 1000 }, (_, i) => `SYMBOL/NUMBER.${i}`);
  const limits = { symbols: 1024, commands_per_s: 10, burst: 40, frame_bytes: 8192 };
  const server = setting();
  const subscription = server.client.subscribe("trades", symbols);
  await server.welcome("e1", { limits });
  const first = server.commands();
  assert.ok(first.length > 3);
  assert.deepEqual(first.flatMap((command) => command.symbols), symbols);
  for (const command of first) await server.ack(command, Object.fromEntries(command.symbols.map((s) => [s, 0])));
  assert.equal((await subscription.ready).symbols.length, 1000);
  for (const s of symbols) server.say(trade(s, 1));
  for (const wild of [false, true]) {
    server.close(1006);
    server.outside.pass(server.states.at(-1).in_ms);
    if (wild) {
      subscription.close();
      const all = server.client.subscribe("trades", "*", { resume: { epoch: "e1", n: Object.fromEntries(symbols.map((s) => [s, 1])) } });
      assert.equal(Object.keys(all.cursor.n).length, 1000);
    }
    await server.welcome("e1", { limits });
    const again = server.commands();
    for (const command of again) assert.ok(JSON.stringify(command).length < limits.frame_bytes);
    const resumed = Object.assign({}, ...again.map(({ resume }) => resume.n));
    assert.deepEqual(Object.keys(resumed).sort(), [...symbols].sort());
    if (wild) assert.deepEqual(again.filter((command) => command.symbols[0] === "*").length, 1);
  }
});
