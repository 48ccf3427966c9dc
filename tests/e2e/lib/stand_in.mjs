// A server that says what a test tells it to, where the real one would not: wrong checksums, holes, and whatever else a client
// has to be ready for. TLS, and the first part of each connection (welcome) by itself.
import https from 'node:https';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { WebSocketServer } from 'ws';
import { Certificate, temporary_directory } from './certificate.mjs';
import { until } from './deadline.mjs';

class Guest {
  constructor(socket) {
    this.socket = socket;
    this.commands = [];
    socket.on('message', (data) => this.commands.push(...[JSON.parse(data)].flat()));
    socket.on('error', () => {});
  }

  say(...messages) { this.socket.send(JSON.stringify(messages)); }
  cut() { this.socket.terminate(); }
  close(code, reason) { this.socket.close(code, reason); }
  next(ms = 10_000) { return until(() => this.commands.shift(), ms, 'a command'); }

  // The next command, which has to be a subscribe, and its acknowledgement.
  async subscribed(entry) {
    const command = await this.next();
    this.say({ e: 'subscribed', id: command.id, channel: command.channel, mode: 'every', interval_ms: 0, symbols: [{ s: command.symbols[0], ...entry }], failed: [] });
    return command;
  }
}

export class StandIn {
  static async open(t) {
    const { cert, key } = new Certificate(temporary_directory(t), 'localhost');
    const stand_in = new StandIn();
    stand_in.guests = [];
    stand_in.epoch = 'e1';
    stand_in.door = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) });
    new WebSocketServer({ server: stand_in.door }).on('connection', (socket) => {
      const guest = new Guest(socket);
      guest.say({ e: 'welcome', v: 1, server: 'stand-in', session: String(stand_in.guests.length), epoch: stand_in.epoch, t: 1, ping_s: 20,
        limits: { symbols: 1024, commands_per_s: 10, burst: 40, frame_bytes: 65536 }, encodings: ['json'], channels: ['trades', 'book'] });
      stand_in.guests.push(guest);
    });
    stand_in.door.listen(0, '127.0.0.1');
    await once(stand_in.door, 'listening');
    t.after(() => {
      stand_in.door.close();
      stand_in.door.closeAllConnections?.();
      for (const guest of stand_in.guests) guest.cut();
    });
    return stand_in;
  }

  get port() { return this.door.address().port; }

  // The index-th connection, when it is there.
  guest(index) { return until(() => this.guests[index], 10_000, `connection ${index}`); }
}
