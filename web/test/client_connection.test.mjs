import assert from "node:assert/strict";
import test from "node:test";
import { setting, settled, world } from "./fake.mjs";
import { load } from "./load.mjs";

const { connect, TickcastError } = await load("index", "client");
const limit = { timeout: 10_000 };
const names = (states) => states.map(({ name }) => name);

test("it is live once it was welcomed, and says so to who waits", limit, async () => {
  const { client, states, welcome, socket } = setting();
  assert.equal(client.state.name, "connecting");
  assert.equal(socket.url, "wss://here/v1/stream");
  assert.equal(socket.protocol, "tickcast.v1.json");
  const ready = client.ready();
  await welcome("e7");
  assert.deepEqual(names(states), ["live"]);
  assert.equal((await ready).epoch, "e7");
});

test("a lost connection says when the next attempt is, and keeps to it", limit, async () => {
  const { states, outside, sockets, welcome, close } = setting();
  await welcome();
  close(1006);
  const { name, in_ms, at, why, code } = states.at(-1);
  assert.deepEqual([name, in_ms, at, why, code], ["reconnecting", 1000, outside.now() + 1000, "connection lost", 1006]);
  outside.pass(999);
  assert.equal(sockets.length, 1);
  outside.pass(1);
  assert.equal(sockets.length, 2);
  assert.deepEqual(names(states), ["live", "reconnecting", "connecting"]);
});

test("an attempt that fails says what is known of it, to whoever waits for the first one only, too", limit, async () => {
  const server = setting();
  const { client, states, outside } = server;
  const errors = [];
  client.on("error", ({ code, message, closeCode }) => errors.push([code, message, closeCode]));
  const patient = client.ready();
  const hasty = client.ready({ retry: false });
  const attempts = [
    [{ message: "self-signed certificate" }, "could not connect: self-signed certificate"],
    [{ message: "", error: { code: "ECONNREFUSED" } }, "could not connect: ECONNREFUSED"], // of several addresses
    [{}, "could not connect"], // a browser's
  ];
  for (const [event, why] of attempts) {
    server.socket.onerror(event);
    server.close(1006);
    assert.equal(states.at(-1).why, why);
    await assert.rejects(client.ready({ retry: false }), { code: "not_connected", message: why });
    outside.pass(states.at(-1).in_ms);
  }
  assert.deepEqual(errors, attempts.map(([, why]) => ["not_connected", why, 1006]));
  await assert.rejects(hasty, { name: "TickcastError", code: "not_connected", message: errors[0][1] });
  await server.welcome("e9");
  assert.equal((await patient).epoch, "e9");
  assert.equal((await client.ready({ retry: false })).epoch, "e9");
  server.close(1006);
  assert.equal(states.at(-1).why, "connection lost");
  assert.equal(errors.length, 3, "losing one that was there is no failed attempt");
});

test("an error ends the connection though no close follows it", limit, async () => {
  const { client, states, outside, sockets, welcome } = setting();
  const [first] = sockets;
  first.onerror({ message: "refused" });
  assert.equal(client.state.name, "connecting", "the close may have a better reason");
  outside.pass(100);
  assert.deepEqual([states.at(-1).name, states.at(-1).why], ["reconnecting", "could not connect: refused"]);
  outside.pass(states.at(-1).in_ms);
  assert.equal(sockets.length, 2);
  first.onerror({ message: "closed before it was open" });
  await welcome();
  outside.pass(100);
  assert.equal(client.state.name, "live", "what became of one that was given up is nothing to the next");
});

test("failures in a row wait longer, up to the cap; a connection that held is forgiven them", limit, async () => {
  const server = setting({ backoff: { cap: 4000 } });
  for (const expected of [1000, 2000, 4000, 4000]) {
    server.close(1006);
    assert.equal(server.states.at(-1).in_ms, expected);
    server.outside.pass(expected);
  }
  await server.welcome();
  server.close(1006);
  assert.equal(server.states.at(-1).in_ms, 4000, "it opened and died at once");
  server.outside.pass(4000);
  await server.welcome();
  server.outside.pass(10_000);
  server.close(1006);
  assert.equal(server.states.at(-1).in_ms, 1000);
});

