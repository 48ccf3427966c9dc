// deploy/README.md has every file of deploy/, and names none that is not there.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { scenario } from '../e2e/lib/scenario.mjs';
import { path_of, text_of } from './lib/repository.mjs';

const files_below = (directory) => readdirSync(path_of(directory)).map((name) => `${directory}/${name}`)
  .flatMap((path) => (statSync(path_of(path)).isDirectory() ? files_below(path) : [path]));

scenario('the table of files is that of the directory', async () => {
  const table = text_of('deploy/README.md').split('\n\n').find((part) => part.startsWith('| file |'));
  const named = table.split('\n').slice(2).flatMap((line) => {
    const names = [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const home = posix.dirname(names[0]);  // the rest of a line lies beside its first
    return names.map((name, i) => posix.join('deploy', i === 0 ? name : posix.join(home, name)));
  });
  for (const name of named) assert.ok(existsSync(path_of(name)), name);
  const covered = (file) => named.some((name) => file === name || file.startsWith(name.endsWith('/') ? name : `${name}/`));
  assert.deepEqual(files_below('deploy').filter((file) => !covered(file) && file !== 'deploy/README.md'), []);
});

scenario('what it refers to is there', async () => {
  const text = text_of('deploy/README.md');
  const links = [...text.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, link]) => posix.join('deploy', link));
  const paths = [...text.matchAll(/(?<![\w/.])((?:deploy|tests)\/[\w./-]*\w)/g)].map(([, path]) => path);
  assert.ok(links.length > 0 && paths.length > 5);
  for (const path of [...links, ...paths]) assert.ok(existsSync(path_of(path)), path);
});
