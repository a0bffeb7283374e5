"""Trains networks long beyond the epoch at which they are always right (Soudry et al. 2018, Fig. 2)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from backend.studies.kit.runner import Context
from backend.studies.separable.facts import Network, SeparableFacts
from backend.studies.separable.params import MOMENTUM, UNITS, SeparableParams
from backend.studies.separable.plan import CROP, recorded
from workers.engine.device import default_device
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule
from workers.engine.track import track_models
from workers.networks.families import back_ends, split_for

COURSES = {
    "norm": "last_norm",
    "train_loss": "train_loss",
    "train_error": "train_error",
    "test_loss": "test_loss",
    "test_error": "test_error",
}


def run(
    payload: Mapping[str, Any], params: SeparableParams, context: Context
) -> tuple[SeparableFacts, dict[str, Any]]:
    """Train the networks of one block side by side, in float32: gradients must not be rounded away."""
    examples = context.examples
    epochs = recorded(params.epochs)
    runs = range(payload["first"], payload["first"] + payload["count"])
    tracked = track_models(
        back_ends(params.family, params.size, examples.shape, params.hidden_layers, UNITS),
        split_for(params.family, examples),
        list(runs),
        params.seed,
        Recipe(
            epochs=params.epochs,
            batch_size=params.batch_size,
            learning_rate=params.learning_rate,
            momentum=MOMENTUM,
            schedule=Schedule.CONSTANT,
            crop=CROP if params.augment else 0,
            flip=params.augment,
        ),
        epochs,
        context.progress,
        device=default_device(),
        dtype=torch.float32,
    )
    found = tuple(
        Network(
            run=number,
            epochs=epochs,
            **{
                name: [float(f"{value:.7g}") for value in getattr(tracked, course)[row]]
                for name, course in COURSES.items()
            },
        )
        for row, number in enumerate(runs)
    )
    return SeparableFacts(networks=found), asdict(tracked.choice)
