import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./load.mjs";

const { Stream, address } = await load("stream");
const { Backoff } = await load("backoff");
const limit = { timeout: 10_000 };

/** A world whose clock is moved by hand, and whose sockets do nothing by themselves. */
function world() {
  const sockets = [];
  let clock = 0;
  let timers = [];
  return {
    sockets,
    connect(url) {
      const socket = { url, sent: [], closed: false, onmessage: null, onclose: null, send: (text) => socket.sent.push(JSON.parse(text)), close: () => { socket.closed = true; } };
      sockets.push(socket);
      return socket;
    },
    now: () => clock,
    later(ms, what) {
      const timer = { at: clock + ms, what };
      timers.push(timer);
      return () => { timers = timers.filter((one) => one !== timer); };
    },
    pass(ms) {
      const end = clock + ms;
      for (;;) {
        const next = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((one) => one !== next);
        clock = Math.max(clock, next.at);
        next.what();
      }
      clock = end;
    },
  };
}

function stream() {
  const outside = world();
  const log = { states: [], opened: 0, messages: [], trips: [] };
  const owner = {
    state: (state) => log.states.push(state.name),
    opened: () => { log.opened += 1; },
    messages: (messages) => log.messages.push(...messages),
    roundTrip: (ms) => log.trips.push(ms),
  };
  const bounds = { base: 1000, cap: 30_000, forgive: 10_000 };
  const subject = new Stream("ws://here/v1/stream", owner, outside, new Backoff(() => 1, bounds));
  const newest = () => outside.sockets[outside.sockets.length - 1];
  const say = (...messages) => newest().onmessage({ data: JSON.stringify(messages) });
  const close = (code, reason = "") => newest().onclose({ code, reason });
  subject.start();
  return { subject, outside, log, newest, say, close };
}

const welcome = { e: "welcome", v: 1, epoch: "x" };

test("it is live only once it was welcomed", limit, () => {
  const { log, say } = stream();
  assert.deepEqual(log.states, ["connecting"]);
  say(welcome);
  assert.deepEqual(log.states, ["connecting", "live"]);
  assert.equal(log.opened, 1);
});

test("a lost connection comes back after the back-off, and is opened anew", limit, () => {
  const { outside, log, say, close } = stream();
  say(welcome);
  close(1006);
  assert.equal(log.states.at(-1), "reconnecting");
  outside.pass(999);
  assert.equal(outside.sockets.length, 1);
  outside.pass(1);
  assert.equal(outside.sockets.length, 2);
  assert.equal(log.states.at(-1), "connecting");
  say(welcome);
  assert.equal(log.opened, 2);
});

test("failures in a row wait longer each time", limit, () => {
  const { outside, close } = stream();
  const waits = [];
  for (let i = 0; i < 4; i += 1) {
    const before = outside.sockets.length;
    close(1006);
    let waited = 0;
    while (outside.sockets.length === before) { outside.pass(500); waited += 500; }
    waits.push(waited);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
});

test("the server's own slot goes before the back-off", limit, () => {
  const { outside, say, close } = stream();
  say(welcome);
  say({ e: "bye", why: "draining", retry_ms: 7300 });
  close(1001, "shutting down");
  outside.pass(7299);
  assert.equal(outside.sockets.length, 1);
  outside.pass(1);
  assert.equal(outside.sockets.length, 2);
});

test("a refusal is final until somebody asks again", limit, () => {
  const { subject, outside, log, close } = stream();
  close(4503, "origin not allowed");
  assert.deepEqual(subject.state, { name: "stopped", why: "origin not allowed" });
  outside.pass(3_600_000);
  assert.equal(outside.sockets.length, 1);
  subject.retry();
  assert.equal(outside.sockets.length, 2);
  assert.equal(log.states.at(-1), "connecting");
});

test("fifteen seconds of silence end a connection, live or not yet", limit, () => {
  const { outside, log, say } = stream();
  outside.pass(15_000);
  assert.equal(outside.sockets[0].closed, true);
  assert.equal(log.states.at(-1), "reconnecting");
  outside.pass(1000);
  say(welcome);
  outside.pass(14_000);
  say({ e: "heartbeat", t: 1 });
  outside.pass(14_999);
  assert.equal(log.states.at(-1), "live");
  outside.pass(1);
  assert.equal(log.states.at(-1), "reconnecting");
  assert.equal(outside.sockets[1].closed, true);
});

test("what a dropped connection still says is not heard", limit, () => {
  const { outside, log } = stream();
  const old = outside.sockets[0];
  const hear = old.onmessage;
  outside.pass(15_000);
  assert.equal(old.onmessage, null);
  assert.equal(old.onclose, null);
  assert.ok(hear);
  assert.equal(log.messages.length, 0);
});

test("a frame that is no array of messages ends the connection", limit, () => {
  for (const data of ["{", "{}", "7", new ArrayBuffer(3)]) {
    const { log, newest, say } = stream();
    say(welcome);
    newest().onmessage({ data });
    assert.equal(log.states.at(-1), "reconnecting");
  }
});

test("the round trip is measured with pings of its own", limit, () => {
  const { outside, log, newest, say } = stream();
  say(welcome);
  const ping = newest().sent[0];
  assert.equal(ping.op, "ping");
  outside.pass(12);
  say({ e: "pong", id: ping.id, t: 1 });
  assert.deepEqual(log.trips, [12]);
  outside.pass(5000);
  assert.equal(newest().sent.length, 2);
});

test("without a session commands go nowhere", limit, () => {
  const { subject, newest } = stream();
  subject.send({ op: "ping", id: "early" });
  assert.deepEqual(newest().sent, []);
});

test("the stream's address follows the page's", limit, () => {
  assert.equal(address({ protocol: "https:", host: "localhost:8443" }), "wss://localhost:8443/v1/stream");
  assert.equal(address({ protocol: "http:", host: "127.0.0.1:80" }), "ws://127.0.0.1:80/v1/stream");
});
