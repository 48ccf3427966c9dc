// Chance that can be had again: a test that throws dice says its seed, and TICKCAST_E2E_SEED throws the same ones. What the
// scheduler and the sockets do is not decided by a seed, so it repeats what the clients did and not every interleaving.
import { randomInt } from 'node:crypto';

export class Dice {
  constructor(seed) { this.state = seed >>> 0; }

  // mulberry32: 32 bits of state are plenty for a schedule.
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability) { return this.next() < probability; }
  between(least, most) { return least + Math.floor(this.next() * (most - least + 1)); }
  pick(list) { return list[Math.floor(this.next() * list.length)]; }

  // Some of these, at least one, in any order.
  some(list, most = list.length) {
    const left = [...list];
    return Array.from({ length: this.between(1, Math.min(most, list.length)) },
      () => left.splice(Math.floor(this.next() * left.length), 1)[0]);
  }

  // Dice of their own for a part of the test, so that one part's throws do not shift another's.
  fork() { return new Dice(Math.floor(this.next() * 4294967296)); }
}

export function dice(t) {
  const seed = Number(process.env.TICKCAST_E2E_SEED ?? randomInt(2 ** 32));
  t.diagnostic(`seed ${seed} (TICKCAST_E2E_SEED=${seed} throws the same dice)`);
  return new Dice(seed);
}
