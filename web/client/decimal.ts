// Prices and sizes as exact text: in plain decimal form, without zeros at the end of a fraction.

import type { Decimal } from "./protocol.js";

/** `1e-7` is `0.0000001`, `"1.50"` is `1.5`. */
export function plain(value: Decimal): string {
  const text = String(value);
  if (typeof value === "number") return text.includes("e") ? expanded(text) : text;
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** As a book's checksum takes it: no sign, no point, and no zeros in front. */
export const digits = (text: string): string => text.replace(/[-.]/g, "").replace(/^0+/, "");

function expanded(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const all = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  return sign + all.padEnd(point, "0");
}
