// The server under test: one child process per test, on ports the kernel picks, seen only from outside: its log on stderr, its
// admin port, its exit code and what /proc says of it. Everything that connects to it is registered here, so that stopping
// first lets go of the peers and then demands what every test demands: SIGTERM ends it with 0, in time.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { within, until } from './deadline.mjs';
import { Exposition } from './exposition.mjs';
import { cpu_ticks } from './machine.mjs';

const built = fileURLToPath(new URL('../../../build/release/app/tickcast', import.meta.url));
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export function binary() {
  const path = process.env.TICKCAST ?? built;
  if (!existsSync(path)) {
    throw new Error(`the server is not there: ${path} does not exist; build it (cmake --build --preset release) `
      + 'or name another binary in the environment variable TICKCAST');
  }
  return path;
}

// Runs tickcast with these arguments until it ends by itself; for everything that is not `serve` staying up.
export async function run(args, { ms = 10_000, input = '', until_output } = {}) {
  const child = spawn(binary(), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    if (until_output?.(stdout)) child.kill('SIGTERM');
  });
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  try {
    const end = await within(ended, ms, () => `the end of "tickcast ${args.join(' ')}" (stdout: ${stdout} stderr: ${stderr})`);
    return { ...end, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
    running.delete(child);
  }
}

export class Server {
  // `host` is where it listens and is asked; `command` is what runs it, for one in a namespace of its own.
  constructor({ feeds = ['sim:rate=100&seed=1'], set = {}, tls = '--self-signed', args = [], host = '127.0.0.1', command = [] } = {}) {
    this.host = host;
    this.log = [];
    this.peers = new Set();
    this.waiting = new Set();
    const transport = Array.isArray(tls) ? tls : [tls];
    const settings = Object.entries({ drain_s: 0.3, ...set }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const [program, ...rest_of_command] = [...command, binary(), 'serve',
      '--listen', `${command.length ? '0.0.0.0' : host}:0`, '--admin', `${host}:0`, ...transport,
      ...feeds.flatMap((feed) => ['--feed', feed]), ...settings, ...args];
    this.child = spawn(program, rest_of_command, { stdio: ['pipe', 'ignore', 'pipe'] });
    running.add(this.child);
    this.child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => {
      running.delete(this.child);
      resolve({ code, signal });
    }));
    let rest = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.log.push(...lines);
      for (const look of this.waiting) look();
    });
  }

  get pid() { return this.child.pid; }

  // Its last lines, or what a sanitizer had to say.
  get tail() {
    const report = this.log.findIndex((line) => /Sanitizer|runtime error/.test(line));
    return (report < 0 ? this.log.slice(-15) : this.log.slice(report, report + 50)).join('\n');
  }

  // The first log line that matches, past or future, from line `from` on.
  async logged(pattern, ms = 5000, from = 0) {
    let look;
    const found = new Promise((resolve, reject) => {
      look = () => {
        const match = this.log.slice(from).map((line) => pattern.exec(line)).find(Boolean);
        if (match) resolve(match);
      };
      this.waiting.add(look);
      this.ended.then(({ code, signal }) =>
        reject(new Error(`the server ended (code ${code}, signal ${signal}) before it logged ${pattern}:\n${this.tail}`)));
      look();
    });
    try {
      return await within(found, ms, () => `a log line like ${pattern} (the last lines were:\n${this.tail}\n)`);
    } finally {
      this.waiting.delete(look);
    }
  }

  async ready() {
    const [, port, admin_port, tls, shards] =
      await this.logged(/ready listen=\S*:(\d+) admin=\S*:(\d+) tls=(on|off) shards=(\d+)/, 15_000);
    Object.assign(this, { port: Number(port), admin_port: Number(admin_port), secure: tls === 'on', shards: Number(shards) });
    return this;
  }

  // The port on which the index-th listening NDJSON feed takes publishers.
  async feed_port(index = 0) {
    const pattern = /feed ndjson\+tcp:\/\/\S+ listening on \S*:(\d+)/;
    const lines = () => this.log.filter((line) => pattern.test(line));
    await until(() => lines().length > index, 5000, `a log line naming the port of feed ${index}`);
    return Number(pattern.exec(lines()[index])[1]);
  }

  // `via` is another way to it: { host, port }.
  url(path = '/v1/stream', { host = this.host, port = this.port } = {}) { return `${this.secure ? 'wss' : 'ws'}://${host}:${port}${path}`; }

  async admin(path) {
    const answer = new Promise((resolve, reject) => {
      http.get({ host: this.host, port: this.admin_port, path, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => { body += text; });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
        response.on('error', reject);
      }).on('error', reject);
    });
    return within(answer, 5000, `an answer to ${path} on the admin port`);
  }

  async metrics() { return new Exposition((await this.admin('/metrics')).body); }

  // Waits until the sum of these samples is at least `value` (or what `value` says of it), and returns the sum.
  async counted(name, labels, value = 1, ms = 5000) {
    const enough = typeof value === 'function' ? value : (sum) => sum >= value;
    let scrape;
    let sum;
    await until(async () => enough(sum = (scrape = await this.metrics()).sum(name, labels)), ms,
      () => `${name}${JSON.stringify(labels)} reaching ${value} (it is ${sum}; there are ${scrape?.lines(name)})`);
    return sum;
  }

  ticks_in(count, ms = 5000) { return this.counted('tickcast_ticks_in_total', {}, count, ms); }

  signal(name) { this.child.kill(name); }

  // Its end by itself, in time and with code 0.
  async ended_well(ms = 5000) {
    const { code, signal } = await within(this.ended, ms, () => `the server's end (its last lines:\n${this.tail}\n)`);
    if (code !== 0) throw new Error(`the server ended with code ${code}, signal ${signal}:\n${this.tail}`);
  }

  // The id of the thread of this name.
  thread(name) {
    const tasks = `/proc/${this.pid}/task`;
    return readdirSync(tasks).find((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim() === name);
  }
  // How often it has gone to sleep.
  sleeps(name) {
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/task/${this.thread(name)}/status`, 'utf8'))[1]);
  }
  descriptors() { return readdirSync(`/proc/${this.pid}/fd`).length; }
  resident() { return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024; }

  // CPU time it has used, in seconds.
  cpu() { return cpu_ticks(this.pid) / 100; }

  // What every misbehaviour must leave behind: no more descriptors than before it.
  async descriptors_back_to(count, ms = 10_000) {
    await until(() => this.descriptors() <= count, ms,
      () => `the return to ${count} descriptors (there are ${this.descriptors()})`);
  }

  // Lets go of the peers and ends it. It may have ended before.
  async stop(ms = 5000) {
    for (const peer of this.peers) peer.drop();
    this.signal('SIGTERM');
    try {
      await this.ended_well(ms);
    } finally {
      this.child.kill('SIGKILL');
    }
  }
}

// A running server for one test. It is stopped after the test, and has to end well.
export async function serve(t, options) {
  const server = new Server(options);
  t.after(() => server.stop());
  return server.ready();
}
