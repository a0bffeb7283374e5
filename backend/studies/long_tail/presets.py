"""What the long-tail study offers to run."""

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "no_tail": {"prior": "bimodal", "points": 100_000, "samples": 1000, "heavy": 20, "mass": 0.5},
    "paper": {
        "points": 50_000,
        "samples": 50_000,
        "dimensions": (20, 100, 400, 1000, 2000),
        "tightness": (0.3, 0.5, 0.7, 0.9),
    },
}
TITLES = {"no_tail": "Singletons without a tail"}
