"""Trains one network on each condition, side by side, and follows how it fits (Zhang et al. 2017, Fig. 1)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.networks.architectures import Architecture
from backend.studies.kit.runner import Context
from backend.studies.randomization.conditions import TRUE, Condition, Regularizer
from backend.studies.randomization.facts import Fit, RandomizationFacts
from backend.studies.randomization.params import RandomizationParams, seen
from workers.engine.fit import fit_models
from workers.networks.architectures import is_flat
from workers.studies.randomization.data import fit_data, labels
from workers.studies.randomization.training import CROPS, training


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Train payload["conditions"] with one architecture and regularizer; all start from the same weights."""
    examples = context.examples
    architecture, regularizer = Architecture(payload["architecture"]), Regularizer(payload["regularizer"])
    conditions = [Condition(PixelMode(pixels), p) for pixels, p in payload["conditions"]]
    modes = list(dict.fromkeys(condition.pixels for condition in conditions))
    how = training(params, seen(examples.shape), architecture, regularizer)
    fitted = fit_models(
        how.back_ends,
        fit_data(examples, modes, flat=is_flat(architecture), crops=regularizer in CROPS),
        np.array([modes.index(condition.pixels) for condition in conditions]),
        np.stack([labels(examples, condition.corruption) for condition in conditions]),
        [payload["run"]] * len(conditions),
        params.seed,
        how.recipe,
        np.array([condition == TRUE for condition in conditions]),
        context.progress,
        device=how.device,
        dtype=how.dtype,
    )
    found = []
    for row, condition in enumerate(conditions):
        # A network whose loss has left all bounds ends before that epoch.
        epochs = int(np.isfinite(fitted.loss[row]).sum())
        courses = (fitted.loss, fitted.train_accuracy, fitted.test_accuracy)
        loss, train, test = (_rounded(course[row, :epochs]) for course in courses)
        early = np.isfinite(fitted.early_loss[row])
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
                early_steps=fitted.early_steps[early].tolist(),
                early_loss=_rounded(fitted.early_loss[row, early]),
                early_train=_rounded(fitted.early_accuracy[row, early]),
            )
        )
    return RandomizationFacts(fits=tuple(found)), asdict(fitted.choice)


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.7g}") for value in values]
