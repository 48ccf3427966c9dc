#!/usr/bin/env bash
# The fan-out benchmark: builds what it needs, then hands over to driver/, which starts servers and load and writes the results.
# `bench/fanout/run.sh --help` tells the experiments, their durations and the options.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

build="$root/build/release" do_build=1 own_server=1 previous=""
for argument in "$@"; do
  case $argument in
    --no-build|--help|-h) do_build=0 ;;
    --tickcast|--tickcast=*) own_server=0 ;;
    --build=*) build=${argument#--build=} ;;
  esac
  [ "$previous" != --build ] || build=$argument
  previous=$argument
done

if [ $do_build = 1 ]; then
  [ -f "$build/CMakeCache.txt" ] || (cd "$root" && cmake --preset release -B "$build" >&2)
  targets="bench_load bench_floor bench_beast bench_nats_publisher"
  [ $own_server = 0 ] || targets="$targets tickcast"
  # shellcheck disable=SC2086
  cmake --build "$build" --target $targets -j"$(nproc)" >&2
fi
exec env PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 python3 -m driver "$@"
