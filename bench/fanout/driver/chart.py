"""The chart: server CPU per delivered message, a panel for each K, a row for each server, the floor as a line. An SVG by hand, which follows the
reader's light or dark scheme. The scale is logarithmic, so there are dots and not bars."""
import math
import statistics
from xml.sax.saxutils import escape

from . import runs
from .experiments.clients import at, cost, keys_of

style = """<style>
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; } .panel { font-weight: 600; } .small { font-size: 11.5px; fill: #59636e; }
.grid { stroke: #d1d9e0; stroke-width: 1; } .row { stroke: #d1d9e0; stroke-width: 1; stroke-dasharray: 1 4; }
.floor { stroke: #bc4c00; stroke-width: 1.5; stroke-dasharray: 5 4; } .floor-text { font-size: 11.5px; fill: #bc4c00; }
.peer { fill: #818b98; } .spread { stroke: #818b98; stroke-width: 2; stroke-linecap: round; }
.ours { fill: #0969da; } .ours-spread { stroke: #0969da; stroke-width: 2; stroke-linecap: round; } .ours-text { fill: #0969da; font-weight: 600; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } .small { fill: #9198a1; } .grid, .row { stroke: #3d444d; } .floor { stroke: #f0883e; } .floor-text { fill: #f0883e; }
.peer { fill: #9198a1; } .spread { stroke: #9198a1; } .ours { fill: #4493f8; } .ours-spread { stroke: #4493f8; } .ours-text { fill: #4493f8; }
}
</style>"""

names = {"floor": "floor: plain send", "floor-seldom": "floor: seldom woken", "floor-tls": "floor: OpenSSL, one record", "beast": "Boost.Beast", "ws": "Node, npm ws", "nats": "nats-server", "tickcast": "tickcast"}
left, top, panel, gap, height = 208, 98, 184, 30, 30


def figures(found):
    """{K: {server: costs}}; what cannot gather stands in every panel with what it costs."""
    keys = keys_of(found)
    batches = sorted({batch for server, batch in keys})
    servers = [name for name in names if any(server == name for server, _ in keys)]
    return {batch: {server: runs.values(at(found, server, batch), cost) for server in servers} for batch in batches}


def drawing(result):
    found = result["data"]["runs"]
    by_batch = {batch: {server: costs for server, costs in servers.items() if costs} for batch, servers in figures(found).items()}
    every = [each for servers in by_batch.values() for costs in servers.values() for each in costs]
    rows = [name for name in names if any(name in servers for servers in by_batch.values())]
    if not every or not rows:
        return None
    # Dearest first, as a reader goes down to what is cheap; the floor is the line and the last rows.
    first = by_batch[max(by_batch)]
    rows.sort(key=lambda name: (name.startswith("floor"), -statistics.median(first.get(name, [0]))))
    low, high = min(every) * 0.7, max(every) * 2.2
    scale = lambda value: (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low)) * panel

    width, bottom = left + len(by_batch) * (panel + gap), top + len(rows) * height
    case = found[0]["case"]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 76}" width="{width}" height="{bottom + 76}" role="img" '
             f'aria-label="Server CPU in microseconds per delivered message, by server, for K = {", ".join(map(str, by_batch))}">', style,
             '<text class="title" x="12" y="26">Server CPU per delivered message, µs</text>',
             f'<text class="small" x="12" y="46">{case["clients"]:,} WSS clients, {case["rate"] * case["clients"] * case["per_client"] / case["symbols"]:,.0f} messages a second of '
             '~100 bytes, TLS 1.3; less is better, logarithmic scale</text>']
    for number, (batch, servers) in enumerate(by_batch.items()):
        x0 = left + number * (panel + gap)
        lines.append(f'<text class="panel" x="{x0}" y="{top - 29}">K = {batch}</text>')
        lines += axis(x0, bottom, low, high, scale)
        floor = scale(statistics.median(servers["floor"])) if "floor" in servers else None
        for row, server in enumerate(rows):
            y = top + row * height + height / 2
            lines.append(f'<line class="row" x1="{x0}" x2="{x0 + panel}" y1="{y}" y2="{y}"/>')
            if server in servers:
                lines += dot(x0, y, servers[server], scale, floor, server == "tickcast")
        if floor is not None:
            x = x0 + floor
            lines.append(f'<line class="floor" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 6}" y2="{bottom}"/>')
            lines.append(f'<text class="floor-text" x="{x:.1f}" y="{top - 9}" text-anchor="middle">floor</text>')
    for row, server in enumerate(rows):
        kind = ' class="ours-text"' if server == "tickcast" else ""
        lines.append(f'<text{kind} x="{left - 14}" y="{top + row * height + height / 2 + 4.5}" text-anchor="end">{escape(names[server])}</text>')
    for number, line in enumerate(("K: messages due to a client at one flush. Servers without a flush window send each as it comes, whatever K.",
                                   "Dot: median of the rounds; line through it: least to most.")):
        lines.append(f'<text class="small" x="12" y="{bottom + 46 + 18 * number}">{line}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def axis(x0, bottom, low, high, scale):
    lines = []
    for value in (digit * 10 ** power for power in range(-3, 4) for digit in (1, 2, 5)):
        if low <= value <= high / 1.5:
            x = x0 + scale(value)
            lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
            lines.append(f'<text class="small" x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{value:g}</text>')
    return lines


def dot(x0, y, costs, scale, floor, ours):
    middle = statistics.median(costs)
    text = f"{middle:.2f}" if middle < 10 else f"{middle:.1f}"
    beside = max(scale(middle), scale(max(costs))) + 11
    if floor is not None and beside - 4 < floor < beside + 34:
        beside = floor + 7  # not across the line
    kind = "ours" if ours else "peer"
    return [f'<line class="{"ours-spread" if ours else "spread"}" x1="{x0 + scale(min(costs)):.1f}" x2="{x0 + scale(max(costs)):.1f}" y1="{y}" y2="{y}"/>',
            f'<circle class="{kind}" cx="{x0 + scale(middle):.1f}" cy="{y}" r="{6 if ours else 5}"/>',
            f'<text class="{"ours-text" if ours else "small"}" x="{x0 + beside:.1f}" y="{y + 4.5}">{text}</text>']
