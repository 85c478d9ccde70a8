#!/bin/sh
# Our front end and its Python peers on one song, in turn, on one core: `scripts/peer/compare.sh SONG.mp3`.
# PYTHON names a python with librosa, soundfile, torch 2.11 and torchaudio 2.11.
set -eu
song=$(realpath "$1")
cd "$(dirname "$0")/../.."
for round in 1 2; do
    PLAYLIST_FIT_BENCH_SONG=$song taskset -c 0 cargo bench --locked --bench front_end -- --noplot
    taskset -c 0 "${PYTHON:-python3}" scripts/peer/front_end.py "$song"
done
