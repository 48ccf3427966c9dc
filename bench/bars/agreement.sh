#!/bin/bash
# Real trades of US equities, and the bars that somebody else made of them: prints the table of docs/bars.md.
# usage: bench/bars/agreement.sh [BUILD]; the data is shared/data beside the repository, or where TICKCAST_DATA says.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
program=${1:-$root/build/release}/tests/test_feed
[ -x "$program" ] || { echo "agreement.sh: $program is not there; build it: cmake --build --preset release --target test_feed" >&2; exit 2; }
cd "$root"
"$program" --gtest_filter='LeanBars.*' | grep -E '^\||SKIPPED|there are no trades'
