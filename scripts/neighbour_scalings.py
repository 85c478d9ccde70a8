#!/usr/bin/env python3
"""Compare ways to scale the similarities of a bundle's tracks: hubness, and how many of the nearest share a list.

For each way, over the 10 nearest tracks by other artists: skewness of the k-occurrence, share of anti-hubs, the largest
hub, and the share of neighbours on a list of the track's own (precision@10, over tracks and as a mean over lists). The
network learned from these very tracks, so the figures compare ways; they say nothing of unheard songs.

Usage: python scripts/neighbour_scalings.py [BUNDLE]        (NumPy, safetensors)
"""
import json
import sys
from math import erf, sqrt
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

DEFAULT = Path(__file__).resolve().parents[1] / "fixtures/default-bundle"
NEAREST = 10


def components(tracks: list[dict]) -> np.ndarray:
    """Tracks that share an artist or a recording have one number."""
    parents = list(range(len(tracks)))

    def root(track: int) -> int:
        while parents[track] != track:
            track = parents[track]
        return track

    first: dict[tuple[str, str], int] = {}
    for place, track in enumerate(tracks):
        names = {name.strip().lower() for name in [*track["artists"], track["artist_group"]]}
        for tie in {("artist", name) for name in names if name} | {("recording", track["content"])}:
            one, other = root(place), root(first.setdefault(tie, place))
            parents[max(one, other)] = min(one, other)
    return np.array([root(track) for track in range(len(tracks))])


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cosine(rows: np.ndarray) -> np.ndarray:
    return unit(rows) @ unit(rows).T


def centred(rows: np.ndarray, without: int = 0) -> np.ndarray:
    """Less the mean and the strongest directions (all-but-the-top, Mu and Viswanath 2018)."""
    rows = rows - rows.mean(axis=0)
    directions = np.linalg.svd(rows, full_matrices=False)[2][:without]
    return unit(rows - rows @ directions.T @ directions)


def whitened(rows: np.ndarray, kept: int) -> np.ndarray:
    rows = rows - rows.mean(axis=0)
    _, lengths, directions = np.linalg.svd(rows, full_matrices=False)
    return unit(rows @ directions[:kept].T / lengths[:kept])


def mutual_proximity(similarities: np.ndarray, strangers: np.ndarray) -> np.ndarray:
    mean = np.array([row[others].mean() for row, others in zip(similarities, strangers)])
    deviation = np.array([row[others].std() for row, others in zip(similarities, strangers)])
    z = (similarities - mean[:, None]) / deviation[:, None]
    one_side = np.vectorize(lambda z: 0.5 * (1 + erf(z / sqrt(2))))(z)
    return one_side * one_side.T


def local_scaling(similarities: np.ndarray, strangers: np.ndarray) -> np.ndarray:
    distances = 1 - similarities
    scale = np.sort(np.where(strangers, distances, np.inf), axis=1)[:, NEAREST - 1]
    return np.exp(-(distances**2) / np.outer(scale, scale))


def main() -> None:
    bundle = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    rows = load_file(bundle / "neighbours.safetensors")["embeddings"].astype(np.float64)
    tracks = json.loads((bundle / "tracks.json").read_text())
    owners = components(tracks)
    strangers = owners[:, None] != owners[None, :]
    lists = np.zeros((len(tracks), 1 + max(max(track["playlists"]) for track in tracks)), dtype=int)
    for place, track in enumerate(tracks):
        lists[place, track["playlists"]] = 1
    share = lists @ lists.T > 0
    ways = {"cosine": cosine(rows)}
    ways["local scaling"] = local_scaling(ways["cosine"], strangers)
    ways["mutual proximity"] = mutual_proximity(ways["cosine"], strangers)
    for without in (0, 1, 2, 3, 5):
        name = "centred" if without == 0 else f"centred, less {without} directions"
        ways[name] = cosine(centred(rows, without))
        ways[f"{name}, mutual proximity"] = mutual_proximity(ways[name], strangers)
    for kept in (8, 16, 32, 64, 128):
        ways[f"whitened, {kept} directions"] = cosine(whitened(rows, kept))
    print(f"{'':45} skewness anti-hubs  hub  precision@10  over lists")
    for name, nearness in ways.items():
        order = np.argsort(-np.where(strangers, nearness, -np.inf), axis=1, kind="stable")[:, :NEAREST]
        count = np.bincount(order.ravel(), minlength=len(tracks))
        skewness = ((count - count.mean()) ** 3).mean() / count.std() ** 3
        shared = np.take_along_axis(share, order, axis=1).mean(axis=1)
        by_list = np.mean([shared[lists[:, place] > 0].mean() for place in range(lists.shape[1])])
        print(
            f"{name:45} {skewness:8.2f} {np.mean(count == 0):9.1%} {count.max():4}"
            f" {shared.mean():13.1%} {by_list:11.1%}"
        )


if __name__ == "__main__":
    main()
