// The chart page, put together: one stream, the market it fills, and the views that draw it.
//
// It subscribes to all symbols, quotes and trades, merged to a few messages a second each (`latest`), for the watchlist, and to
// every trade of the symbol on the chart and some more (`Coverage`). Messages only change numbers in memory; drawing happens at its own pace,
// ten to twenty times a second and only while the page is seen, so a market of thousands of symbols cannot stall the tab.

import { Chart } from "./chart";
import { Coverage, most, type Pace } from "./coverage";
import { price } from "./decimal";
import { Headline } from "./headline";
import { Legend } from "./legend";
import { Market } from "./market";
import { recall, remember } from "./memory";
import type { Command, Failure, Message, Subscribed, Welcome } from "./message";
import { Selection, periods } from "./selection";
import { Status } from "./status";
import { Stream, address, type State } from "./stream";
import { Tape } from "./tape";
import { Theme } from "./theme";
import { Watchlist } from "./watchlist";

const one = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** The pace of the watchlist, ms between two messages of one symbol; and the slower one where there are very many. */
const brisk: Pace = { mode: "latest", interval_ms: 250 };
const slow: Pace = { mode: "latest", interval_ms: 1000 };
const many = 2000;
/** Between two pictures, ms. */
const chartEvery = 50;
const listsEvery = 100;
/** How long the market is listened to before the busiest symbol is put on the chart, ms. */
const survey = 700;

/** A welcome whose session is not set up yet. */
let greeting: Welcome | undefined;
/** So few symbols that each may be had in full. */
let small = false;
/** How many of them were asked for. */
let included = 0;

const market = new Market();
const status = new Status(one<HTMLButtonElement>("state"), one("rate"), one("gap"), one("announce"));
const legend = new Legend(one("legend"));
const headline = new Headline(one("headline"));
const tape = new Tape(one("tape"));
const chart = new Chart(one("chart"), (bar) => legend.show(bar), (away) => { one("follow").hidden = !away; });
new Theme(one<HTMLButtonElement>("theme"), () => chart.paint());
const watchlist = new Watchlist(one("rows"), one<HTMLInputElement>("search"), market, (symbol) => choose(symbol));

const stream: Stream = new Stream(address(location), {
  state(state: State) {
    status.show(state);
    if (state.name !== "live") coverage.closed();
  },
  opened(welcome: Welcome) {
    market.restart();
    greeting = welcome;
    stream.send(...everything(brisk, true));
  },
  messages(messages: Message[]) {
    const now = performance.now();
    for (const message of messages) {
      if (message.e === "quote") market.quote(message);
      else if (message.e === "trade") market.trade(message);
      else if (message.e === "subscribed" || message.e === "error") covered(message);
      coverage.take(message, now);
    }
    if (messages.some((message) => message.e === "trade" || message.e === "quote")) status.alive();
  },
  roundTrip: (ms) => status.ping(ms),
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
    if (symbol === selection.symbol) one("empty").textContent = `There is no symbol ${symbol} here.`;
  },
});

const selection = new Selection(recalledPeriod(), coverage, ({ symbol, candles, track }) => {
  chart.show(symbol, candles, track?.gaps ?? []);
  tellMissing();
});

function tellMissing(): void {
  status.missing(selection.track?.sequence.missing ?? 0, selection.track?.why ?? "");
}

function everything(how: Pace, snapshot: boolean): Command[] {
  return (["quotes", "trades"] as const).map((channel) => ({ op: "subscribe", id: `all-${channel}`, channel, symbols: ["*"], snapshot, ...how }));
}

/**
 * The answer to "all trades". Of very many symbols a slower pace is enough: nobody reads ten thousand prices four times a second.
 * Only then the symbol on the chart is asked for, because asking for all again would take its own options away.
 */
function covered(answer: Subscribed | Failure): void {
  if (answer.id !== "all-trades" || !greeting) return;
  const count = answer.e === "subscribed" ? answer.symbols.find((entry) => entry.s === "*")?.count ?? 0 : 0;
  if (count > many) stream.send(...everything(slow, false));
  coverage.opened(greeting, count > many ? slow : brisk);
  small = count <= most;
  greeting = undefined;
}

function choose(symbol: string): void {
  selection.choose(symbol);
  watchlist.mark(symbol);
  drawnLists = 0;
  one("empty").textContent = `Waiting for trades of ${symbol}…`;
  history.replaceState(null, "", `#${symbol}`);
}

/** The symbol in the address, if what stands there can be one. */
function named(): string {
  const text = location.hash.slice(1).replace(/%2F/gi, "/").replace(/%3A/gi, ":").replace(/%3D/gi, "=").replace(/%5E/gi, "^");
  return /^[A-Za-z0-9._:/=^-]{1,32}$/.test(text) ? text : "";
}

// ---- the period ----

function recalledPeriod(): number {
  const period = Number(recall("period"));
  return periods.find((known) => known === period) ?? 1;
}

for (const input of document.querySelectorAll<HTMLInputElement>("input[name=period]")) {
  input.checked = Number(input.value) === recalledPeriod();
  input.addEventListener("change", () => {
    remember("period", input.value);
    selection.span(Number(input.value));
  });
}

// ---- drawing ----

let drawnChart = 0;
let drawnLists = 0;

function frame(now: number): void {
  requestAnimationFrame(frame);
  const row = market.find(selection.symbol);
  if (now - drawnChart >= chartEvery) {
    drawnChart = now;
    legend.digits = row?.digits ?? 2;
    chart.digits(legend.digits);
    chart.draw();
    one("empty").hidden = selection.candles.bars.length > 0;
  }
  if (now - drawnLists >= listsEvery) {
    drawnLists = now;
    watchlist.draw();
    tape.draw(selection.track?.recent ?? [], legend.digits);
    headline.draw(selection.symbol, row);
    status.draw();
    const title = row?.last === undefined ? "tickcast" : `${row.symbol} ${price(row.last, row.digits)} · tickcast`;
    if (document.title !== title) document.title = title;
  }
  if (!selection.symbol && market.size > 0) settle(now);
  if (small && market.size > included && market.size <= most) include();
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

// ---- the viewer ----

one("state").addEventListener("click", () => stream.retry());
one("follow").addEventListener("click", () => chart.follow());
window.addEventListener("online", () => stream.retry());
window.addEventListener("hashchange", () => { if (named()) choose(named()); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  one("search").focus();
});

if (named()) choose(named());
stream.start();
requestAnimationFrame(frame);
