#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, and runs all tests.
#   ./test.sh [CTEST ARGUMENTS...]      e.g. ./test.sh -L cli, ./test.sh -R mixture
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 1
. packaging/debian.sh
began=$SECONDS

install_packages build run test
# Always configured anew, so that a stale cache with other options cannot pass.
cmake --preset release -DGALATEA_WERROR=ON -DGALATEA_TESTS=ON -DGALATEA_DESKTOP=ON >&2 ||
    fail "cmake could not configure; its message is above"
build
built=$SECONDS

report=build/release/test-report.txt
ctest --preset release --output-log "$report" "$@"
status=$?
ended=$SECONDS

passed=$(grep -cE ' +Passed +[0-9.]+ sec$' "$report")
failed=$(grep -cE '\*\*\*(Failed|Timeout|Exception|Not Run)' "$report")
log=build/release/Testing/Temporary/LastTest.log # what every program said, also those that passed
skipped=$(grep -c '^SKIP' "$log")
echo
echo "----------------------------------------------------------------"
[ "$failed" -eq 0 ] || grep -E '\*\*\*(Failed|Timeout|Exception|Not Run)' "$report" | sed 's/^/  /'
[ "$skipped" -eq 0 ] || { echo "skipped:"; grep -A1 '^SKIP' "$log" | grep -v '^--' | sed 's/^/  /'; }
echo "test programs: $passed passed, $failed failed; $skipped tests inside them skipped"
echo "time: $((ended - began)) s ($((built - began)) s install and build, $((ended - built)) s tests)"
[ "$status" -eq 0 ] && echo "PASSED" || echo "FAILED"
exit "$status"
