// A bad network that needs no privileges: a TCP relay to a server that passes every piece on after a delay of its own, in order,
// and can cut connections, tear them in the middle of a piece, or hold all of them as if the line were dead. It slows time, not
// bytes; what it holds is not bounded. It leads to another server when `server` is set to that.
import net from 'node:net';
import { once } from 'node:events';

// One way of one connection: pieces wait in a queue, each until its own time, so that none overtakes another.
class Way {
  constructor(to, take, held) { Object.assign(this, { to, take, held, queue: [], timer: undefined }); }

  put(bytes) {
    const due = Math.max(this.queue.at(-1)?.due ?? 0, performance.now() + this.take());
    this.queue.push({ bytes, due });
    this.timer ??= setTimeout(() => this.pass(), due - performance.now());
  }

  pass() {
    this.timer = undefined;
    if (this.to.destroyed) return;
    while (!this.held() && this.queue.length > 0 && this.queue[0].due <= performance.now()) this.to.write(this.queue.shift().bytes);
    if (this.held()) return;
    if (this.queue.length > 0) this.timer = setTimeout(() => this.pass(), this.queue[0].due - performance.now());
  }
}

export class Relay {
  // Each way takes `delay` ± `jitter` ms; dice throw the jitter.
  static async to(server, throws, { delay = 0, jitter = 0 } = {}) {
    const relay = new Relay();
    relay.pairs = new Set();
    relay.ways = new Set();
    relay.server = server;
    relay.held = false;
    relay.cuts = 0;
    relay.door = net.createServer((near) => {
      const far = net.connect(relay.server.port, relay.server.host);
      const pair = [near, far];
      relay.pairs.add(pair);
      for (const [from, to] of [[near, far], [far, near]]) {
        from.setNoDelay(true);
        from.on('error', () => {});
        from.on('close', () => relay.end(pair));
        const way = new Way(to, () => delay + (2 * throws.next() - 1) * jitter, () => relay.held);
        relay.ways.add(way);
        from.on('close', () => relay.ways.delete(way));
        from.on('data', (bytes) => (from === far && relay.tearing ? relay.rend(pair, bytes) : way.put(bytes)));
      }
    });
    relay.door.listen(0, '127.0.0.1');
    await once(relay.door, 'listening');
    server.peers.add(relay);
    return relay;
  }

  // What a client takes as its `via`.
  get address() { return { host: '127.0.0.1', port: this.door.address().port }; }

  end(pair) {
    this.pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  // Cuts one connection, in the middle of whatever it carries.
  cut(throws) {
    if (this.pairs.size === 0) return;
    ++this.cuts;
    this.end(throws.pick([...this.pairs]));
  }

  // Cuts the next connection that is told something, when the half of that has got through.
  tear() { this.tearing = true; }

  rend(pair, bytes) {
    this.tearing = false;
    ++this.cuts;
    pair[0].write(bytes.subarray(0, bytes.length >> 1), () => this.end(pair));
  }

  // Nothing passes any more, and nobody is told.
  hold() { this.held = true; }

  release() {
    this.held = false;
    for (const way of this.ways) way.timer ??= setTimeout(() => way.pass(), 0);
  }

  drop() {
    this.door.close();
    for (const pair of [...this.pairs]) this.end(pair);
  }
}
