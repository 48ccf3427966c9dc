// What the viewer chose, kept in the browser. A browser that keeps nothing is no reason to fail.

const prefix = "tickcast.";

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    // Storage is off or full: the choice lasts as long as the page.
  }
}
