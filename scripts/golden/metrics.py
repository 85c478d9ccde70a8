#!/usr/bin/env python3
"""Write fixtures/golden/metrics.json: measures of multi-label ranking, by scikit-learn.

Each case has `scores` and `fits` [tracks][playlists] (every number is exactly what it reads as in 32 bits), `truth` (the
playlists of each track), and what they come to: `macro` and `micro` averages, `by_track` means and, `by_playlist`, the
numbers of each list (null where no track is on it, or all are).

Average precision, ROC-AUC, nDCG, label ranking average precision, coverage error and Brier score are scikit-learn's. It has
no recall over labels, R-precision or calibration error, so these three are written out below in a few lines of numpy. Equal
scores count as ordered by playlist in recall, and as spread evenly in R-precision and the calibration error.

Usage: python scripts/golden/metrics.py [--out DIR]
"""
import argparse
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import (average_precision_score, brier_score_loss, coverage_error, label_ranking_average_precision_score,
                             ndcg_score, roc_auc_score)

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden"
BINS = 10


def evened(by: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values of equal `by` replaced by their mean."""
    _, group = np.unique(by, return_inverse=True)
    return (np.bincount(group, values) / np.bincount(group))[group]


def r_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    placements = int(truth.sum())
    best_first = np.argsort(-scores, kind="stable")
    return evened(scores, truth.astype(float))[best_first][:placements].mean()


def calibration_error(truth: np.ndarray, fits: np.ndarray) -> float:
    gap = evened(fits, fits - truth)[np.argsort(fits, kind="stable")]
    size = -(-len(gap) // BINS)
    return sum(abs(gap[start:start + size].sum()) for start in range(0, len(gap), size)) / len(gap)


def of_list(truth: np.ndarray, scores: np.ndarray, fits: np.ndarray) -> dict[str, float | None]:
    mixed = 0 < truth.sum() < len(truth)
    return {
        "average_precision": average_precision_score(truth, scores) if mixed else None,
        "roc_auc": roc_auc_score(truth, scores) if mixed else None,
        "r_precision": r_precision(truth, scores) if mixed else None,
        "brier": brier_score_loss(truth, fits, pos_label=1),
        "ece": calibration_error(truth, fits),
    }


def case(name: str, random: np.random.Generator, tracks: int, playlists: int, decimals: int, truth: np.ndarray) -> dict:
    scores = (random.normal(size=(tracks, playlists)) + 1.2 * truth).round(decimals).astype(np.float32)
    fits = (1 / (1 + np.exp(-2.0 * scores + 1.0))).round(decimals + 1).astype(np.float32)
    x, fit = scores.astype(np.float64), fits.astype(np.float64)
    place = np.empty_like(x, dtype=int)
    np.put_along_axis(place, np.argsort(-x, axis=1, kind="stable"), np.arange(playlists)[None], axis=1)
    by_playlist = [of_list(truth[:, p], x[:, p], fit[:, p]) for p in range(playlists)]
    mixed = [numbers for numbers in by_playlist if numbers["roc_auc"] is not None]
    macro = {key: float(np.mean([numbers[key] for numbers in mixed])) for key in mixed[0]}
    micro = of_list(truth.ravel(), x.ravel(), fit.ravel())
    for k in (1, 3, 5):
        hit = truth.astype(bool) & (place < k)
        used = truth.any(axis=0)
        macro[f"recall_{k}"] = float((hit.sum(axis=0)[used] / truth.sum(axis=0)[used]).mean())
        micro[f"recall_{k}"] = float(hit.sum() / truth.sum())
    assert np.isclose(macro["average_precision"],
                      average_precision_score(truth[:, [n["roc_auc"] is not None for n in by_playlist]],
                                              x[:, [n["roc_auc"] is not None for n in by_playlist]], average="macro"))
    assert np.isclose(micro["roc_auc"], roc_auc_score(truth, x, average="micro"))
    return {
        "name": name,
        "playlists": playlists,
        "scores": [[float(str(value)) for value in row] for row in scores],
        "fits": [[float(str(value)) for value in row] for row in fits],
        "truth": [np.flatnonzero(row).tolist() for row in truth],
        "by_playlist": by_playlist,
        "macro": macro,
        "micro": micro,
        "by_track": {
            "ndcg": ndcg_score(truth, x),
            "label_ranking_average_precision": label_ranking_average_precision_score(truth, x),
            "coverage_error": coverage_error(truth, x),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    out = parser.parse_args().out
    random = np.random.default_rng(31)

    def truth(tracks: int, playlists: int, share: float) -> np.ndarray:
        drawn = (random.random((tracks, playlists)) < share).astype(int)
        drawn[np.arange(tracks), random.integers(playlists, size=tracks)] = 1
        return drawn

    one = truth(60, 7, 0.0)
    several = truth(80, 9, 0.2)
    empty = truth(50, 8, 0.15)
    empty[:, 3], empty[:, 5] = 0, 1
    bare = truth(45, 6, 0.2)
    bare[::9] = 0
    bare[4] = 1
    cases = [
        case("one playlist a track", random, 60, 7, 4, one),
        case("several playlists a track", random, 80, 9, 4, several),
        case("many equal scores", random, 80, 9, 0, several),
        case("a list without tracks and one with all", random, 50, 8, 1, empty),
        case("tracks without playlists, and one on all", random, 45, 6, 1, bare),
        case("fewer playlists than the ks", random, 30, 2, 1, truth(30, 2, 0.2)),
    ]
    made_with = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    text = json.dumps({"made_with": made_with, "cases": cases}, indent=None, separators=(",", ":"))
    (out / "metrics.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
