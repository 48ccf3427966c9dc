// All the raw trades of a market by symbol and number, with exact numbers, and what follows from them: whether a merged trade
// has the open, high, low, last, volume and count of just the trades it covers, and the bars of any period.
import { Decimal } from './decimal.mjs';

const digits = 12;
const units = (text) => Decimal.of(text).at(digits);

// A message of the wire, raw or merged, as a bar of what it covers. Its numbers are text (lib/decimal.mjs: exact).
export function bar_of({ n, f = n, k = '1', t, p, q, o = p, h = p, l = p, v = q }) {
  return { f: Number(f), n: Number(n), t: Number(t), o: units(o), h: units(h), l: units(l), c: units(p), v: units(v), k: Number(k) };
}

function extend(bar, next) {
  if (next.h > bar.h) bar.h = next.h;
  if (next.l < bar.l) bar.l = next.l;
  bar.c = next.c;
  bar.t = next.t;
  bar.v += next.v;
  bar.k += next.k;
  bar.n = next.n;
}

const text = ({ f, n, o, h, l, c, v, k }) => [f, n, k, ...[o, h, l, c, v].map((u) => new Decimal(u, digits).toString())].join(' ');

export class Tape {
  constructor() { this.symbols = new Map(); }

  // A raw trade.
  take(message) {
    if (!this.symbols.has(message.s)) this.symbols.set(message.s, new Map());
    const bar = bar_of(message);
    this.symbols.get(message.s).set(bar.n, bar);
  }

  has(s, n) { return this.symbols.get(s)?.has(n) ?? false; }

  // What is wrong with this trade, plain or merged; an empty text if nothing is, undefined if the tape lacks what it covers.
  judge(message) {
    const bar = bar_of(message);
    const raw = this.symbols.get(message.s);
    if (!raw?.has(bar.f)) return undefined;
    const right = { ...raw.get(bar.f) };
    for (let n = bar.f + 1; n <= bar.n; ++n) {
      if (!raw.has(n)) return undefined;
      extend(right, raw.get(n));
    }
    if (text(bar) === text(right) && bar.t === right.t) return '';
    return `${JSON.stringify(message)} covers f n k o h l c v ${text(right)} at ${right.t}`;
  }

  // The raw trades of one symbol from number `from` to `to`.
  range(s, from, to) { return [...(this.symbols.get(s)?.values() ?? [])].filter(({ n }) => n >= from && n <= to); }
}

// Bars by venue time, each as a text, by their start; the first and the last are left out, as they may be there in part.
export function bars(list, period_us) {
  const all = new Map();
  for (const next of list) {
    const start = Math.floor(next.t / period_us) * period_us;
    if (all.has(start)) extend(all.get(start), next);
    else all.set(start, { ...next });
  }
  const starts = [...all.keys()].sort((a, b) => a - b).slice(1, -1);
  return new Map(starts.map((start) => [start, text(all.get(start))]));
}
