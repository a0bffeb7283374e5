"""Empirical Rademacher complexity: how well classes fit random signs on the user's own data."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.runner import Context
from backend.studies.randomization.facts import Complexity, RandomizationFacts
from backend.studies.randomization.params import RandomizationParams, seen
from backend.studies.randomization.plan import SIGN_EXAMPLES
from backend.theory.complexity import least_squares
from workers.engine.fit import FitData, fit_models
from workers.studies.randomization.data import center_crops, drawn, numbers
from workers.studies.randomization.training import training

LINEAR_DRAWS = 50  # they share one factorization, so many cost little


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Fit random signs of payload["n"] examples with least squares and, of few examples, with a perceptron.

    h is the sign of a classifier, so a mean of sigma h is 2 x accuracy - 1 of fitting the signs; each finds
    some h of its class, so both are lower bounds of the supremum.
    """
    examples, n = context.examples, payload["n"]
    chosen = drawn(examples, n)
    # A constant column lets the plane pass anywhere, as the perceptron's biases do.
    x = np.column_stack([numbers(examples, chosen), np.ones(n)])
    rng = generator(params.seed, Purpose.RANDOM_SIGNS)
    linear = least_squares(x, LINEAR_DRAWS, rng, lambda done: context.progress(done / 2))
    rank = round(float(linear.leverages.sum()))
    found = [Complexity("linear", n, rank, tuple(linear.signs.tolist()))]
    engine: dict[str, Any] = {}
    if n <= SIGN_EXAMPLES:
        values, engine = _perceptron(params, context, chosen)
        found.append(Complexity("perceptron", n, x.shape[1] - 1, values))
    return RandomizationFacts(complexities=tuple(found)), engine


def _perceptron(
    params: RandomizationParams, context: Context, chosen: npt.NDArray[np.int64]
) -> tuple[tuple[float, ...], dict[str, Any]]:
    """Return the means of sigma h of one network per draw, and how they were trained."""
    examples, n = context.examples, len(chosen)
    draws = range(params.draws)
    signs = np.stack([generator(params.seed, Purpose.RANDOM_SIGNS, k).choice((-1, 1), n) for k in draws])
    images = center_crops(examples)[chosen].transpose(0, 3, 1, 2)[None]
    how = training(params, replace(seen(examples.shape), n_train=n, n_test=1, classes=2))
    fitted = fit_models(
        how.back_ends,
        # Nothing is asked of a test set; one image stands for it.
        FitData(images, images[:, :1], np.zeros(1, np.int64), classes=2, flat=True),
        np.zeros(params.draws, np.int64),
        (signs + 1) // 2,
        draws,
        params.seed,
        how.recipe,
        np.zeros(params.draws, np.bool_),
        lambda done: context.progress((1 + done) / 2),
        device=how.device,
        dtype=how.dtype,
    )
    accuracies = (float(row[~np.isnan(row)][-1]) for row in fitted.train_accuracy)
    return tuple(2 * accuracy - 1 for accuracy in accuracies), asdict(fitted.choice)
