"""What the separable study offers to run."""

from collections.abc import Mapping
from typing import Any

from backend.networks.ladders import Family

PAPER: Mapping[str, Any] = {
    "dataset": "cifar10",
    "per_class": None,
    "steps": 1_000_000,
    "family": Family.RESNET_DEPTH,
    "size": 44,
    "networks": 3,
    "epochs": 4000,
    "batch_size": 256,
    "learning_rate": 0.1,
    "augment": True,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "long": {"steps": 1_000_000, "draws": 5, "networks": 10, "epochs": 4000},
    "paper": PAPER,
}
TITLES = {"long": "Ten times as long"}
