#!/usr/bin/env bash
# The fan-out benchmark: every server in turn, the same work, the same load generator, interleaved rounds.
#
# One case is a server and K, the messages that fall due per client and flush. For each case of each round a fresh server is started,
# bench_load connects N WSS clients (k of S symbols each), and measures for a window. The rounds go through all cases before the next
# round begins, so that a machine that grows slower or busier does so for all of them. report.py makes the tables.
#
# A further server ("peer") is one function below, named peer_NAME: it starts the server with exec, and the server writes
# `ready listen=HOST:PORT` to standard error. If bench_load needs other options for it, they stand in load_NAME.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
  cat <<'USAGE'
bench/fanout/run.sh [options]: server CPU per delivered message, memory per connection and latency, servers side by side

  --servers "A B"   servers to compare (floor floor_tls beast tickcast); also: before, another tickcast (--before); recorded, tickcast with a journal
  --batch "1 10 40" K: messages due per client and flush (1 10 40)
  --clients N       WSS connections (1000)
  --symbols S       symbols of the market (1000)
  --k K             symbols each client subscribes to, its own random set (20)
  --rate R          ticks a second over all symbols (2000); a client gets R*k/S messages a second
  --rounds N        interleaved rounds (3)
  --window X        measured seconds of each case (5)
  --warmup X        seconds before the window (2)
  --sample M        clients checked message by message and timed (50)
  --nap U           how often the counted clients are read, µs; 0: at once, which charges the server for waking them (500)
  --shards N        tickcast's shards (1)
  --name NAME       section of bench/RESULTS.md to write (default)
  --note TEXT       a sentence for the section, e.g. what else ran on the machine
  --build DIR       build tree (build/release, configured by the preset `release` if missing)
  --no-build        take the binaries as they are
  --tickcast FILE   the binary (BUILD/app/tickcast)
  --before FILE     an older binary, for the server called before
  --no-pin          let the kernel place server and load (default: server on CPU 0, load on the others)
  --no-write        print the tables only
  --keep DIR        keep the raw JSON and the logs in DIR

All get the same ticks: those that are due, each millisecond. K=1: tickcast and the floor flush at once. K>1: they have a flush window in which
K messages fall due for a client, K*S/(R*k) seconds; the others, which cannot gather, send as the ticks come.
The default takes about three minutes. Needs: bash, python3, openssl, OpenSSL and Boost headers, and a free loopback port.
USAGE
}

servers="floor floor_tls beast tickcast" batches="1 10 40"
clients=1000 symbols=1000 per_client=20 rate=2000 rounds=3 window=5 warmup=2 sample=50 nap=500 shards=1
name=default note="" build="$root/build/release" do_build=1 tickcast="" before="" pin=1 do_write=1 keep=""
# As it stands in the results: what was measured, not where the files were.
command_line="bench/fanout/run.sh" skip=0
for argument in "$@"; do
  [ $skip = 0 ] || { skip=0; continue; }
  case $argument in
    --build|--tickcast|--before|--keep|--note) skip=1; continue ;;
    --no-build|--no-write) continue ;;
    *[!A-Za-z0-9_./=:,-]*|"") argument="'$argument'" ;;
  esac
  command_line="$command_line $argument"
done

while [ $# -gt 0 ]; do
  case $1 in
    --help|-h) usage; exit 0 ;;
    --no-build) do_build=0; shift; continue ;;
    --no-pin) pin=0; shift; continue ;;
    --no-write) do_write=0; shift; continue ;;
  esac
  [ $# -ge 2 ] || { echo "run.sh: no value after $1 (see --help)" >&2; exit 2; }
  case $1 in
    --servers) servers=$2 ;; --batch) batches=$2 ;; --clients) clients=$2 ;; --symbols) symbols=$2 ;; --k) per_client=$2 ;;
    --rate) rate=$2 ;; --rounds) rounds=$2 ;; --window) window=$2 ;; --warmup) warmup=$2 ;; --sample) sample=$2 ;; --nap) nap=$2 ;; --shards) shards=$2 ;;
    --name) name=$2 ;; --note) note=$2 ;; --build) build=$2 ;; --tickcast) tickcast=$2 ;; --before) before=$2 ;; --keep) keep=$2 ;;
    *) echo "run.sh: no such option: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift 2
done
tickcast=${tickcast:-$build/app/tickcast}
window_us() { awk -v k="$1" -v s="$symbols" -v r="$rate" -v c="$per_client" 'BEGIN { printf "%d", k == 1 ? 0 : k * 1e6 * s / (r * c) }'; }
for server in $servers; do
  grep -q "^peer_$server()" "${BASH_SOURCE[0]}" || { echo "run.sh: no such server: $server" >&2; exit 2; }
done

for batch in $batches; do
  if [ "$(window_us "$batch")" -gt 1000000 ]; then
    echo "run.sh: at $rate ticks/s and $per_client of $symbols symbols it takes more than a second until K=$batch messages are due for a client; raise --rate or --k" >&2
    exit 2
  fi
done

if [ $do_build = 1 ]; then
  [ -f "$build/CMakeCache.txt" ] || (cd "$root" && cmake --preset release -B "$build")
  targets="bench_load bench_floor bench_beast"
  case " $servers " in *" tickcast "*|*" recorded "*) [ "$tickcast" = "$build/app/tickcast" ] && targets="$targets tickcast" ;; esac
  # shellcheck disable=SC2086
  cmake --build "$build" --target $targets -j"$(nproc)" >&2
