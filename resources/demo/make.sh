#!/usr/bin/env bash
# Makes the demonstration's model anew.   make.sh PROGRAMS OUTPUT.safetensors
# PROGRAMS is the folder of galatea-cli. 6,000 simulated galaxies, of which the demonstration shows the first 4,000.
set -eu
programs=$1 output=$2
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$programs/galatea-cli" simulate -n 6000 --size 64 --bands gri --rescale --seed 1 -o "$work/galaxies.h5"
"$programs/galatea-cli" train astrovader "$work/galaxies.h5" --config "$here/training.json" --seed 1 --threads 1 -o "$output"
