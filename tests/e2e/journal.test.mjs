// The black box: the process is killed, the next one goes on from the journal, and whoever comes back has missed nothing
// and hears nothing twice. Torn ends are cut and told, damage is refused with the command against it, a full disk is
// survived.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, openSync, closeSync, readFileSync, readSync, readdirSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { pause, scaled } from './lib/deadline.mjs';
import { Server, run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { Publisher } from './lib/publisher.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const listening = ['ndjson+tcp://127.0.0.1:0'];
const options = (directory, { args = [], ...more } = {}) =>
  ({ feeds: listening, tls: '--plain', ...more, args: ['--journal', directory, ...args] });

// What `kill -9` leaves behind.
async function kill(server) {
  server.signal('SIGKILL');
  await server.ended;
  for (const peer of server.peers) await peer.closed;  // what it had sent is heard
}

// A server that the test will kill; should the test fail before that, it goes with it.
async function doomed(t, more) {
  const server = new Server(more);
  t.after(() => server.child.kill('SIGKILL'));
  return server.ready();
}

const files = (directory) => readdirSync(directory).filter((name) => /^\d+\.journal$/.test(name)).sort().map((name) => join(directory, name));

function change_byte(path, at) {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 0x20;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

async function welcome_of(client) { return client.next('welcome'); }

scenario('a hundred kills: no number is skipped, given twice, or changed', async (t) => {
  const seed = Number(process.env.TICKCAST_E2E_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed} (TICKCAST_E2E_SEED repeats it)`);
  let state = seed >>> 0;
  const random = (below) => {  // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
  const kills = scaled(100, 10);
  const directory = join(temporary_directory(t), 'journal');
  const more = { feeds: ['sim:symbols=6&rate=20000&seed=3&prefix=S'], tls: '--plain',
    args: ['--journal', directory, '--shards', '2', '--set', 'journal_file_mb=1'] };

  const seen = { trade: new Map(), quote: new Map() };  // symbol → its messages, and the number of the first
  const newest = ({ first, list }) => first + list.length - 1;
  const faults = [];
  let replayed = 0;
  // Each message stands at its number's place: the next one is appended, one heard again must be the same.
  const take = ({ e, s, n, snap, ...rest }) => {
    if (e === 'gap') faults.push(`a gap: ${JSON.stringify({ s, n, ...rest })}`);
    if (e !== 'trade' && e !== 'quote') return;
    if (!seen[e].has(s)) seen[e].set(s, { first: n, list: [] });
    const { first, list } = seen[e].get(s);
    const text = JSON.stringify(rest);
    if (n === first + list.length) {
      list.push(text);
    } else if (n < first || n > first + list.length) {
      faults.push(`${e} ${s}: ${n} came after ${newest({ first, list })}`);
    } else {
      ++replayed;
      if (list[n - first] !== text) faults.push(`${e} ${s} ${n} was ${list[n - first]} and is ${text}`);
    }
  };

  let epoch;
  for (let round = 0; round <= kills; ++round) {
    const server = await doomed(t, more);
    const client = await Client.open(server, { on_message: take });
    const welcome = await welcome_of(client);
    epoch ??= welcome.epoch;
    assert.equal(welcome.epoch, epoch, `the epoch after ${round} kills`);
    for (const [channel, kind] of [['trades', 'trade'], ['quotes', 'quote']]) {
      const how = { channel, mode: 'every' };
      if (round === 0) {
        const ack = await client.subscribe('*', { ...how, history: 4096 });
        assert.equal(ack.e, 'subscribed', JSON.stringify(ack));
        continue;
      }
      // From a while before what was heard last, so that what is replayed can be compared.
      const n = Object.fromEntries([...seen[kind]].map(([s, all]) => [s, Math.max(all.first - 1, newest(all) - random(200))]));
      const ack = await client.subscribe(Object.keys(n), { ...how, resume: { epoch, n } });
      assert.ok(ack.symbols?.every(({ recovered }) => recovered), JSON.stringify(ack));
    }
    if (round === kills) {
      await client.ask({ op: 'ping' });
      await server.stop();
      break;
    }
    await pause(random(120));
    await kill(server);
    assert.deepEqual(faults.slice(0, 5), []);
  }
  assert.deepEqual(faults.slice(0, 5), []);
  const total = [...seen.trade.values(), ...seen.quote.values()].reduce((sum, { list }) => sum + list.length, 0);
  t.diagnostic(`${kills} kills, ${total} messages, ${replayed} of them heard again, ${files(directory).length} files`);
  assert.ok(total > kills * 50 && replayed > kills * 50);
}, { seconds: 60 });
