"""The experiments, one file each. Each has
  name, about, minutes    for --help (minutes as the defaults take on two CPUs)
  run(place, options)     measures, and returns what it found as one JSON object with `runs`
  section(data)           its part of RESULTS.md, lines of Markdown
  verdicts(data)          the goals that it decides, see ../goal.py
"""
from . import clients, growth, idle, ingest, latency, storm

all_experiments = {one.name: one for one in (clients.experiment("clients-1000", 1000, 20, 2000), clients.experiment("clients-5000", 5000, 4, 2500),
                                             clients.experiment("busy-1000", 1000, 20, 20000, batches=[10, 40]),
                                             latency, idle, storm, ingest, growth)}
