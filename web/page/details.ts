// How the connection stands, in figures, and what was wrong with it lately: the sheet behind the message rate.

import type { Welcome } from "../client/protocol.js";
import type { Clock } from "./clock";
import type { Diary, Entry } from "./diary";
import { write } from "./element";
import { type Meter, lasting } from "./meter";

/** A viewer's clock that is further off than this is worth a word, ms. */
const off = 1_000;
/** Older than this when it comes is no delay but a recording, ms. */
const recorded = 60_000;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export interface Figures { state: string; roundTrip: number | undefined; rate: number; welcome: Welcome | undefined; trades: string }

export class Details {
  private readonly values: Record<string, HTMLElement> = {};
  private readonly list: HTMLElement;
  private written = -1;

  constructor(
    sheet: HTMLElement, private readonly button: HTMLElement, private readonly warning: HTMLElement,
    private readonly meter: Meter, private readonly time: Clock, private readonly diary: Diary,
  ) {
    for (const element of sheet.querySelectorAll<HTMLElement>("[data-figure]")) this.values[element.dataset.figure as string] = element;
    this.list = sheet.querySelector("ol") as HTMLElement;
  }

  /** The button at the top is always drawn, the sheet only while it is open. */
  draw(open: boolean, figures: Figures): void {
    const rate = whole.format(figures.rate);
    write(this.button.querySelector("b") as HTMLElement, rate);
    this.button.dataset.messages = String(this.meter.total);
    this.button.dataset.speed = String(Math.round(figures.rate));
    this.button.dataset.delay = this.meter.delay === undefined ? "" : String(Math.round(this.meter.delay));
    this.clock();
    if (!open) return;
    const { welcome } = figures;
    this.set("state", figures.state);
    this.set("trip", figures.roundTrip === undefined ? "–" : lasting(figures.roundTrip));
    this.set("rate", `${rate} a second, ${whole.format(this.meter.total)} in all`);
    this.set("trades", figures.trades);
    this.set("delay", delay(this.meter.delay));
    this.set("clock", skew(this.time));
    this.set("server", welcome ? `${welcome.server}, session ${welcome.session}` : "–");
    this.set("channels", welcome?.channels.join(", ") ?? "–");
    if (this.written === this.diary.version) return;
    this.written = this.diary.version;
    this.list.replaceChildren(...this.diary.entries.map(line));
  }

  private clock(): void {
    const { ahead, doubt } = this.time;
    const wrong = ahead !== undefined && Math.abs(ahead) - doubt > off;
    this.warning.hidden = !wrong;
    document.body.dataset.skew = ahead === undefined ? "" : String(Math.round(ahead));
    if (wrong) write(this.warning, `Clock ${ahead > 0 ? "+" : "−"}${lasting(ahead)}`);
  }

  private set(name: string, text: string): void {
    const element = this.values[name];
    if (element) write(element, text);
  }
}

function delay(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms > recorded ? `${lasting(ms)}: this market is a recording, or late` : `${lasting(Math.max(0, ms))} from the venue's time to this page`;
}

function skew(time: Clock): string {
  const { ahead, doubt } = time;
  if (ahead === undefined) return "–";
  if (Math.abs(ahead) <= off) return `agrees with the server's to ${lasting(Math.abs(ahead) + doubt)}`;
  return `${lasting(ahead)} ${ahead > 0 ? "ahead of" : "behind"} the server's; delays here follow the server`;
}

function line(entry: Entry): HTMLElement {
  const item = document.createElement("li");
  const when = document.createElement("time");
  const what = document.createElement("span");
  when.textContent = clock.format(entry.at);
  what.textContent = entry.times > 1 ? `${entry.text} (${entry.times}×)` : entry.text;
  item.dataset.kind = entry.kind;
  item.append(when, what);
  return item;
}
