"""The bridge to the main study: memorization scores of the same examples under corrupted labels."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.ranking import auroc
from backend.statistics.subsets import subset_masks
from backend.studies.kit.runner import Context
from backend.studies.randomization.facts import Bridge, RandomizationFacts
from backend.studies.randomization.params import RandomizationParams, seen
from backend.studies.randomization.plan import SUBSET_FRACTION
from workers.engine.train import train_models
from workers.networks.families import standardized
from workers.studies.randomization.data import center_crops, labels
from workers.studies.randomization.training import training

BINS = 20


def run(
    payload: Mapping[str, Any], params: RandomizationParams, context: Context
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Train perceptrons on subsets of the examples under labels corrupted with payload["corruption"]."""
    examples, n = context.examples, context.examples.n_train
    given = labels(examples, payload["corruption"])
    masks = subset_masks(params.seed, n, SUBSET_FRACTION, 0, params.models)
    how = training(params, seen(examples.shape))
    bank = train_models(
        how.back_ends,
        standardized(center_crops(examples), given, examples, flat=True),
        masks,
        range(params.models),
        params.seed,
        how.recipe,
        context.progress,
        device=how.device,
        dtype=how.dtype,
    )
    right = bank.train_predictions == given
    inside = (right & masks).sum(axis=0) / masks.sum(axis=0)
    outside = (right & ~masks).sum(axis=0) / (~masks).sum(axis=0)
    changed = given != examples.labels[:n]
    bridge = _bridge(inside - outside, changed, payload["corruption"], params.models)
    return (
        RandomizationFacts(
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
