// A publisher of ticks by the plain way in: newline-delimited JSON over TCP. It writes what it is told, right or wrong.
import net from 'node:net';
import { once } from 'node:events';
import { within } from './deadline.mjs';

export class Publisher {
  // To the index-th listening feed of this server.
  static async connect(server, index = 0) {
    const publisher = new Publisher(net.connect(await server.feed_port(index), '127.0.0.1'));
    server.peers.add(publisher);
    await within(once(publisher.socket, 'connect'), 5000, 'a publisher getting through');
    return publisher;
  }

  constructor(socket) {
    this.socket = socket;
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => { this.error = error; });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.resume();
  }

  // Any bytes; resolves when the kernel has taken them or the connection is gone.
  async write(bytes) {
    if (this.socket.destroyed) return;
    await Promise.race([new Promise((resolve) => this.socket.write(bytes, resolve)), this.closed]);
  }

  line(text) { return this.write(`${text}\n`); }
  trade(s, p = 100, q = 1, more = {}) { return this.line(JSON.stringify({ e: 'trade', s, p, q, ...more })); }
  quote(s, b = 99, bq = 1, a = 101, aq = 1, more = {}) { return this.line(JSON.stringify({ e: 'quote', s, b, bq, a, aq, ...more })); }

  // One write for many events.
  events(list) { return this.write(list.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join('')); }
  trades(s, from, to) {
    const list = [];
    for (let i = from; i <= to; ++i) list.push({ e: 'trade', s, p: i, q: 1 });
    return this.events(list);
  }

  end() { this.socket.end(); }
  drop() { this.socket.destroy(); }
}
