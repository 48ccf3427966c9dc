// PromQL as far as these tests have to see through it: which series an expression asks for. Whether it is right is for
// promtool to say, which parses it, and for a running Prometheus, which answers it.

const quoted = /"(?:[^"\\]|\\.)*"/g;
const names = /(?<![\w:$])(?:(?:tickcast|process)_\w+|instance(?:_\w+)?:[\w:]+|up|ALERTS)(?![\w:]|\s*\()/g;

// Grafana's variables, as some dashboard would have them filled in.
export const filled = (expression) => expression.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h')
  .replaceAll('$job', 'tickcast').replaceAll('$instance', '.*');

// Series by the names they are asked for by.
export const series_in = (expression) => [...new Set(expression.replace(quoted, '""').match(names) ?? [])].sort();

// The metric that a series belongs to: three series make a histogram.
export const metric_of = (series, types) => [series, series.replace(/_(bucket|sum|count)$/, '')]
  .find((name, cut) => types.has(name) && (cut === 0 || types.get(name) === 'histogram'));
