// Bars as the contract has them, built naively: by the venue's time, whatever the order in which the trades came. Prices and
// sizes are whole numbers, so that sums are exact.
export const seconds = { '1s': 1, '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '1d': 86_400 };

// Of trades {n, t, p, q}, with t in microseconds: a map from the start of each bar to it, in the order of their starts.
export function build(trades, period) {
  const length = seconds[period] * 1_000_000;
  const bars = new Map();
  for (const trade of [...trades].sort((a, b) => a.t - b.t || a.n - b.n)) {
    const t = trade.t - (trade.t % length);
    const bar = bars.get(t);
    if (!bar) {
      bars.set(t, { t, o: trade.p, h: trade.p, l: trade.p, c: trade.p, v: trade.q, k: 1, f: trade.n, n: trade.n });
      continue;
    }
    bar.h = Math.max(bar.h, trade.p);
    bar.l = Math.min(bar.l, trade.p);
    bar.c = trade.p;
    bar.v += trade.q;
    bar.k += 1;
    bar.f = Math.min(bar.f, trade.n);
    bar.n = Math.max(bar.n, trade.n);
  }
  return bars;
}

export const figures = ({ t, o, h, l, c, v, k, f, n }) => ({ t, o, h, l, c, v, k, f, n });

// What a chart shows that has applied all these messages, each bar by its start.
export function chart(messages) {
  const shown = new Map();
  for (const bar of messages) shown.set(bar.t, figures(bar));
  return shown;
}

// The laws of one stream of bars: what is wrong, or null.
export function unlawful(messages) {
  const closed = new Set();
  let newest = -1;
  for (const bar of messages) {
    const say = (what) => `${what}: ${JSON.stringify(bar)}`;
    if (bar.l > bar.o || bar.l > bar.c || bar.h < bar.o || bar.h < bar.c) return say('prices beyond high and low');
    if (bar.rev) {
      if (bar.x) return say('revised and closed at once');
      continue;
    }
    if (bar.t < newest) return say('older than the one before it');
    if (closed.has(bar.t)) return say('after its end');
    newest = bar.t;
    if (bar.x) closed.add(bar.t);
  }
  return null;
}
