// The field in which a symbol is looked for: one comes, types, chooses and is back at the list, where every key has its meaning again.
// Enter takes the best match, Escape gives up step by step: first the text, then the field. What is found is `Roster`'s.

export interface Finder {
  /** Another text is looked for. */ seek(text: string): void;
  /** The best of what is found. */ best(): string | undefined;
  choose(symbol: string): void;
  /** Where the keyboard goes from here. */ leave(): void;
}

export class Search {
  constructor(private readonly field: HTMLInputElement, private readonly finder: Finder) {
    field.addEventListener("input", () => finder.seek(field.value));
    field.addEventListener("keydown", (event) => { if (this.press(event)) event.preventDefault(); });
  }

  /** Answers whether the key meant something here. */
  private press({ key, isComposing }: KeyboardEvent): boolean {
    if (isComposing) return false;
    if (key === "Enter") this.enter();
    else if (key === "ArrowDown") this.finder.leave();
    else if (key !== "Escape") return false;
    else if (this.field.value !== "") this.clear();
    else this.finder.leave();
    return true;
  }

  private enter(): void {
    if (this.field.value.trim() !== "") {
      const best = this.finder.best();
      if (best === undefined) return; // what was typed stays, to be put right
      this.clear();
      this.finder.choose(best);
    }
    this.finder.leave();
  }

  private clear(): void {
    this.field.value = "";
    this.finder.seek("");
  }
}
