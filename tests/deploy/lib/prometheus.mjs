// A Prometheus of Debian's, with the very rules and configuration of deploy/prometheus: only the targets are the test's, and
// it looks at them ten times a second instead of every 15 s, so that nobody waits.
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporary_directory } from '../../e2e/lib/certificate.mjs';
import { within, until } from '../../e2e/lib/deadline.mjs';
import { path_of } from './repository.mjs';

const edit = (file, change) => writeFileSync(file, change(readFileSync(file, 'utf8')));

export class Prometheus {
  // `hasty`: alerts fire at once instead of after their time.
  static async watching(t, servers, { hasty = false } = {}) {
    const directory = temporary_directory(t);
    cpSync(path_of('deploy/prometheus'), directory, { recursive: true });
    edit(join(directory, 'prometheus.yml'), (text) => text.replace(/^( +(?:scrape|evaluation)_interval): 15s/gm, '$1: 100ms'));
    edit(join(directory, 'targets.yml'), (text) => text.replace('"127.0.0.1:9464"', servers.map(({ admin_port }) => `"127.0.0.1:${admin_port}"`).join('\n    - ')));
    if (hasty) edit(join(directory, 'alerts.yml'), (text) => text.replace(/^ +for: .*\n/gm, ''));
    const prometheus = new Prometheus(directory);
    t.after(() => prometheus.stop());
    await within(prometheus.listening, 15_000, () => `prometheus listening (it said:\n${prometheus.log}\n)`);
    await until(async () => (await fetch(`http://127.0.0.1:${prometheus.port}/-/ready`)).ok, 15_000, 'prometheus being ready');
    await until(async () => (await prometheus.ask('targets')).activeTargets.filter(({ health }) => health === 'up').length === servers.length,
      15_000, 'a first scrape of each server');
    return prometheus;
  }

  constructor(directory) {
    this.log = '';
    this.child = spawn('prometheus', [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`,
      '--web.listen-address=127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    this.listening = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        this.log += text;
        const found = /msg="Listening on" address=127\.0\.0\.1:(\d+)/.exec(this.log);
        if (found) resolve(this.port = Number(found[1]));
      });
    });
    this.listening.catch(() => {});
  }

  // What its HTTP API answers.
  async ask(path, parameters = {}) {
    const url = `http://127.0.0.1:${this.port}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const { status, data, error } = await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json();
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  async query(expression) { return (await this.ask('query', { query: expression })).result; }

  // The names of those that fire, each with its server's port.
  async firing() {
    const { alerts } = await this.ask('alerts');
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => `${labels.alertname} ${labels.instance?.split(':').at(-1)}`);
  }

  async stop() {
    this.child.kill('SIGTERM');
    await within(this.ended, 10_000, 'the end of prometheus').finally(() => this.child.kill('SIGKILL'));
  }
}
