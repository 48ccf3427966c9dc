"""Tick to client, with 30, 60 and 80 % of one core in use: the tick rate is raised until the server's CPU is there, then it is measured. And one
client on an idle server.

K=1: flushed at once, so under load a server that gathers does so by itself. `turn` is tickcast's own measure of its turns, from its start on."""
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..peers import all_peers
from ..text import figure, milliseconds, percent, table

name = "latency"
about = "tick to client at 30, 60 and 80 % of one core, and of one client on an idle server"
minutes = 6
default_servers = ["floor", "floor-tls", "beast", "tickcast"]
targets = (0.3, 0.6, 0.8)
close_enough, tries = 0.03, 5


def run(place, options):
    at = options.applied_to(case())
    # One by one, and nothing in between that would keep a CPU awake: the wake-ups are a part of it.
    single = case(clients=1, symbols=10, per_client=10, rate=100, every_us=10_000)
    servers = runs.present(place, options.servers_or(default_servers))
    step = runs.progress(name, len(servers) * (len(targets) + 1))
    found = []
    for server in servers:
        step.step(f"{server}, one client")
        found.append(runs.measure(place, options, server, single, 1, "one client", window=2 * options.window, warmup=options.warmup))
        rate = at.rate
        for target in targets[:1] if options.tiny else targets:
            step.step(f"{server} at {target * 100:.0f} %")
            rate = rate_for(place, options, server, at, target, rate)
            found.append(timed(place, options, server, at.but(rate=rate), target))
    return {"runs": found}


def rate_for(place, options, server, at, target, rate):
    """The tick rate that takes this share of one core. Cost is not proportional to rate: it is tried, and tried again."""
    for _ in range(1 if options.tiny else tries):
        trial = runs.measure(place, options, server, at.but(rate=rate), 1, "trial", window=min(2, options.window), warmup=min(1, options.warmup))
        share = trial["report"]["server_cpu_share"]
        if abs(share - target) <= close_enough or share <= 0:
            break
        rate = round(rate * min(4, max(0.25, target / share)))
    return rate


def timed(place, options, server, at, target):
    """As runs.measure, with tickcast's turns while it was loaded."""
    peer = all_peers[server]
    with place.serving(peer, at) as running:
        report = place.load(peer, running, at, window=2 * options.window, warmup=options.warmup, sample=options.sample)
        turns = turn_of(running.metrics()) if server == "tickcast" else None
    return {"server": server, "round": 1, "tag": f"{target:.0%}", "target": target, "case": at.told(), "server_exit": running.exit, "turn": turns, "report": report}


def turn_of(metrics):
    prefix = "tickcast_turn_seconds"
    count = metrics.get(f"{prefix}_count", 0)
    if not count:
        return None
    bounds = sorted((float(key.split()[1].replace("+Inf", "inf")), seen) for key, seen in metrics.items() if key.startswith(f"{prefix}_bucket "))
    p99 = next((bound for bound, seen in bounds if seen >= 0.99 * count), float("inf"))
    return {"mean_us": metrics[f"{prefix}_sum"] / count * 1e6, "p99_at_most_us": p99 * 1e6 if p99 != float("inf") else None}


def section(data):
    found = data["runs"]
    rows = []
    for run in found:
        report, turn = run["report"], run.get("turn")
        rows.append([f'{run["server"]}, {run["tag"]}', f'{report["messages_per_s"]:,.0f}', percent(report["server_cpu_share"]), percent(report["load_cpu_share"]),
                     *(figure(report["latency_us"][q] / 1000) for q in ("p50", "p99", "p999", "max")), f'{report["latency_us"]["count"]:,}',
                     milliseconds(turn["mean_us"]) if turn else "–", milliseconds(turn["p99_at_most_us"]) if turn and turn["p99_at_most_us"] else "–"])
    first = next(run for run in found if run["tag"] != "one client")["case"]
    return [f'{first["clients"]:,} clients with {first["per_client"]} symbols each, flushed at once; the tick rate makes the load. One client: 100 ticks a second, one by one.', "",
            *table(["server, load", "messages / s", "server, of one CPU", "load, of one CPU", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "timed", "mean turn ms",
                    "p99 turn ms, at most"], rows)]


def verdicts(data):
    judged = []
    for run in runs.of(data["runs"], server="tickcast"):
        times = run["report"]["latency_us"]
        if run["tag"] == "one client":
            judged += [goal("µs tick to client, p50, one client on an idle server", 100, times["p50"], "µs"),
                       goal("µs tick to client, p99, one client on an idle server", 500, times["p99"], "µs")]
        elif run["target"] == 0.6 and run["turn"]:
            judged.append(goal("p99 at 60 % of one core, in mean lengths of a turn", 4, times["p99"] / run["turn"]["mean_us"]))
    return judged
