"""Empirical Rademacher complexity: how well classes fit random signs on the user's own data."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.statistics.seeds import Purpose, generator
from backend.studies.architectures import Architecture, cost
from backend.studies.base import Context
from backend.studies.randomization.conditions import Regularizer
from backend.studies.randomization.facts import Complexity, Facts
from backend.studies.randomization.params import RandomizationParams, crop_reach, seen
from backend.studies.randomization.plan import SIGN_EXAMPLES
from workers.engine.device import default_device
from workers.engine.fit import fit_models
from workers.studies.architectures import back_ends
from workers.studies.families import precision
from workers.studies.randomization.data import drawn, fit_data, numbers
from workers.studies.randomization.fits import recipe
from workers.theory.complexity import least_squares

LINEAR_DRAWS = 50  # they share one factorization, so many cost little


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[Facts, dict[str, Any]]:
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
    return Facts(complexities=tuple(found)), engine


def _perceptron(
    params: RandomizationParams, context: Context, chosen: npt.NDArray[np.int64]
) -> tuple[tuple[float, ...], dict[str, Any]]:
    """Return the means of sigma h of one network per draw, and how they were trained."""
    examples, n = context.examples, len(chosen)
    draws = range(params.draws)
    signs = np.stack([generator(params.seed, Purpose.RANDOM_SIGNS, k).choice((-1, 1), n) for k in draws])
    whole = fit_data(examples, [PixelMode.ORIGINAL], flat=True, crops=False)
    data = replace(whole, x=whole.x[:, chosen], x_test=whole.x[:, :1], y_test=whole.y_test[:1] * 0, classes=2)
    shape, device = replace(seen(examples.shape), n_train=n, n_test=1, classes=2), default_device()
    fitted = fit_models(
        back_ends(Architecture.MLP_1X512, shape),
        data,
        np.zeros(params.draws, np.int64),
        (signs + 1) // 2,
        draws,
        params.seed,
        recipe(params, Architecture.MLP_1X512, Regularizer.NONE, crop_reach(examples.shape)),
        np.zeros(params.draws, np.bool_),
        lambda done: context.progress((1 + done) / 2),
        device=device,
        dtype=precision(params.precision, cost(Architecture.MLP_1X512, shape).multiply_adds, device),
    )
    accuracies = (float(row[~np.isnan(row)][-1]) for row in fitted.train_accuracy)
    return tuple(2 * accuracy - 1 for accuracy in accuracies), asdict(fitted.choice)