test("waits are anywhere below the bound", limit, async () => {
  const outside = world();
  const throws = [0, 0.25, 0.999];
  outside.random = () => throws.shift();
  const server = setting({ world: outside });
  for (const expected of [0, 500, 3996]) {
    server.close(1006);
    assert.equal(server.states.at(-1).in_ms, expected);
    outside.pass(expected);
  }
});

test("the server's own slot goes before the back-off", limit, async () => {
  const { states, say, close, welcome } = setting();
  await welcome();
  say({ e: "bye", why: "draining", retry_ms: 7300 });
  close(1001, "shutting down");
  assert.deepEqual([states.at(-1).in_ms, states.at(-1).why], [7300, "shutting down"]);
});

test("4500 to 4999 are final until somebody asks again; all other codes are not", limit, async () => {
  for (const code of [1000, 1001, 1006, 1009, 1011, 4000, 4008, 4009, 4029, 4499, 5000]) {
    const { states, close } = setting();
    close(code);
    assert.equal(states.at(-1).name, "reconnecting", String(code));
  }
  for (const code of [4500, 4501, 4503, 4504, 4999]) {
    const { client, states, sockets, outside, close, welcome } = setting();
    const subscription = client.subscribe("trades", "AAPL");
    const told = [client.ready(), subscription.ready, subscription.iterate().next()].map((promise) =>
      assert.rejects(promise, { name: "TickcastError", code: "refused", closeCode: code, message: "origin not allowed" }));
    close(code, "origin not allowed");
    assert.deepEqual(states.at(-1), { name: "closed", code, why: "origin not allowed", refused: true });
    await Promise.all(told);
    outside.pass(3_600_000);
    assert.equal(sockets.length, 1);
    client.reconnect();
    await welcome();
    assert.equal(client.state.name, "live");
    assert.deepEqual(sockets[1].commands.map(({ op, symbols }) => [op, symbols]), [["subscribe", ["AAPL"]]]);
  }
});

test("silence is asked about, and ends the connection when nothing answers", limit, async () => {
  const { client, states, outside, socket, welcome, say, commands } = setting();
  await welcome();
  outside.pass(12_499);
  assert.deepEqual(commands(), []);
  outside.pass(1);
  assert.deepEqual(commands(), [{ op: "ping", id: "alive" }]);
  say({ e: "pong", id: "alive", t: 1 });
  outside.pass(12_499);
  assert.deepEqual(commands(), []);
  outside.pass(12_500);
  assert.equal(client.state.name, "live");
  outside.pass(1);
  assert.equal(states.at(-1).name, "reconnecting");
  assert.equal(states.at(-1).why, "nothing heard for 25 s");
  assert.equal(socket.closed, "plain");
  assert.equal(socket.onmessage, null);
});

test("an opening that takes too long is given up", limit, async () => {
  const { states, outside, socket } = setting({ openMs: 3000 });
  outside.pass(3000);
  assert.equal(states.at(-1).why, "no welcome within 3 s");
  assert.equal(socket.closed, "plain");
});

test("a frame that cannot be read ends the connection", limit, async () => {
  for (const data of ["{", "{}", "7", "null", new ArrayBuffer(3)]) {
    const { states, socket, welcome } = setting();
    await welcome();
    socket.onmessage({ data });
    assert.equal(states.at(-1).name, "reconnecting");
    assert.match(states.at(-1).why, /^unreadable frame: /);
  }
});

test("close() is the end: no timer is left, iterators end, and who waited is told", limit, async () => {
  const { client, states, outside, socket, welcome } = setting();
  await welcome();
  const subscription = client.subscribe("trades", "AAPL");
  const read = (async () => { for await (const _ of subscription); return "ended"; })();
  const pong = client.ping();
  client.close();
  assert.deepEqual(states.at(-1), { name: "closed", code: 1000, why: "closed by this client", refused: false });
  assert.equal(socket.closed, 1000);
  assert.equal(outside.waiting, 0);
  assert.equal(await read, "ended");
  await assert.rejects(subscription.ready, { code: "closed" });
  await assert.rejects(pong, { code: "connection_lost" });
  await assert.rejects(client.ready(), { code: "closed" });
  assert.throws(() => client.subscribe("trades", "AAPL"), { code: "closed" });
});

