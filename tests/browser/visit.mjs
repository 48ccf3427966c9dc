// One page of the browser on something to look at, and what it may not do while a test looks: complain on its console, or ask anybody but its
// own server for anything.
import assert from "node:assert/strict";

/** The longest that any wait takes, ms. */
export const deadline = 30_000;
/** What Chromium itself writes to the console when a server is gone. */
const gone = /WebSocket connection to '.*' failed|net::ERR_(CONNECTION_|EMPTY_RESPONSE|SOCKET_)/;

/** Gives `body` a page; afterwards nothing may be left open, and nothing have been complained of. `watch.excused`: the server is away. */
export async function look(browser, { viewport = { width: 1280, height: 800 }, touch = false, scheme = "dark", stored = {} }, origin, body) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme: scheme, viewport, hasTouch: touch });
  await context.addInitScript((values) => {
    for (const [key, value] of Object.entries(values)) if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
  }, stored);
  const watch = { excused: false };
  const complaints = [];
  const requests = new Set();
  const page = await context.newPage();
  page.setDefaultTimeout(deadline);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (!(watch.excused && gone.test(message.text()))) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.add(new URL(request.url()).origin));
  page.on("websocket", (socket) => requests.add(new URL(socket.url().replace(/^ws/, "http")).origin));
  try {
    await body(page, watch);
    assert.deepEqual(complaints, [], "the console is clean");
    assert.deepEqual([...requests], [origin], "nobody but the server is asked for anything");
  } finally {
    await context.close();
  }
}

export const state = (page, name) => page.waitForSelector(`body[data-state="${name}"]`);
export const chart = (page) => page.$eval("#chart", (element) => ({ ...element.dataset }));

/** Waits until the newest bar moved on in time and more trades were counted. */
export async function moved(page) {
  const { time, changes } = await chart(page);
  await page.waitForFunction(
    ([t, n]) => { const now = document.getElementById("chart").dataset; return Number(now.time) > t && Number(now.changes) > n; },
    [Number(time ?? 0), Number(changes ?? 0)],
  );
}
