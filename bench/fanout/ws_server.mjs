// The comparison in Node: the fan-out server an ordinary good engineer writes with npm `ws` over node:https. One process, one JSON
// text a tick, client.send() for each who asked for the symbol, no compression. It understands the subscribe command of the native
// protocol and sends frames of the same form and size as tickcast, on the same schedule; the market has the statistics of market.hpp.
// What it has not: coalescing, limits, snapshots, heartbeats, metrics; a slow client fills its memory.
//
//   node ws_server.mjs CERT KEY SYMBOLS RATE [SEED]      `ws` is the one of tests/e2e (npm ci there)
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))('ws');
const [certificate, key, symbol_count, ticks_per_s, seed = '7'] = process.argv.slice(2);
const rate = Number(ticks_per_s);

// mulberry32: the same market each time
let state = Number(seed);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const symbols = Array.from({ length: Number(symbol_count) }, (_, i) => ({
  name: `S${String(i).padStart(5, '0')}`, n: 0, cents: 1000 + Math.floor(random() * 49000), listeners: [],
}));
const by_name = new Map(symbols.map((symbol) => [symbol.name, symbol]));
const up_to = [];
symbols.reduce((sum, _, i) => (up_to[i] = sum + (0.5 + random()) / (i + 5) ** 0.6), 0);

function pick() {
  const at = random() * up_to[up_to.length - 1];
  let low = 0;
  for (let high = up_to.length - 1; low < high;) {
    const middle = (low + high) >> 1;
    if (up_to[middle] > at) high = middle;
    else low = middle + 1;
  }
  return symbols[low];
}

let current;
let flurry = 0;
function trade(t) {
  if (flurry > 0) flurry -= 1;
  else {
    if (random() < 0.03) flurry = 2 + Math.floor(random() * 9);
    current = pick();
  }
  current.n += 1;
  current.cents = Math.max(100, current.cents + Math.floor(random() * 5) - 2);
  if (current.listeners.length === 0) return;
  const message = JSON.stringify([{
    e: 'trade', s: current.name, n: current.n, t, p: current.cents / 100,
    q: 1 + Math.floor(random() * 900), side: random() < 0.5 ? 'buy' : 'sell', x: 'QNPZKD'[Math.floor(random() * 6)],
  }]);
  for (const client of current.listeners) client.send(message);
}

const server = https.createServer({
  cert: readFileSync(certificate), key: readFileSync(key), minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256',
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (client) => {
  let mine = [];
  client.on('message', (data) => {
    const command = JSON.parse(data);
    const known = command.symbols.filter((name) => by_name.has(name)).map((name) => by_name.get(name));
    for (const symbol of known) symbol.listeners.push(client);
    mine = mine.concat(known);
    const failed = command.symbols.filter((name) => !by_name.has(name)).map((s) => ({ s, code: 'unknown_symbol' }));
    client.send(JSON.stringify([{ e: 'subscribed', id: command.id, channel: 'trades', symbols: known.map(({ name, n }) => ({ s: name, n })), failed }]));
  });
  client.on('close', () => {
    for (const symbol of mine) symbol.listeners = symbol.listeners.filter((other) => other !== client);
  });
  client.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => process.stderr.write(`ready listen=127.0.0.1:${server.address().port}\n`));

// From performance.now() to the time of day. performance.timeOrigin would be a millisecond off now and then, so the clock is read where
// Date.now() goes on by one; whoever is interrupted there finds too little, so the most of some goes is right.
function time_of_day_ms() {
  const from = Date.now();
  let now = from;
  while (now === from) now = Date.now();
  return now - performance.now();
}
const origin_ms = Math.max(...Array.from({ length: 5 }, time_of_day_ms));

// What is due by the clock, each millisecond, however late the timer is.
const start = performance.now();
let made = 0;
setInterval(() => {
  const due = Math.floor((performance.now() - start) / 1000 * rate);
  const t = Math.round((origin_ms + performance.now()) * 1000);
  for (; made < due; made += 1) trade(t);
}, 1);
process.on('SIGTERM', () => process.exit(0));
