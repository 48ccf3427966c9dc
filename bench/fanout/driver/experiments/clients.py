"""The main table: every server in turn with the same work, in interleaved rounds, at K = 1, 10 and 40.

Servers that cannot gather send each tick as it comes, whatever K: they are measured once a round, and what can gather at K is compared
with that. A machine that grows slower or busier in the course of a run does so for all: each round goes through all cases."""
import math
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..peers import all_peers
from ..text import a_second, figure, milliseconds, percent, spread, table

floor_goals = {1: 1.6, 10: 1.45, 40: 1.35}
beast_goals = {1: 0.6, 10: 0.25, 40: 0.17}
cost = "server_cpu_us_per_message"


class experiment:
    def __init__(self, name, clients, per_client, rate, batches=None):
        self.name, self.usual, self.batches = name, case(clients=clients, per_client=per_client, rate=rate), batches
        self.about = f"CPU per message, memory and latency of all servers, {clients:,} clients, {rate:,} ticks/s, K = 1, 10, 40"
        self.minutes = 10
        if batches:
            # At ten times the messages none that sends each by itself keeps up with one core.
            self.about = f"the same of those that gather, {clients:,} clients, {rate:,} ticks/s, K = {', '.join(map(str, batches))}"
            self.minutes = 5

    def run(self, place, options):
        base = options.applied_to(self.usual)
        work = []
        for batch in self.batches or options.batch:
            # More symbols a client where the window would be longer than a second.
            at = base.but(batch=batch, per_client=min(base.symbols, max(base.per_client, math.ceil(batch * base.symbols / base.rate))) if batch > 1 else base.per_client)
            work += [(name, at) for name in runs.present(place, options.servers) if self.takes_part(all_peers[name], at, options)]
        found = []
        step = runs.progress(self.name, len(work) * options.rounds)
        for number in range(1, options.rounds + 1):
            for name, at in work:
                step.step(f"round {number}, {name}, K={at.batch}")
                steady = at if all_peers[name].gathers else base.but(batch=1)
                found.append(runs.measure(place, options, name, steady, number))
        return {"runs": found, "window": options.window}

    def takes_part(self, peer, at, options):
        if not peer.gathers:
            return at.batch == options.batch[0] and not self.batches
        return at.window_us > 0 or not getattr(peer, "needs_window", False)

    def section(self, data):
        found = data["runs"]
        base = found[0]["case"]
        keys = keys_of(found)
        return [f'{base["clients"]:,} WSS clients, {base["symbols"]:,} symbols, {base["rate"]:,.0f} ticks/s, {per_client_text(found)}; TLS 1.3 AES-128-GCM, P-256 '
                f'(floor: plain TCP). {max(run["round"] for run in found)} interleaved rounds, windows of {data["window"]:g} s, medians (least–most).', "",
                *cost_table(found, keys), "", "Tick to client (timed clients), what a flush window holds back included:", "", *latency_table(found, keys), "",
                *connection_table(found), *thread_lines(found, keys)]

    def verdicts(self, data):
        found = data["runs"]
        clients = found[0]["case"]["clients"]
        busy = f', {found[0]["case"]["rate"]:,.0f} ticks/s' if self.batches else ""
        judged = []
        for other, bounds in (("floor", floor_goals), ("beast", beast_goals)):
            for batch, bound in bounds.items():
                mine = runs.of(found, server="tickcast", batch=batch)
                pairs = runs.ratios(mine, against(found, other, mine))
                if pairs:
                    judged.append(goal(f"CPU per message against {other}, K={batch}, {clients:,} clients{busy}", bound, statistics.median(pairs)))
        return judged


def at(found, server, batch):
    """Its runs at K; of those that cannot gather, all there are."""
    return runs.of(found, server=server, batch=batch if all_peers[server].gathers else 1)


def against(found, other, mine):
    """Runs of another server with the same work: at the same K, with as many messages for each client."""
    case = mine[0]["case"] if mine else {"batch": 0, "per_client": 0}
    return runs.of(at(found, other, case["batch"]), per_client=case["per_client"])


