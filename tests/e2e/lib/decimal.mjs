// Decimals as text, compared and added exactly. Numbers of the wire must never pass through a double in these tests:
// 0.1 + 0.2 and 123456789.123456789 are just what they are here to catch.

export class Decimal {
  constructor(mantissa, scale) {
    this.mantissa = mantissa;
    this.scale = scale;
    while (this.scale > 0 && this.mantissa % 10n === 0n) {
      this.mantissa /= 10n;
      --this.scale;
    }
  }

  static of(text) {
    const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
    if (!parts) throw new Error(`not a decimal: ${text}`);
    const [, sign, whole, fraction = '', exponent = '0'] = parts;
    const scale = fraction.length - Number(exponent);
    const digits = BigInt(whole + fraction) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
    return new Decimal(sign ? -digits : digits, Math.max(0, scale));
  }

  at(scale) { return this.mantissa * 10n ** BigInt(scale - this.scale); }

  plus(other) {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.at(scale) + other.at(scale), scale);
  }

  compare(other) {
    const scale = Math.max(this.scale, other.scale);
    const difference = this.at(scale) - other.at(scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  // Without an exponent and without zeros at the end of a fraction.
  toString() {
    const digits = (this.mantissa < 0n ? -this.mantissa : this.mantissa).toString().padStart(this.scale + 1, '0');
    const whole = digits.slice(0, digits.length - this.scale);
    return (this.mantissa < 0n ? '-' : '') + whole + (this.scale ? `.${digits.slice(-this.scale)}` : '');
  }
}

// JSON whose numbers stay text: {"p":189.3400} becomes { p: '189.3400' }, and strings stay strings.
export function exact(text) {
  return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

// The way the wire writes a number: no exponent, no zeros before it, nothing after the point but digits.
export const plain_number = /^-?(0|[1-9]\d*)(\.\d+)?$/;
