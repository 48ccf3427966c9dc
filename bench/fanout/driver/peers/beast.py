"""The plain server in the same language (beast_server.cpp)."""
name = "beast"
gathers = False
load = []


def missing(place):
    return place.missing_program("bench_beast")


def command(place, case):
    return [str(place.program("bench_beast")), "--cert", str(place.certificate), "--key", str(place.key), "--symbols", str(case.symbols),
            "--rate", str(case.rate), "--seed", "7", "--prefix", "S", "--tick-us", str(case.every_us or 1000)]
