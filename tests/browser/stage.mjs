// A stand-in for the server, for what a real one cannot be made to say on demand: a gap, a lowered rate, a halt, a clock that is wrong, a
// refusal. Chromium is given the page's own files (web/dist) and a stream that says what the test wants, by the contract of
// docs/protocol.md. Nothing listens on any port.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", txt: "text/plain" };
/** As the server sends it. */
const policy = "default-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
export const origin = "https://stage.test";

const spans = { "1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400 };
const cents = (x) => Math.round(x * 100) / 100;

/** A price that is the same whenever it is asked for, so that bars of the past agree with each other. */
function price(symbol, seconds) {
  const seed = [...symbol].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1000;
  const wave = (period, size) => Math.sin((seconds + seed * 97) / period) * size;
  return cents(40 + seed / 2 + wave(86_400 * 3, 9) + wave(9000, 3) + wave(1400, 1.1) + wave(160, 0.35) + wave(17, 0.1) + wave(2.3, 0.03));
}

const p0 = (symbol) => Math.abs(Math.sin(symbol.charCodeAt(0) * 3 + symbol.length)) + 0.2;

export function bar(symbol, period, start) {
  const span = spans[period];
  const points = Array.from({ length: 9 }, (_, i) => price(symbol, start + (span * i) / 8.01));
  const k = 20 + Math.round(Math.abs(Math.sin(start * 12.9898) * 200));
  return { t: start * 1e6, o: points[0], h: Math.max(...points), l: Math.min(...points), c: points[8], v: k * 37, k };
}

function ladder(symbol, seconds, depth) {
  const mid = price(symbol, seconds);
  const level = (i, way) => [cents(mid + way * (0.01 + i * 0.01)), 100 + Math.round(Math.abs(Math.sin(i * 7.7 + Math.floor(seconds * 3) * way)) * 900)];
  return { b: Array.from({ length: depth }, (_, i) => level(i, -1)), a: Array.from({ length: depth }, (_, i) => level(i, 1)) };
}

/**
 * @param options.channels what the server has  @param options.ahead how far its clock is ahead of the browser's, ms
 * @param options.oldest how many bars there are of the past  @param options.hours time zone and session of its market
 */
export async function stage(page, { symbols = ["AAPL", "AMD", "AMZN", "GOOG", "META", "MSFT", "NFLX", "NVDA", "TSLA"],
  channels = ["trades", "quotes", "bars", "book", "stats", "status"], ahead = 0, oldest = 3000, beat = 100, hours = { timezone: "Etc/UTC", session: "24x7" } } = {}) {
  const clock = () => Date.now() + ahead;
  const began = Math.floor(clock() / 1000);
  const asked = [];
  const sent = { bars: 0 };
  let socket;
  let timer;
  /** Numbers within (symbol, channel). */
  const numbers = new Map();
  const last = (s, channel) => numbers.get(`${channel} ${s}`) ?? 0;
  const next = (s, channel) => {
    numbers.set(`${channel} ${s}`, last(s, channel) + 1);
    return last(s, channel);
  };
  let subscriptions = new Map();

  const say = (...messages) => socket?.send(JSON.stringify(messages));
  const older = (symbol, period, to, limit) => {
    const span = spans[period];
    const last = Math.floor(to / span) * span;
    const first = Math.floor(began / span) * span - oldest * span;
    const bars = [];
    for (let at = last - (limit - 1) * span; at <= last; at += span) if (at >= first) bars.push(bar(symbol, period, at));
    return bars;
  };
  const stat = (s, t) => {
    const c = price(s, t);
    const o = price(s, began - 20_000);
    return { e: "stat", s, n: last(s, "trades"), t: Math.round(t * 1e6), o, h: cents(c + 1.2), l: cents(o - 1.4), c, v: Math.round(p0(s) * 90_000) + last(s, "trades") * 10, k: 8_000 + last(s, "trades"), ch: cents(c - o), pct: cents(((c - o) / o) * 100) };
  };
  const quote = (s, t) => {
    const p = price(s, t);
    const n = next(s, "quotes");
    return { e: "quote", s, n, t: Math.round(t * 1e6), b: cents(p - 0.01), bq: 200 + (n % 7) * 100, a: cents(p + 0.01), aq: 300 };
  };
  const trade = (s, t) => {
    const n = next(s, "trades");
    return { e: "trade", s, n, t: Math.round(t * 1e6), p: price(s, t), q: 1 + ((n * 37) % 300) * (n % 11 ? 1 : 6), side: n % 3 ? "buy" : "sell" };
  };
  const current = (s, period, t) => {
    const span = spans[period];
    const start = Math.floor(t / span) * span;
    return { e: "bar", s, i: period, ...bar(s, period, start), c: price(s, t), n: last(s, "trades") };
  };

  function snapshot(command) {
    const t = clock() / 1000;
    const names = command.symbols.includes("*") ? symbols : command.symbols;
    if (command.snapshot === false) return [];
    const snap = (message) => ({ ...message, snap: true });
    switch (command.channel) {
      case "quotes": return names.map((s) => snap(quote(s, t)));
      case "stats": return names.map((s) => snap(stat(s, t)));
      case "trades": return names.flatMap((s) => Array.from({ length: Math.min(40, command.history ?? 1) }, (_, i) => snap(trade(s, t - 4 + i / 10))));
      case "bars": return names.flatMap((s) => older(s, command.period, t, command.history ?? 1).map((one) => snap({ e: "bar", s, i: command.period, ...one, n: last(s, "trades") })));
      case "book": return names.map((s) => ({ e: "book", s, n: next(s, "book"), t: Math.round(t * 1e6), snap: true, ...ladder(s, t, command.depth ?? 10) }));
      case "status": return names.map((s) => ({ e: "status", s, n: 1, t: Math.round(t * 1e6), state: "trading", snap: true }));
    }
  }

  function carryOut(command) {
    asked.push({ ...command, at: performance.now() });
    if (command.op === "ping") return say({ e: "pong", id: command.id, t: clock() * 1000 });
    const key = `${command.channel} ${command.period ?? ""} ${command.symbols}`;
    if (command.op === "unsubscribe") {
      subscriptions.delete(key);
      return say({ e: "unsubscribed", id: command.id, channel: command.channel, symbols: command.symbols });
    }
    subscriptions.set(key, command);
    const known = command.symbols[0] === "*" ? [{ s: "*", count: symbols.length }] : command.symbols.filter((s) => symbols.includes(s)).map((s) => ({ s, n: last(s, command.channel) }));
    const failed = command.symbols.filter((s) => s !== "*" && !symbols.includes(s)).map((s) => ({ s, code: "unknown_symbol" }));
    say({ e: "subscribed", id: command.id, channel: command.channel, mode: command.mode ?? "every", interval_ms: command.interval_ms ?? 0, symbols: known, failed });
    const answers = snapshot({ ...command, symbols: command.symbols.filter((s) => s === "*" || symbols.includes(s)) });
    if (answers.length > 0) say(...answers);
  }

  function tick() {
    const t = clock() / 1000;
    const messages = [];
    for (const { channel, symbols: wanted, period, depth } of subscriptions.values()) {
      for (const s of wanted[0] === "*" ? symbols : wanted) {
        if (!symbols.includes(s)) continue;
        if (channel === "quotes") messages.push(quote(s, t));
        else if (channel === "stats") messages.push(stat(s, t));
        else if (channel === "trades") messages.push(trade(s, t));
        else if (channel === "bars") messages.push(current(s, period, t));
        else if (channel === "book") messages.push({ e: "book", s, n: next(s, "book"), t: Math.round(t * 1e6), snap: true, ...ladder(s, t, depth ?? 10) });
      }
    }
    if (messages.length > 0) say(...messages);
  }

  await page.route(`${origin}/**`, async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname === "/v1/bars") {
      sent.bars += 1;
      const { symbol, period, to, limit } = Object.fromEntries(url.searchParams);
      return channels.includes("bars")
        ? route.fulfill({ json: { symbol, period, bars: older(symbol, period, to ? Number(to) / 1e6 - spans[period] : clock() / 1000, Number(limit)) } })
        : route.fulfill({ status: 404, json: { error: { code: "not_found", message: "no" } } });
    }
    if (url.pathname === "/udf/symbols") return route.fulfill({ json: { name: url.searchParams.get("symbol"), ...hours } });
    const name = url.pathname === "/" ? "index.html" : url.pathname.slice(1);
    return route.fulfill({ body: await readFile(dist + name), contentType: types[name.split(".").pop()], headers: { "content-security-policy": policy } });
  });
  await page.routeWebSocket(/\/v1\/stream$/, (opened) => {
    socket = opened;
    subscriptions = new Map();
    opened.onMessage((text) => [JSON.parse(text)].flat().forEach(carryOut));
    opened.onClose(() => { if (socket === opened) socket = undefined; });
    say({ e: "welcome", v: 1, server: "tickcast/stage", session: "5e551", epoch: "e", t: clock() * 1000, ping_s: 20,
      limits: { symbols: 1024, commands_per_s: 10, burst: 40, frame_bytes: 65536 }, encodings: ["json"], channels });
    clearInterval(timer);
    timer = setInterval(tick, beat);
  });
  return {
    asked, sent, say,
    /** The newest command for this channel. */
    last: (channel) => asked.filter((command) => command.channel === channel).pop(),
    /** Number of the newest trade of a symbol. */
    traded: (s) => last(s, "trades"),
    /** These trades are never sent. */
    skip(s, count) { numbers.set(`trades ${s}`, last(s, "trades") + count); },
    now: () => clock() * 1000,
    hush() { clearInterval(timer); },
    close: (code, reason) => socket?.close({ code, reason }),
    end() { clearInterval(timer); },
  };
}