def keys_of(found):
    """(server, K) in the order of K, and of the servers within."""
    keys = dict.fromkeys((run["case"]["batch"], run["server"]) for run in found)
    return [(server, batch) for batch, server in sorted(keys, key=lambda key: key[0])]


def label(server, batch):
    return f"{server}, {batch}" if all_peers[server].gathers else server


def per_client_text(found):
    each = dict.fromkeys((run["case"]["per_client"], run["case"]["rate"] * run["case"]["per_client"] / run["case"]["symbols"]) for run in found)
    told = [f"{symbols} symbols a client ({messages:,.0f} messages/s each)" for symbols, messages in each]
    return told[0] + "".join(f", and {more} where a window would be too long else" for more in told[1:])


def cost_table(found, keys):
    servers = {server for server, _ in keys}
    others = [name for name in ("floor", "floor-seldom", "floor-tls", "beast", "before") if name in servers]
    if servers & {"recorded", "tickcast-sbe"}:
        others.append("tickcast")
    rows = []
    for server, batch in keys:
        mine = runs.of(found, server=server, batch=batch)
        row = [label(server, batch), spread(runs.values(mine, "messages_per_frame")), spread(runs.values(mine, cost), strong=True),
               a_second(runs.median(mine, cost)),
               spread(runs.values(mine, "wire_bytes_per_message")), f'{runs.median(mine, "messages_per_s"):,.0f}']
        for other in others:
            pairs = runs.ratios(mine, against(found, other, mine)) if other != server else []
            row.append(spread(pairs))
        rows.append(row)
    return table(["server, K", "messages / frame", "server CPU µs / message", "messages / CPU-second", "wire bytes / message", "messages / s",
                  *(f"× {other}" for other in others)], rows)


def latency_table(found, keys):
    rows = []
    for server, batch in keys:
        mine = runs.of(found, server=server, batch=batch)
        window = mine[0]["case"]["window_us"]
        rows.append([label(server, batch), milliseconds(window) if window and all_peers[server].gathers else "–",
                     *(spread(runs.values(mine, f"latency_us.{q}"), milliseconds) for q in ("p50", "p99", "p999", "max")),
                     *(percent(runs.median(mine, who)) for who in ("server_cpu_share", "load_cpu_share"))])
    return table(["server, K", "flush window ms", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "server, of one CPU", "load, of one CPU"], rows)


def connection_table(found):
    rows = []
    for server in dict.fromkeys(run["server"] for run in found):
        mine = runs.of(found, server=server)
        rows.append([server, *(spread(runs.values(mine, f"{what}_connection")) for what in ("rss_kb_per_idle", "rss_kb_per_busy", "kernel_kb_per_idle")),
                     spread(runs.values(mine, "server_cpu_us_per_connect")), a_second(runs.median(mine, "server_cpu_us_per_connect")), spread(runs.values(mine, "connect_s"))])
    return table(["server", "KB / idle connection", "KB / connection under load", "kernel KB / connection, both ends", "server CPU µs / connect",
                  "handshakes / CPU-second", "s for all to connect"], rows)


def thread_lines(found, keys):
    lines = []
    for server, batch in keys:
        mine = runs.of(found, server=server, batch=batch)
        threads = sorted({name for run in mine for name in run["report"]["server_threads_cpu_s"]})
        if server in ("tickcast", "tickcast-sbe", "before", "recorded"):
            cost_by = [(name, statistics.median(run["report"]["server_threads_cpu_s"].get(name, 0) * 1e6 / max(1, run["report"]["messages"]) for run in mine)) for name in threads]
            lines.append(f"- {server}, K={batch}: " + ", ".join(f"{name} {each:.2f}" for name, each in cost_by if each >= 0.005))
    return ["", "CPU µs per message by thread of the server:", "", *lines] if lines else []
