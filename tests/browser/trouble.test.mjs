// What is slow, cut, halted or wrong, and what the page says of it: played to it by a stand-in for the server (stage.mjs), because a real one
// does not have these on demand. And what the keyboard does, on a market that stands still.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, missing } from "./browser.mjs";
import { origin, stage } from "./stage.mjs";
import { chart, look, state } from "./visit.mjs";

const limit = { timeout: 60_000, skip: missing };
let browser;
before(async () => { if (!missing) browser = await launch(); }, { timeout: 60_000 });
after(async () => { await browser?.close(); }, { timeout: 30_000 });

const minutes = { "tickcast.period": "60" };

/** Runs `body` with a page that is live and shows bars of `#NVDA`. */
function visit(options, body) {
  return look(browser, options, origin, async (page, watch) => {
    const server = await stage(page, options);
    try {
      await page.goto(`${origin}/#NVDA`);
      await state(page, "live");
      await page.waitForSelector("#chart[data-symbol=NVDA]:not([data-candles='0'])");
      await body(page, server, watch);
    } finally {
      server.end();
    }
  });
}

const says = (page, selector, pattern) => page.waitForFunction(
  ([path, source]) => {
    const element = document.querySelector(path);
    return element && !element.hidden && new RegExp(source).test(element.textContent);
  },
  [selector, pattern.source],
);
const symbols = (page) => page.$$eval(".row:not([hidden])", (rows) => rows
  .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex)).map((row) => row.dataset.symbol));

test("a gap is told where it is, how large and why", limit, () => visit({}, async (page, server) => {
  await page.waitForSelector("#tape li");
  server.hush();
  const n = server.traded("NVDA");
  server.say({ e: "gap", channel: "trades", s: "NVDA", f: n + 1, n: n + 340, why: "slow_consumer" });
  await says(page, "#gap", /^Gap: 340 trades$/);
  assert.equal(await page.$eval("body", (body) => body.dataset.missing), "340");
  await page.keyboard.press("i");
  await says(page, "#diary", /340 trades of NVDA are missing: slow consumer/);
}));

test("a day's bar is under the day on which its session ends", limit, () => visit(
  { stored: { "tickcast.period": "86400" }, hours: { timezone: "Asia/Tokyo", session: "0900-0800" } },
  (page) => page.waitForFunction(() => { // the stage's days begin at midnight UTC: that is 09:00 in Tokyo
    const { time, day } = document.getElementById("chart").dataset;
    return Date.parse(`${day} UTC`) === (Number(time) + 86_400) * 1000;
  }),
));

test("wherever it is dragged and zoomed to, the chart has bars in sight", limit, () => visit({ stored: minutes, oldest: 400 }, async (page) => {
  const box = await page.locator("#chart").boundingBox();
  const middle = box.y + box.height / 2;
  /** After the frame in which it was drawn. */
  const sight = () => page.evaluate(() => new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(
    () => told(Number(document.getElementById("chart").dataset.sight)),
  ))));
  for (const [from, to] of [[box.width - 120, 20], [20, box.width - 120]]) {
    for (let i = 0; i < 8; i += 1) {
      await page.mouse.move(box.x + from, middle);
      await page.mouse.down();
      await page.mouse.move(box.x + to, middle, { steps: 5 });
      await page.mouse.up();
    }
    assert.ok(await sight() > 5, "dragged");
    for (let i = 0; i < 12; i += 1) await page.mouse.wheel(0, -200);
    assert.ok(await sight() > 0, "zoomed in");
    for (let i = 0; i < 12; i += 1) await page.mouse.wheel(0, 200);
  }
}));

test("a drag that ends outside the chart leaves the newest bar to be read", limit, () => visit({ stored: minutes }, async (page, server) => {
  server.hush();
  const box = await page.locator("#chart").boundingBox();
  await page.mouse.move(box.x + 100, box.y + 200);
  await page.mouse.down();
  const reads = (newest) => page.waitForFunction((wanted) => {
    const read = Number(document.querySelector("#legend [data-part=close]").textContent.replaceAll(",", ""));
    return (read === Number(document.getElementById("chart").dataset.close)) === wanted;
  }, newest);
  await page.mouse.move(box.x + 200, box.y + 200, { steps: 4 });
  await reads(false);
  await page.mouse.move(box.x + 200, box.y - 40, { steps: 4 });
  await page.mouse.up();
  await reads(true);
}));

