// Files of this repository, and what can be asked of a tool that may be missing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const path_of = (file) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
export const text_of = (file) => readFileSync(path_of(file), 'utf8');

export function command(name, args, { input = '', ms = 30_000, env = process.env } = {}) {
  const { status, stdout, stderr, error } = spawnSync(name, args, { input, encoding: 'utf8', timeout: ms, env });
  if (error) throw new Error(`${name} ${args.join(' ')}: ${error.message}`);
  return { status, output: `${stdout}${stderr}` };
}

// What a test without these programs is skipped with; false when all are there.
export function missing(...names) {
  const none = names.filter((name) => spawnSync(name, ['--version']).error);
  return none.length > 0 && `${none.join(' and ')} is not installed`;
}
