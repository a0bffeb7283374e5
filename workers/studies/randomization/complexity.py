"""Empirical Rademacher complexity: how well classes fit random signs on the user's own data."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from backend.datasets.options import PixelMode
from backend.statistics.seeds import Purpose, generator
from backend.studies.architectures import Architecture, cost
from backend.studies.base import Context
from backend.studies.randomization.conditions import Regularizer
from backend.studies.randomization.facts import Complexity, Facts
from backend.studies.randomization.params import RandomizationParams, crop_reach, seen
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
    """Fit random signs of payload["n"] examples with a perceptron and with least squares.

    h is the sign of a classifier, so a mean of sigma h is 2 x accuracy - 1 of fitting the signs; training
    finds some h of the class, so both are lower bounds of the supremum.
    """
    examples, n = context.examples, payload["n"]
    order = drawn(examples, n, params.seed)
    signs = np.stack(
        [
            generator(params.seed, Purpose.RANDOM_SIGNS, draw).choice((-1, 1), n)
            for draw in range(params.draws)
        ]
    )
    whole = fit_data(examples, [PixelMode.ORIGINAL], flat=True, crops=False)
    data = replace(whole, x=whole.x[:, order], x_test=whole.x[:, :1], y_test=whole.y_test[:1] * 0, classes=2)
    shape, device = replace(seen(examples.shape), n_train=n, n_test=1, classes=2), default_device()
    fitted = fit_models(
        back_ends(Architecture.MLP_1X512, shape, 1),
        data,
        np.zeros(params.draws, np.int64),
        (signs + 1) // 2,
        range(params.draws),
        params.seed,
        recipe(params, Architecture.MLP_1X512, Regularizer.NONE, crop_reach(examples.shape)),
        np.zeros(params.draws, np.bool_),
        context.progress,
        device=device,
        dtype=precision(params.precision, cost(Architecture.MLP_1X512, shape).multiply_adds, device),
    )
    perceptron = [2 * float(row[~np.isnan(row)][-1]) - 1 for row in fitted.train_accuracy]
    # A constant column lets the plane pass anywhere, as the perceptron's biases do.
    x = np.column_stack([numbers(examples, order), np.ones(n)])
    linear = least_squares(
        x, LINEAR_DRAWS, generator(params.seed, Purpose.RANDOM_SIGNS), lambda _: context.progress(1.0)
    )
    return (
        Facts(
            complexities=(
                Complexity("perceptron", n, x.shape[1] - 1, tuple(perceptron)),
                Complexity("linear", n, round(float(linear.leverages.sum())), tuple(linear.signs.tolist())),
            )
        ),
        asdict(fitted.choice),
    )
