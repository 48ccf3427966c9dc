// A real Prometheus, with deploy/prometheus as it is, watches real servers: what is wrong with one of them fires there, and
// nothing fires for one with which nothing is wrong.
import assert from 'node:assert/strict';
import { scenario } from '../e2e/lib/scenario.mjs';
import { until } from '../e2e/lib/deadline.mjs';
import { serve } from '../e2e/lib/server.mjs';
import { busy } from './lib/busy.mjs';
import { Prometheus } from './lib/prometheus.mjs';
import { missing } from './lib/repository.mjs';

const skip = missing('prometheus');

async function fires(prometheus, wanted) {
  let now;
  await until(async () => wanted.every((alert) => now?.includes(alert)) || ((now = await prometheus.firing()), false), 15_000,
    () => `${wanted} firing (what fires is ${now})`);
}

scenario('a certificate that ends in three days fires as it will in production, and a sound server stays quiet', async (t) => {
  const { server: ending } = await busy(t, { days: 3 });
  const sound = await serve(t);
  const prometheus = await Prometheus.watching(t, [ending, sound]);
  await fires(prometheus, [`TickcastCertificateExpires ${ending.admin_port}`]);
  const groups = (await prometheus.ask('rules')).groups.flatMap(({ rules }) => rules);
  assert.deepEqual(groups.filter(({ health }) => health !== 'ok' && health !== 'unknown').map(({ name, lastError }) => `${name}: ${lastError}`), []);
  assert.deepEqual(await prometheus.firing(), [`TickcastCertificateExpires ${ending.admin_port}`]);
  await until(async () => (await prometheus.query('instance:tickcast_ticks_in:rate1m')).length === 2, 10_000, 'a record of what both take in');
}, { skip, seconds: 45 });

scenario('without waiting for their time, alerts tell a server without a publisher, one that has gone, and a certificate that could not be read', async (t) => {
  const lonely = await serve(t, { feeds: ['ndjson+tcp://127.0.0.1:0'] });
  const { server, certificate } = await busy(t);
  const { server: leaving } = await busy(t);
  const prometheus = await Prometheus.watching(t, [lonely, server, leaving], { hasty: true });
  certificate.become({ cert: certificate.key, key: certificate.cert });  // the wrong way round
  server.signal('SIGHUP');
  await server.counted('tickcast_certificate_reloads_total', { result: 'error' });
  await leaving.stop();
  await fires(prometheus, [`TickcastNotReady ${lonely.admin_port}`, `TickcastFeedDown ${lonely.admin_port}`,
    `TickcastDown ${leaving.admin_port}`, `TickcastCertificateReloadFailed ${server.admin_port}`]);
  const firing = await prometheus.firing();
  assert.deepEqual(firing.filter((alert) => /(NotReady|Down)/.test(alert) && alert.endsWith(` ${server.admin_port}`)), []);
}, { skip, seconds: 45 });
