"""The floor with OpenSSL: one record and one send() a flush, no WebSocket."""
from . import floor

name = "floor-tls"
gathers = True
options = False
load = ["--protocol", "lines"]
missing = floor.missing


def command(place, case):
    return [*floor.command(place, case), "--cert", str(place.certificate), "--key", str(place.key)]
