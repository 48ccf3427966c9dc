// Prices arrive as exact decimals whose trailing zeros may be missing, and JavaScript has only doubles: this is where the
// number of digits is found, kept through additions, and shown.

const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
const most = 12;

/** Digits after the point that `x` was written with. `least` is where to start looking (what the symbol had so far). */
export function digits(x: number, least = 0): number {
  for (let d = least; d < most; d += 1) {
    const power = powers[d] as number;
    if (Math.round(x * power) / power === x) return d;
  }
  return most;
}

/** The sum of two decimals as a decimal: 0.1 and 0.2 make 0.3. */
export function add(a: number, b: number): number {
  const sum = a + b;
  if (Number.isInteger(a) && Number.isInteger(b)) return sum;
  const power = powers[digits(b, digits(a))] as number;
  return Math.round(sum * power) / power;
}

const formats = new Map<number, Intl.NumberFormat>();

/** A price with exactly `d` digits and grouped thousands. */
export function price(x: number | undefined, d: number): string {
  if (x === undefined) return "–";
  let format = formats.get(d);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: d, maximumFractionDigits: d });
    formats.set(d, format);
  }
  return format.format(x);
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });

/** A size: whole while it is short, compact (1.2M) when it is not. */
export function size(x: number | undefined): string {
  if (x === undefined) return "–";
  return Math.abs(x) >= 100_000 ? compact.format(x) : plain.format(x);
}

const brief = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** A volume where there is little room: 84.4K. */
export function short(x: number | undefined): string {
  return x === undefined ? "–" : brief.format(x);
}

/** A change in percent with its sign: +0.42%. */
export function signed(percent: number | undefined): string {
  if (percent === undefined) return "–";
  const text = Math.abs(percent).toFixed(2);
  return `${text === "0.00" ? "" : percent > 0 ? "+" : "−"}${text}%`;
}

/** The same from one price to another. */
export function percent(from: number | undefined, to: number | undefined): string {
  if (from === undefined || to === undefined || from === 0) return "–";
  return signed(((to - from) / from) * 100);
}
