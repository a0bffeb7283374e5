"""What the memorization study offers to run."""

from collections.abc import Mapping
from typing import Any

from backend.networks.ladders import Family

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist": {
        "dataset": "mnist",
        "per_class": 1000,
        "label_noise": 0.1,
        "sizes": (4, 16, 64, 256, 1024),
        "models": 100,
        "epochs": 15,
    },
    "cifar10": {
        "dataset": "cifar10",
        "per_class": 500,
        "label_noise": 0.1,
        "family": Family.CNN_WIDTH,
        "sizes": (4, 8, 16, 32),
        "models": 60,
        "epochs": 20,
    },
    "paper": {
        "dataset": "cifar100",
        "family": Family.RESNET_DEPTH,
        "models": 400,
        "epochs": 450,
        "batch_size": 1024,
        "learning_rate": 1.0,
        "schedule": "step",
        "warmup_epochs": 15,
        "nesterov": True,
        "weight_decay": 1e-4,
        "crop": 4,
        "flip": True,
    },
}
TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
