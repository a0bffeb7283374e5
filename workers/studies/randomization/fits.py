"""Trains one network on each condition, side by side, and follows how it fits (Zhang et al. 2017, Fig. 1)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.studies.architectures import Architecture, cost
from backend.studies.base import Context
from backend.studies.randomization.conditions import TRUE, Condition, Regularizer
from backend.studies.randomization.facts import Facts, Fit
from backend.studies.randomization.params import (
    DROPOUT,
    MOMENTUM,
    ROTATION,
    RandomizationParams,
    crop_reach,
    seen,
)
from workers.engine.device import default_device
from workers.engine.fit import fit_models
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule
from workers.studies.architectures import back_ends, is_flat
from workers.studies.families import precision
from workers.studies.randomization.data import fit_data, labels

CROPS = {Regularizer.CROP, Regularizer.CROP_AND_DECAY, Regularizer.AUGMENTATION}
DECAYS = {Regularizer.WEIGHT_DECAY, Regularizer.CROP_AND_DECAY}


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[Facts, dict[str, Any]]:
    """Train payload["conditions"] with one architecture and regularizer; all start from the same weights."""
    examples = context.examples
    architecture, regularizer = Architecture(payload["architecture"]), Regularizer(payload["regularizer"])
    conditions = [Condition(PixelMode(pixels), p) for pixels, p in payload["conditions"]]
    modes = list(dict.fromkeys(condition.pixels for condition in conditions))
    shape, device = seen(examples.shape), default_device()
    fitted = fit_models(
        back_ends(
            architecture, shape, params.reduction, DROPOUT if regularizer is Regularizer.DROPOUT else 0.0
        ),
        fit_data(examples, modes, flat=is_flat(architecture), crops=regularizer in CROPS),
        np.array([modes.index(condition.pixels) for condition in conditions]),
        np.stack([labels(examples, condition.corruption) for condition in conditions]),
        [payload["run"]] * len(conditions),
        params.seed,
        recipe(params, architecture, regularizer, crop_reach(examples.shape)),
        np.array([condition == TRUE for condition in conditions]),
        context.progress,
        device=device,
        dtype=precision(params.precision, cost(architecture, shape, params.reduction).multiply_adds, device),
    )
    found = []
    for row, condition in enumerate(conditions):
        # A network whose loss has left all bounds ends before that epoch.
        epochs = int(np.isfinite(fitted.loss[row]).sum())
        courses = (fitted.loss, fitted.train_accuracy, fitted.test_accuracy)
        loss, train, test = (_rounded(course[row, :epochs]) for course in courses)
        found.append(
            Fit(
                architecture=architecture,
                regularizer=regularizer,
                pixels=condition.pixels,
                corruption=condition.corruption,
                run=payload["run"],
                steps_per_epoch=fitted.steps_per_epoch,
                loss=loss,
                train=train,
                test=test,
            )
        )
    return Facts(fits=tuple(found)), asdict(fitted.choice)


def recipe(
    params: RandomizationParams, architecture: Architecture, regularizer: Regularizer, reach: int
) -> Recipe:
    """Return how an architecture is trained; crops move by up to `reach` pixels to either side."""
    augmented = regularizer is Regularizer.AUGMENTATION
    return Recipe(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.rate(architecture),
        momentum=MOMENTUM,
        weight_decay=params.weight_decay if regularizer in DECAYS else 0.0,
        schedule=Schedule.CONSTANT,
        decay=params.decay,
        crop=reach if regularizer in CROPS else 0,
        flip=augmented,
        rotation=ROTATION if augmented else 0.0,
    )


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.7g}") for value in values]
