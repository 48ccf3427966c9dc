"""Tick to client, with 30, 60 and 80 % of one core in use: the tick rate is raised until the server's CPU is there, then it is measured. And one
client on an idle server.

K=1: flushed at once, so under load a server that gathers does so by itself. `turn` is tickcast's own measure of its turns, from its start on."""
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..text import milliseconds, percent, spread, table

name = "latency"
about = "tick to client at 30, 60 and 80 % of one core, and of one client on an idle server"
minutes = 9
default_servers = ["floor", "floor-tls", "beast", "tickcast"]
targets = (0.3, 0.6, 0.8)
most_rounds = 3
close_enough, tries = 0.03, 5


def run(place, options):
    at = options.applied_to(case())
    # One by one, and nothing in between that would keep a CPU awake: the wake-ups are a part of it.
    single = case(clients=1, symbols=10, per_client=10, rate=100, every_us=10_000)
    servers, at_targets = runs.present(place, options.servers_or(default_servers)), targets[:1] if options.tiny else targets
    rounds = min(options.rounds, most_rounds)
    step = runs.progress(name, len(servers) * (len(at_targets) + rounds * (len(at_targets) + 1)))
    work = []
    for server in servers:
        work.append((server, "one client", single, None))
        rate = at.rate
        for target in at_targets:
            step.step(f"{server}: which rate is {target:.0%}")
            rate = rate_for(place, options, server, at, target, rate)
            work.append((server, f"{target:.0%}", at.but(rate=rate), turns_of if server == "tickcast" else None))
    found = []
    for number in range(1, rounds + 1):
        for server, tag, loaded, look in work:
            step.step(f"round {number}, {server}, {tag}")
            found.append(runs.measure(place, options, server, loaded, number, tag, look))
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


def turns_of(running):
    """tickcast's turns while it was loaded."""
    return {"turn": turn_of(running.metrics())}


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
    for server, tag in dict.fromkeys((run["server"], run["tag"]) for run in found):
        mine = runs.of(found, server=server, tag=tag)
        turns = [run["turn"] for run in mine if run.get("turn")]
        rows.append([f"{server}, {tag}", f'{runs.median(mine, "messages_per_s"):,.0f}', percent(runs.median(mine, "server_cpu_share")), percent(runs.median(mine, "load_cpu_share")),
                     *(spread(runs.values(mine, f"latency_us.{q}"), milliseconds) for q in ("p50", "p99", "p999", "max")),
                     spread([turn["mean_us"] for turn in turns], milliseconds), spread([turn["p99_at_most_us"] for turn in turns if turn["p99_at_most_us"]], milliseconds)])
    first = next(run for run in found if run["tag"] != "one client")["case"]
    return [f'{first["clients"]:,} clients with {first["per_client"]} symbols each, flushed at once; the tick rate makes the load. One client: 100 ticks a second, one by one. '
            f'{max(run["round"] for run in found)} interleaved rounds, medians (least–most).', "",
            *table(["server, load", "messages / s", "server, of one CPU", "load, of one CPU", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "mean turn ms",
                    "p99 turn ms, at most"], rows)]


def verdicts(data):
    mine = runs.of(data["runs"], server="tickcast")
    alone = runs.of(mine, tag="one client")
    judged = [goal(f"µs tick to client, {q}, one client on an idle server", bound, runs.median(alone, f"latency_us.{q}"), "µs") for q, bound in (("p50", 100), ("p99", 500)) if alone]
    turns = [run["report"]["latency_us"]["p99"] / run["turn"]["mean_us"] for run in runs.of(mine, tag="60%") if run["turn"]]
    if turns:
        judged.append(goal("p99 at 60 % of one core, in mean lengths of a turn", 4, statistics.median(turns)))
    return judged
