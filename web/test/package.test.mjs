import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const limit = { timeout: 60_000 };
const at = (path) => fileURLToPath(new URL(`../client/${path}`, import.meta.url));
const { devDependencies, dependencies, exports, version } = JSON.parse(await readFile(at("package.json"), "utf8"));

/** What a bundler makes for a page of the modules that are shipped, packed as a server sends it. */
async function weight(resolveDir, contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: "js" }, bundle: true, minify: true, write: false, format: "esm", legalComments: "none", logLevel: "silent",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test("it is small, and who keeps no book does not pay for one", limit, async (t) => {
  const built = await mkdtemp(join(tmpdir(), "tickcast-client-"));
  try {
    execFileSync(process.execPath, [at("build.mjs"), built]);
    const core = await weight(built, 'export * from "./index.js"');
    const book = await weight(built, 'export * from "./index.js"; export * from "./book.js"') - core;
    const sbe = await weight(built, 'export * from "./sbe.js"');
    t.diagnostic(`gzipped: ${core} bytes, books ${book} more, the SBE reader alone ${sbe}`);
    assert.ok(core <= 10_240, `${core} bytes`);
    assert.ok(book > 500, "a book is a module of its own");
    assert.ok(book <= 1_200, `${book} bytes`);
    const told = /([\d,]+) bytes gzipped, and ([\d,]+) more/.exec(await readFile(at("README.md"), "utf8"))?.slice(1).map((figure) => Number(figure.replace(",", "")));
    assert.ok(told && Math.abs(told[0] - core) <= 50 && Math.abs(told[1] - book) <= 50, `README.md says ${told}`);
  } finally {
    await rm(built, { recursive: true });
  }
});

test("it depends on nothing", limit, () => {
  assert.equal(dependencies, undefined);
  assert.equal(devDependencies, undefined);
});

test("what is shipped is the built modules, their types, and what explains them", limit, async () => {
  const [{ files, name, version: packed }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--silent"], { cwd: at("."), encoding: "utf8" }));
  assert.deepEqual([name, packed], ["tickcast-client", version]);
  const paths = files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "LICENSE"]) assert.ok(paths.includes(path), path);
  for (const part of Object.values(exports)) for (const path of Object.values(typeof part === "string" ? {} : part)) assert.ok(paths.includes(path.slice(2)), path);
  const odd = paths.filter((path) => !/^(package\.json|README\.md|LICENSE|dist\/[a-z0-9]+(\.d)?\.(js|ts))$/.test(path) || /^dist\/.*(?<!\.d)\.ts$/.test(path));
  assert.deepEqual(odd, []);
});

const stranger = `
import { connect, Subscription, TickcastError, type Gap, type State, type Trade } from "tickcast-client";
import { book, type Level } from "tickcast-client/book";
import { SbeReader } from "tickcast-client/sbe";

const client = connect("wss://localhost:8443", { encoding: "sbe", backoff: { base: 100 } });
client.on("state", (state: State) => { if (state.name === "reconnecting") console.log(state.in_ms, state.why); });
const trades: Subscription<"trades"> = client.subscribe("trades", ["AAPL"], { on_slow: "latest", overflow: "latest" });
const off: () => void = trades.on("gap", ({ f, n, why }: Gap) => console.log(f, n, why));
export async function main(): Promise<void> {
  for await (const trade of trades) { const price: number = trade.p; console.log(price); }
  for await (const one of trades.iterate({ gaps: true })) if (one.e === "gap") console.log(one.why); else { const side: Trade["side"] = one.side; console.log(side); }
  for await (const { set, update } of client.bars("AAPL", "5m", { history: 10 })) console.log(set?.length ?? update?.close);
  for await (const { bid } of book(client, "AAPL", { depth: 5 })) { const level: Level | undefined = bid; console.log(level?.exact.price); }
  await trades.ready.catch((error: TickcastError) => error.code);
  off();
  // @ts-expect-error there is no such channel
  client.subscribe("trade", "AAPL");
  // @ts-expect-error the client's own business
  trades.deliver;
  new SbeReader({ exact: true }).read("[]");
}
`;

/** What README.md shows, as one module; the chart is one of lightweight-charts. */
async function examples() {
  const readme = await readFile(at("README.md"), "utf8");
  const shown = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.ok(["client.bars(", "book(", "connect("].every((part) => shown.some((code) => code.includes(part))));
  return `
import { CandlestickSeries, createChart } from "lightweight-charts";
const series = createChart("chart").addSeries(CandlestickSeries);
${shown.join("")}`;
}

test("its types say what it does, to a strict compiler, and its modules run", limit, async () => {
  const directory = await mkdtemp(join(tmpdir(), "tickcast-client-"));
  try {
    await mkdir(join(directory, "node_modules"));
    await symlink(at("."), join(directory, "node_modules/tickcast-client"));
    await symlink(at("../node_modules/lightweight-charts"), join(directory, "node_modules/lightweight-charts"));
    await writeFile(join(directory, "stranger.ts"), stranger);
    await writeFile(join(directory, "readme.ts"), await examples());
    await writeFile(join(directory, "package.json"), '{ "type": "module" }');
    const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
    const flags = ["--noEmit", "--strict", "--target", "ES2022", "--module", "NodeNext", "--lib", "ES2022,DOM"];
    execFileSync(process.execPath, [tsc, ...flags, "stranger.ts", "readme.ts"], { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const ran = execFileSync(process.execPath, ["--input-type=module", "-e", `
      import { connect } from "tickcast-client"; import { book } from "tickcast-client/book"; import { SbeReader } from "tickcast-client/sbe";
      console.log([connect, book, SbeReader].map((one) => typeof one).join());`], { cwd: directory, encoding: "utf8" });
    assert.equal(ran.trim(), "function,function,function");
  } catch (error) {
    throw new Error(error.stdout || error.message);
  } finally {
    await rm(directory, { recursive: true });
  }
});
