// On a narrow screen the watchlist, the book and the tape share one place, and tabs choose; on a wide one they stand side by side
// and the tabs are gone. The style sheet decides which it is; this file keeps roles and focus right in both.

import { put } from "./element";
import { recall, remember } from "./memory";

export class Panels {
  private readonly tabs: HTMLButtonElement[];
  private readonly narrow = matchMedia("(max-width: 1180px)");
  private shown: string;

  constructor(list: HTMLElement) {
    this.tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
    this.shown = recall("panel") ?? "";
    if (!this.tabs.some((tab) => tab.value === this.shown)) this.shown = this.tabs[0]?.value ?? "";
    list.addEventListener("click", (event) => {
      const tab = (event.target as Element).closest<HTMLButtonElement>("[role=tab]");
      if (tab) this.show(tab.value);
    });
    list.addEventListener("keydown", (event) => {
      const usable = this.tabs.filter((tab) => !tab.hidden);
      const at = usable.findIndex((tab) => tab.ariaSelected === "true");
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: usable.length - 1 }[event.key];
      if (next === undefined) return;
      const tab = usable[(next + usable.length) % usable.length] as HTMLButtonElement;
      this.show(tab.value);
      tab.focus();
      event.preventDefault();
    });
    this.narrow.addEventListener("change", () => this.apply());
    this.apply();
  }

  show(name: string): void {
    this.shown = name;
    remember("panel", name);
    this.apply();
  }

  /** Whether there is anything to see in it. */
  offer(name: string, there: boolean): void {
    const tab = this.tabs.find((one) => one.value === name);
    if (!tab || tab.hidden === !there) return;
    tab.hidden = !there;
    this.apply();
  }

  private apply(): void {
    const usable = this.tabs.filter((tab) => !tab.hidden);
    const seen = usable.find((tab) => tab.value === this.shown) ?? usable[0];
    document.body.dataset.panel = seen?.value ?? "";
    for (const tab of this.tabs) {
      const chosen = tab === seen;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      put(tab, "aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (panel) put(panel, "role", this.narrow.matches ? "tabpanel" : "region");
    }
  }
}
