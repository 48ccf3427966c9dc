// The chart page in a real browser, against the real server: what a person would see is what is checked.
// Nothing here waits for luck: every wait is for an event of the page, with a deadline.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, missing } from "./browser.mjs";
import { serve } from "./server.mjs";
import { chart, look, moved, state } from "./visit.mjs";

const limit = { timeout: 120_000, skip: missing };
let browser;
before(async () => { if (!missing) browser = await launch(); }, { timeout: 60_000 });
after(async () => { await browser?.close(); }, { timeout: 30_000 });

/** Runs `body` with a page on a server of its own. */
async function visit(options, body) {
  let server = await serve(options);
  try {
    await look(browser, options, new URL(server.url).origin, async (page, watch) => {
      await page.goto(server.url);
      await body(page, {
        /** Ends the server by `signal` and starts another on its port once `between` is done. */
        async restart(signal, between) {
          watch.excused = true; // while the server is away the browser may say so
          const ending = server.end(signal);
          await between();
          const ended = await ending;
          server = await serve({ ...options, port: server.port });
          return ended;
        },
        back() { watch.excused = false; },
        url: server.url,
      });
    });
  } finally {
    await server.end();
  }
}

test("the page's candles move", limit, () => visit({}, async (page) => {
  await state(page, "live");
  await page.waitForSelector("#chart[data-last]:not([data-last=''])");
  await moved(page);
  await moved(page);
  const bar = await chart(page);
  const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Number);
  assert.ok(low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close), JSON.stringify(bar));
  assert.ok(Number(bar.candles) >= 2);
  assert.equal(await page.$eval("body", (body) => body.dataset.missing), "0");
  assert.match(await page.textContent("#legend"), /O .*H .*L .*C .*Vol/);
  assert.match(await page.textContent("#state"), /^Live/);
  assert.match(await page.title(), /· tickcast$/);
}));

test("every bar is exactly what its trades make", limit, () => visit({ feed: "sim:rate=4000" }, async (page) => {
  await state(page, "live");
  await page.waitForSelector("#chart[data-last]:not([data-last=''])");
  // A second client beside the page gets every trade of the same symbol; then bars are looked at as they are shown.
  const failures = await page.evaluate(async () => {
    const element = document.getElementById("chart");
    const trades = new Map();
    const socket = new WebSocket(`wss://${location.host}/v1/stream`);
    await new Promise((resolve, reject) => {
      socket.onclose = () => reject(new Error("closed"));
      socket.onmessage = (event) => {
        for (const message of JSON.parse(event.data)) {
          if (message.e === "welcome") socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "trades", symbols: [element.dataset.symbol] }));
          if (message.e === "trade") trades.set(message.n, message);
          if (message.e === "trade" && !message.snap) resolve();
        }
      };
    });
    const seen = new Map();
    const observer = new MutationObserver(() => {
      const bar = { ...element.dataset };
      if (Number(bar.first) > Math.min(...trades.keys())) seen.set(bar.time, bar);
    });
    observer.observe(element, { attributes: true, attributeFilter: ["data-last"] });
    const end = performance.now() + 20_000;
    while (seen.size < 4 && performance.now() < end) await new Promise((done) => setTimeout(done, 20));
    observer.disconnect();
    const newest = Math.max(...[...seen.values()].map((bar) => Number(bar.last)));
    while (!trades.has(newest) && performance.now() < end) await new Promise((done) => setTimeout(done, 20));
    socket.onclose = null;
    socket.close();
    const wrong = [];
    for (const bar of seen.values()) {
      const covered = [];
      for (let n = Number(bar.first); n <= Number(bar.last); n += 1) covered.push(trades.get(n));
      if (covered.includes(undefined)) { wrong.push({ bar, why: "a trade is missing" }); continue; }
      const prices = covered.map((trade) => trade.p);
      const made = {
        open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close: prices[prices.length - 1],
        volume: Number(covered.reduce((sum, trade) => sum + trade.q, 0).toFixed(8)), trades: covered.length,
      };
      for (const [name, value] of Object.entries(made)) if (Number(bar[name]) !== value) wrong.push({ bar, made });
      if (covered.some((trade) => Math.floor(trade.t / 1e6) !== Number(bar.time))) wrong.push({ bar, why: "a trade of another second" });
    }
    return seen.size < 4 ? [`only ${seen.size} bars were seen`] : wrong;
  });
  assert.deepEqual(failures, []);
}));

