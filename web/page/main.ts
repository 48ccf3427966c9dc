// The chart page, put together: one stream, the market it fills, and the views that draw it.
//
// It asks for what the server has (`welcome.channels`): all symbols at a pace that suits their number (`plan`), every trade of the one
// on the chart and some more (`Coverage`), and the bars and the book of the one on the chart (`Focus`). Messages only change
// numbers in memory; drawing happens in animation frames at its own pace, and only while the page is seen, so a market
// of thousands of symbols cannot stall the tab.

import { bars } from "./archive";
import { Book } from "./book";
import { Chart } from "./chart";
import { Clock } from "./clock";
import { Courses } from "./courses";
import { Coverage, most } from "./coverage";
import { price } from "./decimal";
import { Details } from "./details";
import { Diary } from "./diary";
import { one, write } from "./element";
import { Focus } from "./focus";
import { Headline } from "./headline";
import { Keys } from "./keys";
import { Ladder } from "./ladder";
import { Legend } from "./legend";
import { Market, type Row } from "./market";
import { recall, remember } from "./memory";
import type { Failure, Message, Subscribed, TradingStatus, Welcome } from "./message";
import { Meter } from "./meter";
import { Panels } from "./panels";
import { Past, type Reach } from "./past";
import { named as lengthNamed, periods } from "./period";
import { Picks } from "./picks";
import { counted, everything, has, paces, suited } from "./plan";
import { Selection } from "./selection";
import { Sheet } from "./sheet";
import { Status } from "./status";
import { Stream, address, type State } from "./stream";
import { Tape } from "./tape";
import { Theme } from "./theme";
import { Watchlist } from "./watchlist";

/** Between two pictures, ms. */
const every = { chart: 33, lists: 100, slow: 500 };
/** How long the market is listened to before the busiest symbol is put on the chart, ms. */
const survey = 700;

/** What the server said of itself, and whether its session is not set up yet. */
let welcome: Welcome | undefined;
let fresh = false;
/** So few symbols that each may be had in full, and how many of them were asked for. */
let small = false;
let included = 0;

const market = new Market();
const meter = new Meter();
const clock = new Clock();
const diary = new Diary();
const book = new Book();
const status = new Status(one<HTMLButtonElement>("state"), one("rate"), one("gap"), one("announce"), diary);
const details = new Details(one("details"), one("speed"), one("clock"), meter, clock, diary);
const sheet = new Sheet(one<HTMLDialogElement>("details"));
const help = new Sheet(one<HTMLDialogElement>("help"));
const panels = new Panels(document.querySelector(".tabs") as HTMLElement);
const legend = new Legend(one("legend"));
const headline = new Headline(one("headline"), one("trading"));
const tape = new Tape(one("tape"));
const ladder = new Ladder(one("ladder"));
const picks = new Picks(() => { watchlist.touch(); again(); });
let past: Past | undefined;
const chart = new Chart(one("chart"), (bar) => legend.show(bar), (away, left) => {
  one("follow").hidden = !away;
  void past?.seen(left);
});
const theme = new Theme(one<HTMLButtonElement>("theme"), () => chart.paint());
const views = [...document.querySelectorAll<HTMLInputElement>("input[name=list]")];
const watchlist = new Watchlist(
  { list: one("rows"), search: one<HTMLInputElement>("search"), views, nothing: one("nothing") }, market, picks, (symbol) => choose(symbol),
);
const courses = new Courses((symbol, limit) => bars(symbol, "1m", limit));

// ---- the stream ----

const stream: Stream = new Stream(address(location), {
  state(state: State) {
    status.show(state);
    if (state.name === "live") return;
    meter.reset();
    coverage.closed();
    focus.closed();
  },
  opened(greeting: Welcome) {
    market.restart();
    clock.forget();
    book.clear();
    welcome = greeting;
    fresh = true;
    document.body.dataset.book = has(welcome, "book") ? "yes" : "no";
    document.body.dataset.stats = has(welcome, "stats") ? "yes" : "no";
    panels.offer("ladder", has(welcome, "book"));
    selection.served = has(welcome, "bars");
    stream.send(...everything(greeting, paces.brisk, true));
    focus.opened(greeting);
  },
  messages(messages: Message[]) {
    const now = performance.now();
    meter.add(messages.length);
    let moving = false;
    let newest: number | undefined;
    for (const message of messages) {
      switch (message.e) {
        case "quote": market.quote(message); break;
        case "trade": market.trade(message); break;
        case "stat": market.stat(message); break;
        case "status": traded(message); break;
        case "subscribed": case "error": covered(message); break;
        case "gap": diary.note(`${message.n - message.f + 1} ${message.channel} of ${message.s} are missing: ${message.why.replaceAll("_", " ")}`, "bad", `gap ${message.s}`); break;
      }
      coverage.take(message, now);
      focus.take(message);
      if (message.e !== "quote" && message.e !== "trade" && message.e !== "stat" && message.e !== "book" && message.e !== "bar") continue;
      moving = true;
      if ((message.e === "quote" || message.e === "trade") && !message.snap) newest = message.t;
    }
    if (moving) status.alive();
    if (newest !== undefined) meter.late(clock.now() - newest / 1000);
  },
  roundTrip(ms, t) {
    status.ping(ms);
    clock.pong(t, ms);
  },
});