test("a lowered rate is told while it lasts, and stands in the diary afterwards", limit, () => visit({}, async (page, server) => {
  server.say({ e: "rate", channel: "trades", mode: "latest", why: "slow_consumer" });
  await says(page, "#rate", /^Merged$/);
  await page.waitForSelector("body[data-rate=latest]");
  server.say({ e: "rate", channel: "trades", mode: "every" });
  await page.waitForSelector("#rate[hidden]", { state: "attached" });
  await page.click("#speed");
  await says(page, "#diary", /Every trade comes again.*Trades come merged: slow consumer/);
}));

test("a halt stands beside the symbol and in its row until it is over", limit, () => visit({}, async (page, server) => {
  server.say({ e: "status", s: "NVDA", n: 2, t: server.now(), state: "halted", reason: "LULD pause" });
  await says(page, "#trading", /^Halted: LULD pause$/);
  await page.waitForSelector(".row[data-symbol=NVDA][data-trading=halted]");
  server.say({ e: "status", s: "NVDA", n: 3, t: server.now(), state: "trading" });
  await page.waitForSelector("#trading[hidden]", { state: "attached" });
  await page.waitForSelector(".row[data-symbol=NVDA][data-trading=trading]");
}));

test("a lost connection counts down to the next attempt, and the picture does not look live", limit, () => visit({}, async (page, server) => {
  server.say({ e: "bye", why: "draining", retry_ms: 3000 });
  await server.close(1001, "shutting down");
  await says(page, "#state", /^Reconnecting in [123] s$/);
  await page.waitForFunction(() => Number(getComputedStyle(document.getElementById("rows")).opacity) < 0.6);
  await state(page, "live");
  await page.waitForFunction(() => getComputedStyle(document.getElementById("rows")).opacity === "1");
  await page.keyboard.press("i");
  await says(page, "#diary", /Connected again after .* s.*Connection lost: shutting down/);
}));

test("a refusal is final, says why, and can be tried again by hand", limit, () => visit({}, async (page, server) => {
  await server.close(4503, "this page may not connect");
  await state(page, "stopped");
  await says(page, "#state", /^Refused: this page may not connect$/);
  await page.click("#state");
  await state(page, "live");
}));

test("a viewer's clock that is a minute wrong is told, and delays are right all the same", limit, () => visit({ ahead: -60_000 }, async (page) => {
  await says(page, "#clock", /^Clock \+60 s$/);
  await page.waitForFunction(() => document.getElementById("speed").dataset.delay !== "" && Number(document.getElementById("speed").dataset.delay) < 5000);
  assert.ok(Math.abs(Number(await page.$eval("body", (body) => body.dataset.skew)) - 60_000) < 2000);
}));

test("scrolling back brings older bars until there are no more", limit, () => visit({ stored: minutes, oldest: 2500 }, async (page) => {
  await page.waitForFunction(() => Number(document.getElementById("chart").dataset.candles) >= 1000);
  await page.focus("#chart");
  const newest = (await chart(page)).time;
  const arrived = page.waitForSelector("#chart[data-reach=end]");
  let there = false;
  arrived.then(() => { there = true; }, () => { there = true; });
  while (!there) await page.keyboard.press("ArrowLeft");
  await arrived;
  const bar = await chart(page);
  assert.ok(Number(bar.candles) >= 2500 && Number(bar.candles) <= 2502, bar.candles);
  assert.ok(Number(bar.time) >= Number(newest));
  await says(page, "#past", /These are the oldest bars/);
  await page.keyboard.press("End");
  await page.waitForSelector("#follow[hidden]", { state: "attached" });
}));

test("the book stands best first on both sides, and goes with its symbol", limit, () => visit({}, async (page, server) => {
  await page.waitForSelector("#ladder[data-bid]:not([data-bid=''])");
  const prices = (side) => page.$$eval(`#ladder [data-part=${side}] li:not([hidden]) b`, (all) => all.map((one) => Number(one.textContent.replaceAll(",", ""))));
  server.hush();
  await page.waitForFunction(() => document.querySelectorAll("#ladder [data-part=asks] li:not([hidden])").length > 5);
  const [asks, bids] = [await prices("asks"), await prices("bids")];
  assert.deepEqual(asks, [...asks].sort((a, b) => a - b));
  assert.deepEqual(bids, [...bids].sort((a, b) => b - a));
  assert.ok(bids[0] < asks[0]);
  const clicked = performance.now();
  await page.click(".row[data-symbol=AAPL]");
  await page.waitForSelector("#chart[data-symbol=AAPL]");
  await page.waitForFunction(() => !document.querySelector("#ladder [data-part=middle]").textContent.startsWith("Spread")
    || document.getElementById("ladder").dataset.n !== "");
  const let_go = () => server.asked.find((one) => one.op === "unsubscribe");
  while (!let_go()) await page.waitForTimeout(20);
  assert.ok(let_go().at - clicked >= 120, "nothing is asked before the viewer rests");
}));

