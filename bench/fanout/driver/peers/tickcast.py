"""The server this is all about."""
name = "tickcast"
gathers = True
load = []


def missing(place):
    return None if place.tickcast.exists() else f"{place.tickcast} is not there"


def command(place, case):
    return serve(place.tickcast, place, case)


def serve(binary, place, case):
    every = f"&every_us={case.every_us}" if case.every_us else ""
    feeds = case.feeds or (f"sim:symbols={case.symbols}&rate={case.rate:.0f}&seed=7&prefix=S&mix=trades{every}",)
    words = [str(binary), "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--tls-cert", str(place.certificate), "--tls-key", str(place.key),
             "--shards", str(case.shards)]
    for feed in feeds:
        words += ["--feed", feed]
    for setting in (f"flush_us={case.window_us}", f"max_connections={case.clients + 100}", "handshake_s=60", "header_s=60"):
        words += ["--set", setting]
    return words
