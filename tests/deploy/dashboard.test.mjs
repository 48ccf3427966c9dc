// deploy/grafana/tickcast.json: a dashboard that Grafana takes (as far as that can be seen without it), whose every expression
// is PromQL, asks for series that there are, and has an answer from a Prometheus that watches a busy server.
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { scenario } from '../e2e/lib/scenario.mjs';
import { until } from '../e2e/lib/deadline.mjs';
import { busy } from './lib/busy.mjs';
import { filled, metric_of, series_in } from './lib/promql.mjs';
import { Prometheus } from './lib/prometheus.mjs';
import { command, missing, text_of } from './lib/repository.mjs';

const dashboard = JSON.parse(text_of('deploy/grafana/tickcast.json'));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const rows = dashboard.panels.filter(({ type }) => type === 'row');
const expressions = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
const annotations = dashboard.annotations.list.filter(({ expr }) => expr).map(({ name, expr }) => ({ title: name, expr }));

scenario('each panel has a title, a description, a unit, a place of its own and somewhere to ask', async () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'an id is there twice');
  const taken = new Map();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x >= 0 && x + w <= 24 && w > 0 && h > 0, `${title} lies outside`);
    for (let row = y; row < y + h; ++row)
      for (let column = x; column < x + w; ++column) {
        assert.equal(taken.get(`${column},${row}`), undefined, `${title} lies on another panel`);
        taken.set(`${column},${row}`, title);
      }
  }
  for (const { title, description, targets, datasource, fieldConfig, type } of panels) {
    assert.match(description, /\.$/, title);
    assert.equal(datasource.uid, '${datasource}', title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const target of targets) assert.equal(target.datasource.uid, '${datasource}', title);
    assert.ok(fieldConfig.defaults.unit ?? type === 'heatmap', `${title} has no unit`);
  }
  assert.ok(rows.length >= 8 && rows.every(({ title }) => title));
});

scenario('its variables are all that its expressions use', async () => {
  const variables = dashboard.templating.list.map(({ name }) => name).sort();
  assert.deepEqual(variables, ['datasource', 'instance', 'job']);
  const used = new Set([...expressions, ...annotations].flatMap(({ expr }) => expr.match(/\$\w+/g) ?? []));
  assert.deepEqual([...used].sort(), ['$__range', '$__rate_interval', '$instance', '$job']);
  for (const { title, expr } of expressions) assert.match(expr, /job="\$job", instance=~"\$instance"/, title);
});

scenario('promtool parses every expression', async () => {
  const rules = [...expressions, ...annotations].map(({ expr }, i) => ({ record: `panel:expression:${i}`, expr: filled(expr) }));
  const { status, output } = command('bash', ['-c', 'promtool check rules /dev/fd/3 3<<<"$RULES"'],
    { env: { ...process.env, RULES: JSON.stringify({ groups: [{ name: 'dashboard', rules }] }) } });  // which is YAML too
  assert.equal(status, 0, output);
  assert.match(output, new RegExp(`SUCCESS: ${rules.length} rules found`));
}, { skip: missing('promtool') });

scenario('every series it shows is exported, and nearly every metric is shown', async (t) => {
  const { server } = await busy(t);
  const types = (await server.metrics()).families;
  const series = new Set([...expressions, ...annotations].flatMap(({ expr }) => series_in(expr)));
  assert.deepEqual([...series].filter((name) => name !== 'ALERTS' && !metric_of(name, types)), []);
  const shown = new Set([...series].map((name) => metric_of(name, types)));
  assert.deepEqual([...types.keys()].filter((name) => !shown.has(name)), ['process_virtual_memory_bytes']);
});

scenario('a Prometheus that watches a busy server has an answer to every expression', async (t) => {
  const { server } = await busy(t);
  const prometheus = await Prometheus.watching(t, [server]);
  // What is nothing while nothing goes wrong.
  const may_be_nothing = ({ expr }) => / > 0$/.test(expr) || /^ALERTS/.test(expr);
  const unanswered = async () => {
    const all = await Promise.all([...expressions, ...annotations].map(async (one) => ((await prometheus.query(filled(one.expr))).length === 0 ? one : undefined)));
    return all.filter((one) => one && !may_be_nothing(one));
  };
  let left;
  await until(async () => (left = await unanswered()).length === 0, 15_000, () => `an answer to ${JSON.stringify(left, null, 1)}`);
  const [{ value: [, clients] }] = await prometheus.query(filled(expressions.find(({ title }) => title === 'Clients').expr));
  assert.equal(clients, '2');
  const lasting = dashboard.templating.list.find(({ name }) => name === 'instance').query.query;
  assert.match(lasting, /^label_values\(tickcast_build_info\{job="\$job"\}, instance\)$/);
}, { skip: missing('prometheus'), seconds: 45 });

scenario('Grafana is provisioned with the datasource and the dashboard that compose brings', async () => {
  const { datasources: [source] } = parse(text_of('deploy/grafana/provisioning/datasources/prometheus.yml'));
  const { services } = parse(text_of('deploy/docker/compose.yml'));
  assert.equal(source.type, dashboard.templating.list.find(({ name }) => name === 'datasource').query);
  assert.ok(services[new URL(source.url).hostname], `${source.url} is no service of compose.yml`);
  const { global } = parse(text_of('deploy/prometheus/prometheus.yml'));
  assert.equal(source.jsonData.timeInterval, global.scrape_interval);
  const { providers: [provider] } = parse(text_of('deploy/grafana/provisioning/dashboards/tickcast.yml'));
  assert.ok(services.grafana.volumes.includes(`../grafana/tickcast.json:${provider.options.path}/tickcast.json:ro`));
});
