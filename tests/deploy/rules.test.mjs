// The rules of deploy/prometheus: promtool reads them and plays the unit tests, and no alert is without one.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { temporary_directory } from '../e2e/lib/certificate.mjs';
import { scenario } from '../e2e/lib/scenario.mjs';
import { busy } from './lib/busy.mjs';
import { metric_of, series_in } from './lib/promql.mjs';
import { command, missing, path_of, text_of } from './lib/repository.mjs';

const skip = missing('promtool');
const rules_of = (file) => parse(text_of(`deploy/prometheus/${file}`)).groups.flatMap(({ rules }) => rules);
const alerts = rules_of('alerts.yml');
const recording = rules_of('recording.yml');

scenario('promtool takes the configuration and its rules', async () => {
  const { status, output } = command('promtool', ['check', 'config', path_of('deploy/prometheus/prometheus.yml')]);
  assert.equal(status, 0, output);
  assert.match(output, new RegExp(`${recording.length} rules found[^]*${alerts.length} rules found`));
  assert.doesNotMatch(output, /FAILED|warning/i);
}, { skip });

scenario('the unit tests of the recording rules pass', async () => {
  const { status, output } = command('promtool', ['test', 'rules', path_of('tests/deploy/recording.yml')]);
  assert.equal(status, 0, output);
}, { skip });

scenario('the unit tests of the alerts pass where they stand', async () => {
  const { status, output } = command('promtool', ['test', 'rules', path_of('tests/deploy/alerts.yml')]);
  assert.equal(status, 0, output);
  assert.match(output, /SUCCESS/);
}, { skip });

scenario('they fail where a rule is wrong', async (t) => {
  const directory = temporary_directory(t);
  const rules = text_of('deploy/prometheus/alerts.yml');
  const { tests, ...rest } = parse(text_of('tests/deploy/alerts.yml'));
  for (const [alert, right, wrong] of [['JournalFailed', '', ''], ['JournalFailed', 'failed == 1', 'failed == 2'],
    ['ConnectionsNearLimit', 'max > 0.9', 'max > 0.89'], ['Down', 'for: 1m', 'for: 5m'], ['FeedStale', 'critical', 'warning']]) {
    assert.ok(rules.includes(right), right);
    writeFileSync(`${directory}/alerts.yml`, rules.replaceAll(right, wrong));
    writeFileSync(`${directory}/tests.yml`, JSON.stringify({ ...rest, rule_files: ['alerts.yml'],
      tests: tests.filter(({ name }) => name === `Tickcast${alert}`) }));  // which is YAML too
    const { status, output } = command('promtool', ['test', 'rules', `${directory}/tests.yml`]);
    assert.equal(status, wrong === right ? 0 : 1, `"${wrong}" instead of "${right}": ${output}`);
  }
}, { skip });

scenario('each alert is played firing and not firing, and says how bad it is, what happened and what to do', async () => {
  const played = new Map(alerts.map(({ alert }) => [alert, { firing: 0, quiet: 0 }]));
  for (const { alertname, exp_alerts } of parse(text_of('tests/deploy/alerts.yml')).tests.flatMap((test) => test.alert_rule_test))
    played.get(alertname)[exp_alerts.length > 0 ? 'firing' : 'quiet'] += 1;
  const missed = (alert) => played.get(alert).firing === 0 || (played.get(alert).quiet === 0 && !/^TickcastCertificateExpires/.test(alert));
  assert.deepEqual(alerts.map(({ alert }) => alert).filter(missed), []);
  assert.equal(new Set(played.keys()).size, alerts.length, 'two alerts of one name');
  for (const { alert, labels, annotations } of alerts) {
    assert.match(alert, /^Tickcast[A-Z]/);
    assert.match(labels.severity, /^(critical|warning|info)$/, alert);
    assert.match(annotations.summary, /\{\{ \$(labels|value)/, `${alert} says of what`);
    assert.match(annotations.description, /\.$/, `${alert} says what to do`);
  }
});

scenario('each recording rule is played', async () => {
  const asked = parse(text_of('tests/deploy/recording.yml')).tests.flatMap((test) => test.promql_expr_test).map(({ expr }) => expr).join('\n');
  // The buckets are played by the quantiles that are made of them.
  assert.deepEqual(recording.map(({ record }) => record).filter((record) => !asked.includes(record) && !record.includes('_bucket')), []);
});

scenario('every series that a rule asks for is exported or recorded', async (t) => {
  const { server } = await busy(t);
  const types = (await server.metrics()).families;
  const recorded = new Set(recording.map(({ record }) => record));
  const series = [...alerts, ...recording].flatMap(({ expr }) => series_in(expr));
  assert.ok(series.length > 30);
  assert.deepEqual(series.filter((name) => name !== 'up' && !recorded.has(name) && !metric_of(name, types)), []);
});
