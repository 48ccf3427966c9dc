// A network namespace for a server, and veth pairs from it to us, each of which can lose packets, be slow, or be down. It needs
// root, iproute2 and nftables, and says what is missing. Names carry our process id, so that what a killed run has left
// behind is known, and removed by the next one. It changes nothing about other interfaces.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (command) => {
  const [program, ...args] = command.split(' ');
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};
const tried = (command) => {
  try {
    return run(command);
  } catch {
    return undefined;
  }
};

const own = /\btickcast-(\d+)-\d+\b/g;
let count = 0;

export class Network {
  // Why there can be none here; nothing when there can.
  static missing() {
    if (process.getuid?.() !== 0) return 'network namespaces need root';
    for (const program of ['ip', 'tc', 'nft']) if (tried(`${program} -V`) === undefined) return `${program} is not installed`;
    Network.sweep();
    const probe = `tickcast-${process.pid}-${count++}`;
    try {
      run(`ip netns add ${probe}`);
      run(`ip -n ${probe} link add one type veth peer name two`);
      run(`ip netns exec ${probe} tc qdisc add dev one root tbf rate 256kbit burst 4kb latency 400ms`);
      run(`ip netns exec ${probe} nft add table netdev probe`);
      run(`ip netns exec ${probe} nft add chain netdev probe in { type filter hook ingress device one priority 0; }`);
      run(`ip netns exec ${probe} nft add rule netdev probe in numgen random mod 100 < 2 drop`);
      return undefined;
    } catch (error) {
      return `this machine cannot have namespaces with faults: ${(error.stderr || error.message).trim().split('\n')[0]}`;
    } finally {
      tried(`ip netns delete ${probe}`);
    }
  }

  // Removes what runs that are over have left.
  static sweep() {
    const dead = (text) => [...(text ?? '').matchAll(own)].filter(([, pid]) => !existsSync(`/proc/${pid}`)).map(([name]) => name);
    for (const name of dead(tried('nft list tables'))) tried(`nft delete table netdev ${name}`);
    for (const name of dead(tried('ip netns list'))) {
      for (const pid of (tried(`ip netns pids ${name}`) ?? '').split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
      tried(`ip netns delete ${name}`);
    }
  }

  constructor(t) {
    this.name = `tickcast-${process.pid}-${count++}`;
    this.links = [];
    t.after(() => this.remove());
    run(`ip netns add ${this.name}`);
    run(`ip -n ${this.name} link set lo up`);
  }

  // What runs a program inside.
  get command() { return ['ip', 'netns', 'exec', this.name]; }

  link(name) {
    const link = new Link(this, name);
    this.links.push(link);
    return link;
  }

  // A namespace's own interfaces go some time after it, and their names are free only then; so ours go first, and their peers with them.
  remove() {
    for (const { outside } of this.links) tried(`ip link delete ${outside}`);
    tried(`nft delete table netdev ${this.name}`);
    run(`ip netns delete ${this.name}`);
  }
}

// A veth pair. `address` is the server's on it; ours is the next one.
class Link {
  constructor(network, name) {
    this.network = network;
    this.inside = name;
    this.outside = `tc${process.pid}${'abcdefgh'[network.links.length]}`;
    const [address, ours] = free_pair();
    this.address = address;
    this.sides = [{ device: this.outside, way: '' }, { device: this.inside, way: `ip netns exec ${network.name} ` }];
    run(`ip link add ${this.outside} type veth peer name ${this.inside} netns ${network.name}`);
    run(`ip address add ${ours}/30 dev ${this.outside}`);
    run(`ip -n ${network.name} address add ${address}/30 dev ${this.inside}`);
    for (const { device, way } of this.sides) {
      // Packets as on a cable: no giants that are lost or held as one.
      run(`${way}ip link set dev ${device} gso_max_segs 1`);
      run(`${way}ip link set dev ${device} up`);
    }
  }

  // This many of a hundred packets are lost each way, where they arrive.
  lose(percent) {
    for (const { device, way } of this.sides) {
      run(`${way}nft add table netdev ${this.network.name}`);
      run(`${way}nft add chain netdev ${this.network.name} ${device} { type filter hook ingress device ${device} priority 0; }`);
      run(`${way}nft add rule netdev ${this.network.name} ${device} numgen random mod 100 < ${percent} counter drop`);
    }
  }

  // How many packets were lost by that, each way.
  get lost() {
    return this.sides.map(({ device, way }) => Number(/packets (\d+)/.exec(run(`${way}nft list chain netdev ${this.network.name} ${device}`))[1]));
  }

  throttle(rate) {
    for (const { device, way } of this.sides) run(`${way}tc qdisc add dev ${device} root tbf rate ${rate} burst 4kb latency 400ms`);
  }

  unthrottle() { for (const { device, way } of this.sides) run(`${way}tc qdisc delete dev ${device} root`); }

  // Our end goes down: the server sees no carrier, and we have no way to it.
  down() { run(`ip link set dev ${this.outside} down`); }
  up() { run(`ip link set dev ${this.outside} up`); }
}

// Two addresses of the range that is meant for tests of devices (RFC 2544), which nobody here has.
function free_pair() {
  const taken = run('ip -4 -o address');
  for (let i = process.pid % 8192; ; i = (i + 1) % 8192) {
    const base = 4 * i;
    const at = (k) => `198.${18 + (base >> 16)}.${(base >> 8) & 255}.${(base & 255) + k}`;
    if (!taken.includes(` ${at(2)}/`)) return [at(1), at(2)];
  }
}
