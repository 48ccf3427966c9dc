"""Ticks that nobody wants: 2,000,000 a second through the sequencer, with two shards and no subscription. What the ingest thread spends
includes making the ticks (`sim:`, two of them). A shard must spend nothing."""
import time

from ..case import case
from ..goal import goal
from ..peers import tickcast
from ..text import figure, percent, table
from .. import runs

name = "ingest"
about = "2,000,000 ticks a second, two shards, nobody subscribed"
minutes = 1
rate = 2_000_000


def run(place, options):
    feeds = tuple(f"sim:symbols=1000&rate={rate // 2}&seed={seed}&prefix={prefix}&mix=trades" for seed, prefix in ((7, "S"), (8, "T")))
    step = runs.progress(name, options.rounds)
    found = []
    for number in range(1, options.rounds + 1):
        step.step(f"round {number}")
        with place.serving(tickcast, case(shards=2, feeds=feeds)) as running:
            time.sleep(options.warmup)
            before, cpu_before, at = running.metrics(), running.thread_cpu_s(), time.monotonic()
            time.sleep(options.window)
            after, cpu_after, until = running.metrics(), running.thread_cpu_s(), time.monotonic()
        ticks = after["tickcast_ticks_in_total"] - before["tickcast_ticks_in_total"]
        cpu = {thread: used - cpu_before.get(thread, 0) for thread, used in cpu_after.items()}
        shards = sum(used for thread, used in cpu.items() if thread.startswith("shard"))
        found.append({"server": "tickcast", "round": number, "ticks_per_s": ticks / (until - at), "ingest_share": cpu["ingest"] / (until - at),
                      "ticks_per_cpu_second": ticks / cpu["ingest"], "shards_share": shards / (until - at), "server_exit": running.exit})
    return {"ingests": found, "runs": []}


def middle(data, name):
    ordered = sorted(one[name] for one in data["ingests"])
    return ordered[len(ordered) // 2]


def section(data):
    rows = [[one["round"], figure(one["ticks_per_s"]), percent(one["ingest_share"]), figure(one["ticks_per_cpu_second"]), f'{one["shards_share"] * 100:.2f} %']
            for one in data["ingests"]]
    return table(["round", "ticks / s", "ingest thread, of one CPU", "ticks / CPU-second of the ingest thread", "both shards, of one CPU"], rows)


def verdicts(data):
    return [goal("ticks per CPU-second of ingest, nobody subscribed", rate, middle(data, "ticks_per_cpu_second"), "/s", least=True),
            goal("% of one CPU that shards spend on ticks nobody wants", 1, middle(data, "shards_share") * 100, "%")]
