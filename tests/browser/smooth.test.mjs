// Fifty symbols at five thousand messages a second in one tab, and no task of the page's thread longer than 50 ms: measured by Chromium's own
// tracing. A task counts by the processor time it took: what other programs on the machine delay is not the page's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, missing } from "./browser.mjs";
import { serve } from "./server.mjs";
import { look, state } from "./visit.mjs";

const limit = { timeout: 120_000, skip: missing };
/** Longer than this is a long task, ms; how much has to come, messages a second; how long it is looked at, s. */
const long = 50;
const wanted = 5000;
const lasts = 12;

let browser;
before(async () => { if (!missing) browser = await launch(); }, { timeout: 60_000 });
after(async () => { await browser?.close(); }, { timeout: 30_000 });

/** The tasks of the page's own thread: processor time and what it was for, the longest first. */
function tasks({ traceEvents }) {
  const main = traceEvents.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const busiest = main.map(({ pid, tid }) => traceEvents.filter((event) => event.pid === pid && event.tid === tid))
    .sort((a, b) => b.length - a.length)[0];
  const inside = (task) => busiest.filter((event) => event.ph === "X" && event !== task && event.ts >= task.ts && event.ts < task.ts + task.dur)
    .sort((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0)).slice(0, 3).map((event) => `${event.name} ${((event.tdur ?? 0) / 1000).toFixed(1)}`);
  return busiest.filter((event) => event.ph === "X" && event.name === "RunTask")
    .map((task) => ({ ms: Math.min(task.tdur ?? task.dur, task.dur) / 1000, wall: task.dur / 1000, inside: () => inside(task).join(", ") }))
    .sort((a, b) => b.ms - a.ms);
}

test("fifty symbols at five thousand messages a second leave no long task", limit, async (context) => {
  const server = await serve({ feed: "sim:symbols=50&rate=8000&prefix=S&depth=20" });
  try {
    await look(browser, { viewport: { width: 1600, height: 900 } }, new URL(server.url).origin, async (page) => {
      await page.goto(server.url);
      await state(page, "live");
      await page.waitForSelector("#rows[data-count='50']");
      await page.waitForSelector("#chart:not([data-candles='0']):not([data-candles=''])");
      await page.waitForFunction((least) => Number(document.getElementById("speed").dataset.speed) >= least, wanted);
      await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
      const before = await page.$eval("#speed", (element) => [Number(element.dataset.messages), performance.now()]);
      // A viewer is not idle: they look at other symbols, at other bars, and sort.
      const rows = await page.$("#rows");
      for (let i = 0; i < lasts; i += 1) {
        await rows.press(i % 2 ? "ArrowDown" : "PageDown");
        await page.keyboard.press(String(1 + (i % 6)));
        if (i === 3) await page.click("[data-column=change]");
        await page.waitForFunction((until) => performance.now() >= until, await page.evaluate(() => performance.now() + 1000));
      }
      const [messages, ended] = await page.$eval("#speed", (element) => [Number(element.dataset.messages), performance.now()]);
      const trace = JSON.parse((await browser.stopTracing()).toString());
      const rate = (messages - before[0]) / ((ended - before[1]) / 1000);
      const sorted = tasks(trace);
      const busy = sorted.reduce((sum, { ms }) => sum + ms, 0) / (ended - before[1]);
      const longest = sorted.slice(0, 5).map(({ ms, wall, inside }) => `${ms.toFixed(1)} ms (${wall.toFixed(1)} by the clock): ${inside()}`);
      context.diagnostic(`${Math.round(rate)} messages a second, ${sorted.length} tasks, ${(busy * 100).toFixed(0)} % of a core; the longest:\n  ${longest.join("\n  ")}`);
      assert.ok(sorted.length > 500, `${sorted.length} tasks were traced`);
      assert.ok(rate >= wanted, `${Math.round(rate)} messages a second came`);
      assert.ok(sorted[0].ms < long, longest[0]);
      assert.equal(await page.$eval("body", (body) => body.dataset.state), "live");
      assert.equal(await page.$eval("body", (body) => body.dataset.missing), "0");
    });
  } finally {
    await server.end();
  }
});
