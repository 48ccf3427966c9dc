// The chart page, put together: one client (tickcast-client), the market it fills, and the views that draw it.
//
// It asks for what the server has (`welcome.channels`): all symbols at a pace that suits their number (`Plan`), every trade of the one
// on the chart and some more (`Coverage`), and the bars and the book of the one on the chart (`Focus`). Messages only change
// numbers in memory; drawing happens in animation frames at its own pace, and only while the page is seen, so a market
// of thousands of symbols cannot stall the tab.

import { connect } from "../client/client.js";
import type { State } from "../client/connection.js";
import type { Message, Status as Told } from "../client/protocol.js";
import { bars, calendar } from "./archive";
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
import { Lifeline } from "./lifeline";
import { Market, type Row } from "./market";
import { recall, remember } from "./memory";
import { Meter } from "./meter";
import { Opening, addressed, symbolic } from "./opening";
import { Panels } from "./panels";
import { Past, type Reach } from "./past";
import { named as lengthNamed, periods } from "./period";
import { Picks } from "./picks";
import { Plan, has } from "./plan";
import { Selection } from "./selection";
import { Sheet } from "./sheet";
import { Status } from "./status";
import { Tape } from "./tape";
import { Theme } from "./theme";
import { Watchlist } from "./watchlist";

/** Between two pictures, ms. */
const every = { chart: 33, lists: 100, slow: 500 };

/** So few symbols that each may be had in full, and how many of them were asked for. */
let small = false;
let included = 0;

const market = new Market();
let kept = symbolic(recall("symbol"));
const opening = new Opening(market, kept);
const meter = new Meter();
const clock = new Clock();
const diary = new Diary();
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
  one("past").dataset.away = String(away);
  void past?.seen(left);
});
const theme = new Theme(one<HTMLButtonElement>("theme"), () => chart.paint());
const views = [...document.querySelectorAll<HTMLInputElement>("input[name=list]")];
const watchlist = new Watchlist(
  { list: one("rows"), search: one<HTMLInputElement>("search"), views, nothing: one("nothing") }, market, picks, (symbol) => choose(symbol),
);
const courses = new Courses(bars, () => market.touch());

// ---- the stream ----

const client = connect(location.origin);
client.on("state", (state) => connected(state));
client.on("frame", ({ messages }) => heard(messages));
client.on("gap", ({ channel, s, f, n, why }) => {
  if (why === "new_epoch") diary.note("The server counts anew: what it said while away is lost", "bad", "epoch");
  else diary.note(`${n - f + 1} ${channel} of ${s} are missing: ${why.replaceAll("_", " ")}`, "bad", `gap ${s}`);
});
const lifeline = new Lifeline(client, (trip, t) => {
  status.ping(trip);
  clock.pong(t, trip);
});

const plan = new Plan(client, {
  quote: (quote) => named(quote.s, () => market.quote(quote)),
  stat: (stat) => named(stat.s, () => market.stat(stat)),
  trade: (trade) => named(trade.s, () => market.trade(trade)),
  status: traded,
  counted(symbols) {
    small = symbols <= most && !has(client.welcome, "bars");
    coverage.begin(!has(client.welcome, "bars"));
  },
});

