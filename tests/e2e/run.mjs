// Runs the test files one after the other (they measure rates and delays, and would disturb each other), each in a process of
// its own, and says how long each took. Names on the command line choose: `node run.mjs hostile tls`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { binary } from './lib/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const chosen = process.argv.slice(2);
const files = readdirSync(here).filter((file) => file.endsWith('.test.mjs')).sort()
  .filter((file) => chosen.length === 0 || chosen.includes(file.replace('.test.mjs', '')));

try {
  binary();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (files.length === 0) {
  console.error(`no test file is called ${chosen.join(' or ')}`);
  process.exit(1);
}
const failed = [];
for (const file of files) {
  const start = Date.now();
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', file], { cwd: here, stdio: 'inherit' });
  console.log(`${status === 0 ? 'passed' : 'FAILED'} ${file} in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  if (status !== 0) failed.push(file);
}
console.log(failed.length === 0 ? `all ${files.length} files passed` : `failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
