// A websocket peer made by hand over node:tls or node:net, for everything a well-behaved library refuses to do: wrong frames,
// frames cut in pieces, silence, and seeing the server's frames bit by bit. It answers nothing by itself, not even pings.
import net from 'node:net';
import tls from 'node:tls';
import { createHash, randomBytes } from 'node:crypto';
import { within } from './deadline.mjs';

export const op = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// One client frame. `claim` puts another length (a BigInt) in the header than the payload has.
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, claim } = {}) {
  const body = Buffer.from(payload);
  const length = claim ?? BigInt(body.length);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask_bit = masked ? 0x80 : 0;
  if (length < 126n) {
    head.push(mask_bit | Number(length));
  } else if (length < 65536n) {
    head.push(mask_bit | 126, Number(length >> 8n), Number(length & 255n));
  } else {
    head.push(mask_bit | 127);
    for (let shift = 56n; shift >= 0n; shift -= 8n) head.push(Number((length >> shift) & 255n));
  }
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const mask = randomBytes(4);
  const hidden = Buffer.from(body);
  for (let i = 0; i < hidden.length; ++i) hidden[i] ^= mask[i & 3];
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}

export function close_payload(code, reason = '') {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}

export class Raw {
  // TCP only, whatever the server speaks.
  static async tcp(server, options = {}) {
    const socket = net.connect({ port: server.port, host: '127.0.0.1', ...options });
    const raw = new Raw(server, socket);
    await within(new Promise((resolve, reject) => { socket.on('connect', resolve); socket.on('error', reject); }), 5000, 'a TCP connection');
    return raw;
  }

  // What the server's port speaks: TLS, or TCP where it was started with --plain.
  static async connect(server, options = {}) {
    if (!server.secure) return Raw.tcp(server, options);
    const socket = tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    const raw = new Raw(server, socket);
    await within(new Promise((resolve, reject) => { socket.on('secureConnect', resolve); socket.on('error', reject); }), 10_000, 'a TLS handshake');
    return raw;
  }

  // Connected, upgraded and answered with 101.
  static async open(server, options = {}) {
    const raw = await Raw.connect(server, options.socket);
    const answer = await raw.upgrade(options);
    if (answer.status !== 101) throw new Error(`the upgrade was answered with ${answer.status}: ${answer.body}`);
    return raw;
  }

  constructor(server, socket) {
    this.server = server;
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    this.waiting = new Set();
    this.over = false;
    server.peers.add(this);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.buffer = this.buffer.length ? Buffer.concat([this.buffer, bytes]) : bytes;
      this.look();
    });
    socket.on('error', (error) => { this.error = error; });
    this.closed = new Promise((resolve) => {
      const end = () => { this.over = true; this.look(); resolve(); };
      socket.on('end', end);
      socket.on('close', end);
    });
  }

  look() { for (const look of this.waiting) look(); }

  // Whatever `parse` makes of the bytes at hand, as soon as it makes anything of them.
  async wait(parse, ms, what) {
    let look;
    const found = new Promise((resolve, reject) => {
      look = () => {
        try {
          const value = parse();
          if (value !== undefined) resolve(value);
          else if (this.over) reject(new Error(`the connection ended (${this.error?.message ?? 'cleanly'}) before ${what} came; left over: ${this.buffer.subarray(0, 200)}`));
        } catch (error) {
          reject(error);
        }
      };
      this.waiting.add(look);
      look();
    });
    try {
      return await within(found, ms, what);
    } finally {
      this.waiting.delete(look);
    }
  }

  // Resolves when the kernel has taken the bytes, or the connection is gone.
  async write(bytes) {
    if (this.socket.destroyed) return;
    await Promise.race([new Promise((resolve) => this.socket.write(bytes, () => resolve())), this.closed]);
  }

  send(opcode, payload, options) { return this.write(frame(opcode, payload, options)); }
  command(value) { return this.send(op.text, typeof value === 'string' ? value : JSON.stringify(value)); }

  // One HTTP answer: its head, and a body by Content-Length or until the end of chunks.
  async response(ms = 5000, { head_only = false } = {}) {
    const head = await this.wait(() => {
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      const text = this.buffer.subarray(0, end).toString('latin1');
      this.buffer = this.buffer.subarray(end + 4);
      return text;
    }, ms, 'the head of an HTTP answer');
    const [first, ...lines] = head.split('\r\n');
    const headers = {};
    for (const line of lines) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
    const status = Number(first.split(' ')[1]);
    const length = head_only || status === 101 ? 0 : Number(headers['content-length'] ?? 0);
    const body = await this.wait(() => {
      if (this.buffer.length < length) return undefined;
      const bytes = this.buffer.subarray(0, length);
      this.buffer = this.buffer.subarray(length);
      return bytes.toString();
    }, ms, 'the body of an HTTP answer');
    return { version: first.split(' ')[0], status, headers, body };
  }

  request(method, path, headers = {}, body = '') {
    const all = { Host: `127.0.0.1:${this.server.port}`, ...headers };
    const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([key, value]) => `${key}: ${value}\r\n`);
    return this.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  }

  async upgrade({ path = '/v1/stream', headers = {} } = {}) {
    const key = randomBytes(16).toString('base64');
    await this.request('GET', path, {
      Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13', ...headers,
    });
    const answer = await this.response();
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    if (answer.status === 101 && answer.headers['sec-websocket-accept'] !== accept) throw new Error('a wrong Sec-WebSocket-Accept');
    return answer;
  }

  // The server's next frame; a server's frame is never masked.
  async next_frame(ms = 5000) {
    return this.wait(() => {
      const bytes = this.buffer;
      if (bytes.length < 2) return undefined;
      if (bytes[1] & 0x80) throw new Error('the server masked a frame');
      let at = 2;
      let length = bytes[1] & 0x7f;
      if (length === 126) {
        if (bytes.length < 4) return undefined;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return undefined;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      if (bytes.length < at + length) return undefined;
      this.buffer = bytes.subarray(at + length);
      return { fin: Boolean(bytes[0] & 0x80), rsv: (bytes[0] >> 4) & 7, opcode: bytes[0] & 15, payload: bytes.subarray(at, at + length) };
    }, ms, 'a websocket frame');
  }

  async next_of(opcode, ms = 5000) {
    for (;;) {
      const got = await this.next_frame(ms);
      if (got.opcode === opcode) return got;
    }
  }

  // The next message that fits, among those of the text frames to come.
  async next_message(wanted, ms = 5000) {
    for (;;) {
      const found = JSON.parse((await this.next_of(op.text, ms)).payload).find(wanted);
      if (found) return found;
    }
  }

  // The server's close frame, passing over everything before it.
  async close_frame(ms = 5000) {
    const { payload } = await this.next_of(op.close, ms);
    return { code: payload.length ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString() };
  }

  // The end of the TCP connection, and nothing more before it.
  async ended(ms = 5000) { await within(this.closed, ms, 'the end of the TCP connection'); }
  drop() { this.socket.destroy(); }
}
