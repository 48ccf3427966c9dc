// A client by npm `ws`, a peer that tickcast did not write. It keeps every frame as text (numbers must be compared digit by digit)
// and every message in its order, and waits for the ones a test names. It knows nothing of what is right: tests do.
import WebSocket from 'ws';
import { SbeReader } from '../../../web/client/sbe.js';
import { within } from './deadline.mjs';

// A message fits when a predicate says so, when it is of that kind ("trade"), or when it has all the given keys and values.
export function fits(message, wanted) {
  if (typeof wanted === 'function') return wanted(message);
  if (typeof wanted === 'string') return message.e === wanted;
  return Object.entries(wanted).every(([key, value]) => message[key] === value);
}

export class Client {
  // Options are those of ws, and `protocols`, `path`, `via` (another way to the server), `sbe` (true: market messages come as
  // SBE, read by the product's own reader; or the options of that). Resolves when open; use `Client.attempt` for what may be refused.
  static async open(server, options = {}) {
    const client = new Client(server, options);
    await within(client.opened, 10_000, 'the opening of a websocket');
    return client;
  }

  // The HTTP answer to an upgrade: { status, headers, body }, with status 101 when it was accepted.
  static async attempt(server, options = {}) {
    const client = new Client(server, options);
    return within(client.answer, 10_000, 'an answer to an upgrade request');
  }

  constructor(server, { path = '/v1/stream', sbe, protocols = sbe ? ['tickcast.v1.sbe'] : [], via, on_message, ...options } = {}) {
    this.messages = [];
    this.frames = [];
    this.cursor = 0;
    this.waiting = new Set();
    this.on_message = on_message;
    this.next_id = 1000;
    this.keep = true;
    this.reader = sbe && new SbeReader(sbe === true ? {} : sbe);
    this.socket = new WebSocket(server.url(path, via), protocols,
      { rejectUnauthorized: false, perMessageDeflate: false, ...options });
    server.peers.add(this);
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', (error) => { this.error = error; reject(error); });
    });
    this.opened.catch(() => {});
    this.answer = new Promise((resolve, reject) => {
      this.socket.on('upgrade', (response) => resolve({ status: 101, headers: response.headers, body: '' }));
      this.socket.on('unexpected-response', (_, response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => { body += text; });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      });
      this.socket.on('error', reject);
    });
    this.answer.catch(() => {});
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => {
      this.close = { code, reason: reason.toString() };
      resolve(this.close);
      for (const look of this.waiting) look();
    }));
    this.socket.on('message', (data, binary) => this.take(data, binary));
  }

  take(data, binary) {
    const text = binary ? data : data.toString();
    const frame = this.reader ? this.reader.read(text) : binary ? [] : JSON.parse(text);
    if (!Array.isArray(frame) || ((!binary || this.reader) && frame.length === 0)) throw new Error(`not an array of messages: ${text}`);
    const arrived = Date.now();
    if (this.keep) {
      this.frames.push({ text, binary, messages: frame, arrived });
      this.messages.push(...frame);
    }
    if (this.on_message) for (const message of frame) this.on_message(message, arrived, text);
    for (const look of this.waiting) look();
  }

  // A string goes as it is, anything else as JSON.
  send(command) { this.socket.send(typeof command === 'string' ? command : JSON.stringify(command)); }

  // The next message that fits; those passed over stay in `messages` and are not looked at again.
  async next(wanted, ms = 5000) {
    let look;
    const found = new Promise((resolve, reject) => {
      look = () => {
        for (; this.cursor < this.messages.length; ++this.cursor) {
          if (fits(this.messages[this.cursor], wanted)) return resolve(this.messages[this.cursor++]);
        }
        if (this.close) reject(new Error(`closed with ${this.close.code} "${this.close.reason}" while waiting for ${say(wanted)}`));
      };
      this.waiting.add(look);
      look();
    });
    try {
      return await within(found, ms, () => `${say(wanted)} (the last messages were ${JSON.stringify(this.messages.slice(-5))})`);
    } finally {
      this.waiting.delete(look);
    }
  }

  // Waits until `count` messages have come that fit, the early ones included, and returns all there are by then.
  async collect(wanted, count, ms = 10_000) {
    let look;
    let have = [];
    let seen = 0;
    const enough = new Promise((resolve, reject) => {
      look = () => {
        for (; seen < this.messages.length; ++seen) if (fits(this.messages[seen], wanted)) have.push(this.messages[seen]);
        if (have.length >= count) resolve(have);
        else if (this.close) reject(new Error(`closed with ${this.close.code} "${this.close.reason}" after ${have.length} of ${count} ${say(wanted)}`));
      };
      this.waiting.add(look);
      look();
    });
    try {
      return await within(enough, ms, () => `${count} times ${say(wanted)} (there were ${have.length})`);
    } finally {
      this.waiting.delete(look);
    }
  }

  // Sends a command under a fresh id and returns its answer.
  async ask(command, ms = 5000) {
    const id = command.id ?? this.next_id++;
    this.send({ ...command, id });
    return this.next((message) => message.id === id && answers.has(message.e), ms);
  }

  subscribe(symbols, options = {}) {
    return this.ask({ op: 'subscribe', channel: 'trades', symbols: [symbols].flat(), ...options });
  }

  ended(ms = 5000) { return within(this.closed, ms, 'the closing of a websocket'); }
  drop() { this.socket.terminate(); }
}

const answers = new Set(['subscribed', 'unsubscribed', 'subscriptions', 'authenticated', 'pong', 'echo', 'error']);
const say = (wanted) => (typeof wanted === 'function' ? `a message such that ${wanted}` : `a message ${JSON.stringify(wanted)}`);
