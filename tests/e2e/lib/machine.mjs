// Who else uses this machine: a delay says something about the server only where its cores were free for it.
import { readFileSync } from 'node:fs';

// Cores that others may use before a measured delay says nothing any more.
export const others_max = 0.25;

// CPU time of a process, in ticks of 10 ms.
export function cpu_ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

// All that any core was busy with, or kept from by the machine under it.
function busy_ticks() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
  return user + nice + system + irq + softirq + steal;
}

// A stretch of time. `others` is how many cores processes beside these were busy on.
export class Stretch {
  constructor(pids) {
    this.pids = [process.pid, ...pids];
    this.start = performance.now();
    this.before = this.theirs();
  }

  theirs() { return busy_ticks() - this.pids.reduce((sum, pid) => sum + cpu_ticks(pid), 0); }

  get others() { return (this.theirs() - this.before) * 10 / (performance.now() - this.start); }
}
