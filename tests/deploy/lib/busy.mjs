// A server that has everything there are metrics for: a journal, certificate files, several feeds, clients of all kinds, mistakes.
import { temporary_directory, Certificate } from '../../e2e/lib/certificate.mjs';
import { Client } from '../../e2e/lib/client.mjs';
import { Publisher } from '../../e2e/lib/publisher.mjs';
import { Raw } from '../../e2e/lib/raw.mjs';
import { serve } from '../../e2e/lib/server.mjs';

export async function busy(t, { days = 30 } = {}) {
  const directory = temporary_directory(t);
  const certificate = new Certificate(directory, 'localhost', days);
  const server = await serve(t, {
    feeds: ['sim:symbols=5&rate=500&seed=1&prefix=S', 'ndjson+tcp://127.0.0.1:0'], tls: certificate.flags,
    args: ['--journal', `${directory}/journal`, '--history', `${directory}/history.db`],
  });
  await server.ticks_in(50);
  const publisher = await Publisher.connect(server);
  await publisher.line('garbage');
  const every = await Client.open(server);
  await every.subscribe('*');
  const latest = await Client.open(server, { sbe: true });
  await latest.subscribe('*', { mode: 'latest', interval_ms: 50 });
  await latest.subscribe('*', { channel: 'quotes', interval_ms: 50 });
  await latest.collect('quote', 20);
  every.send('no json');
  await every.next('error');
  const gone = await Client.open(server);
  gone.socket.close(1000);
  await gone.ended();
  const raw = await Raw.connect(server);
  await raw.request('GET', '/nothing');
  await raw.response();
  server.signal('SIGHUP');
  await server.counted('tickcast_certificate_reloads_total', { result: 'ok' });
  return { server, publisher, certificate };
}
