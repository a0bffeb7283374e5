"""What the matrix factorization study offers to run."""

from collections.abc import Mapping
from typing import Any

_PAPERS: Mapping[str, Any] = {
    "size": 100,
    "rank": 5,
    "observed": (0.2, 0.5),
    "most_steps": 1_000_000,
    "dynamics_steps": 30_000,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "sensing": {"parts": ("sensing",), "size": 40, "problems": 5},
    "grid": {**_PAPERS, "parts": ("completion",), "learning_rates": (1e-3,), "problems": 1},
    "paper": {
        **_PAPERS,
        "parts": ("completion", "sensing", "dynamics", "conjecture"),
        "inits": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
        "learning_rates": (1e-3, 3e-4),
        "problems": 3,
    },
}
TITLES = {"sensing": "From measurements", "grid": "Figs. 1 and 2"}
