"""Whether a delivered message costs the same however many clients and symbols there are: 20 messages a second for each client, ten at a time.

What does not grow must not be shared out among more and more messages: so ticks come twice a second, all at once, and not with a wake-up for each
(on a virtual machine one from idle costs as much as many deliveries). With clients the market is 10 symbols, wanted by all. With symbols 1,000
clients take a tenth of the market each, so each tick goes to a hundred of them, whatever its size."""
import statistics

from .. import runs
from ..case import case
from ..goal import goal
from ..text import figure, percent, spread, table

name = "growth"
about = "CPU per message from 100 to 19,000 clients, and from 10 to 10,000 symbols"
minutes = 6
crowds = (100, 1000, 5000, 19000)
markets = (10, 100, 1000, 10000)
cost = "server_cpu_us_per_message"


def run(place, options):
    rounds = min(options.rounds, 3)
    most, servers = options.clients or crowds[-1], runs.present(place, options.servers_or(["tickcast"]))
    work = [("clients", case(clients=clients, symbols=10, per_client=10, rate=20, every_us=500_000)) for clients in crowds if clients <= max(most, crowds[0])]
    work += [("symbols", case(clients=min(1000, most), symbols=symbols, per_client=symbols // 10, rate=200, every_us=500_000)) for symbols in markets]
    if options.tiny:
        work = [(what, at.but(every_us=100_000)) for what, at in work[:1]]
    step = runs.progress(name, len(work) * rounds * len(servers))
    found = []
    for number in range(1, rounds + 1):
        for what, at in work:
            for server in servers:
                step.step(f"round {number}, {server}, {at.clients:,} clients, {at.symbols:,} symbols")
                found.append(runs.measure(place, options, server, at, number, what))
    return {"runs": found}


def spans(mine, what):
    """Of each round, how far least and most lie from the middle between them: flat is within 15 %."""
    found = []
    for number in sorted({run["round"] for run in mine}):
        costs = runs.values(runs.of(mine, round=number, tag=what), cost)
        found.append((max(costs) - min(costs)) / (max(costs) + min(costs)) * 100 if max(costs) else 0)
    return found


def section(data):
    found = data["runs"]
    rows = []
    for server, what, clients, symbols in dict.fromkeys((run["server"], run["tag"], run["case"]["clients"], run["case"]["symbols"]) for run in found):
        mine = runs.of(found, server=server, tag=what, clients=clients, symbols=symbols)
        rows.append([f"{server}, {clients:,} clients" if what == "clients" else f"{server}, {symbols:,} symbols", f'{runs.median(mine, "messages_per_s"):,.0f}',
                     spread(runs.values(mine, "messages_per_frame")), spread(runs.values(mine, cost), strong=True), percent(runs.median(mine, "server_cpu_share")), percent(runs.median(mine, "load_cpu_share"))])
    return table(["server", "messages / s", "messages / frame", "server CPU µs / message", "server, of one CPU", "load, of one CPU"], rows)


def verdicts(data):
    mine = runs.of(data["runs"], server="tickcast")
    # Both ends have to be there, or it says nothing of what is between.
    measured = {"clients": {run["case"]["clients"] for run in mine if run["tag"] == "clients"}, "symbols": {run["case"]["symbols"] for run in mine if run["tag"] == "symbols"}}
    if not measured["clients"] >= {min(crowds), max(crowds)} or not measured["symbols"] >= {min(markets), max(markets)}:
        return []
    ends = {"clients": f'{min(crowds):,} to {max(run["case"]["clients"] for run in mine):,} clients', "symbols": f"{min(markets):,} to {max(markets):,} symbols"}
    return [goal(f"% that the cost per message is off its middle, {ends[what]}", 15, statistics.median(spans(mine, what)), "%") for what in ("clients", "symbols")]
