// deploy/docker, as far as it can be looked at without Docker: a parser for Dockerfiles, one for YAML, and the program itself,
// which has to take the words it is given there.
import assert from 'node:assert/strict';
import { existsSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { scenario } from '../e2e/lib/scenario.mjs';
import { binary, run, serve } from '../e2e/lib/server.mjs';
import { command, missing, path_of, text_of } from './lib/repository.mjs';

const text = text_of('deploy/docker/Dockerfile');
const instructions = DockerfileParser.parse(text).getInstructions();
const all = (keyword) => instructions.filter((one) => one.getKeyword() === keyword);
const last = (keyword) => all(keyword).at(-1);
const json_of = (instruction) => JSON.parse(/\[.*\]/s.exec(instruction.getRawArgumentsContent())[0]);
const compose = parse(text_of('deploy/docker/compose.yml'));
const { tickcast, prometheus, grafana } = compose.services;
const beside_compose = (file) => path_of(posix.join('deploy/docker', file));
const seconds = (duration) => Number(/^(\d+)s$/.exec(duration)[1]);

scenario('the Dockerfile is one', async () => {
  assert.deepEqual(validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`), []);
  for (const shell of all('RUN').map((one) => one.getRawArgumentsContent())) {
    const { status, output } = command('bash', ['-n'], { input: shell });
    assert.equal(status, 0, output);
  }
});

scenario('what it copies is there, and what it builds is not kept out', async () => {
  const ignored = text_of('deploy/docker/Dockerfile.dockerignore').split('\n').filter((line) => line && !line.startsWith('#'));
  for (const wanted of ['CMakeLists.txt', 'CMakePresets.json', 'app', 'cmake', 'deploy', 'fanout', 'feed', 'web', 'wire']) {
    assert.ok(existsSync(path_of(wanted)), wanted);
    assert.ok(!ignored.includes(wanted), wanted);
  }
  const copied = all('COPY').filter((one) => one.getFlags().length === 0).map((one) => one.getArguments()[0].getValue());
  assert.deepEqual(copied, ['deploy/setup.sh', '.']);
  for (const file of copied) assert.ok(existsSync(path_of(file)), file);
});

scenario('the image runs as nobody in particular, and ends as the program does', async () => {
  assert.match(last('USER').getRawArgumentsContent(), /^[1-9]\d*$/);
  assert.equal(last('STOPSIGNAL').getRawArgumentsContent(), 'SIGTERM');
  assert.deepEqual(json_of(last('ENTRYPOINT')), ['tickcast']);
  assert.match(json_of(last('HEALTHCHECK'))[0], /^bash$/);
});

// Without asking the distribution again: what is linked here comes from the packages of the same Debian.
scenario('the image has the packages of everything that the program is linked with, and no more', async () => {
  const libraries = [...command('ldd', [binary()]).output.matchAll(/=> (\/\S+)/g)].map(([, file]) => file);
  assert.ok(libraries.length > 5);
  // /lib is /usr/lib, and a package may know its file by either name.
  const names = libraries.map((file) => realpathSync(file).replace(/^\/usr/, '')).flatMap((file) => [file, `/usr${file}`]);
  const found = new Set(command('dpkg', ['-S', ...names]).output.match(/^[^:\s]+(?=:\S+: \/)/gm));
  for (const always of ['libc6', 'libgcc-s1']) found.delete(always);  // Debian itself, and what libstdc++6 brings
  found.add('tzdata');  // read, not linked
  const installed = /apt-get install -y --no-install-recommends([^&]*)&&/.exec(text)[1].match(/[\w.+-]+/g);
  assert.deepEqual(installed.sort(), [...found].sort());
}, { skip: missing('dpkg') || (/bookworm/.test(command('sh', ['-c', '. /etc/os-release; echo "$VERSION_CODENAME"']).output) ? false : 'this is not Debian 12') });

scenario('the program takes what the image and the compose file tell it', async () => {
  for (const words of [json_of(last('CMD')), tickcast.command]) {
    const { code, stderr } = await run([...words, '--check']);
    assert.equal(code, 0, stderr);
    assert.ok(words.join(' ').match(/--listen[= ]0\.0\.0\.0:8443 --admin[= ]0\.0\.0\.0:9464/), words);
  }
});

scenario('the health check is content with a server, and not with none', async (t) => {
  const server = await serve(t);
  const [shell, ...rest] = json_of(last('HEALTHCHECK'));
  const check = () => command(shell, rest.map((word) => word.replace('/9464', `/${server.admin_port}`))).status;
  assert.equal(check(), 0);
  await server.stop();
  assert.notEqual(check(), 0);
});

scenario('what compose mounts is there, what it publishes to everybody is only the market, and it waits for the drain', async () => {
  const { services, volumes } = compose;
  assert.deepEqual(Object.keys(services), ['tickcast', 'prometheus', 'grafana']);
  for (const [name, { volumes: mounts, image, depends_on = [], cap_drop, security_opt, restart }] of Object.entries(services)) {
    for (const mount of mounts) {
      const [from] = mount.split(':');
      assert.ok(from.startsWith('.') ? existsSync(beside_compose(from)) : from in volumes, `${name}: ${from}`);
    }
    if (name !== 'tickcast') assert.match(image, /^(prom\/prometheus|grafana\/grafana):v?\d+\.\d+\.\d+$/, 'a release that stays what it is');
    for (const other of depends_on) assert.ok(other in services, other);
    assert.deepEqual([cap_drop, security_opt, restart], [['ALL'], ['no-new-privileges:true'], 'unless-stopped'], name);
  }
  assert.ok(existsSync(path_of(tickcast.build.dockerfile)) && beside_compose(tickcast.build.context) === path_of('.'));
  assert.deepEqual(tickcast.ports, ['8443:8443']);
  for (const { ports } of [prometheus, grafana]) for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  const [, drain] = /^drain_s = (\d+)$/m.exec(text_of('deploy/tickcast.toml'));
  assert.ok(seconds(tickcast.stop_grace_period) > Number(drain));
  const [, connections] = /^max_connections = (\d+)$/m.exec(text_of('deploy/tickcast.toml'));
  assert.ok(tickcast.ulimits.nofile > Number(connections) + 64);
});

scenario('Prometheus finds in the container all that it reads, and the server by its name', async () => {
  const config = parse(text_of('deploy/prometheus/prometheus.yml'));
  const mounted = new Set(prometheus.volumes.map((mount) => posix.basename(mount.split(':')[1])));
  const wanted = [...config.rule_files, ...config.scrape_configs.flatMap(({ file_sd_configs }) => file_sd_configs.flatMap(({ files }) => files)), 'prometheus.yml'];
  assert.deepEqual(wanted.filter((file) => !mounted.has(file)), []);
  assert.deepEqual(parse(text_of('deploy/docker/targets.yml')), [{ targets: ['tickcast:9464'] }]);
  assert.deepEqual(parse(text_of('deploy/prometheus/targets.yml')), [{ targets: [/^admin = "(.*)"$/m.exec(text_of('deploy/tickcast.toml'))[1]] }]);
});
