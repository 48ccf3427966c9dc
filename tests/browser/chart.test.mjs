// The chart against what the server keeps of the past: three days of one market, played in at once. What the page shows of it, scrolled
// back to its beginning, is held against the server's own answer to a plain request.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, missing } from "./browser.mjs";
import { serve } from "./server.mjs";
import { chart, look, state } from "./visit.mjs";

const limit = { timeout: 120_000, skip: missing };
/** Two trades a minute for two days and a half, from a Tuesday's midnight (UTC) on. */
const began = Date.UTC(2026, 9, 20) / 1000;
const minutes = 3600;

let browser;
let folder;
let server;
before(async () => {
  if (missing) return;
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "tickcast-chart-"));
  const lines = [];
  for (let i = 0; i < minutes; i += 1) {
    for (const second of [3, 41]) {
      const p = (100 + Math.sin(i / 90) * 5 + (second % 7) / 100).toFixed(2);
      lines.push(`{"e":"trade","s":"AAA","t":${(began + i * 60 + second) * 1e6},"p":${p},"q":${1 + (i % 9)}}`);
    }
  }
  lines.push(`{"e":"trade","s":"BBB","t":${(began + 60) * 1e6},"p":7,"q":1}`);
  await writeFile(join(folder, "market.ndjson"), `${lines.join("\n")}\n`);
  server = await serve({ feed: `ndjson:${join(folder, "market.ndjson")}?speed=max` });
}, { timeout: 60_000 });
after(async () => {
  await browser?.close();
  await server?.end();
  if (folder) await rm(folder, { recursive: true });
}, { timeout: 30_000 });

/** Runs `body` with a page that shows bars of `period` seconds of AAA. */
const visit = (period, body) => look(browser, { stored: { "tickcast.period": String(period) } }, new URL(server.url).origin, async (page) => {
  await page.goto(`${server.url}#AAA`);
  await state(page, "live");
  await page.waitForSelector("#chart[data-symbol=AAA]:not([data-candles='0'])");
  await body(page);
});
/** What the server answers to a plain request. */
const kept = (page, query) => page.evaluate((text) => fetch(`v1/bars?${text}`).then((answer) => answer.json()).then(({ bars }) => bars), query);

test("the chart begins with a screenful and can be scrolled back to the first bar there is", limit, () => visit(60, async (page) => {
  // The last one is open, and told to who keeps bars a second later.
  let all = [];
  while (all.length !== minutes) all = await kept(page, "symbol=AAA&period=1m&limit=10000");
  await page.waitForFunction(() => Number(document.getElementById("chart").dataset.candles) >= 1000);
  assert.ok(Number((await chart(page)).candles) < minutes);
  await page.focus("#chart");
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  let end = false;
  page.waitForSelector("#chart[data-reach=end]").then(() => { end = true; }, () => { end = true; });
  while (!end) await page.keyboard.press("ArrowLeft");
  const shown = await chart(page);
  assert.equal(Number(shown.candles), minutes);
  const newest = all[all.length - 1];
  assert.deepEqual(["time", "open", "high", "low", "close", "volume", "trades"].map((name) => Number(shown[name])),
    [newest.t / 1e6, newest.o, newest.h, newest.l, newest.c, newest.v, newest.k]);
}));

test("every length has the bars that the server has", limit, () => visit(60, async (page) => {
  for (const [key, seconds, name, count] of [["3", 300, "5m", 720], ["4", 900, "15m", 240], ["5", 3600, "1h", 60], ["6", 86400, "1d", 3]]) {
    await page.keyboard.press(key);
    await page.waitForSelector(`#chart[data-period='${seconds}'][data-candles='${count}']`);
    const [newest] = await kept(page, `symbol=AAA&period=${name}&limit=1`);
    const shown = await chart(page);
    assert.deepEqual([Number(shown.time), Number(shown.close), Number(shown.trades)], [newest.t / 1e6, newest.c, newest.k], name);
  }
}));

test("the session and the last hour of a symbol are the server's", limit, () => visit(3600, async (page) => {
  const day = (await kept(page, "symbol=AAA&period=1d&limit=1"))[0];
  await page.waitForFunction((open) => Number(document.querySelector("[data-part=open]").textContent) === open, day.o);
  const parts = await page.$$eval("#headline .session [data-part]", (all) => Object.fromEntries(all.map((one) => [one.dataset.part, one.textContent])));
  assert.deepEqual([Number(parts.high), Number(parts.low), parts.trades], [day.h, day.l, day.k.toLocaleString("en-US")]);
  // Sixty points of the past, where the page itself saw one price.
  await page.waitForFunction(() => (document.querySelector(".row[data-symbol=AAA] .spark path").getAttribute("d") ?? "").split("L").length >= 60);
}));

test("a recorded market is called one, instead of a delay of a month", limit, () => visit(60, async (page) => {
  await page.keyboard.press("i");
  await page.waitForSelector("#details[open]");
  assert.doesNotMatch(await page.textContent("[data-figure=delay]"), /to this page/);
}));
