// Pictures of the chart page for the documentation: node screenshot.mjs [FOLDER] [CANDLES TO WAIT FOR]
// A server of its own runs for them; what is to be seen is its simulated market. Each is an SVG around a WebP, so that the
// repository stays one of text; they go to docs/img.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, missing } from "./browser.mjs";
import { serve } from "./server.mjs";

const [folder = fileURLToPath(new URL("../../docs/img/", import.meta.url)), candles = "75"] = process.argv.slice(2);
if (missing) {
  console.error(missing);
  process.exit(2);
}

const pictures = [
  { name: "chart-dark.svg", width: 1440, height: 860, scheme: "dark" },
  { name: "chart-light.svg", width: 1440, height: 860, scheme: "light" },
  { name: "chart-phone.svg", width: 390, height: 844, scheme: "dark" },
];

await mkdir(folder, { recursive: true });
const server = await serve({ feed: "sim:rate=800&depth=20" });
// The scale is the browser's own flag: emulated, the canvas would stay blurred.
const browser = await launch("--force-device-scale-factor=2");
try {
  const pages = await Promise.all(pictures.map(async ({ width, height, scheme }) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme: scheme, viewport: { width, height }, deviceScaleFactor: 2 });
    await context.addInitScript(() => localStorage.setItem("tickcast.watchlist", '["AAPL","MSFT","NVDA","TSLA"]'));
    const page = await context.newPage();
    await page.goto(`${server.url}#NVDA`);
    return page;
  }));
  for (const [i, page] of pages.entries()) {
    await page.waitForSelector("body[data-state=live]", { timeout: 30_000 });
    await page.waitForFunction(
      (wanted) => Number(document.getElementById("chart").dataset.candles) >= wanted,
      Number(candles), { timeout: (Number(candles) * 2 + 60) * 1000 },
    );
    await page.bringToFront();
    if (pictures[i].width > 1000) await page.mouse.move(420, 430);
    const { width, height, name } = pictures[i];
    const devtools = await page.context().newCDPSession(page);
    const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 60 });
    await writeFile(join(folder, name), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`
      + `<image width="${width}" height="${height}" href="data:image/webp;base64,${data}"/></svg>\n`);
    console.log(join(folder, pictures[i].name));
  }
} finally {
  await browser.close();
  await server.end();
}