test("without a book, bars or statistics the page works with what there is", limit, () => visit({ channels: ["trades", "quotes"] }, async (page, server) => {
  await page.waitForSelector("#tape li");
  assert.equal(await page.isVisible("#ladder"), false);
  assert.equal(await page.isVisible("#headline .session"), false);
  assert.deepEqual([...new Set(server.asked.map((one) => one.channel).filter(Boolean))].sort(), ["quotes", "trades"]);
  assert.equal(server.sent.bars, 0);
}));

test("keys choose bar length, theme, list, search and help", limit, () => visit({ stored: minutes }, async (page) => {
  for (const [key, period] of [["1", 1], ["2", 60], ["3", 300], ["4", 900], ["5", 3600], ["6", 86400]]) {
    await page.keyboard.press(key);
    await page.waitForSelector(`#chart[data-period='${period}']:not([data-candles='0'])`);
    assert.ok(await page.isChecked(`input[name=period][value='${period}']`));
  }
  await page.keyboard.press("t");
  await page.waitForSelector("html[data-theme=light]");
  await page.keyboard.press("?");
  await page.waitForSelector("#help[open]");
  await page.keyboard.press("t"); // behind a dialog nothing happens
  await page.keyboard.press("Escape");
  await page.waitForSelector("#help:not([open])", { state: "attached" });
  assert.equal(await page.getAttribute("html", "data-theme"), "light");
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("#chart[data-symbol=TSLA]");
  await page.keyboard.press("/");
  await page.keyboard.type("t1");
  assert.equal(await page.inputValue("#search"), "t1");
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#search"), "");
  await page.keyboard.press("Escape");
  await page.keyboard.press("2"); // the field is left: this is a length again
  await page.waitForSelector("#chart[data-period='60']");
  await page.keyboard.press("/");
  await page.keyboard.type("goo");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#chart[data-symbol=GOOG]");
  await page.keyboard.press("3");
  await page.waitForSelector("#chart[data-period='300']");
  assert.equal(await page.inputValue("#search"), "");
}));

test("a plain visit begins with the symbol of the last one", limit, () => visit({}, async (page) => {
  await page.click(".row[data-symbol=META]");
  await page.waitForFunction(() => localStorage.getItem("tickcast.symbol") === "META");
  await page.goto("about:blank");
  await page.goto(`${origin}/`);
  await page.waitForSelector("#chart[data-symbol=META]:not([data-candles='0'])");
  assert.equal(new URL(page.url()).hash, "#META");
}));

test("the viewer's own list is kept, sorted and remembered", limit, () => visit({}, async (page) => {
  await page.waitForSelector("#rows[data-count='9']");
  await page.click(".row[data-symbol=META] .star");
  await page.keyboard.press("w"); // NVDA, which the chart shows
  await page.click(".row[data-symbol=AAPL] .star");
  await page.check("input[name=list][value=mine]");
  await page.waitForSelector("#rows[data-shown='3']");
  assert.deepEqual(await symbols(page), ["META", "NVDA", "AAPL"]);
  await page.click("[data-column=symbol]");
  await page.waitForSelector("[aria-sort=ascending] [data-column=symbol]");
  assert.deepEqual(await symbols(page), ["AAPL", "META", "NVDA"]);
  await page.reload();
  await page.waitForSelector("#rows[data-shown='3']");
  assert.deepEqual(await symbols(page), ["AAPL", "META", "NVDA"]);
  await page.focus("#rows");
  await page.keyboard.press("Home");
  await page.keyboard.press("Delete");
  await page.waitForSelector("#rows[data-shown='2']");
  await page.click("[data-column=last]");
  const prices = await page.$$eval(".row:not([hidden])", (rows) => rows
    .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex)).map((row) => Number(row.querySelector("[data-field=last]").textContent.replaceAll(",", ""))));
  assert.deepEqual(prices, [...prices].sort((a, b) => b - a));
}));

test("on a phone the book and the trades stand behind tabs", limit, () => visit({ viewport: { width: 390, height: 844 }, touch: true }, async (page) => {
  assert.deepEqual(await Promise.all(["#watch", "#ladder", "#sales"].map((id) => page.isVisible(id))), [true, false, false]);
  await page.tap("#tab-ladder");
  await page.waitForSelector("#ladder [data-part=bids] li:not([hidden])");
  assert.equal(await page.getAttribute("#ladder", "role"), "tabpanel");
  await page.focus("#tab-ladder");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector("#tape li");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-sales");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
}));
