"""Plain send() of the same bytes, and nothing else: what the kernel alone charges."""
name = "floor"
gathers = True
options = False
load = ["--protocol", "lines", "--plain"]


def missing(place):
    return place.missing_program("bench_floor")


def command(place, case):
    return [str(place.program("bench_floor")), "--symbols", str(case.symbols), "--rate", str(case.rate), "--seed", "7", "--prefix", "S",
            "--tick-us", str(case.every_us or 1000), "--flush-us", str(case.window_us)]
