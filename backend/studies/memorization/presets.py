"""What the memorization study offers to run."""

from collections.abc import Mapping
from typing import Any

from backend.networks.ladders import Family

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist-cpu": {
        "dataset": "mnist",
        "per_class": 1000,
        "label_noise": 0.1,
        "sizes": (4, 16, 64, 256, 1024),
        "models": 100,
        "epochs": 15,
    },
    # Small enough for two cores, and trained long enough that all but the smallest networks fit.
    "cifar10-cpu": {
        "dataset": "cifar10",
        "per_class": 100,
        "image_size": 16,
        "family": Family.CNN_WIDTH,
        "sizes": (4, 8, 16, 32, 64),
        "models": 80,
        "epochs": 60,
        "batch_size": 32,
    },
    "cifar10-gpu": {
        "dataset": "cifar10",
        "per_class": 1000,
        "family": Family.RESNET_DEPTH,
        "sizes": (8, 14, 20, 32),
        "models": 200,
        "epochs": 30,
        "batch_size": 256,
        "learning_rate": 0.4,
        "schedule": "one_cycle",
        "crop": 4,
        "flip": True,
    },
    "paper": {
        "dataset": "cifar100",
        "family": Family.RESNET_DEPTH,
        "models": 400,
        "distillation": True,
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
TITLES = {"mnist-cpu": "MNIST", "cifar10-cpu": "CIFAR-10", "cifar10-gpu": "CIFAR-10 on a GPU"}
