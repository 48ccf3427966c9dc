// What was recorded happens again: the same journal and the same script give the same bytes, they say what a live client was
// told, and they keep the laws. The same over sockets, where the journal is a feed: the same ticks to each client, each time.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './lib/scenario.mjs';
import { Server, run, serve } from './lib/server.mjs';
import { Client } from './lib/client.mjs';
import { temporary_directory } from './lib/certificate.mjs';

const hash = (text) => createHash('sha256').update(text).digest('hex');
const messages = (frames) => frames.trim().split('\n').flatMap((line) => JSON.parse(line));
const content = ({ e, s, n, t, p, q, b, bq, a, aq, id }) => JSON.stringify({ e, s, n, t, p, q, b, bq, a, aq, id });

// A journal of a market that was followed by one client until its server was killed, and what that client was told.
async function recorded(t) {
  const directory = join(temporary_directory(t), 'journal');
  const server = new Server({ feeds: ['sim:symbols=8&rate=1500&seed=21&prefix=R'], tls: '--plain', args: ['--journal', directory] });
  t.after(() => server.child.kill('SIGKILL'));
  await server.ready();
  const client = await Client.open(server);
  await client.subscribe('*');
  await client.subscribe('*', { channel: 'quotes', mode: 'every' });
  await client.collect('quote', 1500);
  server.signal('SIGKILL');
  await server.ended;
  await client.closed;
  const told = client.messages.filter((m) => m.e === 'trade' || m.e === 'quote');
  assert.ok(told.length > 1500);
  return { directory, told };
}

async function replay(directory, args = []) {
  const { code, stdout, stderr } = await run(['replay', directory, ...args], { ms: 20_000 });
  assert.equal(code, 0, stderr);
  return stdout;
}

scenario('a replay gives the same bytes each time, and they are what was told then', async (t) => {
  const { directory, told } = await recorded(t);
  const first = await replay(directory);
  assert.equal(hash(await replay(directory)), hash(first));
  const again = new Set(messages(first).map(content));
  for (const m of told) assert.ok(again.has(content(m)), `${JSON.stringify(m)} is not in the replay`);
  const judged = await run(['verify', '-'], { input: first });
  assert.equal(judged.code, 0, judged.stderr);
}, { seconds: 60 });

scenario('a script says what the client says, and when', async (t) => {
  const { directory } = await recorded(t);
  const script = join(temporary_directory(t), 'script');
  writeFileSync(script, [
    '# merged twice a second, then nothing',
    '{"op":"subscribe","id":1,"channel":"trades","symbols":["*"],"mode":"latest","interval_ms":500}',
    '@0.6 {"op":"list","id":2}',
    '{"op":"subscribe","id":3,"channel":"trades","symbols":["R00001"],"history":5}',
    '@1.1 {"op":"unsubscribe","id":4,"channel":"trades"}', ''].join('\n'));
  const frames = await replay(directory, ['--script', script]);
  assert.equal(hash(await replay(directory, ['--script', script])), hash(frames));
  assert.equal(hash(await replay(directory, ['--script', script, '--speed', '2'])), hash(frames), 'the pace changes nothing');
  const all = messages(frames);
  const start = all[0].t;
  assert.deepEqual(all.filter((m) => m.id).map((m) => [m.e, m.id]), [['subscribed', 1], ['subscriptions', 2], ['subscribed', 3], ['unsubscribed', 4]]);
  assert.equal(all.filter((m) => m.snap).length, 5);
  assert.ok(all.some((m) => m.k > 1), 'trades were merged');
  const last = all.at(-1);
  assert.equal(last.e, 'unsubscribed');
  for (const m of all) if (m.e === 'trade') assert.ok(m.t - start < 1_200_000, `${JSON.stringify(m)} came after the client had enough`);
  const judged = await run(['verify', '-'], { input: frames });
  assert.equal(judged.code, 0, judged.stderr);
}, { seconds: 60 });

scenario('a journal that is played as a feed tells each client the same, each time', async (t) => {
  const { directory, told } = await recorded(t);
  const hashes = [];
  for (let round = 0; round < 2; ++round) {
    // It begins at once: who comes after that has what was before as history.
    const server = await serve(t, { feeds: [`journal:${directory}?speed=1`], tls: '--plain', set: { shards: 1 } });
    const clients = await Promise.all([0, 1].map(() => Client.open(server)));
    for (const client of clients) await client.subscribe('*', { history: 5000 });
    const trades = told.filter((m) => m.e === 'trade');
    for (const client of clients) {
      await client.next((m) => m.e === 'trade' && m.t >= trades.at(-1).t, 15_000);
      const heard = client.messages.filter((m) => m.e === 'trade' && m.t <= trades.at(-1).t)
        .map(({ snap, ...m }) => JSON.stringify(m)).sort();
      assert.ok(heard.length >= trades.length, `${heard.length} of ${trades.length} trades`);
      hashes.push(hash(heard.join('\n')));
    }
  }
  assert.deepEqual(new Set(hashes).size, 1);
}, { seconds: 60 });

scenario('a client that the server would have closed ends there, with nothing but frames on stdout', async (t) => {
  const { directory } = await recorded(t);
  const script = join(temporary_directory(t), 'script');
  writeFileSync(script, '{"op":"ping"}\n'.repeat(300));
  const [one, other] = [await run(['replay', directory, '--script', script]), await run(['replay', directory, '--script', script])];
  for (const { code, stderr } of [one, other]) {
    assert.equal(code, 1);
    assert.match(stderr, /would have closed the connection: 4029/);
  }
  assert.equal(hash(one.stdout), hash(other.stdout));
  assert.equal(messages(one.stdout).at(-1).code, 'rate_limited');
});

scenario('what cannot be replayed is said in a sentence', async (t) => {
  const nowhere = join(temporary_directory(t), 'nowhere');
  const missing = await run(['replay', nowhere]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /^tickcast: .*nowhere.*\n$/);
  const { directory } = await recorded(t);
  const script = join(temporary_directory(t), 'script');
  writeFileSync(script, '@soon {"op":"list"}\n');
  const odd = await run(['replay', directory, '--script', script]);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /script line 1/);
  assert.ok(!existsSync(nowhere));
});
