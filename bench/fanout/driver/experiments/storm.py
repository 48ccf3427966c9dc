"""A network comes back: 19,000 clients are dropped at once and return with TLS handshake, upgrade, subscription and snapshot, while 500
others stay and are timed. Server CPU per client that returned is what the storm took, less what the server used before it in the same time."""
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..text import figure, milliseconds, percent, spread, table

name = "storm"
about = "19,000 clients dropped and back, 500 that stay"
minutes = 3
default_servers = ["tickcast", "floor", "floor-tls", "beast"]
stay = 500


def run(place, options):
    # 0.5 messages a second for each: the crowd must not be the load.
    at = options.applied_to(case(clients=19000 + stay, symbols=1000, per_client=1, rate=500, snapshot=True), but=("symbols", "per_client", "rate"))
    staying = min(stay, at.clients // 2)
    rounds = min(options.rounds, 3)
    servers = runs.present(place, options.servers_or(default_servers))
    step = runs.progress(name, len(servers) * rounds)
    found = []
    for number in range(1, rounds + 1):
        for server in servers:
            step.step(f"round {number}, {server}")
            found.append(runs.measure(place, options, server, at, number, sample=staying, extra=["--storm", "--connecting", min(1000, at.clients), "--connect-s", 60]))
    return {"runs": found}


def section(data):
    found = data["runs"]
    rows = []
    for server in dict.fromkeys(run["server"] for run in found):
        mine = runs.of(found, server=server)
        storm = lambda path: runs.values(mine, f"storm.{path}")
        rows.append([server, spread(storm("server_cpu_us_per_client"), strong=True), spread(storm("s")), percent(statistics.median(storm("server_cpu_share"))),
                     percent(statistics.median(storm("load_cpu_share"))), spread(runs.values(mine, "latency_us.p99"), milliseconds),
                     spread(storm("stayed_us.p99"), milliseconds), spread(calm_ratios(mine)), spread(storm("stayed_us.max"), milliseconds)])
    run = found[0]
    return [f'{run["report"]["storm"]["clients"]:,} clients come back, {run["report"]["clients"] - run["report"]["storm"]["clients"]:,} stay.', "",
            *table(["server", "server CPU µs / client", "storm s", "server, of one CPU", "load, of one CPU", "p99 ms before", "p99 ms in the storm", "×", "max ms in the storm"], rows)]


def calm_ratios(mine):
    return [runs.value(run, "storm.stayed_us.p99") / max(1, runs.value(run, "latency_us.p99")) for run in mine]


def verdicts(data):
    mine = runs.of(data["runs"], server="tickcast")
    if not mine:
        return []
    return [goal("ms of server CPU per client of a reconnect storm", 0.3, runs.median(mine, "storm.server_cpu_us_per_client") / 1000, "ms"),
            goal("p99 of those who stay, against before the storm", 3, statistics.median(calm_ratios(mine)))]
