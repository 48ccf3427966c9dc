"""nats-server's WebSocket, as Debian ships it. A publisher beside it (bench_nats_publisher) gives it the ticks; its CPU is not counted."""
import shutil

name = "nats"
gathers = False
options = False
load = ["--protocol", "nats", "--path", "/"]
ready = r"Listening for websocket clients on wss://[^ ]*:(\d+)"

configuration = """host: "127.0.0.1"
port: -1
max_connections: {connections}
ping_interval: "10m"
websocket {{
  host: "127.0.0.1"
  port: -1
  compression: false
  handshake_timeout: "60s"
  tls {{ cert_file: "{certificate}", key_file: "{key}", cipher_suites: ["TLS_AES_128_GCM_SHA256"], timeout: 60 }}
}}
"""


def missing(place):
    if not server():
        return "nats-server is not installed (apt-get install nats-server)"
    return place.missing_program("bench_nats_publisher")


def server():
    return shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


def command(place, case):
    file = place.work / "nats.conf"
    file.write_text(configuration.format(connections=case.clients + 100, certificate=place.certificate, key=place.key))
    return [server(), "-c", str(file)]


def companion(place, case, log):
    port = place.wait_for(r"Listening for client connections on [^ ]*:(\d+)", log)
    return [str(place.program("bench_nats_publisher")), "--port", port, "--symbols", str(case.symbols), "--rate", str(case.rate), "--seed", "7",
            "--prefix", "S", "--tick-us", str(case.every_us or 1000)]