const coverage = new Coverage(client, {
  counted(symbol, trade, rewritten) {
    market.trade(trade);
    selection.counted(symbol, trade, rewritten);
  },
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

const focus = new Focus(client, {
  all: (made) => selection.candles.replace(made),
  bar: (made) => selection.candles.put(made),
});

function connected(state: State): void {
  status.show(state);
  if (state.name !== "live") {
    meter.reset();
    lifeline.stop();
    return;
  }
  const { welcome } = state;
  market.restart(welcome.epoch);
  clock.forget();
  document.body.dataset.stats = has(welcome, "stats") ? "yes" : "no";
  selection.served = has(welcome, "bars");
  plan.begin(welcome);
  focus.begin({ bars: has(welcome, "bars"), book: has(welcome, "book") });
  lifeline.start();
}

/** A frame was given to whom it concerns: now it is counted, and how old its newest message is. */
function heard(messages: readonly Message[]): void {
  meter.add(messages.length);
  let newest: number | undefined;
  let moving = false;
  for (const message of messages) {
    if (!("s" in message) || message.e === "gap") continue;
    moving = true;
    if ((message.e === "quote" || message.e === "trade") && !message.snap) newest = message.t;
  }
  if (moving) status.alive();
  if (newest !== undefined) meter.late(clock.now() - newest / 1000);
}

const selection: Selection = new Selection(recalledPeriod(), coverage, ({ symbol, candles, track, served }) => {
  chart.show(symbol, candles, served ? [] : track?.gaps ?? []);
  if (served && lengthNamed(candles.period) === "1d") {
    void calendar(symbol).then((found) => { if (found && candles === selection.candles) chart.dated(found); });
  }
  tellMissing();
  past = served ? new Past(candles, (to, limit) => bars(symbol, lengthNamed(candles.period), limit, to), reached) : undefined;
  reached("more");
});

function tellMissing(): void {
  const { missing = 0, uncounted = false, why = "" } = selection.track ?? {};
  status.missing(missing, uncounted, why, selection.served ? "time & sales" : "its bars");
}

/** How far back the chart can be scrolled. */
function reached(reach: Reach): void {
  const words: Record<Reach, string> = { more: "", loading: "Loading older bars…", failed: "Older bars could not be loaded", end: "These are the oldest bars" };
  one("past").hidden = reach === "more";
  one("chart").dataset.reach = reach;
  write(one("past"), words[reach]);
}

function traded(told: Told): void {
  const before = market.find(told.s)?.state ?? "trading";
  market.status(told);
  if (told.state !== before && !told.snap) diary.note(`${told.s}: ${told.state}${told.reason ? `, ${told.reason}` : ""}`, told.state === "trading" ? "good" : "plain");
}

/** A symbol that was not there is there with its first price. */
function named(symbol: string, body: () => void): void {
  const size = market.size;
  body();
  if (market.size > size) coverage.named(symbol);
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

/** The ladder has its place as soon as any book has come: many a feed has none. */
function shelve(): void {
  if (document.body.dataset.book === "yes" || !focus.book?.n) return;
  document.body.dataset.book = "yes";
  panels.offer("ladder", true);
}

/** The bars and the book of what is on the chart now. */
function look(): void {
  if (selection.symbol) focus.want({ symbol: selection.symbol, period: lengthNamed(selection.period) });
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

one("state").addEventListener("click", () => client.reconnect());
one("follow").addEventListener("click", () => chart.follow());
one("speed").addEventListener("click", () => sheet.toggle());
one("ask").addEventListener("click", () => help.toggle());
document.querySelector("#headline .star")?.addEventListener("click", () => pick());
window.addEventListener("hashchange", () => begin());

function pick(): void {
  if (selection.symbol) picks.toggle(selection.symbol);
}

new Keys([
  { title: "Symbols", keys: [
    { keys: ["ArrowUp", "ArrowDown"], says: "the one before, the next", does: (event) => watchlist.step(event.key) },
    { keys: ["/"], says: "search; Enter takes the best match", does: () => { panels.show("watch"); one("search").focus(); } },
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
    { keys: ["Escape"], says: "closes; clears the search, then leaves it" },
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
  if (!selection.symbol) settle(now);
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
    shelve();
    ladder.draw(focus.book, legend.digits);
    headline.draw(selection.symbol, row, picks.has(selection.symbol));
    status.draw();
  } },
  { name: "slow", draw(row) {
    details.draw(sheet.open, { state: status.words(), roundTrip: status.trip, rate: meter.rate(), welcome: client.welcome, trades: status.pace });
    closes();
    if (has(client.welcome, "bars")) courses.seen(watchlist.sight);
    const title = row?.last === undefined ? "tickcast" : `${row.symbol} ${price(row.last, row.digits)} · tickcast`;
    if (document.title !== title) document.title = title;
    if (row) keep(row.symbol);
  } },
];

/** The next visit begins where this one was; only what there is here is worth that. */
function keep(symbol: string): void {
  if (symbol === kept) return;
  kept = symbol;
  remember("symbol", symbol);
}

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

/** Nobody named a symbol. */
function settle(now: number): void {
  const symbol = opening.pick(now);
  if (symbol) choose(symbol);
}

/** What the address names, if it names one. */
function begin(): void {
  const symbol = addressed(location.hash);
  if (symbol) choose(symbol);
}

begin();
requestAnimationFrame(frame);
