// Light or dark: as the system says, until the viewer presses the button; that choice is remembered.

import { recall, remember } from "./memory";

type Name = "light" | "dark";

const key = "theme";

export class Theme {
  private readonly system = matchMedia("(prefers-color-scheme: light)");

  constructor(button: HTMLButtonElement, private readonly changed: () => void) {
    this.apply();
    this.system.addEventListener("change", () => this.apply());
    button.addEventListener("click", () => this.turn());
  }

  /** The other one, by the viewer's choice. */
  turn(): void {
    remember(key, this.current === "dark" ? "light" : "dark");
    this.apply();
  }

  private get current(): Name {
    const chosen = recall(key);
    if (chosen === "light" || chosen === "dark") return chosen;
    return this.system.matches ? "light" : "dark";
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.current;
    this.changed();
  }
}
