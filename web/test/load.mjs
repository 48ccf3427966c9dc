// Gives a test one module of the page, or of another folder here, as the browser would run it: bundled from its TypeScript, in memory.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

export async function load(name, folder = "page") {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../${folder}/${name}.ts`, import.meta.url))],
    bundle: true, write: false, format: "esm", target: "node18", logLevel: "silent",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
