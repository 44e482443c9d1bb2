#!/usr/bin/env bash
# Makes the shipped Deep SVDD anew: completely round smooth galaxies are normal.   make.sh PROGRAMS GALAXY_ZOO OUTPUT.safetensors
# PROGRAMS is the folder of galatea-cli; GALAXY_ZOO holds labels.csv (Location,Label,GalaxyID,Folder) and 424×424 JPEGs.
# Galaxies of the class with even identifiers train; all other labelled galaxies are the figures in README.md.
set -eu
programs=$1 zoo=$(readlink -f "$2") output=$3
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
class=completely_round_smooth
part() { # NAME CONDITION
    awk -F, -v OFS=, -v root="$zoo" "NR == 1 { print; next } $2 { \$1 = root \"/\" \$1; print }" "$zoo/labels.csv" > "$work/$1.csv"
    "$programs/galatea-cli" import "$work/$1.csv" --allow-outside --crop 207 --gray --size 128 -o "$work/$1.h5"
}
part train "\$2 == \"$class\" && \$3 % 2 == 0"
part others "\$2 != \"\" && !(\$2 == \"$class\" && \$3 % 2 == 0)"
train() { "$programs/galatea-cli" train deep-svdd "$work/train.h5" --seed 1 --threads 1 "$@"; }
train --config "$here/pretraining.json" -o "$work/pretrained.safetensors"
train --config "$here/description.json" --from "$work/pretrained.safetensors" -o "$work/model.safetensors"
"$programs/galatea-cli" evaluate anomaly "$work/model.safetensors" "$work/others.h5" --column Label --normal "$class" --write-model "$output"
