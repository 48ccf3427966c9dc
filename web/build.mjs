// Builds the chart page into dist/: five files with names that never change, because the server embeds them by name.
// Nothing in them points outside the server, so the page works with no network but the server itself.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at("dist"), { recursive: true, force: true });
await mkdir(at("dist"), { recursive: true });

await build({
  entryPoints: { page: at("page/main.ts"), style: at("page/style.css") },
  outdir: at("dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15.4"],
  legalComments: "none", // the notices are in licenses.txt
  logLevel: "warning",
});

for (const name of ["index.html", "favicon.svg"]) await copyFile(at(`page/${name}`), at(`dist/${name}`));

// What is bundled must travel with its licence.
const bundled = ["lightweight-charts", "fancy-canvas"];
const notices = await Promise.all(
  bundled.map(async (name) => {
    const { version } = JSON.parse(await readFile(at(`node_modules/${name}/package.json`), "utf8"));
    const text = await readFile(at(`node_modules/${name}/LICENSE`), "utf8").catch(() => "MIT License\n");
    return `${name} ${version}\n${"=".repeat(40)}\n${text.trim()}\n`;
  }),
);
const attribution = "The charts are TradingView Lightweight Charts(TM), Copyright (c) TradingView, Inc. https://www.tradingview.com/\n";
await writeFile(at("dist/licenses.txt"), [attribution, ...notices].join("\n\n"));
