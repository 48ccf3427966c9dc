"""Runs of one experiment, each a JSON object: one server under one load in one round. Medians, ratios and what went wrong in them."""
import os
import statistics
import sys
import time

from .peers import all_peers


def measure(place, options, peer_name, case, number, tag=None, look=None, **load):
    """Starts the server, loads it, stops it. `look(running)`: what else is to be seen of it before that, in the run's words."""
    peer = all_peers[peer_name]
    with place.serving(peer, case) as running:
        report = place.load(peer, running, case, **{"window": options.window, "warmup": options.warmup, "settle": options.settle, "sample": options.sample, **load})
        seen = look(running) if look else {}
    run = {"server": peer_name, "round": number, "tag": tag, "case": case.told(), "load1": round(os.getloadavg()[0], 1), "server_exit": running.exit, **seen, "report": report}
    for text in faults(run):
        print(f"  {text}", file=sys.stderr)
    return run


def present(place, names):
    """Those of the servers that can be measured here; says of the others why not."""
    found = []
    for name in names:
        reason = all_peers[name].missing(place)
        if reason:
            print(f"leaving out {name}: {reason}", file=sys.stderr)
        else:
            found.append(name)
    return found


class progress:
    def __init__(self, experiment, total):
        self.experiment, self.total, self.done, self.start = experiment, total, 0, time.monotonic()

    def step(self, text):
        self.done += 1
        print(f"{self.experiment} {self.done}/{self.total} ({time.monotonic() - self.start:.0f} s): {text}", file=sys.stderr)


def of(runs, **wanted):
    """Those with these values; names of the case (K is batch) and of the run."""
    return [run for run in runs if all((run[name] if name in run else run["case"][name]) == value for name, value in wanted.items())]


def value(run, path):
    at = run["report"]
    for name in path.split("."):
        at = at[name]
    return at


def values(runs, path):
    return [value(run, path) for run in runs]


def median(runs, path):
    return statistics.median(values(runs, path)) if runs else None


def ratios(mine, others, path="server_cpu_us_per_message"):
    """Round by round: two runs a minute apart on the same machine, which drifts by more than the differences that matter."""
    other = {run["round"]: value(run, path) for run in others}
    return [value(run, path) / other[run["round"]] for run in mine if other.get(run["round"])]


def faults(run):
    """What must not be: a server or a load that failed, or a stream that was not whole."""
    report = run["report"]
    wrong = [f'{report["sample"][what]} {what}' for what in ("holes", "repeats", "strangers", "gaps") if report["sample"][what]]
    wrong += [f"{count} × {text}" for text, count in report["errors"].items()]
    if run["server_exit"] not in (0, 1 if run["server"] == "nats" else 0):
        wrong.append(f'the server ended with status {run["server_exit"]} when it was stopped')
    if not report["complete"]:
        wrong.append(f'only {report["opened"]} of {report["clients"]} clients to the end')
    if report["messages"] == 0 and expected(run) > 100:
        wrong.append("no message arrived")
    return [f'{run["server"]}, {run["case"]["clients"]:,} clients, K={run["case"]["batch"]}, round {run["round"]}: ' + "; ".join(wrong)] if wrong else []


def expected(run):
    """How many messages in the window."""
    case = run["case"]
    return case["rate"] * case["clients"] * case["per_client"] / case["symbols"] * run["report"]["window_s"]


def remarks(run):
    """What makes a figure doubtful, without being a fault."""
    report, case = run["report"], run["case"]
    found = []
    # A window holds a whole number of flushes, give or take one.
    if expected(run) > 1000 and abs(report["messages"] / expected(run) - 1) > 0.05 + case["window_us"] / 1e6 / report["window_s"]:
        found.append(f'{report["messages_per_s"]:,.0f} messages/s instead of {expected(run) / report["window_s"]:,.0f}')
    if report["load_cpu_share"] > 0.8:
        found.append(f'the load was at {report["load_cpu_share"] * 100:.0f} % of its CPU: its latencies are the client\'s')
    if not report["timed_first"]:
        found.append("the timed clients had no priority (not root): their latencies include the counted ones' reading")
    return [f'{run["server"]}, {case["clients"]:,} clients, K={case["batch"]}, round {run["round"]}: ' + "; ".join(found)] if found else []
