"""The servers, one file each. A peer has
  name       as in the results
  gathers    it has a flush window; else it is measured with the ticks as they come, whatever K
  needs_window  optional: without a flush window it would be another one's double
  load       options for bench_load
  options    optional: False where a subscription is its symbols and nothing else
  missing(place)        why it cannot be measured here, or None
  command(place, case)  its command line; it says `ready listen=HOST:PORT`, or whatever `ready` matches, on standard error or output
  companion(place, case)  optional: a second process, started when the server is ready, whose CPU is nobody's
"""
from . import beast, before, floor, floor_seldom, floor_tls, nats, recorded, tickcast, tickcast_sbe, ws

all_peers = {peer.name: peer for peer in (floor, floor_seldom, floor_tls, beast, ws, nats, tickcast, tickcast_sbe, before, recorded)}
