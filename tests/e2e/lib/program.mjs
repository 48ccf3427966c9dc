// A program of the examples, and the lines that it prints.
import { spawn } from 'node:child_process';
import { within } from './deadline.mjs';

export class Program {
  constructor(t, command, args, options = {}) {
    this.lines = [];
    this.waiting = new Set();
    this.errors = '';
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)));
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.lines.push(...lines);
      for (const look of this.waiting) look();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.errors += text; });
    t.after(() => this.child.kill('SIGKILL'));
  }

  // The first line from `from` on that matches, past or future, and the index behind it.
  async printed(pattern, from = 0, ms = 10_000) {
    let look;
    const found = new Promise((resolve) => {
      look = () => {
        const at = this.lines.findIndex((line, i) => i >= from && pattern.test(line));
        if (at >= 0) resolve({ match: pattern.exec(this.lines[at]), next: at + 1 });
      };
      this.waiting.add(look);
      look();
    });
    try {
      return await within(found, ms, () => `a line like ${pattern} (it printed ${this.lines.slice(-15).join(' / ')} and ${this.errors})`);
    } finally {
      this.waiting.delete(look);
    }
  }
}
