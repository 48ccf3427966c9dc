import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Focus } = await load("focus");
const { everything, suited, paces } = await load("plan");
const limit = { timeout: 10_000 };
const all = ["trades", "quotes", "bars", "book", "stats", "status"];

function focus(channels = all) {
  const sent = [];
  const log = { begins: [], bars: [], books: [] };
  const subject = new Focus((...commands) => sent.push(commands), {
    begins: (anew) => log.begins.push(anew), bar: (bar) => log.bars.push(bar.t), book: (book) => log.books.push(book.n),
  });
  const open = (epoch = "one") => subject.opened({ e: "welcome", epoch, channels });
  const ack = () => { for (const { op, id } of sent.at(-1)) if (op === "subscribe") subject.take({ e: "subscribed", id, symbols: [] }); };
  return { subject, sent, log, open, ack };
}

const sentBy = async (sent, count) => {
  while (sent.length < count) await new Promise((done) => setTimeout(done, 5));
};
const bar = (s, i, t) => ({ e: "bar", s, i, t, o: 1, h: 1, l: 1, c: 1, v: 1, k: 1, n: 1 });

test("a server without these channels is asked for nothing", limit, () => {
  const { subject, sent, open } = focus(["trades", "quotes"]);
  subject.want({ symbol: "A", period: "1m" });
  open();
  assert.deepEqual(sent.flat(), []);
});

test("bars come with history and the book beside them; only theirs are shown", limit, () => {
  const { subject, sent, log, open, ack } = focus();
  subject.want({ symbol: "A", period: "1m" });
  open();
  const [bars, book] = sent[0];
  assert.deepEqual([bars.channel, bars.period, bars.symbols, bars.history > 0], ["bars", "1m", ["A"], true]);
  assert.deepEqual([book.channel, book.symbols, book.mode], ["book", ["A"], "latest"]);
  subject.take(bar("A", "1m", 1));
  ack();
  subject.take(bar("A", "1m", 2));
  subject.take(bar("A", "1s", 3));
  subject.take(bar("B", "1m", 4));
  subject.take({ e: "book", s: "B", n: 8, t: 1, b: [], a: [] });
  subject.take({ e: "book", s: "A", n: 9, t: 1, b: [], a: [] });
  assert.deepEqual([log.begins, log.bars, log.books], [[true], [2], [9]]);
});

test("a viewer who passes many symbols asks for the one they rest on, and lets go of the one before", limit, async () => {
  const { subject, sent, open } = focus();
  subject.want({ symbol: "A", period: "1m" });
  open();
  for (const symbol of ["B", "C", "D"]) subject.want({ symbol, period: "1m" });
  await sentBy(sent, 2);
  assert.deepEqual(sent[1].map(({ op, channel, symbols }) => [op, channel, symbols[0]]), [
    ["unsubscribe", "bars", "A"], ["subscribe", "bars", "D"], ["unsubscribe", "book", "A"], ["subscribe", "book", "D"],
  ]);
});

test("another bar length changes the bars alone, and what was under way is not shown", limit, async () => {
  const { subject, sent, log, open, ack } = focus();
  subject.want({ symbol: "A", period: "1m" });
  open();
  ack();
  subject.want({ symbol: "A", period: "1h" });
  subject.take(bar("A", "1m", 5));
  await sentBy(sent, 2);
  assert.deepEqual(sent[1].map(({ op, channel, period }) => [op, channel, period]), [["unsubscribe", "bars", "1m"], ["subscribe", "bars", "1h"]]);
  ack();
  subject.take(bar("A", "1h", 6));
  assert.deepEqual(log.bars, [6]);
});

test("a command too many is said again later", limit, async () => {
  const { subject, sent, open } = focus(["bars"]);
  subject.want({ symbol: "A", period: "1m" });
  open();
  subject.take({ e: "error", id: sent[0][0].id, code: "rate_limited", message: "" });
  await sentBy(sent, 2);
  assert.deepEqual([sent[1][0].symbols, sent[1][0].id === sent[0][0].id], [["A"], false]);
});

test("another run of the server begins its bars anew, the same one goes on", limit, () => {
  const { subject, log, open, ack } = focus(["bars"]);
  subject.want({ symbol: "A", period: "1m" });
  for (const epoch of ["one", "one", "two"]) {
    subject.closed();
    open(epoch);
    ack();
  }
  assert.deepEqual(log.begins, [true, false, true]);
});

test("for all symbols statistics stand in for trades where there are some", limit, () => {
  const asked = (channels) => everything({ e: "welcome", epoch: "x", channels }, paces.brisk, true).map(({ channel }) => channel);
  assert.deepEqual(asked(["trades", "quotes"]), ["quotes", "trades"]);
  assert.deepEqual(asked(all), ["status", "quotes", "stats"]);
});

test("the more symbols, the less often each", limit, () => {
  assert.deepEqual([10, 64, 65, 2000, 2001].map((count) => suited(count).interval_ms), [0, 0, 250, 250, 1000]);
});
