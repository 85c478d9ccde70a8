#!/bin/sh
# Trains fixtures/default-bundle from DATA/cc-music, beginning with DATA/../weights/efficientat-mn04-as.safetensors.
# Run by `make default-bundle` from the project's root.
set -eu
data=$1
weights=$data/../weights
program=${CARGO_TARGET_DIR:-target}/release/playlist-fit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" import "$data/cc-music/manifest.csv" --out "$work/catalogue"
"$program" prepare --playlists "$work/catalogue"
"$program" train --playlists "$work/catalogue" --preset fixtures/default-bundle.toml \
    --init-from "$weights/efficientat-mn04-as.safetensors" --init-licence "$weights/LICENSE.efficientat" --out "$work/bundle"
for file in bundle.json weights.safetensors neighbours.safetensors tracks.json CREDITS.md; do
    cp "$work/bundle/$file" fixtures/default-bundle/
done
mkdir -p reports
cp "$work/bundle/training.png" reports/default-bundle-training.png
echo "fixtures/default-bundle is new; build again to put it into the program" >&2
