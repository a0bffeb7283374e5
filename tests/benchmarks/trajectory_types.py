"""How often the rule for trajectory types recognizes a shape, and how often noise alone looks like one.

Counts are drawn from known scores: models that had the example get it right with probability `IN_ACCURACY`
where that is not 1. Needs a minute.
"""

import numpy as np
from scipy.special import ndtri

from backend.statistics.trajectories import DEFAULT_TAU, TRAJECTORY_NAMES, classify

MODELS = (25, 50, 100, 200, 400)
FRACTION = 0.7
SHAPES = {
    "falls .6 to .3": ("decreasing", np.linspace(0.6, 0.3, 8)),
    "falls .7 to .3": ("decreasing", np.linspace(0.7, 0.3, 8)),
    "one step .2 to .6": ("increasing", np.repeat([0.2, 0.6], 4)),
    "rises .05 to .8 at once, then flat": ("increasing", np.array([0.05] + 7 * [0.8])),
    "cap .3, .7, .3": ("cap-shaped", np.interp(range(8), [0, 3, 7], [0.3, 0.7, 0.3])),
    "cap .05, .8, .5": ("cap-shaped", np.interp(range(8), [0, 3, 7], [0.05, 0.8, 0.5])),
    "cap .05, .8, .5, top at the 7th size": ("cap-shaped", np.interp(range(8), [0, 6, 7], [0.05, 0.8, 0.5])),
    "cap .05, .8, .5 at 3 sizes": ("cap-shaped", np.array([0.05, 0.8, 0.5])),
    "u .7, .3, .7": ("u-shaped", np.interp(range(8), [0, 4, 7], [0.7, 0.3, 0.7])),
    "constant .5": ("constant", np.full(8, 0.5)),
    "constant .1": ("constant", np.full(8, 0.1)),
}
LEVELS = (0.0, 0.05, 0.3, 0.5, 0.8, 1.0)
IN_ACCURACY = 0.6
SHARED = np.array([0.1, 0.2, 0.4, 0.55, 0.7, 0.78, 0.85, 0.88])  # of a model's luck, by size
CHANGES = TRAJECTORY_NAMES[1:5]


def counts(
    scores: np.ndarray, models: int, examples: int, in_accuracy: float = 1.0, seed: int = 0
) -> tuple[np.ndarray, ...]:
    """Draw counts (S, n) of examples with these scores (S,), or as near as probabilities from 0 to 1 are."""
    rng = np.random.default_rng(seed)
    n_out = np.full((len(scores), examples), round((1 - FRACTION) * models), np.int32)
    n_in = models - n_out
    right = np.clip(in_accuracy - scores, 0, 1)[:, None]
    k_in, k_out = (rng.binomial(n, p).astype(np.int32) for n, p in ((n_in, in_accuracy), (n_out, right)))
    return n_in, k_in, n_out, k_out


def correlated(level: float, models: int, examples: int, shared: np.ndarray) -> tuple[np.ndarray, ...]:
    """Draw counts (S, n) of constant scores where model j of every size has a part of its luck in common."""
    rng = np.random.default_rng(0)
    n_out = round((1 - FRACTION) * models)
    common = rng.standard_normal((n_out, 1, examples))
    own = rng.standard_normal((n_out, len(shared), examples))
    luck = shared[:, None] * common + np.sqrt(1 - shared[:, None] ** 2) * own
    k_out = n_out - (luck < ndtri(level)).sum(axis=0).astype(np.int32)
    out = np.full_like(k_out, n_out)
    return models - out, models - out, out, k_out


def shares(types: np.ndarray) -> dict[str, float]:
    """Return the share of each type."""
    return dict(
        zip(TRAJECTORY_NAMES, np.bincount(types, minlength=len(TRAJECTORY_NAMES)) / len(types), strict=True)
    )


def power() -> None:
    """Print how often each shape is recognized, and which other shape is named most."""
    print("| right / wrong shape | " + " | ".join(f"{n} models" for n in MODELS) + " |")
    print("|---" * (len(MODELS) + 1) + "|")
    for name, (true, scores) in SHAPES.items():
        cells = []
        for models in MODELS:
            found = shares(classify(*counts(scores, models, 10_000)))
            wrong = sum(share for kind, share in found.items() if kind not in (true, "unresolved"))
            cells.append(f"{found[true]:.2f} / {wrong:.3f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


def false_positives() -> None:
    """Print the worst share of constant examples with each other type, over levels, models and thresholds."""
    print("\n| constant, worst of all | " + " | ".join(CHANGES) + " | any |\n" + "|---" * 6 + "|")
    for sizes in (2, 3, 5, 8, 12):
        found = []
        for models in (10, 14, 20, 30, 50, 100, 300, 1000):
            for level in LEVELS:
                for in_accuracy in (1.0, IN_ACCURACY):
                    if level <= in_accuracy:
                        drawn = counts(np.full(sizes, level), models, 10_000, in_accuracy)
                        found += [changes(classify(*drawn, tau=tau)) for tau in (0.05, DEFAULT_TAU)]
        _row(f"{sizes} sizes", found)
    found = [
        changes(classify(*correlated(level, models, 5000, SHARED), tau=tau))
        for models in (20, 50, 200)
        for level in LEVELS
        for tau in (0.05, DEFAULT_TAU)
    ]
    _row("8 sizes that share their luck", found)


def changes(types: np.ndarray) -> list[float]:
    """Return the share of each type in `CHANGES`, then that of any of them."""
    found = [shares(types)[kind] for kind in CHANGES]
    return [*found, sum(found)]


def _row(name: str, found: list[list[float]]) -> None:
    print(f"| {name} | " + " | ".join(f"{worst:.3f}" for worst in np.max(found, axis=0)) + " |")


if __name__ == "__main__":
    power()
    false_positives()
