"""The bridge to the main study: memorization scores of the same examples under corrupted labels."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.ranking import auroc
from backend.statistics.subsets import subset_masks
from backend.studies.architectures import Architecture, cost
from backend.studies.base import Context
from backend.studies.randomization.conditions import Regularizer
from backend.studies.randomization.facts import Bridge, Facts
from backend.studies.randomization.params import RandomizationParams, crop_reach, seen
from backend.studies.randomization.plan import SUBSET_FRACTION
from workers.engine.data import Split
from workers.engine.device import default_device
from workers.engine.train import train_models
from workers.studies.architectures import back_ends
from workers.studies.families import precision
from workers.studies.randomization.data import center_crops, labels
from workers.studies.randomization.fits import recipe

BINS = 20


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[Facts, dict[str, Any]]:
    """Train perceptrons on subsets of the examples under labels corrupted with payload["corruption"]."""
    examples, n = context.examples, context.examples.n_train
    given = labels(examples, payload["corruption"])
    shape, device = seen(examples.shape), default_device()
    masks = subset_masks(params.seed, n, SUBSET_FRACTION, 0, params.models)
    crops = center_crops(examples).transpose(0, 3, 1, 2)
    mean, sd = (moment[:, None, None] for moment in examples.moments)
    bank = train_models(
        back_ends(Architecture.MLP_1X512, shape, 1),
        Split(
            x=crops[:n],
            y=given,
            x_test=crops[n:],
            y_test=examples.labels[n:],
            classes=len(examples.classes),
            mean=mean,
            sd=np.where(sd > 0, sd, 1.0),
            flat=True,
        ),
        masks,
        range(params.models),
        params.seed,
        recipe(params, Architecture.MLP_1X512, Regularizer.NONE, crop_reach(examples.shape)),
        context.progress,
        device=device,
        dtype=precision(params.precision, cost(Architecture.MLP_1X512, shape).multiply_adds, device),
    )
    right = bank.train_predictions == given
    inside = (right & masks).sum(axis=0) / masks.sum(axis=0)
    outside = (right & ~masks).sum(axis=0) / (~masks).sum(axis=0)
    changed = given != examples.labels[:n]
    bridge = _bridge(inside - outside, changed, payload["corruption"], params.models)
    return (
        Facts(
            bridges=(
                Bridge(
                    subset_accuracy=float(bank.subset_accuracy[:, -1].mean()),
                    heldout_accuracy=float(bank.heldout_accuracy[:, -1].mean()),
                    **bridge,
                ),
            )
        ),
        asdict(bank.choice),
    )


def _bridge(
    scores: npt.NDArray[np.float64], changed: npt.NDArray[np.bool_], corruption: float, models: int
) -> dict[str, Any]:
    """Return how scores (n,) tell changed labels (n,) from the others."""
    count = int(changed.sum())
    edges = np.linspace(min(float(scores.min()), 0.0), 1, BINS + 1)
    both = count >= 2 and len(scores) - count >= 2
    return {
        "corruption": corruption,
        "models": models,
        "n": len(scores),
        "changed": count,
        "found": found_on_top(scores, changed),
        "auroc": auroc(scores, changed).value if both else None,
        "mean": float(scores.mean()),
        "edges": edges.tolist(),
        "clean": np.histogram(scores[~changed], edges)[0].tolist(),
        "corrupted": np.histogram(scores[changed], edges)[0].tolist(),
    }


def found_on_top(scores: npt.NDArray[np.float64], changed: npt.NDArray[np.bool_]) -> float:
    """Return how many changed labels are among as many top scores; of ties at the end their share counts."""
    count = int(changed.sum())
    if count == 0:
        return 0.0
    last = np.sort(scores)[-count]
    above, tied = scores > last, scores == last
    return float(changed[above].sum() + (count - above.sum()) * changed[tied].mean())
