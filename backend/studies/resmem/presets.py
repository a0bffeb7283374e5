"""What the ResMem study offers to run, and where experiments depart from the paper."""

from collections.abc import Mapping
from typing import Any

from backend.networks.ladders import Family
from backend.studies.kit.departures import Departure, Departures, on_images
from backend.studies.resmem.params import ResMemParams

# As it is recalled: the rate falls at other epochs there, and what was tried for k, sigma and T is not known.
PAPER: Mapping[str, Any] = {
    "dataset": "cifar100",
    "family": Family.RESNET_DEPTH,
    "sizes": (8, 14, 20, 32, 44, 56),
    "runs": 5,
    "shares": (0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
    "heldout": 0.1,
    "neighbors": (1, 5, 20, 53, 100),
    "bandwidths": (0.05, 0.1, 0.2, 0.5, 1.0),
    "temperatures": (1.0, 1.4, 2.0),
    "epochs": 256,
    "batch_size": 128,
    "learning_rate": 0.4,
    "schedule": "step",
    "warmup_epochs": 15,
    "weight_decay": 1e-4,
    "crop": 4,
    "flip": True,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist": {
        "dataset": "mnist",
        "sizes": (1, 2, 4, 8),
        "runs": 5,
        "shares": (0.1, 0.3, 1.0),
        "heldout": 0.1,
        "epochs": 3,
        "batch_size": 128,
    },
    "cifar10": {
        "dataset": "cifar10",
        "family": Family.RESNET_DEPTH,
        "sizes": (8, 14, 20, 32),
        "runs": 5,
        "shares": (0.1, 0.3, 1.0),
        "heldout": 0.1,
        "neighbors": (1, 5, 20, 53, 100),
        "bandwidths": (0.05, 0.1, 0.2, 0.5, 1.0),
        "epochs": 30,
        "batch_size": 256,
        "learning_rate": 0.4,
        "schedule": "one_cycle",
        "weight_decay": 1e-4,
        "crop": 4,
        "flip": True,
    },
    "paper": PAPER,
}
TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10 on a GPU"}


def _scope(params: ResMemParams) -> tuple[str, ...]:
    return (
        "ImageNet and language models are not run",
        "k, sigma and T are chosen on held-out examples for each network; the paper has one choice for all,"
        " found in a way that is not available",
        f"{params.heldout:.0%} of the training set is held out",
        "the step schedule falls at 4/9, 6/9 and 8/9 of the epochs; the paper's at 96, 192 and 224 of 256"
        " (recalled)",
        "smaller shares of the training set take as many steps; what the paper does is not available",
    )


DEPARTURES = Departures(
    paper=ResMemParams.model_validate(PAPER),
    settings=(
        *on_images("CIFAR-100"),
        Departure(
            ("family",), lambda ours, _: f"{ours.family.value.replace('_', ' by ')} instead of ResNets"
        ),
        Departure(
            ("sizes",),
            lambda ours, paper: f"sizes {_told(ours.sizes)} instead of {_told(paper.sizes)}",
            of=lambda ours, paper: ours.family is paper.family,
        ),
        Departure(
            ("runs",), lambda ours, paper: f"{ours.runs} networks of each size instead of {paper.runs}"
        ),
        Departure(
            ("shares",), lambda ours, paper: f"shares {_told(ours.shares)} instead of {_told(paper.shares)}"
        ),
        Departure(
            ("neighbors", "bandwidths", "temperatures", "heldout"),
            lambda ours, _: (
                f"k of {_told(ours.neighbors)}, sigma of {_told(ours.bandwidths)} and T of"
                f" {_told(ours.temperatures)} tried on {ours.heldout / 2:.0%} of the training set"
            ),
        ),
        Departure(
            (
                "epochs",
                "batch_size",
                "learning_rate",
                "schedule",
                "warmup_epochs",
                "weight_decay",
                "crop",
                "flip",
            ),
            lambda ours, paper: (
                f"{ours.epochs} epochs in batches of {ours.batch_size} at a rate of"
                f" {ours.learning_rate:g} instead of {paper.epochs}, {paper.batch_size},"
                f" {paper.learning_rate:g}, or another schedule, decay or augmentation"
            ),
        ),
    ),
    scope=_scope,
)


def _told(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
