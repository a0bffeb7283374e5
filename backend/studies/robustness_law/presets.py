"""What the study on the law of robustness offers to run."""

from collections.abc import Mapping
from typing import Any

from backend.studies.robustness_law.params import Part

# As many networks as in Fig. 2, whose own sizes are not given.
PAPER: Mapping[str, Any] = {
    "parts": (Part.LAW, Part.REGIMES),
    "examples": (100, 200, 400, 600, 1000, 1200, 1500, 2000),
    "dimensions": (50, 100, 200, 400, 1000, 2000),
    "ratios": (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0),
    "networks": 3,
    "regime_examples": 10_000,
    "regime_dimensions": (10, 30, 100, 200, 500, 1000, 2000, 3000, 4000, 5000),
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "grid": {
        "parts": (Part.LAW,),
        "examples": (100, 200, 400, 800),
        "dimensions": (50, 100, 200, 400),
        "networks": 3,
    },
    "fig3": {
        "parts": (Part.REGIMES,),
        "regime_examples": 2000,
        "regime_dimensions": (20, 40, 80, 160, 320, 640, 1000),
    },
    "together": {"parts": (Part.TOGETHER,), "networks": 32},
    "paper": PAPER,
}
TITLES = {
    "grid": "A grid of 225 networks",
    "fig3": "Two regimes, to 1,000 dimensions",
    "together": "Three measures, 288 networks",
}
