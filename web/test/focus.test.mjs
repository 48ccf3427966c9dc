import assert from "node:assert/strict";
import test from "node:test";
import { desk, until } from "./desk.mjs";
import { load } from "./load.mjs";

const { Focus } = await load("focus");
const { Plan, suited } = await load("plan");
const limit = { timeout: 10_000 };
const all = ["trades", "quotes", "bars", "book", "stats", "status"];

async function focus(has = { bars: true, book: true }) {
  const client = desk();
  const log = { sets: [], bars: [] };
  const subject = new Focus(client, { all: (bars) => log.sets.push(bars), bar: (bar) => log.bars.push(bar) });
  subject.want({ symbol: "A", period: "1m" });
  subject.begin(has);
  await until(() => client.made.length === Number(has.bars) + Number(has.book));
  return { client, subject, log };
}
const held = (client) => client.open.map(({ channel, symbols, period }) => [channel, symbols[0], period]);

test("a server without these channels is asked for nothing", limit, async () => {
  const { client, subject } = await focus({ bars: false, book: false });
  subject.want({ symbol: "B", period: "1m" });
  await new Promise((done) => setTimeout(done, 200));
  assert.deepEqual(client.made, []);
});

test("bars come with history and the book beside them", limit, async () => {
  const { client, subject, log } = await focus();
  const [bars, book] = client.made;
  assert.deepEqual([bars.symbol, bars.period, bars.options.history > 0], ["A", "1m", true]);
  assert.deepEqual([book.channel, book.symbols, book.options.mode], ["book", ["A"], "latest"]);
  bars.say("set", [1]);
  bars.say("update", 2);
  bars.say("revise", 3);
  assert.deepEqual([log.sets, log.bars], [[[1]], [2, 3]]);
  assert.equal(subject.book.symbol, "A");
});

test("a viewer who passes many symbols asks for the one they rest on, and lets go of the one before", limit, async () => {
  const { client, subject, log } = await focus();
  for (const symbol of ["B", "C", "D"]) subject.want({ symbol, period: "1m" });
  assert.equal(subject.book, undefined);
  client.made[0].say("update", 1);
  assert.deepEqual(log.bars, [], "what is not looked at any more is not shown");
  await until(() => client.made.length === 4);
  assert.deepEqual(held(client), [["bars", "D", "1m"], ["book", "D", undefined]]);
});

test("another bar length changes the bars alone", limit, async () => {
  const { client, subject } = await focus();
  subject.want({ symbol: "A", period: "1h" });
  await until(() => client.made.length === 3);
  assert.deepEqual(held(client), [["book", "A", undefined], ["bars", "A", "1h"]]);
});

test("a server that was changed and has no bars any more is not asked for them", limit, async () => {
  const { client, subject } = await focus();
  subject.begin({ bars: false, book: true });
  await until(() => client.open.length === 1);
  assert.deepEqual(held(client), [["book", "A", undefined]]);
});

test("for all symbols statistics stand in for trades where there are some", limit, () => {
  const asked = (channels) => {
    const client = desk();
    new Plan(client, {}).begin({ channels });
    return client.made.map(({ channel, symbols }) => `${channel} ${symbols}`);
  };
  assert.deepEqual(asked(["trades", "quotes"]), ["quotes *", "trades *"]);
  assert.deepEqual(asked(all), ["quotes *", "stats *", "status *"]);
});

test("a server that was changed is asked for what it has now, the same one for nothing more", limit, () => {
  const client = desk();
  const plan = new Plan(client, {});
  plan.begin({ channels: all });
  plan.begin({ channels: all });
  assert.equal(client.made.length, 3);
  plan.begin({ channels: ["trades", "quotes"] });
  assert.deepEqual(client.open.map(({ channel }) => channel), ["quotes", "trades"]);
});

test("the more symbols, the less often each", limit, () => {
  assert.deepEqual([10, 64, 65, 2000, 2001].map(suited), [0, 0, 250, 250, 1000]);
  const client = desk();
  const counted = [];
  new Plan(client, { counted: (count) => counted.push(count) }).begin({ channels: ["trades", "quotes"] });
  const [quotes, trades] = client.made;
  for (let i = 0; i < 2; i += 1) trades.say("subscribed", { symbols: [{ s: "*", count: 5000 }] });
  assert.deepEqual([quotes.changes, trades.changes, counted], [[{ interval_ms: 1000 }], [{ interval_ms: 1000 }], [5000, 5000]]);
});
