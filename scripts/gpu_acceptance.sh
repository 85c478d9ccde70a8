#!/bin/sh
# What must hold on a GPU, in one run of under ten minutes (see gpu_acceptance.py for what is measured and compared).
#
#   scripts/gpu_acceptance.sh build FOLDER CATALOGUE   here: the programs, stripped and packed, and the track lists whose
#                                                      graph the simulated world takes; to be carried with scripts/
#   scripts/gpu_acceptance.sh run FOLDER               there: needs PYTHON with torch 2.11 and transformers, and no cargo
#   scripts/gpu_acceptance.sh dry FOLDER               the same at small sizes on the CPU, in about a minute
#
# CATALOGUE is what `playlist-fit import` makes of real lists. CARGO, PROFILE (release) and PYTHON by environment.
set -eu
task=${1:?build, run or dry} folder=${2:?the folder of the carried programs}
here=$(dirname "$0")
case $task in
build)
    catalogue=${3:?the folder of the track lists}
    mkdir -p "$folder/catalogue"
    ${CARGO:-cargo} build --locked --profile "${PROFILE:-release}" --bench networks --bin playlist-fit-train \
        --message-format json --manifest-path "$here/../Cargo.toml" |
        sed -n 's/.*"name":"\(networks\|playlist-fit-train\)".*"executable":"\([^"]*\)".*/\1 \2/p' |
        while read -r name program; do
            strip -o "$folder/$name" "$program"
            gzip -f "$folder/$name"
        done
    for table in tracks playlists placements provenance; do
        cp "$catalogue/$table.parquet" "$folder/catalogue/"
    done
    ;;
run | dry)
    # As `playlist-fit` tells its listening half.
    export MIMALLOC_PURGE_DELAY=-1 GOMP_SPINCOUNT=20000
    if [ "$task" = dry ]; then
        export DEVICE=cpu PRECISION=f32 NETWORKS=ast-small BATCH=2 ROUNDS=1 STEPS=1 WINDOW_SECONDS=1 PEAK=512
        export LISTS=3 TRACKS=40 SECONDS_EACH=2 EPOCHS=1
    fi
    gzip -dkf "$folder"/*.gz
    exec "${PYTHON:-python3}" "$here/gpu_acceptance.py" "$folder"
    ;;
*)
    echo "$task: build, run or dry" >&2
    exit 2
    ;;
esac
