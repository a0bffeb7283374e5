"""Closed forms at settings of the paper's own: its numbers, and identities that hold whatever is sampled."""

from collections.abc import Callable, Mapping

import numpy as np

from backend.studies.long_tail.facts import Identities, Number
from backend.theory.enumeration import enumerate_samples
from backend.theory.long_tail import (
    cost,
    error_when_limited,
    error_when_private,
    error_when_unfitted,
    expected_mass,
    expected_points,
    opt,
    tau,
    tau_ceiling,
    tau_floor,
)
from backend.theory.priors import Prior, bimodal, zipf

CLASSES = 10
N = 50_000  # points and samples
GAMMA = 0.5  # limit on memorization in the paper's example of subgroups
SUBGROUPS = ((5000, 50_000), (5000, 10_000), (25_000, 50_000))  # points N and samples n
GRID = tuple(
    (s, *sizes) for s in (0.5, 0.8, 1, 1.5, 2) for sizes in ((1000, 1000), (50_000, 5000), (5000, 50_000))
)
WITHOUT_TAIL = ((20, 10**6, 1000), (20, 10**6, 100), (5, 10**5, 1000))  # frequent points, others, samples
FEW = (5, 6)  # points and samples that are gone through one by one


def _opt(points: int, n: int) -> float:
    return float(opt(zipf(points, 1), n, CLASSES))


def _limited(points: int, n: int) -> float:
    return float(cost(zipf(points, 1), n, error_when_limited(CLASSES, GAMMA)))


def _of_subgroup(number: int) -> Mapping[str, Callable[[], float]]:
    points, n = SUBGROUPS[number]
    return {
        f"subgroup_{number + 1}_opt": lambda: _opt(points, n),
        f"subgroup_{number + 1}_cost": lambda: _limited(points, n),
    }


NUMBERS: Mapping[str, Callable[[], float]] = {
    "scaled_tau": lambda: N * float(tau(zipf(N, 1), N, 1)),
    "least_frequency": lambda: N * float(zipf(N, 1).frequencies[-1]),
    "singletons": lambda: float(expected_points(zipf(N, 1), N, 1)) / N,
    "opt": lambda: _opt(N, N),
    "excess": lambda: float(cost(zipf(N, 1), N, error_when_unfitted(CLASSES))),
    **_of_subgroup(0),
    **_of_subgroup(1),
    **_of_subgroup(2),
}


def numbers() -> tuple[Number, ...]:
    """Return the paper's numbers as we compute them."""
    return tuple(Number(key, compute()) for key, compute in NUMBERS.items())


def identities(prior: Prior, n: int) -> Identities:
    """Return what must hold: some at the paper's settings, Good and Turing's under this prior."""
    tails = [(zipf(points, exponent), samples) for exponent, points, samples in GRID]
    without = ((bimodal(heavy, light, 0.5), samples) for heavy, light, samples in WITHOUT_TAIL)
    long = zipf(N, 1)
    prices = [
        float(cost(long, N, error))
        for error in (error_when_limited(CLASSES, GAMMA), error_when_private(CLASSES, np.log(6)))
    ]
    # It fits what it has seen, and guesses among the classes elsewhere.
    few = enumerate_samples(
        zipf(FEW[0], 1).each(), FEW[1], lambda counts: np.where(counts > 0, 1.0, 1 / CLASSES)
    )
    return Identities(
        floor=min(
            float(tau(prior, n, 1)) / tau_floor(prior, n) for prior, n in tails if tau_floor(prior, n) > 0
        ),
        ceiling=max(float(tau(prior, n, 1)) / tau_ceiling(prior, n) for prior, n in without),
        turing=float(expected_points(prior, n, 1)) / n - float(expected_mass(prior, n - 1, 0)),
        prices=prices[0] - prices[1],
        memorization=few.memorization,
        gap=few.gap,
        scores=tuple((few.by_multiplicity / few.share).tolist()),
    )
