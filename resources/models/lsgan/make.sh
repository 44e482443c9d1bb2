#!/usr/bin/env bash
# Makes the shipped LSGAN and the mixture of its latents anew, from simulated galaxies.   make.sh PROGRAMS FOLDER
# PROGRAMS is the folder of galatea-cli; model.safetensors and model.mixture.h5 are written to FOLDER. About two hours of one core.
set -eu
programs=$1 output=$(readlink -f "$2")
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cli=$programs/galatea-cli
"$cli" simulate -n 20000 --size 32 --seed 11 -o "$work/train.h5"
"$cli" simulate -n 3000 --size 32 --seed 12 -o "$work/test.h5"
"$cli" train lsgan "$work/train.h5" --config "$here/redrawing.json" --seed 1 --threads 1 -o "$work/first.safetensors"
"$cli" train lsgan "$work/train.h5" --config "$here/training.json" --seed 2 --threads 1 --from "$work/first.safetensors" -o "$output/model.safetensors"
"$cli" embed "$output/model.safetensors" "$work/train.h5" -o "$work/latents.h5"
"$cli" mixture "$work/latents.h5" -k 20 --covariance full -o "$output/model.mixture.h5"
# The figures of README.md.
for drawn in "" "--mixture $output/model.mixture.h5"; do
    # shellcheck disable=SC2086
    "$cli" evaluate samples "$output/model.safetensors" "$work/test.h5" $drawn
done
"$cli" evaluate inversion "$output/model.safetensors" "$work/test.h5" --count 200 --steps 100
"$cli" evaluate inversion "$output/model.safetensors" "$work/test.h5" --count 60 --steps 100 --starts 2 --prior 0.003 --references 200 --hide u,g,r,i,z
"$cli" embed "$output/model.safetensors" "$work/test.h5" -o "$work/test-latents.h5"
"$cli" evaluate redshift "$work/test-latents.h5" --catalogue "$work/test.h5"
