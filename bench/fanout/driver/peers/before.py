"""Another build of tickcast, named by --before."""
from . import tickcast

name = "before"
gathers = True
load = []


def missing(place):
    if place.before is None:
        return "--before names the binary"
    return None if place.before.exists() else f"{place.before} is not there"


def command(place, case):
    return tickcast.serve(place.before, place, case)
