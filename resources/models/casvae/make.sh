#!/usr/bin/env bash
# Makes the star/galaxy model anew.   make.sh PROGRAMS SDSS OUTPUT.safetensors
# PROGRAMS is the folder of galatea-cli. SDSS holds the frames of the fields 001992-1-0087, 003184-2-0169 and 004510-4-0030, each in
# a folder of its name, and sources.csv with field, ra, dec, r, label, label_source. No label is read for the training.
set -eu
programs=$1 sdss=$2 output=$3
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cli=$programs/galatea-cli
# sources.csv: 1 field, 4 ra, 5 dec, 9 r, 13 label, 14 label_source
awk -F, 'NR == 1 || (($1 == "001992-1-0087" || $1 == "003184-2-0169") && $9 < 21)' "$sdss/sources.csv" | cut -d, -f1,4,5,9 >"$work/train.csv"
awk -F, 'NR == 1 || ($1 == "004510-4-0030" && $9 < 21)' "$sdss/sources.csv" | cut -d, -f1,4,5,9,13,14 >"$work/test.csv"
"$cli" import "$sdss/001992-1-0087" "$sdss/003184-2-0169" --positions "$work/train.csv" --size 64 -o "$work/train.h5"
"$cli" import "$sdss/004510-4-0030" --positions "$work/test.csv" --size 64 -o "$work/test.h5"
"$cli" train casvae "$work/train.h5" --config "$here/training.json" --seed 1 --threads 1 -o "$output"
"$cli" evaluate classification "$work/test.h5" "$output" --positive galaxy --negative star
