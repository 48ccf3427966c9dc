"""The plain server in Node (ws_server.mjs)."""
import pathlib
import shutil

name = "ws"
gathers = False
load = []

program = pathlib.Path(__file__).parents[2] / "ws_server.mjs"
package = pathlib.Path(__file__).parents[4] / "tests/e2e/node_modules/ws"


def missing(place):
    if not shutil.which("node"):
        return "node is not installed"
    return None if package.exists() else "npm ws is not there: npm ci in tests/e2e fetches it"


def command(place, case):
    return ["node", str(program), str(place.certificate), str(place.key), str(case.symbols), str(case.rate)]
