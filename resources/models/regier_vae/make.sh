#!/usr/bin/env bash
# Makes the shipped Regier VAE and the mixture of its latents anew.   make.sh PROGRAMS GALAXY_ZOO OUTPUT.safetensors
# PROGRAMS is the folder of galatea-cli; GALAXY_ZOO holds labels.csv (Location,Label,GalaxyID,Folder) and 424×424 JPEGs.
# Galaxies whose identifier leaves 3 when divided by 7 are kept for the figures in README.md and not trained on.
set -eu
programs=$1 zoo=$(readlink -f "$2") output=$3
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
part() { # NAME CONDITION
    awk -F, -v OFS=, -v root="$zoo" "NR == 1 { print; next } $2 { \$1 = root \"/\" \$1; print }" "$zoo/labels.csv" > "$work/$1.csv"
    "$programs/galatea-cli" import "$work/$1.csv" --allow-outside --crop 207 --gray --average 3 -o "$work/$1.h5"
}
part train '$3 % 7 != 3'
part held-out '$3 % 7 == 3'
"$programs/galatea-cli" train regier-vae "$work/train.h5" --config "$here/training.json" --seed 1 --threads 1 -o "$output"
"$programs/galatea-cli" embed "$output" "$work/train.h5" --threads 1 -o "$work/latents.h5"
"$programs/galatea-cli" mixture "$work/latents.h5" -k 5 --covariance full --threads 1 -o "${output%.safetensors}.mixture.h5"
# The figures of README.md.
"$programs/galatea-cli" evaluate samples "$output" "$work/held-out.h5"
"$programs/galatea-cli" evaluate samples "$output" "$work/held-out.h5" --mixture "${output%.safetensors}.mixture.h5"
"$programs/galatea-cli" evaluate gaussian-baseline "$output" "$work/held-out.h5"
"$programs/galatea-cli" evaluate reconstruction "$output" "$work/held-out.h5"