test("the watchlist shows the market and moves", limit, () => visit({}, async (page) => {
  await state(page, "live");
  await page.waitForFunction(() => Number(document.getElementById("rows").dataset.count) >= 20);
  for (const field of ["bid", "ask", "last"]) {
    const cells = `.row:not([hidden]) [data-field=${field}]`;
    await page.waitForFunction((path) => [...document.querySelectorAll(path)].some((cell) => /^[\d,]+\.\d+$/.test(cell.textContent)), cells);
    const before = await page.$$eval(cells, (all) => all.map((cell) => cell.textContent).join());
    await page.waitForFunction(
      ([path, text]) => [...document.querySelectorAll(path)].map((cell) => cell.textContent).join() !== text,
      [cells, before],
    );
  }
  const row = await page.$eval(".row:not([hidden])", (element) => Object.fromEntries(
    [...element.children].map((cell) => [cell.dataset.field, Number(cell.textContent.replaceAll(",", ""))]),
  ));
  assert.ok(row.bid < row.ask, JSON.stringify(row));
  await page.waitForSelector(".row [class*=up-], .row [class*=down-]");
}));

const lively = { feed: "sim:rate=4000" };

test("a symbol is chosen by mouse, by keyboard, by search and by address", limit, () => visit(lively, async (page, server) => {
  await state(page, "live");
  await page.waitForFunction(() => Number(document.getElementById("rows").dataset.count) >= 20);
  await page.waitForSelector("#chart[data-symbol]");
  const shows = (symbol) => page.waitForFunction((name) => {
    const { symbol: shown, candles } = document.getElementById("chart").dataset;
    return shown === name && Number(candles) > 0 && document.querySelector("h1").textContent === name;
  }, symbol);
  await page.focus("#rows");
  await page.keyboard.press("Home");
  await page.waitForSelector(".row[aria-rowindex='1'][aria-selected=true]:not([hidden])");
  const names = await page.$$eval(".row:not([hidden])", (rows) => rows
    .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex)).map((row) => row.dataset.symbol));
  await shows(names[0]);
  assert.equal(await page.getAttribute("#rows", "aria-activedescendant"), await page.getAttribute(`.row[data-symbol="${names[0]}"]`, "id"));
  await page.keyboard.press("ArrowDown");
  await shows(names[1]);
  await page.click(`.row[data-symbol="${names[3]}"]`);
  await shows(names[3]);
  await page.keyboard.press("/");
  await page.keyboard.type(names[4].toLowerCase());
  await page.keyboard.press("Enter");
  await shows(names[4]);
  await page.waitForSelector(`.row[data-symbol="${names[4]}"][aria-selected=true]`);
  assert.equal(new URL(page.url()).hash, `#${names[4]}`);
  await page.goto(`${server.url}#${names[2]}`);
  await shows(names[2]);
}));

test("bars of a minute and of five are made of the same trades", limit, () => visit({}, async (page) => {
  await state(page, "live");
  await page.waitForFunction(() => Number(document.getElementById("chart").dataset.candles) >= 3);
  for (const period of [60, 300]) {
    await page.check(`input[name=period][value="${period}"]`);
    await page.waitForFunction((wanted) => {
      const { period: shown, candles } = document.getElementById("chart").dataset;
      return Number(shown) === wanted && Number(candles) > 0; // they come from the server
    }, period);
    assert.equal(Number((await chart(page)).time) % period, 0);
  }
}));

for (const [signal, how] of [["SIGKILL", "killed"], ["SIGTERM", "drained"]]) {
  test(`the page comes back after the server was ${how} and restarted`, limit, () => visit({ set: ["drain_s=2"] }, async (page, server) => {
    await state(page, "live");
    await moved(page);
    const ended = await server.restart(signal, () => page.waitForFunction(() => document.body.dataset.state === "reconnecting"
      && /^Reconnecting in \d+ s$/.test(document.getElementById("state").textContent)));
    if (signal === "SIGTERM") assert.deepEqual(ended, { code: 0, signal: null });
    await state(page, "live");
    server.back();
    await moved(page);
    await moved(page);
    assert.match(await page.textContent("#state"), /^Live/);
  }));
}

test("a phone's width holds everything, without scrolling sideways", limit, () => visit({ viewport: { width: 390, height: 844 }, touch: true }, async (page) => {
  await state(page, "live");
  await page.waitForFunction(() => Number(document.getElementById("rows").dataset.count) >= 20);
  await moved(page);
  const sizes = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    body: document.body.scrollWidth,
    beyond: [...document.querySelectorAll("header, header *, #headline, #headline *, #chart, .find, .row:not([hidden]), .row:not([hidden]) *")]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return !element.closest(".unseen") && box.width > 0 && (box.right > 390.5 || box.left < -0.5);
      })
      .map((element) => element.outerHTML.slice(0, 80)),
    chart: document.getElementById("chart").getBoundingClientRect().height,
    rows: document.getElementById("rows").getBoundingClientRect().height,
  }));
  assert.equal(sizes.page, 390);
  assert.equal(sizes.body, 390);
  assert.deepEqual(sizes.beyond, []);
  assert.ok(sizes.chart >= 250 && sizes.rows >= 200, JSON.stringify(sizes));
  await page.tap(".row[aria-selected=false]:not([hidden])");
  await page.tap("input[name=period][value='60']");
  await page.waitForSelector("#chart[data-period='60']:not([data-candles='0'])");
}));