fi
bin() { # where a bench binary is: below bench/fanout/ in the project's tree, at the top in one of its own
  for at in "$build/bench/fanout/$1" "$build/$1"; do [ -x "$at" ] && { echo "$at"; return; }; done
  echo "run.sh: $1 is not in $build; leave out --no-build, or name the tree with --build" >&2
  exit 2
}
bench_load=$(bin bench_load)

work=${keep:-$(mktemp -d)}
mkdir -p "$work"
server_pid="" server_exit=0
cleanup() {
  stop_server
  [ -n "$keep" ] || rm -rf "$work"
}
stop_server() {
  [ -n "$server_pid" ] || return 0
  kill "$server_pid" 2>/dev/null || true
  for _ in $(seq 150); do kill -0 "$server_pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$server_pid" 2>/dev/null || true
  server_exit=0
  wait "$server_pid" 2>/dev/null || server_exit=$?
  server_pid=""
}
trap cleanup EXIT
trap 'exit 130' INT TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null

server_cpus="" load_cpus=""
if [ $pin = 1 ] && [ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null; then
  server_cpus="taskset -c 0" load_cpus="taskset -c 1-$(($(nproc) - 1))"
fi

# Each gets K's window in microseconds (0: none).
serve_by() { # binary window options
  exec $server_cpus "$1" serve --listen 127.0.0.1:0 --admin 127.0.0.1:0 --tls-cert "$work/cert.pem" --tls-key "$work/key.pem" --shards "$shards" \
    --feed "sim:symbols=$symbols&rate=$rate&seed=7&prefix=S&mix=trades&every_us=1000" --set "flush_us=$2" --set "max_connections=$((clients + 100))" --set handshake_s=60 --set header_s=60 "${@:3}"
}
peer_tickcast() { serve_by "$tickcast" "$1"; }
peer_before() { serve_by "${before:?run.sh: --before names the binary}" "$1"; }
peer_recorded() {
  rm -rf "$work/journal"
  serve_by "$tickcast" "$1" --journal "$work/journal"
}
# shellcheck disable=SC2034  # run_case finds them by name
load_tickcast=(--options '"snapshot":false') load_before=(--options '"snapshot":false') load_recorded=(--options '"snapshot":false')

peer_beast() {
  exec $server_cpus "$(bin bench_beast)" --cert "$work/cert.pem" --key "$work/key.pem" --symbols "$symbols" --rate "$rate" --seed 7 --prefix S
}

floor_by() { # window options
  exec $server_cpus "$(bin bench_floor)" --symbols "$symbols" --rate "$rate" --seed 7 --prefix S --flush-us "$1" "${@:2}"
}
peer_floor() { floor_by "$1"; }
peer_floor_tls() { floor_by "$1" --cert "$work/cert.pem" --key "$work/key.pem"; }
# shellcheck disable=SC2034
load_floor=(--protocol lines --plain) load_floor_tls=(--protocol lines)

run_case() { # server K round
  local window_of_k label log="$work/$1-$2-$3.log" extra port=""
  window_of_k=$(window_us "$2")
  label="$1 K=$2 round $3"
  : >"$log" # the server's shell may be slower than the first look for its port
  ("peer_$1" "$window_of_k") >"$log.out" 2>"$log" &
  server_pid=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/.*ready listen=[^ ]*:\([0-9]*\).*/\1/p' "$log" | head -1)
    [ -n "$port" ] && break
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$port" ] || { echo "run.sh: $1 did not get ready:" >&2; tail -5 "$log" >&2; exit 1; }
  declare -n extra="load_$1" 2>/dev/null || true
  local status=0
  $load_cpus "$bench_load" --port "$port" --server-pid "$server_pid" --clients "$clients" --symbols "$symbols" --k "$per_client" --sample "$sample" --nap-us "$nap" \
    --warmup-s "$warmup" --window-s "$window" --label "$label" ${extra[@]+"${extra[@]}"} >"$work/one.json" || status=$?
  stop_server
  printf '{"server":"%s","batch":%s,"round":%s,"window_us":%s,"load1":%s,"server_exit":%s,"report":%s}\n' "$1" "$2" "$3" "$window_of_k" "$(cut -d' ' -f1 /proc/loadavg)" "$server_exit" "$(cat "$work/one.json")" >>"$work/runs.jsonl"
  [ $server_exit -eq 0 ] || echo "run.sh: $label: the server ended with status $server_exit (139: it crashed, 137: it did not stop within 15 s)" >&2
  [ $status -eq 0 ] || echo "run.sh: $label: not all clients took part to the end" >&2
}

: >"$work/runs.jsonl"
started=$(date +%s)
for round in $(seq "$rounds"); do
  for batch in $batches; do
    for server in $servers; do
      echo "round $round of $rounds: $server K=$batch ($(($(date +%s) - started)) s)" >&2
      run_case "$server" "$batch" "$round"
    done
  done
done

commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo "no commit")
if [ "$commit" != "no commit" ] && [ -n "$(git -C "$root" status --porcelain -uno 2>/dev/null)" ]; then commit="$commit and changes"; fi
target=()
[ $do_write = 1 ] && target=(--into "$root/bench/RESULTS.md")
python3 "$here/report.py" --runs "$work/runs.jsonl" --name "$name" --note "$note" --command "$command_line" --commit "$commit" \
  --rate "$rate" --pinned "$pin" "${target[@]}"
