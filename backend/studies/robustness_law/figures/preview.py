"""The small drawing on an experiment's card: of the first part that has results."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from backend.figures.style import COLORS
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import JUDGED, cells, grouped
from backend.studies.robustness_law.params import Data

STRONG, WEAK = COLORS["memorization"], COLORS["in_accuracy"]
V = TypeVar("V")


def preview(found: Lawful) -> dict[str, Any] | None:
    """Return mean gradients over sqrt(n / k) or sqrt(d), or the memorized share over the share of data."""
    facts = found.facts
    if sizes := cells(facts.fitted(Data.LAW)):
        nets = sizes.get(JUDGED) or next(iter(sizes.values()))
        steep = _means("maximum random gradient", STRONG, nets, lambda net: net.ratio, lambda net: net.slope)
        law = {"name": "√(n / k)", "color": WEAK, "x": steep["x"], "y": steep["x"]}
        return _drawn("√(n / k)", "gradient", [steep, law])
    regimes = {"k = n": Data.AS_MANY, "k = 10 n/d": Data.JUST_ENOUGH}
    if facts.fitted(*regimes.values()):
        lines = [
            _means(name, color, nets, lambda net: net.d**0.5, lambda net: net.slope)
            for (name, data), color in zip(regimes.items(), (WEAK, STRONG), strict=True)
            if (nets := facts.fitted(data))
        ]
        return _drawn("√d", "gradient", lines)
    if facts.joints:
        share = _means("memorized", STRONG, facts.joints, lambda one: one.fraction, lambda one: one.memorized)
        return _drawn("share of data", "share of flipped labels", [share])
    return None


def _means(
    name: str, color: str, values: Sequence[V], x: Callable[[V], float], y: Callable[[V], float]
) -> Mapping[str, Any]:
    by = grouped(values, x)
    return {
        "name": name,
        "color": color,
        "x": list(by),
        "y": [float(np.mean([y(value) for value in same])) for same in by.values()],
    }


def _drawn(x_title: str, y_title: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"kind": "lines", "x_title": x_title, "y_title": y_title, "lines": [dict(one) for one in lines]}