test("no figure lies on another, however long prices and names are", limit, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tickcast-page-"));
  const names = ["PEPE-USD", "ATT.LONG-NAME.2026-12-19_C00150"];
  const lines = names.flatMap((s, i) => [
    { e: "quote", s, t: 1_700_000_000e6, b: 0.0000071233, bq: 50_000, a: 0.0000071235, aq: 20_000 },
    { e: "trade", s, t: 1_700_000_000e6 + i, p: 0.0000071234, q: 90_000 },
    { e: "trade", s, t: 1_700_000_001e6 + i, p: 0.0000071134, q: 90_000 },
  ]);
  // The digits stand as an exchange writes them, not as 7.1e-6.
  const text = lines.map((line) => JSON.stringify(line).replaceAll(/(\d)\.(\d+)e-6/g, "0.00000$1$2")).join("\n");
  await writeFile(join(folder, "market.ndjson"), `${text}\n`);
  try {
    await visit({ feed: `ndjson:${join(folder, "market.ndjson")}?speed=max` }, async (page, server) => {
      for (const name of names) for (const [width, height] of [[1440, 900], [1280, 800], [820, 1000], [390, 844]]) {
        await page.setViewportSize({ width, height });
        await page.goto(`${server.url}#${name}`);
        await page.waitForFunction((symbol) => document.querySelector("h1").textContent === symbol
          && ["low", "bid"].every((part) => /^0\.00000711\d\d$|^0\.0000071\d\d\d$/.test(document.querySelector(`[data-part=${part}]`).textContent)), name);
        const faults = await page.evaluate(() => {
          const frame = document.getElementById("headline").getBoundingClientRect();
          const row = [...document.querySelector(".row[aria-selected=true]").children];
          const texts = [...document.querySelectorAll("#headline :is(h1, .price > *, dt, dd)")];
          const wrong = [];
          for (const group of [texts, row]) {
            const boxes = group.map((element) => [element, element.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
            boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
              const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              if (across > 0.5 && down > 1) wrong.push(`${one.textContent} on ${other.textContent}`);
            }));
          }
          for (const element of texts) {
            const box = element.getBoundingClientRect();
            if (box.width === 0) wrong.push(`${element.dataset.part ?? element.textContent} is not there`);
            if (box.right > frame.right + 0.5 || box.bottom > frame.bottom + 0.5) wrong.push(`${element.textContent} is cut off`);
          }
          return wrong;
        });
        assert.deepEqual(faults, [], `${name} at ${width}`);
      }
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the theme follows the system until the viewer chooses", limit, () => visit({}, async (page) => {
  const theme = (name) => page.waitForSelector(`html[data-theme=${name}]`);
  await theme("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await theme("light");
  await page.click("#theme");
  await theme("dark");
  await page.reload();
  await theme("dark");
  await state(page, "live");
}));

test("two thousand symbols cost a screenful of rows, and each can be found", limit, () => visit({ feed: "sim:symbols=2000&rate=20000&prefix=S" }, async (page) => {
  await state(page, "live");
  await page.waitForFunction(() => Number(document.getElementById("rows").dataset.count) === 2000);
  assert.ok(await page.$$eval(".row", (rows) => rows.length) < 80);
  await page.focus("#rows");
  await page.keyboard.press("End");
  await page.waitForSelector("#chart[data-symbol=S01999]:not([data-candles='0'])");
  await page.fill("#search", "s00777");
  await page.waitForSelector("#rows[data-shown='1']");
  await page.click(".row[data-symbol=S00777]");
  await page.waitForSelector("#chart[data-symbol=S00777]:not([data-candles='0'])");
  await moved(page);
}));

test("the ladder has the server's book, and a feed without books needs no place for one", limit, async () => {
  await visit({ feed: "sim:rate=400&depth=20" }, async (page) => {
    await state(page, "live");
    await page.waitForSelector("#ladder[data-valid=yes][data-bids='20'][data-asks='20']");
    const shown = await page.$$eval("#ladder li:not([hidden]) b", (all) => all.map((one) => Number(one.textContent.replaceAll(",", ""))));
    assert.ok(shown.length >= 6 && shown.every((price) => price > 0), shown.join());
    const n = Number(await page.getAttribute("#ladder", "data-n"));
    await page.waitForFunction((before) => Number(document.getElementById("ladder").dataset.n) > before, n);
    const { bid, ask } = await page.$eval("#ladder", (element) => ({ ...element.dataset }));
    assert.ok(Number(bid) < Number(ask), `${bid} ${ask}`);
  });
  await visit({ feed: "sim:rate=400" }, async (page) => {
    await page.waitForSelector("#tape li");
    await moved(page);
    assert.equal(await page.isVisible("#ladder"), false);
  });
});
