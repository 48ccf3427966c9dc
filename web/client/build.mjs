// Builds the package into dist/, or into the folder that is given: one ES module for each source, with its types.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? at("dist");

rmSync(out, { recursive: true, force: true });
execFileSync(process.execPath, [at("../node_modules/typescript/bin/tsc"), "-p", at("tsconfig.json"), "--outDir", out], { stdio: "inherit" });
if (!process.argv[2]) copyFileSync(at("../../LICENSE"), at("LICENSE"));
