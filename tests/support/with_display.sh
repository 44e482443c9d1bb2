#!/usr/bin/env bash
# Runs a program with a display of its own: a virtual X server with software OpenGL.
set -eu
export LIBGL_ALWAYS_SOFTWARE=1 QT_QPA_PLATFORM=xcb
exec xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24 +extension GLX" "$@"