test("commands are answered, or refused by a typed error", limit, async () => {
  const { client, outside, welcome, say, close } = setting();
  await assert.rejects(client.command({ op: "list" }), { code: "connection_lost" });
  await welcome();
  const pong = client.ping();
  await settled();
  outside.pass(12);
  say({ e: "pong", id: 1, t: 5 });
  assert.equal(await pong, 12);
  const wrong = client.command({ op: "dance" });
  await settled();
  say({ e: "error", id: 2, code: "bad_command", message: "there is no dance" });
  await assert.rejects(wrong, { name: "TickcastError", code: "bad_command", message: "there is no dance" });
  const unanswered = client.command({ op: "list" });
  await settled();
  close(1006);
  await assert.rejects(unanswered, { code: "connection_lost" });
});

test("what the server complains of unasked is an event", limit, async () => {
  const { client, welcome, say } = setting();
  const errors = [];
  client.on("error", (error) => errors.push(error.code));
  await welcome();
  say({ e: "error", code: "internal", message: "oh" });
  assert.deepEqual(errors, ["internal"]);
});

test("a listener that throws keeps nobody else from listening", limit, async () => {
  const { client, welcome } = setting();
  const { setTimeout: real } = globalThis;
  const later = [];
  globalThis.setTimeout = (what) => later.push(what);
  const heard = [];
  client.on("state", () => { throw new Error("of a listener"); });
  client.on("state", ({ name }) => heard.push(name));
  await welcome().finally(() => { globalThis.setTimeout = real; });
  assert.deepEqual(heard, ["live"]);
  assert.throws(later[0], { message: "of a listener" });
});

test("more commands than the server's limits allow wait for their turn, in as few frames as they may be", limit, async () => {
  const { client, outside, socket, welcome, commands, say } = setting();
  for (let i = 0; i < 60; i += 1) client.subscribe("trades", `S${i}`);
  await welcome();
  assert.equal(socket.frames, 1);
  assert.equal(commands().length, 38, "the burst, and two left for questions");
  for (let i = 0; i < 10; i += 1) {
    outside.pass(1000);
    assert.ok(socket.commands.length <= 10, String(socket.commands.length));
    socket.commands.splice(0).forEach(({ id }) => say({ e: "subscribed", id, channel: "trades", symbols: [], failed: [] }));
    if (i === 1) assert.ok(socket.frames > 10);
  }
  assert.equal(client.state.name, "live");
});

test("a command that came too fast is said again later", limit, async () => {
  const { client, outside, welcome, commands, fail, ack } = setting();
  await welcome();
  const subscription = client.subscribe("trades", "AAPL");
  await settled();
  const [first] = commands();
  await fail(first, "rate_limited");
  outside.pass(999);
  assert.deepEqual(commands(), []);
  outside.pass(1);
  const [second] = commands();
  assert.deepEqual({ ...second, id: 0 }, { ...first, id: 0 });
  await ack(second, { AAPL: 0 });
  assert.equal((await subscription.ready).symbols[0].s, "AAPL");
});

test("addresses are taken as people write them, and refused with a sentence", limit, async () => {
  class Socket { constructor(url) { this.url = url; } close() {} }
  const of = (url) => { const client = connect(url, { WebSocket: Socket }); client.close(); return client.url; };
  assert.equal(of("wss://host:8443"), "wss://host:8443/v1/stream");
  assert.equal(of("https://host"), "wss://host/v1/stream");
  assert.equal(of("http://127.0.0.1:80/"), "ws://127.0.0.1/v1/stream");
  assert.equal(of("wss://host/other?a=1"), "wss://host/other?a=1");
  for (const wrong of ["", "host:8443", "ftp://host"])
    assert.throws(() => of(wrong), (error) => error instanceof TickcastError && error.code === "bad_argument" && /like wss:\/\/HOST:8443$/.test(error.message));
});

test("without a WebSocket it says where to get one", { ...limit, skip: "WebSocket" in globalThis && "this Node has one" }, () => {
  assert.throws(() => connect("wss://host"), { code: "bad_argument", message: /npm|install "ws"/ });
});
