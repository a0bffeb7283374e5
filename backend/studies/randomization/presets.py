"""What the randomization study offers to run."""

from collections.abc import Mapping
from typing import Any

from backend.networks.architectures import Architecture
from backend.studies.randomization.paper import CORRUPTIONS
from backend.studies.randomization.params import Part

PAPER: Mapping[str, Any] = {
    "dataset": "cifar10",
    "per_class": None,
    "architectures": tuple(Architecture),
    "corruptions": CORRUPTIONS,
    "runs": 1,
    "epochs": 100,
    "batch_size": 128,
    "learning_rate": 0.01,
    "decay": 0.95,
    "kernel_examples": 20_000,
}
_PERCEPTRONS: Mapping[str, Any] = {
    "architectures": (Architecture.MLP_1X512, Architecture.MLP_3X512),
    "corruptions": CORRUPTIONS,
    "runs": 3,
    "epochs": 100,
    "batch_size": 64,
    "learning_rate": 0.01,
    "decay": 0.98,
}
# Fewer examples mean fewer steps per epoch: the rate must not fall as fast.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist": {
        "dataset": "mnist",
        "per_class": 200,
        **_PERCEPTRONS,
    },
    "cifar10": {
        "dataset": "cifar10",
        "per_class": 500,
        **_PERCEPTRONS,
        "kernel_examples": 5000,
    },
    "theory": {  # what needs no training takes more examples than what does
        "dataset": "mnist",
        "per_class": None,
        "parts": (Part.FINITE_SAMPLE, Part.LINEAR, Part.COMPLEXITY),
        "kernel_examples": 10_000,
    },
    "paper": PAPER,
}


TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
