// tickcast-client in a real browser, as npm packs it, against the real server, with the network cut under it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dice } from "../e2e/lib/dice.mjs";
import { installed } from "../e2e/lib/package.mjs";
import { Relay } from "../e2e/lib/relay.mjs";
import { launch, missing } from "./browser.mjs";
import { serve } from "./server.mjs";

const limit = { timeout: 60_000, skip: missing };
const charts = new URL("../../web/node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs", import.meta.url);
const folder = missing ? "" : join(installed().folder, "dist");

let browser;
before(async () => { if (!missing) browser = await launch(); }, { timeout: 60_000 });
after(async () => { await browser?.close(); }, { timeout: 30_000 });

/** A page of the server's own origin, by way of a relay, that finds the package's modules below /client/. */
async function visit(t, options, body) {
  const server = await serve(options);
  const relay = await Relay.to({ host: "127.0.0.1", port: server.port, peers: new Set() }, dice(t), { delay: 2, jitter: 2 });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.route("**/client/*.js", async (route) => {
      const name = new URL(route.request().url()).pathname.split("/").pop();
      await route.fulfill({ contentType: "text/javascript", body: await readFile(name === "charts.js" ? charts : join(folder, name), "utf8") });
    });
    await page.goto(`https://127.0.0.1:${relay.address.port}/licenses.txt`); // any page that does nothing by itself
    await body(page, relay, server);
  } finally {
    await context.close();
    relay.drop();
    await server.end();
  }
}

/** In the page: a client and all that its subscription of every trade gave. */
const follow = (page, encoding) => page.evaluate(async (chosen) => {
  const { connect } = await import("/client/index.js");
  const client = connect(location.origin, { encoding: chosen, backoff: { base: 40, cap: 200 } });
  const subscription = client.subscribe("trades", "*", { history: 10 });
  const log = { states: [], faults: [], gaps: [], given: 0, due: {}, frames: 0 };
  globalThis.client = client;
  globalThis.log = log;
  client.on("state", ({ name }) => log.states.push(name));
  client.on("frame", () => { log.frames += 1; });
  subscription.on("gap", (gap) => log.gaps.push(gap));
  subscription.on("message", ({ s, n }) => {
    if (log.due[s] !== undefined && log.due[s] !== n) log.faults.push(`${s} ${n} came where ${log.due[s]} was due`);
    log.due[s] = n + 1;
    log.given += 1;
  });
  return (await client.ready()).epoch;
}, encoding);
const log = (page) => page.evaluate(() => globalThis.log);

for (const encoding of ["json", "sbe"]) {
  test(`in Chromium each trade comes exactly once over twenty cuts, in ${encoding}`, limit, (t) =>
    visit(t, { feed: "sim:symbols=8&rate=1500&seed=9&mix=trades&prefix=B" }, async (page, relay) => {
      const throws = dice(t);
      await follow(page, encoding);
      for (let cuts = 1; cuts <= 20; cuts += 1) {
        await page.waitForFunction(([state, given]) => client.state.name === state && globalThis.log.given >= given, ["live", cuts * 40]);
        if (throws.chance(0.5)) relay.tear();
        else while (relay.pairs.size > 0) relay.cut(throws); // the browser's idle connections, too
        await page.waitForFunction((wanted) => globalThis.log.states.filter((name) => name === "reconnecting").length >= wanted, cuts);
      }
      const before = (await log(page)).given;
      await page.waitForFunction((given) => globalThis.log.given > given, before + 500);
      const { faults, gaps, given, due } = await log(page);
      assert.deepEqual([faults, gaps], [[], []]);
      assert.equal(Object.keys(due).length, 8);
      assert.ok(given > 1000);
    }));
}

