"""The command line: which experiments, with what; then their results to the screen and into bench/."""
import argparse
import contextlib
import os
import pathlib
import re
import shlex
import signal
import sys
import tempfile

from . import results, runs
from .experiments import all_experiments
from .peers import all_peers
from .place import place, trouble

root = pathlib.Path(__file__).resolve().parents[3]


def numbers(text):
    return [int(word) for word in text.split()]


def words(text):
    return text.split()


class options(argparse.Namespace):
    """As given; what was not given is None, and the experiment's own default holds."""
    settle = 0.5  # quiet seconds before idle memory is read

    def applied_to(self, usual, but=()):
        given = {name: getattr(self, name) for name in ("clients", "symbols", "per_client", "rate", "shards") if name not in but and getattr(self, name) is not None}
        return usual.but(**given)

    def servers_or(self, usual):
        if self.tiny:
            usual = ["tickcast"]
        return self.servers if self.servers_given else [name for name in self.servers if name in usual]


def read_options():
    about = "\n".join(f"  {one.name:13} {one.about} (about {one.minutes} min)" for one in all_experiments.values())
    parser = argparse.ArgumentParser(
        prog="bench/fanout/run.sh", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Fan-out measured: tickcast beside a floor and other servers, the same work for each, on this machine.\n\nexperiments:\n" + about,
        epilog="Without a name: clients-1000. Results go into bench/results/, bench/RESULTS.md and bench/cost.svg. Needs python3, openssl, two CPUs to themselves\n"
               "and 20,000 open files; node with tests/e2e's packages and nats-server (Debian's) for the servers of that name, which are left out else.")
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT")
    parser.add_argument("--all", action="store_true", help=f"every experiment, about {sum(one.minutes for one in all_experiments.values())} minutes")
    parser.add_argument("--tiny", action="store_true", help="a few clients for an instant, to see that everything works: its figures mean nothing, nothing is written")
    parser.add_argument("--servers", type=words, metavar='"A B"', help=f"of {' '.join(all_peers)}; before: another tickcast (--before); recorded: tickcast with a journal")
    parser.add_argument("--batch", type=numbers, metavar='"1 10 40"', help="K: messages that fall due per client and flush (1 10 40)")
    parser.add_argument("--clients", type=int, metavar="N", help="WSS connections")
    parser.add_argument("--symbols", type=int, metavar="S", help="symbols of the market")
    parser.add_argument("--k", type=int, dest="per_client", metavar="K", help="symbols each client subscribes to, its own random set")
    parser.add_argument("--rate", type=float, metavar="R", help="ticks a second over all symbols; a client gets R*k/S messages a second")
    parser.add_argument("--shards", type=int, metavar="N", help="tickcast's shards (1)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="interleaved rounds (5; some experiments take fewer)")
    parser.add_argument("--window", type=float, default=5, metavar="X", help="measured seconds of each run (5)")
    parser.add_argument("--warmup", type=float, default=2, metavar="X", help="seconds before them (2)")
    parser.add_argument("--sample", type=int, default=50, metavar="M", help="clients checked message by message and timed (50)")
    parser.add_argument("--name", help="name of the results, for one experiment with other figures than its own")
    parser.add_argument("--note", default="", help="a sentence for the results, e.g. what else ran on the machine")
    parser.add_argument("--build", default=root / "build/release", metavar="DIR", help="build tree (build/release)")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--tickcast", metavar="FILE", help="the binary (DIR/app/tickcast)")
    parser.add_argument("--before", metavar="FILE", help="an older binary, for the server called before")
    parser.add_argument("--no-pin", dest="pin", action="store_false", help="let the kernel place server and load (else: server on the first CPU, load on the others)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="print the results only")
    parser.add_argument("--keep", metavar="DIR", help="keep the logs in DIR")
    given = parser.parse_args(namespace=options())

    known = all_experiments
    names = list(known) if given.all else given.experiments or ["clients-1000"]
    for name in names:
        if name not in known:
            parser.error(f"there is no experiment {name}; there are {' '.join(known)}")
    given.servers_given = given.servers is not None
    given.servers = given.servers or [name for name in all_peers if name not in ("before", "recorded")]
    for name in given.servers:
        if name not in all_peers:
            parser.error(f"there is no server {name}; there are {' '.join(all_peers)}")
    if given.name and (len(names) > 1 or not re.fullmatch(r"[A-Za-z0-9-]+", given.name)):
        parser.error("--name is one word for one experiment")
    for what, value in (("--clients", given.clients), ("--symbols", given.symbols), ("--k", given.per_client), ("--rate", given.rate), ("--shards", given.shards),
                        ("--rounds", given.rounds), ("--window", given.window), ("--sample", given.sample), *(("--batch", each) for each in given.batch or [])):
        if value is not None and value <= 0:
            parser.error(f"{what} is a number above 0")
    if given.name in known:
        parser.error(f"--name {given.name} would take the place of that experiment's own results; give another one")
    own_case = all(getattr(given, what) is None for what in ("clients", "symbols", "per_client", "rate", "shards", "batch")) and given.pin
    if given.write and not given.tiny and not own_case and not given.name:
        parser.error("these are not the experiment's own figures: keep the results apart by --name, or do not write them (--no-write)")
    given.batch = given.batch or [1, 10, 40]
    if given.tiny:
        given.clients, given.batch, given.rounds, given.window, given.warmup, given.settle, given.sample, given.write = 40, [1, 10], 1, 0.6, 0.1, 0.1, 10, False
    return given, [known[name] for name in names]


def command_line():
    """As it stands in the results: what was measured, not where the files were."""
    kept, skip = [], False
    for word in sys.argv[1:]:
        if skip or word in ("--no-build", "--no-write"):
            skip = False
            continue
        unsaid = word.split("=")[0] in ("--build", "--tickcast", "--before", "--keep", "--note")
        skip = unsaid and "=" not in word
        if not unsaid:
            kept.append(word)
    return shlex.join(["bench/fanout/run.sh", *kept])


def main():
    given, experiments = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops what it has started
    failed = False
    with contextlib.ExitStack() as stack:
        if given.keep:
            os.makedirs(given.keep, exist_ok=True)
        here = place(given, given.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        for one in experiments:
            data = one.run(here, given)
            if not data["runs"] and "ingests" not in data:
                raise trouble(f"{one.name}: no server is left to measure")
            found = results.of(one, data, given, command_line(), here.pinned)
            print("\n".join(results.section(found)) + "\n")
            results.made_of([found])  # also when nothing is written: what makes it is to be seen to work
            failed |= any(runs.faults(run) for run in data["runs"]) or any(run["server_exit"] for run in data.get("ingests", []))
            if given.write:
                results.save(found)
                results.render()
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except trouble as reason:
        sys.exit(f"run.sh: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)
