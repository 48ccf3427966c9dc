"""Where a benchmark takes place: its programs, its certificate, its CPUs, its directory for logs; it starts servers and the load.

The server has CPU 0, the load and all companions have the others, so that neither is measured with the other's waiting."""
import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import resource
import signal
import subprocess
import sys
import time
import urllib.request


libc = ctypes.CDLL(None)
die_with_parent = 1  # PR_SET_PDEATHSIG


def prepare(cpus):
    """In the child, before its program begins."""
    libc.prctl(die_with_parent, signal.SIGKILL)  # also when the driver is killed and can stop nobody
    os.sched_setaffinity(0, cpus)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class trouble(Exception):
    """One sentence for who runs the benchmark."""


class place:
    def __init__(self, options, work):
        self.build = pathlib.Path(options.build)
        self.tickcast = pathlib.Path(options.tickcast or self.build / "app/tickcast")
        self.before = pathlib.Path(options.before) if options.before else None
        self.work = pathlib.Path(work)
        self.key, self.certificate = self.work / "key.pem", self.work / "cert.pem"
        cpus = sorted(os.sched_getaffinity(0))
        self.pinned = options.pin and len(cpus) >= 2
        self.server_cpus, self.load_cpus = ([cpus[0]], cpus[1:]) if self.pinned else (cpus, cpus)
        if not shutil.which("openssl"):
            raise trouble("openssl is not installed, and a certificate is needed: apt-get install openssl")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)

    def program(self, name):
        """Below bench/fanout/ in the project's build tree, at the top in one of its own."""
        for at in (self.build / "bench/fanout" / name, self.build / name):
            if at.exists():
                return at
        raise trouble(f"{name} is not in {self.build}; leave out --no-build, or name the tree with --build")

    def missing_program(self, name):
        try:
            self.program(name)
        except trouble as reason:
            return str(reason)
        return None

    def wait_for(self, pattern, log, alive=lambda: True, seconds=15):
        until = time.monotonic() + seconds
        while True:
            found = re.search(pattern, log.read_text(errors="replace"))
            if found:
                return found.group(1)
            if not alive() or time.monotonic() > until:
                raise trouble("a server did not get ready: " + " / ".join(log.read_text(errors="replace").strip().splitlines()[-5:]))
            time.sleep(0.02)

    def spawn(self, command, cpus, log):
        with open(log, "wb") as file:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, preexec_fn=lambda: prepare(cpus))

    @contextlib.contextmanager
    def serving(self, peer, case):
        log = self.work / f"{peer.name}.log"
        process = self.spawn(peer.command(self, case), self.server_cpus, log)
        running = server(process, log)
        companion = None
        try:
            running.port = self.wait_for(getattr(peer, "ready", r"ready listen=[^ ]*:(\d+)"), log, lambda: process.poll() is None)
            if hasattr(peer, "companion"):
                companion = self.spawn(peer.companion(self, case, log), self.load_cpus, self.work / f"{peer.name}-companion.log")
            yield running
        finally:
            if companion:
                stop(companion)
            running.exit = stop(process)

    def load(self, peer, running, case, window=5.0, warmup=2.0, settle=0.5, sample=50, extra=()):
        snapshot = [] if case.snapshot or not getattr(peer, "options", True) else ["--options", '"snapshot":false']
        command = [str(self.program("bench_load")), "--port", running.port, "--server-pid", str(running.pid), "--clients", str(case.clients),
                   "--symbols", str(case.symbols), "--k", str(case.per_client), "--sample", str(min(sample, case.clients)), "--warmup-s", str(warmup),
                   "--settle-s", str(settle), "--label", peer.name, *peer.load, *snapshot, *map(str, extra)]
        if case.gathered_us(peer) >= 100_000:
            # Whole flushes: what is spent between two of them must not be shared out by chance.
            window = max(1, round(window * 1e6 / case.gathered_us(peer))) * case.gathered_us(peer) / 1e6
            command += ["--align-us", str(case.gathered_us(peer))]
        command += ["--window-s", str(window)]
        log = self.work / "load.err"
        with open(log, "wb") as errors:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, preexec_fn=lambda: prepare(self.load_cpus))
        if not done.stdout:
            raise trouble("bench_load: " + (log.read_text().strip() or f"it ended with status {done.returncode}"))
        return json.loads(done.stdout)


class server:
    def __init__(self, process, log):
        self.process, self.pid, self.log = process, process.pid, log
        self.port = None
        self.exit = None

    def metrics(self):
        """Sums of all samples by name, and the buckets of tickcast_turn_seconds by upper bound; tickcast only."""
        admin = re.search(r"admin=(\S+)", self.log.read_text()).group(1)
        with urllib.request.urlopen(f"http://{admin}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        sums = {}
        for line in text.splitlines():
            found = re.match(r'([a-zA-Z_]+)(?:\{(.*)\})? (\S+)$', line)
            if found:
                bound = re.search(r'le="([^"]*)"', found[2] or "")
                name = f"{found[1]} {bound[1]}" if bound else found[1]
                sums[name] = sums.get(name, 0.0) + float(found[3])
        return sums

    def thread_cpu_s(self):
        """By thread name, to the nanosecond."""
        by_name = {}
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            name = (task / "comm").read_text().strip()
            by_name[name] = by_name.get(name, 0.0) + int((task / "schedstat").read_text().split()[0]) / 1e9
        return by_name


def stop(process):
    """Its exit status; -9 when it did not stop within 15 s."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        print(f"{process.args[0]} did not stop within 15 s", file=sys.stderr)
        process.kill()
        return process.wait()
