// One thread of a process stands still, and all the others go on: a shard that is stuck, seen from outside.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.mjs';

const directory = mkdtempSync(join(tmpdir(), 'tickcast-e2e-'));
const program = join(directory, 'stall');
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

export class Stall {
  // Why there can be none here; nothing when there can.
  static missing() {
    try {
      execFileSync('cc', ['-O1', '-o', program, fileURLToPath(new URL('stall.c', import.meta.url))], { stdio: 'pipe' });
    } catch (error) {
      return `there is no C compiler, or it failed: ${error.message.split('\n')[0]}`;
    }
    const victim = spawn('sleep', ['20'], { stdio: 'ignore' });
    try {
      execFileSync(program, [String(victim.pid)], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 5000 });
      return undefined;
    } catch (error) {
      return `threads cannot be traced here: ${String(error.stderr).trim()}`;
    } finally {
      victim.kill('SIGKILL');
    }
  }

  // Of this server, the thread of this name.
  static async of(t, server, name) {
    const stall = new Stall();
    stall.tracer = spawn(program, [server.thread(name)], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => stall.tracer.kill('SIGKILL'));
    stall.over = once(stall.tracer, 'exit');
    await within(once(stall.tracer.stdout, 'data'), 5000, `the stalling of ${name}`);
    return stall;
  }

  async end() {
    this.tracer.stdin.end();
    await within(this.over, 5000, 'the end of a stall');
  }
}
