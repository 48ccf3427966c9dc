// One scrape of /metrics in Prometheus' text format, parsed as far as the tests need it: samples by name and labels, and the
// families with their types. It does not judge the format; promtool does that.

const sample_line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label_pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

export class Exposition {
  constructor(text) {
    this.text = text;
    this.families = new Map();
    this.samples = [];
    for (const line of text.split('\n')) {
      const type = /^# TYPE (\S+) (\S+)$/.exec(line);
      if (type) this.families.set(type[1], type[2]);
      if (line === '' || line.startsWith('#')) continue;
      const parts = sample_line.exec(line);
      if (!parts) throw new Error(`not a sample line of Prometheus: ${line}`);
      const labels = {};
      for (const [, key, value] of (parts[2] ?? '').matchAll(label_pair)) labels[key] = value;
      this.samples.push({ name: parts[1], labels, value: Number(parts[3].replace('Inf', 'Infinity')) });
    }
  }

  // All samples of this name whose labels include the given ones.
  matching(name, labels = {}) {
    return this.samples.filter((sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  }

  // Those that are not 0, for people to read.
  lines(name) { return this.text.split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0')).join(', ') || 'none above 0'; }

  // Their sum; a counter that was never counted is 0.
  sum(name, labels = {}) {
    return this.matching(name, labels).reduce((total, sample) => total + sample.value, 0);
  }
}
