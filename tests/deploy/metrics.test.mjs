// docs/metrics.md and the program say the same: every metric, its type, its labels; and the alerts that are named there are all
// that there are, and ask for the metrics beside which they stand.
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { scenario } from '../e2e/lib/scenario.mjs';
import { busy } from './lib/busy.mjs';
import { metric_of, series_in } from './lib/promql.mjs';
import { text_of } from './lib/repository.mjs';

const in_code = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
const page = text_of('docs/metrics.md').split('\n').filter((line) => line.startsWith('| `')).map((line) => {
  const [name, type, labels, meaning, alerts] = line.slice(1, -1).split('|').map((cell) => cell.trim());
  return { name: in_code(name)[0], type, labels: in_code(labels).sort(), meaning, alerts: alerts.split(', ').filter(Boolean) };
});

scenario('the page has every metric that the program exports, with its type and its labels', async (t) => {
  const { server } = await busy(t);
  const scrape = await server.metrics();
  const exported = [...scrape.families].map(([name, type]) => {
    const samples = scrape.samples.filter((sample) => metric_of(sample.name, scrape.families) === name);
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    labels.delete('le');
    return { name, type, labels: [...labels].sort() };
  });
  const by_name = (a, b) => (a.name < b.name ? -1 : 1);
  assert.deepEqual(page.map(({ name, type, labels }) => ({ name, type, labels })).sort(by_name), exported.sort(by_name));
  assert.deepEqual(page.filter(({ meaning }) => meaning.length < 8).map(({ name }) => name), []);
});

scenario('the page names each alert beside the metrics it looks at', async () => {
  const types = new Map(page.map(({ name, type }) => [name, type]));
  const looks_at = new Map(parse(text_of('deploy/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules)
    .map(({ alert, expr }) => [alert, series_in(expr).map((series) => metric_of(series, types))]));
  for (const { name, alerts } of page)
    for (const alert of alerts) assert.ok(looks_at.get(alert)?.includes(name), `${alert} does not look at ${name}`);
  const named = new Set(page.flatMap(({ alerts }) => alerts));
  assert.deepEqual([...looks_at.keys()].filter((alert) => !named.has(alert)), ['TickcastDown']);
});
