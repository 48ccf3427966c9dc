#!/usr/bin/env python3
"""Tables of one benchmark run: medians and spread (least–most) over its rounds, as Markdown; run.sh calls it.

Ratios are taken round by round (two cases a minute apart on the same machine) and then their median, because the machine itself
drifts by more than the differences that matter. With --into the section between the markers of its name is replaced, or appended."""
import argparse
import datetime
import json
import os
import platform
import re
import statistics


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runs", "name", "note", "command", "commit"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--pinned", type=int, default=0)
    parser.add_argument("--into")
    return parser.parse_args()


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) / 2**20
    virtual = ""
    with open("/proc/cpuinfo") as file:
        if "hypervisor" in file.read():
            virtual = ", virtual machine"
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as file:
        congestion = file.read().strip()
    return f"{os.cpu_count()} × {model}, {memory:.0f} GB{virtual}; Linux {platform.release()}, TCP congestion control {congestion}"


def figure(value):
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def spread(values, form=figure):
    middle = statistics.median(values)
    if len(values) == 1:
        return form(middle)
    return f"{form(middle)} ({form(min(values))}–{form(max(values))})"


def milliseconds(us):
    return figure(us / 1000)


class cases:
    """All rounds of all (server, K), in the order in which they were first run."""

    def __init__(self, path):
        self.by_key = {}
        with open(path) as file:
            for line in file:
                run = json.loads(line)
                self.by_key.setdefault((run["batch"], run["server"]), {})[run["round"]] = run
        self.keys = sorted(self.by_key, key=lambda key: key[0])

    def reports(self, key):
        return [run["report"] for run in self.by_key[key].values()]

    def ratio(self, key, other):
        """Round by round; None where there is nothing to compare with."""
        if other not in self.by_key or other == key:
            return None
        mine, its = self.by_key[key], self.by_key[other]
        cost = "server_cpu_us_per_message"
        pairs = [mine[r]["report"][cost] / its[r]["report"][cost] for r in mine if r in its and its[r]["report"][cost]]
        return pairs or None


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def cost_table(all_cases):
    servers = {server for _, server in all_cases.keys}
    # What a case is compared with, round by round: its heading, and the case as (K or nothing for the same, server).
    others = [("× floor", None, "floor"), ("× floor, TLS", None, "floor_tls"), ("× Beast", None, "beast"), ("× before", None, "before"),
              ("× without a journal", None, "tickcast" if "recorded" in servers else "")]
    others = [other for other in others if other[2] in servers]
    head = ["server, K", "K measured", "server CPU µs / message", "messages / CPU-second", "wire bytes / message", "messages / s"]
    head += [heading for heading, _, _ in others]
    rows = []
    for key in all_cases.keys:
        batch, server = key
        reports = all_cases.reports(key)
        row = [f"{server}, {batch}", spread([r["messages_per_frame"] for r in reports]) if server != "beast" else "1 a frame",
               "**" + figure(statistics.median(r["server_cpu_us_per_message"] for r in reports)) + "**" + spread([r["server_cpu_us_per_message"] for r in reports]).removeprefix(
                   figure(statistics.median(r["server_cpu_us_per_message"] for r in reports))),
               f'{statistics.median(1e6 / r["server_cpu_us_per_message"] for r in reports if r["server_cpu_us_per_message"]):,.0f}' if any(r["server_cpu_us_per_message"] for r in reports) else "–",
               spread([r["wire_bytes_per_message"] for r in reports]), f'{statistics.median(r["messages_per_s"] for r in reports):,.0f}']
        for _, its_batch, other in others:
            ratio = all_cases.ratio(key, (its_batch or batch, other))
            row.append(spread(ratio) if ratio else "–")
        rows.append(row)
    return table(head, rows)


def latency_table(all_cases):
    rows = []
    for key in all_cases.keys:
        batch, server = key
        runs = list(all_cases.by_key[key].values())
        window = runs[0]["window_us"]
        rows.append([f"{server}, {batch}", milliseconds(window) if window else "–"]
                    + [spread([run["report"]["latency_us"][q] for run in runs], milliseconds) for q in ("p50", "p99", "p999", "max")]
                    + [f'{statistics.median(run["report"][who] for run in runs) * 100:.0f} %' for who in ("server_cpu_share", "load_cpu_share")])
    return table(["server, K", "window or burst ms", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "server, of one CPU", "load, of one CPU"], rows)


