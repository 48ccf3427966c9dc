// A book as a naive client keeps it: it applies what comes, in order, and nothing more. What must be true of it after each
// message is asserted here: numbers without holes, no more levels than were asked for, never crossed, the checksum right.
// Numbers are compared as they were written, digit for digit.
import assert from 'node:assert/strict';
import { Decimal, exact } from './decimal.mjs';

const table = Array.from({ length: 256 }, (_, b) => {
  for (let i = 0; i < 8; ++i) b = b & 1 ? (b >>> 1) ^ 0xedb88320 : b >>> 1;
  return b >>> 0;
});
export function checksum(text) {
  let sum = 0xffffffff;
  for (const c of Buffer.from(text)) sum = (sum >>> 8) ^ table[(sum ^ c) & 0xff];
  return (sum ^ 0xffffffff) >>> 0;
}

const digits = (number) => number.replace('.', '').replace(/^0+/, '') || '0';

// Two decimals, exactly: negative, zero or positive.
export function order(a, b) {
  return Decimal.of(a).compare(Decimal.of(b));
}

export class Book {
  constructor(depth) {
    this.depth = depth;
    this.last = undefined;
    this.sides = { b: new Map(), a: new Map() };
    this.messages = 0;
    this.snapshots = 0;
  }

  // Levels as [price, size] in text, the best first.
  levels(side) {
    const sign = side === 'b' ? -1 : 1;
    return [...this.sides[side]].sort(([x], [y]) => sign * order(x, y));
  }

  // A message with its numbers as they were written (see lib/decimal.mjs).
  take(m) {
    const n = Number(m.n), first = Number(m.f ?? m.n);
    const what = JSON.stringify(m).slice(0, 200);
    if (this.last !== undefined && !(m.snap && n === this.last)) {
      assert.ok(m.snap ? first <= this.last + 1 : first === this.last + 1, `${this.last + 1} was due: ${what}`);
      assert.ok(n > this.last, what);
    }
    this.last = n;
    ++this.messages;
    if (m.snap) {
      ++this.snapshots;
      this.sides = { b: new Map(), a: new Map() };
    }
    for (const side of ['b', 'a']) {
      for (const [price, size] of m[side]) {
        if (size === '0') {
          assert.ok(this.sides[side].delete(price), `${price} was there to be removed: ${what}`);
        } else {
          this.sides[side].set(price, size);
        }
      }
      assert.ok(this.sides[side].size <= this.depth, `${this.sides[side].size} levels of ${this.depth}: ${what}`);
    }
    const [bids, asks] = [this.levels('b'), this.levels('a')];
    if (bids.length && asks.length) assert.ok(order(bids[0][0], asks[0][0]) < 0, `${bids[0]} is below ${asks[0]}`);
    const text = [asks, bids].flatMap((levels) => levels.slice(0, 10).flatMap((l) => l.map(digits))).join('');
    assert.equal(Number(m.sum), checksum(text), `the checksum of ${text}: ${what}`);
  }

  toString() { return JSON.stringify([this.levels('b'), this.levels('a')]); }
}

// Keeps the books of a client while it listens: one for each symbol, all of one depth. `of` names a symbol; `at` has what
// its book was after each number it was told.
export class Books {
  constructor(depth) {
    this.depth = depth;
    this.by_symbol = new Map();
    this.seen = new Map();
  }

  of(s) {
    if (!this.by_symbol.has(s)) this.by_symbol.set(s, new Book(this.depth));
    return this.by_symbol.get(s);
  }

  // A frame's text.
  take(text) {
    for (const m of exact(text)) {
      if (m.e === 'gap' && m.channel === 'book') {
        const book = this.of(m.s);
        assert.equal(Number(m.f), book.last + 1, JSON.stringify(m));
        book.last = Number(m.n);
      }
      if (m.e !== 'book') continue;
      const book = this.of(m.s);
      book.take(m);
      this.seen.set(`${m.s} ${m.n}`, book.toString());
    }
  }
}
