"""tickcast with the binary encoding."""
import pathlib

from . import tickcast

name = "tickcast-sbe"
gathers = True
load = ["--protocol", "sbe"]
command = tickcast.command

schema = pathlib.Path(__file__).parents[4] / "wire/tickcast.sbe.xml"


def missing(place):
    return tickcast.missing(place) if schema.exists() else "this tickcast has no tickcast.v1.sbe"
