"""The floor that leaves its ticks lying as tickcast does where there is a flush window: woken as seldom, it does the same for less."""
from . import floor

name = "floor-seldom"
gathers = needs_window = True
options = False
load = floor.load
missing = floor.missing

part, most_us = 16, 5000  # of the window, as feed/gathering.hpp has it


def command(place, case):
    return floor.command(place, case.but(every_us=max(case.every_us, min(case.window_us // part, most_us))))