const coverage = new Coverage((...commands) => stream.send(...commands), {
  counted: (symbol, trade, rewritten) => selection.counted(symbol, trade, rewritten),
  missing(symbol) {
    if (symbol !== selection.symbol) return;
    tellMissing();
    chart.flag();
  },
  merged: (why) => status.merged(why),
  unknown(symbol) {
    if (symbol === selection.symbol) write(one("empty"), `There is no symbol ${symbol} here.`);
  },
});

const focus = new Focus((...commands) => stream.send(...commands), {
  begins(anew) {
    awaited = true;
    if (anew) selection.candles.cut(0);
  },
  bar(bar) {
    // What was missed while away may be more than the server sends at once: then it is better to begin anew than to show a hole.
    const { candles } = selection;
    if (awaited && candles.newest && bar.t / 1e6 > candles.newest.time) candles.cut(0);
    awaited = false;
    candles.put(bar);
  },
  book: (told) => book.take(told),
});
/** The first bar of a snapshot is still to come. */
let awaited = false;

const selection: Selection = new Selection(recalledPeriod(), coverage, ({ symbol, candles, track, served }) => {
  chart.show(symbol, candles, served ? [] : track?.gaps ?? []);
  tellMissing();
  past = served ? new Past(candles, (to, limit) => bars(symbol, lengthNamed(candles.period), limit, to), reached) : undefined;
  reached("more");
});

function tellMissing(): void {
  status.missing(selection.track?.sequence.missing ?? 0, selection.track?.why ?? "", selection.served ? "time & sales" : "its bars");
}

/** How far back the chart can be scrolled. */
function reached(reach: Reach): void {
  const words: Record<Reach, string> = { more: "", loading: "Loading older bars…", failed: "Older bars could not be loaded", end: "These are the oldest bars" };
  one("past").hidden = reach === "more";
  one("chart").dataset.reach = reach;
  write(one("past"), words[reach]);
}

function traded(told: TradingStatus): void {
  const before = market.find(told.s)?.state ?? "trading";
  market.status(told);
  if (told.state !== before && !told.snap) diary.note(`${told.s}: ${told.state}${told.reason ? `, ${told.reason}` : ""}`, told.state === "trading" ? "good" : "plain");
}

/**
 * The answer that tells how many symbols there are: now the pace is known that suits them. Only then the symbol on the chart is asked
 * for, because asking for all again would take its own options away.
 */
function covered(answer: Subscribed | Failure): void {
  if (answer.id !== counted || !fresh || !welcome) return;
  fresh = false;
  const count = answer.e === "subscribed" ? answer.symbols.find((entry) => entry.s === "*")?.count ?? 0 : 0;
  const pace = suited(count);
  if (pace !== paces.brisk) stream.send(...everything(welcome, pace, false));
  coverage.opened(welcome, has(welcome, "stats") ? undefined : pace);
  small = count <= most && !has(welcome, "bars");
}

// ---- the viewer ----

function choose(symbol: string): void {
  selection.choose(symbol);
  look();
  watchlist.mark(symbol);
  again();
  write(one("empty"), `Waiting for trades of ${symbol}…`);
  history.replaceState(null, "", `#${symbol}`);
}

/** The bars and the book of what is on the chart now. */
function look(): void {
  book.clear();
  if (selection.symbol) focus.want({ symbol: selection.symbol, period: lengthNamed(selection.period) });
}

/** The symbol in the address, if what stands there can be one. */
function named(): string {
  const text = location.hash.slice(1).replace(/%2F/gi, "/").replace(/%3A/gi, ":").replace(/%3D/gi, "=").replace(/%5E/gi, "^");
  return /^[A-Za-z0-9._:/=^-]{1,32}$/.test(text) ? text : "";
}

function recalledPeriod(): number {
  const period = Number(recall("period"));
  return periods.find((known) => known === period) ?? 1;
}

const inputs = [...document.querySelectorAll<HTMLInputElement>("input[name=period]")];
for (const input of inputs) {
  input.checked = Number(input.value) === recalledPeriod();
  input.addEventListener("change", () => {
    remember("period", input.value);
    selection.span(Number(input.value));
    look();
  });
}