def connection_table(all_cases):
    rows = []
    for server in dict.fromkeys(server for _, server in all_cases.keys):
        reports = [r for key in all_cases.keys if key[1] == server for r in all_cases.reports(key)]
        rows.append([server, spread([r["rss_kb_per_idle_connection"] for r in reports]), spread([r["rss_kb_per_busy_connection"] for r in reports]),
                     spread([r["server_cpu_us_per_connect"] for r in reports]), spread([r["connect_s"] for r in reports])])
    return table(["server", "KB / idle connection", "KB / connection under load", "server CPU µs / connect", "s for all to connect"], rows)


def thread_lines(all_cases):
    lines = []
    for key in all_cases.keys:
        names = sorted({name for r in all_cases.reports(key) for name in r["server_threads_cpu_s"]})
        if len(names) < 2:
            continue
        shares = []
        for name in names:
            cost = statistics.median(r["server_threads_cpu_s"].get(name, 0) * 1e6 / r["messages"] for r in all_cases.reports(key) if r["messages"])
            if cost >= 0.005:
                shares.append(f"{name} {figure(cost)}")
        lines.append(f"- {key[1]}, K={key[0]}: " + ", ".join(shares))
    return ["", "CPU µs per message by thread of the server:", ""] + lines if lines else []


def trouble_lines(all_cases, rate):
    lines = []
    checked = 0
    for key in all_cases.keys:
        for number, run in all_cases.by_key[key].items():
            r = run["report"]
            checked += r["sample"]["messages"]
            wrong = [f'{r["sample"][what]} {what}' for what in ("holes", "repeats", "strangers", "gaps") if r["sample"][what]]
            wrong += [f"{count} × {text}" for text, count in r["errors"].items()]
            if run.get("server_exit"):
                wrong.append(f'the server ended with status {run["server_exit"]} when it was stopped')
            if not r["complete"]:
                wrong.append(f'only {r["opened"]} of {r["clients"]} clients to the end')
            expected = rate * r["clients"] * r["k"] / r["symbols"]
            # A window holds a whole number of flushes or bursts, give or take one.
            if abs(r["messages_per_s"] / expected - 1) > 0.03 + run["window_us"] / 1e6 / r["window_s"]:
                wrong.append(f'{r["messages_per_s"]:,.0f} messages/s instead of {expected:,.0f}')
            if wrong:
                lines.append(f"- {key[1]}, K={key[0]}, round {number}: " + "; ".join(wrong))
    summary = f"Checked message by message: {checked:,} messages of the sampled clients."
    return ["", summary + (" What was not as it should be:" if lines else " No hole, no repeat, no error, nobody dropped."), *([""] + lines if lines else [])]


def least_most(all_cases):
    loads = [run["load1"] for runs in all_cases.by_key.values() for run in runs.values()]
    return f"{min(loads):.1f}–{max(loads):.1f}"


def section(args):
    all_cases = cases(args.runs)
    first = all_cases.reports(all_cases.keys[0])[0]
    rounds = max(len(runs) for runs in all_cases.by_key.values())
    when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"<!-- fanout:{args.name} begin -->", f'## Fan-out over WSS, {first["clients"]:,} clients ({args.name})', "",
             f'{first["symbols"]:,} symbols, {args.rate:,.0f} ticks/s, {first["k"]} symbols a client ({args.rate * first["k"] / first["symbols"]:,.0f} messages/s each), '
             f'TLS 1.3 AES-128-GCM, P-256. {rounds} interleaved rounds, windows of {first["window_s"]:.0f} s, medians (least–most).'
             + (" Server on CPU 0, load on the others." if args.pinned else "") + f' {first["nap_us"]} µs between two reads of the counted clients.', "",
             f"- machine: {machine()}", f"- date: {when}; commit: {args.commit}", f"- command: `{args.command}`",
              f"- load average of the machine after each case (the benchmark's own is below 1): {least_most(all_cases)}"]
    if args.note:
        lines.append(f"- note: {args.note}")
    lines += ["", *cost_table(all_cases), "", "Tick to client (sampled clients), what a flush window holds back included:", "", *latency_table(all_cases), "",
              *connection_table(all_cases), *thread_lines(all_cases), *trouble_lines(all_cases, args.rate), f"<!-- fanout:{args.name} end -->"]
    return "\n".join(lines) + "\n"


def put(path, name, text):
    whole = ""
    if os.path.exists(path):
        with open(path) as file:
            whole = file.read()
    begin, end = f"<!-- fanout:{name} begin -->", f"<!-- fanout:{name} end -->\n"
    if begin in whole and end in whole:
        whole = whole[:whole.index(begin)] + text + whole[whole.index(end) + len(end):]
    else:
        whole = (whole.rstrip("\n") + "\n\n" if whole else "") + text
    with open(path, "w") as file:
        file.write(whole)


def main():
    args = arguments()
    text = section(args)
    print(text)
    if args.into:
        put(args.into, args.name, text)


if __name__ == "__main__":
    main()