test("in Chromium a line that goes dead is left, and a browser that comes online does not wait", limit, (t) =>
  visit(t, { feed: "sim:symbols=4&rate=200&mix=trades", set: ["ping_s=1"] }, async (page, relay) => {
    await page.evaluate(async () => {
      const { connect } = await import("/client/index.js");
      globalThis.client = connect(location.origin, { marginMs: 500, backoff: { base: 600_000, cap: 600_000 } });
      globalThis.states = [];
      client.on("state", (state) => states.push(state));
      await client.subscribe("trades", "*").ready;
    });
    relay.hold();
    await page.waitForFunction(() => client.state.name === "reconnecting");
    assert.match(await page.evaluate(() => client.state.why), /^nothing heard for \d/);
    relay.release();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForFunction(() => client.state.name === "live");
    await page.evaluate(() => client.close());
    assert.equal(await page.evaluate(() => states.at(-1).name), "closed");
  }));

test("a chart of lightweight-charts takes all it is given, over cuts, and shows what the server has", limit, (t) =>
  visit(t, { feed: "sim:symbols=2&rate=400&seed=4&mix=trades&prefix=L" }, async (page, relay) => {
    const throws = dice(t);
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.evaluate(async () => {
      const [{ connect }, { createChart, CandlestickSeries }] = await Promise.all([import("/client/index.js"), import("/client/charts.js")]);
      const series = createChart(document.body, { width: 600, height: 300 }).addSeries(CandlestickSeries);
      globalThis.client = connect(location.origin, { backoff: { base: 40, cap: 200 } });
      globalThis.bars = client.bars("L00000", "1s", { history: 300 });
      globalThis.told = { sets: 0, updates: 0 };
      globalThis.shown = () => series.data().map(({ time, open, high, low, close }) => ({ time, open, high, low, close }));
      bars.on("set", (all) => { series.setData(all); told.sets += 1; });
      bars.on("update", (bar) => { series.update(bar); told.updates += 1; });
    });
    for (let cuts = 1; cuts <= 8; cuts += 1) {
      const before = await page.evaluate(() => told.updates);
      await page.waitForFunction((updates) => client.state.name === "live" && told.updates > updates + 20, before);
      while (relay.pairs.size > 0) relay.cut(throws);
      await page.waitForFunction((sets) => told.sets > sets, cuts);
    }
    await page.waitForFunction(() => shown().length > 6);
    const [chart, all, whole] = await page.evaluate(async () => {
      const second = client.subscribe("bars", "L00000", { period: "1s", history: 300 });
      const list = [];
      for await (const bar of second) {
        list.push({ time: bar.t / 1e6, open: bar.o, high: bar.h, low: bar.l, close: bar.c });
        if (!bar.snap) break;
      }
      second.close();
      return [shown(), bars.all.map(({ time, open, high, low, close }) => ({ time, open, high, low, close })), list];
    });
    assert.deepEqual(errors, []);
    assert.deepEqual(chart, all);
    const past = whole.slice(0, -2).slice(-chart.length + 2);
    assert.deepEqual(chart.filter(({ time }) => time >= past[0].time && time <= past.at(-1).time), past);
    assert.ok(past.length > 3);
  }));

test("fifty symbols at five thousand messages a second are a small part of a tab's time", limit, (t) =>
  visit(t, { feed: "sim:symbols=50&rate=5000&seed=3&mix=trades" }, async (page) => {
    await follow(page, "json");
    await page.waitForFunction(() => globalThis.log.given > 2000);
    const spent = await page.evaluate(async () => {
      // The time that the client's own handlers take, seen from around them.
      const { prototype } = WebSocket;
      const { set, get } = Object.getOwnPropertyDescriptor(prototype, "onmessage");
      let busy = 0;
      let longest = 0;
      Object.defineProperty(prototype, "onmessage", { get, set(handler) {
        set.call(this, handler && ((event) => {
          const start = performance.now();
          handler(event);
          const took = performance.now() - start;
          busy += took;
          longest = Math.max(longest, took);
        }));
      } });
      const { connect } = await import("/client/index.js");
      const second = connect(location.origin);
      let messages = 0;
      second.subscribe("trades", "*").on("message", () => { messages += 1; });
      await second.ready();
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const took = performance.now() - start;
      second.close();
      return { share: busy / took, longest, rate: messages / (took / 1000) };
    });
    t.diagnostic(JSON.stringify(spent));
    assert.ok(spent.rate > 4000, JSON.stringify(spent));
    assert.ok(spent.share < 0.2 && spent.longest < 50, JSON.stringify(spent));
  }));
