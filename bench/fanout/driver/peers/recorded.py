"""tickcast with a journal."""
import shutil

from . import tickcast

name = "recorded"
gathers = True
load = []
missing = tickcast.missing


def command(place, case):
    journal = place.work / "journal"
    shutil.rmtree(journal, ignore_errors=True)
    return [*tickcast.command(place, case), "--journal", str(journal)]
