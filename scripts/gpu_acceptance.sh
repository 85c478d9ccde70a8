#!/bin/sh
# What must hold on a GPU, in one run of a few minutes (see gpu_acceptance.py for what is measured and compared).
#
#   scripts/gpu_acceptance.sh build FOLDER   here: the benches as one stripped program, to be carried with scripts/
#   scripts/gpu_acceptance.sh run FOLDER     there: needs PYTHON with torch 2.11 and transformers, and no cargo
#
# A dry run without a GPU: DEVICE=cpu PRECISION=f32 NETWORKS=ast-small BATCH=2 WINDOW_SECONDS=1 PEAK=512 … run FOLDER
set -eu
task=${1:?build or run} folder=${2:?the folder of the carried program}
here=$(dirname "$0")
case $task in
build)
    mkdir -p "$folder"
    program=$(${CARGO:-cargo} build --locked --profile "${PROFILE:-release}" --bench networks --message-format json \
        --manifest-path "$here/../Cargo.toml" |
        sed -n 's/.*"name":"networks".*"executable":"\([^"]*\)".*/\1/p')
    strip -o "$folder/networks" "$program"
    ;;
run)
    exec "${PYTHON:-python3}" "$here/gpu_acceptance.py" "$folder/networks"
    ;;
*)
    echo "$task: build or run" >&2
    exit 2
    ;;
esac
