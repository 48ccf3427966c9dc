"""What a connection holds while nothing happens, and what a subscription does.

19,000 connections (a process may have 20,000 descriptors) with one symbol each, at one tick a second; then 1,000 clients with one symbol
and the same with 200: the difference is what 199 more hold. Resident memory after the last acknowledgement, less what the server had before the
first connection. The kernel's part (slab and TCP buffers of the whole machine) counts both ends."""
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..text import figure, spread, table

name = "idle"
about = "memory of 19,000 idle connections, and of further subscriptions"
minutes = 3
default_servers = ["tickcast", "floor-tls", "beast"]


def run(place, options):
    crowd = options.applied_to(case(clients=19000, symbols=1000, per_client=1, rate=1, every_us=0), but=("symbols", "per_client", "rate"))
    few = crowd.but(clients=min(1000, crowd.clients))
    servers = runs.present(place, options.servers_or(default_servers))
    step = runs.progress(name, len(servers) + 2 * ("tickcast" in servers))
    found = []
    for server in servers:
        step.step(f"{server}, {crowd.clients:,} clients with one symbol")
        found.append(runs.measure(place, options, server, crowd, 1, "connections", window=1))
        for symbols in (1, 200) if server == "tickcast" else ():
            step.step(f"{server}, {few.clients:,} clients with {symbols}")
            found.append(runs.measure(place, options, server, few.but(per_client=symbols), 1, "subscriptions", window=1))
    return {"runs": found}


def bytes_per_subscription(found):
    """By server: (rss of many - rss of few) over how many more there are."""
    by_server = {}
    for server in dict.fromkeys(run["server"] for run in runs.of(found, tag="subscriptions")):
        few, many = (runs.of(found, server=server, tag="subscriptions", per_client=symbols)[0] for symbols in (1, 200))
        grown_kb = runs.value(many, "rss_kb_per_subscribed_connection") - runs.value(few, "rss_kb_per_subscribed_connection")
        by_server[server] = grown_kb * 1024 / 199
    return by_server


def section(data):
    found = data["runs"]
    rows = []
    for run in runs.of(found, tag="connections"):
        report = run["report"]
        rows.append([run["server"], f'{report["opened"]:,}', figure(report["rss_kb_per_idle_connection"]), "**" + figure(report["rss_kb_per_subscribed_connection"]) + "**",
                     figure(report["kernel_kb_per_idle_connection"]), figure(report["server_cpu_us_per_connect"]), figure(report["connect_s"])])
    lines = table(["server", "connections", "KB / connection", "KB / connection with a subscription", "kernel KB / connection, both ends", "server CPU µs / connect",
                   "s for all to connect"], rows)
    for server, each in bytes_per_subscription(found).items():
        lines += ["", f"{server}: {figure(each)} bytes for each further subscription."]
    return lines


def verdicts(data):
    found = data["runs"]
    judged = [goal(f'KB of user memory per idle connection with a subscription, {run["report"]["opened"]:,} connections', 16,
                   run["report"]["rss_kb_per_subscribed_connection"], "KB") for run in runs.of(found, tag="connections", server="tickcast")]
    further = bytes_per_subscription(found)
    if "tickcast" in further:
        judged.append(goal("bytes per further subscription", 200, further["tickcast"], "B"))
    return judged
