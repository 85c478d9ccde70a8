#!/usr/bin/env python3
"""Write fixtures/golden/calibration.json: Platt scaling and isotonic regression by scikit-learn, binomial tails by SciPy.

Usage: python scripts/golden/calibration.py, with scikit-learn 1.9.1, SciPy 1.17.1 and NumPy 2.4.6
"""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import binom
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

CENTRE, DEVIATIONS = np.array([1.0, -0.5]), np.array([0.3, 0.3])


def temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12, max_iter=10_000)
    return model.fit(logits[:, None], truth).coef_.item()


def platt(logits: np.ndarray, truth: np.ndarray) -> list[float]:
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(logits[:, None], truth)
    return [model.coef_.item(), model.intercept_.item()]


def believed(logits: np.ndarray, truth: np.ndarray) -> list[float]:
    """Slope and offset with a normal belief around CENTRE."""

    def objective(line: np.ndarray) -> float:
        scores = line[0] * logits + line[1]
        return np.logaddexp(0, scores).sum() - (scores * truth).sum() + 0.5 * (((line - CENTRE) / DEVIATIONS) ** 2).sum()

    return minimize(objective, CENTRE, method="BFGS", options={"gtol": 1e-9}).x.tolist()


def hoeffding_bentkus(mean: float, count: int, risk: float) -> float:
    """As the code of Learn then Test writes it, https://github.com/aangelopoulos/ltt, core/bounds.py."""
    part = lambda seen, stated: seen * np.log(seen / stated) if seen > 0 else 0.0
    seen = min(mean, risk)
    hoeffding = np.exp(-count * (part(seen, risk) + part(1 - seen, 1 - risk)))
    return min(hoeffding, np.e * binom.cdf(np.ceil(count * mean), count, risk), 1.0)


def main() -> None:
    random = np.random.default_rng(5)
    # Tenths, so that logits repeat; in binary floating point they are the same numbers everywhere.
    logits = np.round(random.normal(-1, 2, 120), 1)
    truth = (random.random(120) < 1 / (1 + np.exp(-(0.7 * logits - 0.4)))).astype(float)
    probes = np.round(np.linspace(-8, 8, 65), 3)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(logits, truth)
    tails = [(0, 20, 0.1), (3, 20, 0.1), (12, 200, 0.1), (150, 700, 0.2), (5000, 20_000, 0.3)]
    risks = [(0.0, 46, 0.1), (0.04, 100, 0.1), (0.125, 240, 0.2), (0.21, 500, 0.3), (0.35, 50, 0.3)]
    golden = {
        "logits": logits.tolist(),
        "truth": truth.tolist(),
        "temperature": temperature(logits, truth),
        "platt": platt(logits, truth),
        "believed": believed(logits, truth),
        "probes": probes.tolist(),
        "isotonic": isotonic.predict(probes).tolist(),
        "at_most": [[*tail, binom.cdf(*tail)] for tail in tails],
        "hoeffding_bentkus": [[*risk, hoeffding_bentkus(*risk)] for risk in risks],
    }
    path = Path(__file__).parents[2] / "fixtures/golden/calibration.json"
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
