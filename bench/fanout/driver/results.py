"""What was measured, kept: bench/results/NAME.json for each experiment; RESULTS.md and the chart are made of all of them.

Only what stands between the markers of RESULTS.md is written here."""
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

from . import chart, runs
from .experiments import all_experiments
from .text import figure, table

bench = pathlib.Path(__file__).resolve().parents[2]
begin, end = "<!-- fanout begin: written by bench/fanout/run.sh -->", "<!-- fanout end -->"
# Of a run's report: what no table shows.
unkept = ("label", "payload_bytes_per_message", "wire_bytes", "server_rss_kb", "connect_tls_us", "connect_open_us", "subscribe_us", "other_messages",
          "load_cpu_us_per_message")


def of(experiment, data, options, command, pinned):
    for run in data["runs"]:
        for name in unkept:
            run["report"].pop(name, None)
    return {"name": options.name or experiment.name, "experiment": experiment.name, "machine": machine(), "commit": commit(), "command": command, "note": options.note,
            "pinned": pinned, "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "data": data}


def save(found):
    (bench / "results").mkdir(exist_ok=True)
    # A line a run: what has changed can be seen.
    text = json.dumps({**found, "data": None})
    lists = {name: value for name, value in found["data"].items() if name in ("runs", "ingests")}
    rest = {name: value for name, value in found["data"].items() if name not in lists}
    inner = [json.dumps(rest)[1:-1]] if rest else []
    inner += [f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(one) for one in value) + "\n]" for name, value in lists.items()]
    (bench / "results" / f'{found["name"]}.json').write_text(text.replace('"data": null', '"data": {' + ", ".join(inner) + "}") + "\n")


def kept():
    """All that is on file, in the order of the experiments; those with names of their own last."""
    found = [json.loads(file.read_text()) for file in sorted((bench / "results").glob("*.json"))]
    order = list(all_experiments)
    return sorted(found, key=lambda one: order.index(one["name"]) if one["name"] in order else len(order))


def section(found):
    experiment, data = all_experiments[found["experiment"]], found["data"]
    lines = [f'## {found["name"]}: {experiment.about}' if found["name"] == experiment.name else f'## {found["name"]}', "", *experiment.section(data), "",
             f'- machine: {found["machine"]}' + ("; server on one CPU, load on the others" if found["pinned"] else ""),
             f'- date: {found["date"]}; commit: {found["commit"]}', f'- command: `{found["command"]}`']
    if found["note"]:
        lines.append(f'- note: {found["note"]}')
    loads = [run["load1"] for run in data["runs"] if "load1" in run]
    if loads:
        lines.append(f"- load average of the machine after each run: {min(loads):.1f}–{max(loads):.1f}")
    checked = sum(run["report"]["sample"]["messages"] for run in data["runs"])
    wrong = [text for run in data["runs"] for text in runs.faults(run)]
    if data["runs"]:
        lines.append(f"- checked message by message: {checked:,}" + ("" if wrong else "; no hole, no repeat, no error, nobody dropped"))
    lines += [f"- **wrong**: {text}" for text in wrong]
    lines += [f"- mind: {text}" for run in data["runs"] for text in runs.remarks(run)]
    return lines


def goals(all_found):
    rows = []
    for found in all_found:
        if found["name"] != found["experiment"]:
            continue
        wrong = any(runs.faults(run) for run in found["data"]["runs"])
        for one in all_experiments[found["experiment"]].verdicts(found["data"]):
            off = abs(one.by()) * 100
            verdict = f"met, {off:.0f} % to spare" if one.met else f"**not met**, {off:.0f} % off"
            if wrong:
                verdict = f'**none**: something went wrong, see {found["name"]}'
            rows.append([one.what, ("≥ " if one.least else "≤ ") + f"{figure(one.bound) if one.bound >= 1000 else format(one.bound, 'g')} {one.unit}", f"{figure(one.got)} {one.unit}", verdict, found["commit"]])
    if not rows:
        return []
    return ["## Goals", "", *table(["goal", "bound", "measured", "verdict", "commit"], rows), ""]


def made_of(all_found):
    """The goals with their verdicts, and the chart."""
    return goals(all_found), next((chart.drawing(found) for found in all_found if found["name"] == "clients-1000"), None)


def render():
    all_found = kept()
    lines, drawing = made_of(all_found)
    if drawing:
        (bench / "cost.svg").write_text(drawing)
        lines += ["![Server CPU per delivered message, by server and K](cost.svg)", ""]
    for found in all_found:
        lines += [*section(found), ""]
    put("\n".join([begin, *lines, end]) + "\n")


def put(text):
    file = bench / "RESULTS.md"
    whole = file.read_text()
    if begin in whole and end in whole:
        whole = whole[:whole.index(begin)] + text + whole[whole.index(end) + len(end) + 1:]
    else:
        # Below the introduction.
        at = re.search(r"^(##|<!--)", whole, re.MULTILINE)
        at = at.start() if at else len(whole)
        whole = whole[:at] + text + "\n" + whole[at:]
    file.write_text(whole)


def machine():
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpu)
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 2**20
    virtual = ", virtual machine" if "hypervisor" in cpu else ""
    congestion = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return f"{os.cpu_count()} × {model.group(1) if model else 'unknown CPU'}, {memory:.0f} GB{virtual}; Linux {platform.release()}, TCP congestion control {congestion}"


def commit():
    if not shutil.which("git"):
        return "no commit"
    def git(*words):
        return subprocess.run(["git", "-C", str(bench), *words], capture_output=True, text=True)
    head = git("rev-parse", "--short", "HEAD")
    if head.returncode:
        return "no commit"
    # What this command writes itself does not count.
    changed = [line for line in git("status", "--porcelain", "-uno").stdout.splitlines() if not re.search(r" bench/(RESULTS\.md|cost\.svg|results/)", line)]
    return head.stdout.strip() + (" and changes" if changed else "")
