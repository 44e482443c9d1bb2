#!/usr/bin/env bash
# Installs what is missing, builds Galatea, and opens the demonstration, or the FILES given.
#   ./run.sh [FILES...]
# Without a display it says so and writes a picture of the window to galatea-screenshot.png instead.
set -u
here=$PWD
cd "$(dirname "$(readlink -f "$0")")" || exit 1
. packaging/debian.sh
root=$PWD

install_packages build run
build galatea galatea-cli galatea-model-host galatea-decode-worker
program=$root/build/release/bin/galatea
cd "$here" || exit 1 # FILES are named from where the person stands

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
    [ $# -gt 0 ] || set -- --demo
    exec "$program" "$@"
fi
picture=$here/galatea-screenshot.png
say "there is no display here (DISPLAY and WAYLAND_DISPLAY are not set); drawing the window into $picture instead"
[ $# -gt 0 ] || set -- --demo
"$root/tests/support/with_display.sh" "$program" "$@" --screenshot "$picture" ||
    fail "galatea could not draw its window; its message is above"
say "wrote $picture"
