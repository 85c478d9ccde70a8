#!/usr/bin/env python3
"""Mutual proximity (Schnitzer et al. 2012, normal and independent), hubness and quantiles, written in plain NumPy after
the formulas, for the tests of src/neighbours.

Forty random directions that share a mean, by twenty owners, and three queries. Everything is computed in 64 bits.

Usage: python scripts/golden/neighbours.py [--out DIR]
"""
import argparse
import sys
from math import erf, sqrt
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent))
from provenance import provenance

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden"
TRACKS, WIDTH, QUERIES, NEAREST = 40, 6, 3, 5


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def less_similar(similarities: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda z: 0.5 * (1 + erf(z / sqrt(2))))((similarities - mean) / deviation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    random = np.random.default_rng(5)
    rows = unit(random.normal(size=(TRACKS + QUERIES, WIDTH)) + 0.7).astype(np.float32)
    exact = rows.astype(np.float64)
    tracks, queries = exact[:TRACKS], exact[TRACKS:]
    owners = np.arange(TRACKS) // 2
    strangers = owners[:, None] != owners[None, :]
    centre = tracks.mean(axis=0)
    centred = unit(tracks - centre)
    cosines = centred @ centred.T
    mean = np.array([row[others].mean() for row, others in zip(cosines, strangers)])
    deviation = np.array([row[others].std() for row, others in zip(cosines, strangers)])
    asked = unit(queries - centre) @ centred.T
    own = less_similar(asked, asked.mean(axis=1, keepdims=True), asked.std(axis=1, keepdims=True))
    others = less_similar(asked, mean, deviation)
    nearest = np.argsort(-(tracks @ tracks.T) + 9.0 * np.eye(TRACKS), axis=1)[:, :NEAREST]
    occurrences = np.bincount(nearest.ravel(), minlength=TRACKS).astype(np.float64)
    skewness = ((occurrences - occurrences.mean()) ** 3).mean() / occurrences.std() ** 3
    found = {
        "embeddings": rows[:TRACKS],
        "queries": rows[TRACKS:],
        "spreads": np.stack([mean, deviation], axis=1),
        "pairs": np.quantile((tracks @ tracks.T)[strangers], np.linspace(0, 1, 101)),
        "proximities": own * others,
        "nearest": nearest,
        "hubness": np.array([skewness, (occurrences == 0).mean(), occurrences.max()]),
    }
    found = {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in found.items()}
    path = arguments.out / "neighbours.safetensors"
    save_file(found, path, metadata=provenance())
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
