// A TCP connection that reads as slowly as it is told: so many bytes at once, so often. What is not read stays in the kernel, as
// it does with any slow reader. A stream for TLS to stand on.
import net from 'node:net';
import tls from 'node:tls';
import { Duplex } from 'node:stream';

export class Paced extends Duplex {
  constructor({ host, port, piece }) {
    super();
    this.slow = false;
    this.tcp = net.connect({ host, port, onread: {
      buffer: Buffer.alloc(piece),
      callback: (length, buffer) => {
        this.push(Buffer.from(buffer.subarray(0, length)));
        return !this.slow;
      },
    } });
    this.tcp.setNoDelay(true);
    this.tcp.on('end', () => this.push(null));
    this.tcp.on('close', () => this.destroy());
    this.tcp.on('error', (error) => this.destroy(error));
  }

  // A way for a Client: its connection, which `found` is given.
  static way(piece, found) {
    return { createConnection: ({ host, port }) => {
      const paced = new Paced({ host, port, piece });
      found(paced);
      return tls.connect({ socket: paced, rejectUnauthorized: false });
    } };
  }

  // A piece each `ms` from now on.
  every(ms) {
    this.slow = true;
    this.timer = setInterval(() => this.tcp.resume(), ms);
  }

  at_full_speed() {
    this.slow = false;
    clearInterval(this.timer);
    this.tcp.resume();
  }

  _read() {}
  _write(bytes, _, done) { this.tcp.write(bytes, done); }
  _final(done) { this.tcp.end(done); }
  _destroy(error, done) {
    clearInterval(this.timer);
    this.tcp.destroy();
    done(error);
  }
}
