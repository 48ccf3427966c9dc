// Chromium as Debian installs it, driven by playwright-core; it asks nobody but the server under test for anything.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const path = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why no browser test can run here; undefined: they can. */
export const missing = existsSync(path) ? undefined : `no browser: ${path} is missing (install Debian's chromium, or name another by CHROMIUM)`;

const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export function launch(...flags) {
  return chromium.launch({ executablePath: path, args: [...quiet, ...flags], timeout: 30_000 });
}
