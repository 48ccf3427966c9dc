// The keyboard, for the whole page: a key that means something anywhere, outside of fields where one types. What each does is told in
// the help, which is made of the same list, so neither can forget the other.

export interface Key { keys: string[]; says: string; does?: (event: KeyboardEvent) => void }

/** How a key is printed. */
const printed: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

export class Keys {
  constructor(private readonly groups: { title: string; keys: Key[] }[]) {
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** Writes the list of all keys into `place`. */
  explain(place: HTMLElement): void {
    place.replaceChildren(...this.groups.map(({ title, keys }) => {
      const section = document.createElement("section");
      const heading = document.createElement("h3");
      const list = document.createElement("dl");
      heading.textContent = title;
      for (const { keys: names, says } of keys) {
        const term = document.createElement("dt");
        const what = document.createElement("dd");
        term.append(...names.map((name) => {
          const key = document.createElement("kbd");
          key.textContent = printed[name] ?? name;
          return key;
        }));
        what.textContent = says;
        list.append(term, what);
      }
      section.append(heading, list);
      return section;
    }));
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as Element;
    if (target.closest("dialog[open]")) return;
    // Where one types every key means itself, and in a group of choices the arrows do.
    if (target instanceof HTMLInputElement && (target.type !== "radio" || event.key.startsWith("Arrow"))) return;
    for (const { keys } of this.groups) {
      const key = keys.find((one) => one.does && one.keys.includes(event.key));
      if (!key) continue;
      event.preventDefault();
      key.does?.(event);
      return;
    }
  }
}
