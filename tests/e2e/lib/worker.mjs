// A process of its own for a part of a test: thousands of TLS clients are more than one event loop can serve in time. A module's
// exported functions are called by name; what goes in and out is JSON. Its state is the module's.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.mjs';

const here = fileURLToPath(import.meta.url);
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export class Worker {
  // The module is named by its URL.
  constructor(t, module) {
    this.child = fork(here, [fileURLToPath(module)], { env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
    this.asked = new Map();
    this.last = 0;
    running.add(this.child);
    this.child.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.asked.get(id);
      this.asked.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    this.child.on('exit', (code, signal) => {
      running.delete(this.child);
      for (const { reject } of this.asked.values()) reject(new Error(`a worker ended (code ${code}, signal ${signal})`));
    });
    t.after(() => this.child.kill('SIGKILL'));
  }

  call(name, ...args) { return this.call_for(30_000, name, ...args); }

  call_for(ms, name, ...args) {
    const id = ++this.last;
    const answer = new Promise((resolve, reject) => this.asked.set(id, { resolve, reject }));
    this.child.send({ id, name, args });
    return within(answer, ms, `a worker's answer to ${name}`);
  }
}

if (process.argv[1] === here) {
  const module = await import(process.argv[2]);
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send({ id, result: await module[name](...args) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  process.on('disconnect', () => process.exit());
}
