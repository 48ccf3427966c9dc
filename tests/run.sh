#!/bin/bash
# Sets up, builds and runs every test; the last line is ctest's own, and so is the exit code.
#   tests/run.sh [--preset release|asan|tsan|fuzz]… [ctest's options, such as -R name]
# Several presets make one run, and one summary, of all their tests.
set -euo pipefail
# shellcheck source=deploy/setup.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../deploy/setup.sh"

presets=()
while [ "${1:-}" = --preset ]; do
  [ $# -ge 2 ] || die "--preset needs a name: release, asan, tsan or fuzz"
  presets+=("$2")
  shift 2
done
[ ${#presets[@]} -gt 0 ] || presets=(release)

set_up
set_up_tests
for preset in "${presets[@]}"; do build "$preset"; done

tests=$root/build/${presets[0]}
if [ ${#presets[@]} -gt 1 ]; then
  tests=$root/build/all
  mkdir -p "$tests"
  printf "subdirs(\"$root/build/%s\")\n" "${presets[@]}" >"$tests/CTestTestfile.cmake"
fi
exec ctest --test-dir "$tests" --output-on-failure --no-tests=error "$@"
