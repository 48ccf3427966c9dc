// Says how the connection stands, in words, at the top of the page and as data on <body>. It never says "live" of a picture
// that is not: a lost connection, a stream that went quiet, missing trades and a lowered rate are each named.

import type { State } from "../client/connection.js";
import type { Diary } from "./diary";
import { lasting } from "./meter";

/** A market that says nothing for this long is called quiet, ms. */
const quiet = 5_000;

export class Status {
  private state: State = { name: "connecting" };
  private roundTrip: number | undefined;
  private moved = 0;
  private text = "";
  private lost: number | undefined;

  constructor(
    private readonly pill: HTMLButtonElement,
    private readonly rate: HTMLElement,
    private readonly gap: HTMLElement,
    /** Read out by screen readers: each change once, not each second of a countdown. */ private readonly announce: HTMLElement,
    private readonly diary: Diary,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** ms; undefined: not measured yet. */
  get trip(): number | undefined {
    return this.roundTrip;
  }

  show(state: State): void {
    this.write(state);
    this.state = state;
    this.roundTrip = undefined;
    if (state.name === "live") this.moved = this.now();
    document.body.dataset.state = state.name === "closed" ? "stopped" : state.name;
    this.pill.disabled = state.name !== "reconnecting" && state.name !== "closed";
    if (state.name !== "live") this.merged(undefined);
    this.draw();
    this.announce.textContent = state.name === "live" ? "Live" : this.words();
  }

  ping(ms: number): void {
    this.roundTrip = ms;
  }

  /** How the trades of the symbol come, in words. */
  get pace(): string {
    return this.rate.hidden ? "every one" : "merged by the server: this connection is too slow for each";
  }

  /** Something of the market came. */
  alive(): void {
    this.moved = this.now();
  }

  /** The server turned the full stream into a merged one, and why; undefined: all trades come again. */
  merged(why: string | undefined): void {
    document.body.dataset.rate = why === undefined ? "every" : "latest";
    if ((why === undefined) !== this.rate.hidden) {
      this.diary.note(why === undefined ? "Every trade comes again" : `Trades come merged: ${why.replaceAll("_", " ")}`, why === undefined ? "good" : "bad", "rate");
    }
    this.rate.hidden = why === undefined;
    this.rate.textContent = "Merged";
    this.rate.title = why === "slow_consumer"
      ? "This connection is too slow for every trade: the server merges them. Bars stay right."
      : `The server merges trades (${why ?? ""}). Bars stay right.`;
  }

  /** @param uncounted there are more of them than can be counted  @param what what these trades are not in */
  missing(trades: number, uncounted: boolean, why: string, what: string): void {
    document.body.dataset.missing = `${trades}${uncounted ? "+" : ""}`;
    this.gap.hidden = trades === 0 && !uncounted;
    (this.gap.querySelector("b") as HTMLElement).textContent = trades === 0 ? "some" : `${trades}${uncounted ? "+" : ""}`;
    (this.gap.querySelector("span") as HTMLElement).textContent = trades === 1 && !uncounted ? " trade" : " trades";
    this.gap.title = `Trades of this symbol that are not in ${what} (${why}).`;
  }

  /** Once a frame: the words change with the clock too. */
  draw(): void {
    const text = this.words();
    if (text === this.text) return;
    this.text = text;
    (this.pill.querySelector(".words") as HTMLElement).textContent = text;
    this.pill.title = this.hint();
  }

  private write(state: State): void {
    if (state.name === "live") {
      this.diary.note(this.lost === undefined ? "Connected" : `Connected again after ${lasting(this.now() - this.lost)}`, "good");
      this.lost = undefined;
    } else if (state.name === "reconnecting" || state.name === "closed") {
      if (this.state.name === "live") this.lost = this.now();
      this.diary.note(`${this.state.name === "live" ? "Connection lost" : "No connection"}: ${state.why}`, "bad", "connection");
    }
  }

  /** How it stands, as the pill says it. */
  words(): string {
    const { state } = this;
    switch (state.name) {
      case "connecting": return "Connecting…";
      case "closed": return `Refused: ${state.why}`;
      case "reconnecting": return `Reconnecting in ${Math.max(0, Math.ceil((state.at - Date.now()) / 1000))} s`;
      case "live": {
        const still = this.now() - this.moved;
        if (still >= quiet) return `Live · quiet ${Math.floor(still / 1000)} s`;
        return this.roundTrip === undefined ? "Live" : `Live · ${Math.max(1, Math.round(this.roundTrip))} ms`;
      }
    }
  }

  private hint(): string {
    const { state } = this;
    if (state.name === "reconnecting") return `${capital(state.why)}. Press to connect now.`;
    if (state.name === "closed") return `${capital(state.why)}. Press to try again.`;
    return state.name === "live" ? "Connected; the figure is the round trip to the server." : "";
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