one("state").addEventListener("click", () => stream.retry());
one("follow").addEventListener("click", () => chart.follow());
one("speed").addEventListener("click", () => sheet.toggle());
one("ask").addEventListener("click", () => help.toggle());
document.querySelector("#headline .star")?.addEventListener("click", () => pick());
window.addEventListener("online", () => stream.retry());
window.addEventListener("hashchange", () => { if (named()) choose(named()); });

function pick(): void {
  if (selection.symbol) picks.toggle(selection.symbol);
}

new Keys([
  { title: "Symbols", keys: [
    { keys: ["ArrowUp", "ArrowDown"], says: "the one before, the next", does: (event) => watchlist.step(event.key) },
    { keys: ["/"], says: "search", does: () => { panels.show("watch"); one("search").focus(); } },
    { keys: ["w"], says: "on my list, or off it", does: pick },
    { keys: ["m"], says: "my list, or all symbols", does: () => views.find((view) => !view.checked)?.click() },
  ] },
  { title: "Chart", keys: [
    ...periods.map((seconds, i) => ({ keys: [String(i + 1)], says: `bars of ${lengthNamed(seconds)}`, does: () => inputs[i]?.click() })),
    { keys: ["ArrowLeft", "ArrowRight"], says: "back and forth, on the chart" },
    { keys: ["+", "−"], says: "zoom, on the chart" },
    { keys: ["End"], says: "the newest bar, on the chart" },
  ] },
  { title: "Page", keys: [
    { keys: ["t"], says: "light or dark", does: () => theme.turn() },
    { keys: ["i"], says: "figures of the connection", does: () => sheet.toggle() },
    { keys: ["?"], says: "this help", does: () => help.toggle() },
    { keys: ["Escape"], says: "closes, or clears the search" },
  ] },
]).explain(document.querySelector("[data-keys]") as HTMLElement);

// ---- drawing ----

const drawn = { chart: 0, lists: 0, slow: 0 };

/** The lists are drawn in the next frame. */
function again(): void {
  drawn.lists = 0;
}

/** One of the pictures a frame, the one most overdue: several small tasks instead of a long one, and none starves. */
function frame(now: number): void {
  requestAnimationFrame(frame);
  const due = pictures.map(({ name, draw }) => ({ name, draw, late: (now - drawn[name]) / every[name] })).sort((a, b) => b.late - a.late)[0];
  if (due && due.late >= 1) {
    drawn[due.name] = now;
    due.draw(market.find(selection.symbol));
  }
  if (!selection.symbol && market.size > 0) settle(now);
  if (small && market.size > included && market.size <= most) include();
}

const pictures: { name: keyof typeof every; draw: (row: Row | undefined) => void }[] = [
  { name: "chart", draw(row) {
    legend.digits = row?.digits ?? 2;
    chart.digits(legend.digits);
    chart.draw();
    one("empty").hidden = selection.candles.bars.length > 0;
  } },
  { name: "lists", draw(row) {
    watchlist.draw();
    tape.draw(selection.track?.recent ?? [], legend.digits);
    ladder.draw(book, legend.digits);
    headline.draw(selection.symbol, row, picks.has(selection.symbol));
    status.draw();
  } },
  { name: "slow", draw(row) {
    details.draw(sheet.open, { state: status.words(), roundTrip: status.trip, rate: meter.rate(), welcome, trades: status.pace });
    closes();
    if (has(welcome, "bars")) courses.seen(watchlist.sight);
    const title = row?.last === undefined ? "tickcast" : `${row.symbol} ${price(row.last, row.digits)} · tickcast`;
    if (document.title !== title) document.title = title;
  } },
];

/** Time until the newest bar closes, where the market is live and one would wait for it. */
function closes(): void {
  const { newest, period } = selection.candles;
  const left = newest === undefined || period < 60 ? 0 : newest.time + period - clock.now() / 1000;
  const shown = left > 0 && left <= period && period < 86_400;
  one("closes").hidden = !shown;
  if (shown) write(one("closes"), `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, "0")}`);
}

/** A small market is covered whole. */
function include(): void {
  included = market.size;
  coverage.want(...market.rows().map((row) => row.symbol).filter((symbol) => !coverage.track(symbol)));
}

let first = 0;

/** Nobody named a symbol: after a short look at the market, the busiest. */
function settle(now: number): void {
  first ||= now;
  const best = now - first >= survey ? market.busiest() : undefined;
  if (best) choose(best.symbol);
}

if (named()) choose(named());
stream.start();
requestAnimationFrame(frame);
