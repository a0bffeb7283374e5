"""The randomization study's figures: which there are, to which part each belongs, and what draws it."""

from collections.abc import Callable, Mapping

import plotly.graph_objects as go

from backend.studies.randomization import (
    figures_bridge,
    figures_complexity,
    figures_corruption,
    figures_finite_sample,
    figures_fitting,
    figures_linear,
    figures_regularizers,
)
from backend.studies.randomization.facts import Facts
from backend.studies.randomization.figures_fitting import preview
from backend.studies.randomization.params import Part

__all__ = ["INFOS", "OF_PART", "builders", "preview"]

_OF_PART = {
    Part.FITTING: figures_fitting.INFOS,
    Part.CORRUPTION: figures_corruption.INFOS,
    Part.REGULARIZERS: figures_regularizers.INFOS,
    Part.FINITE_SAMPLE: figures_finite_sample.INFOS,
    Part.LINEAR: figures_linear.INFOS,
    Part.COMPLEXITY: figures_complexity.INFOS,
    Part.MEMORIZATION: figures_bridge.INFOS,
}
INFOS = tuple(info for infos in _OF_PART.values() for info in infos)
OF_PART: Mapping[str, tuple[str, ...]] = {
    part: tuple(info.name for info in infos) for part, infos in _OF_PART.items()
}


def builders(facts: Facts, reduction: int, classes: int) -> Mapping[str, Callable[[], go.Figure]]:
    """Return a builder for every name in `INFOS`.

    `reduction` divides the widths of convolutional networks; `classes` is how many labels there are.
    """
    return {
        "fitting": lambda: figures_fitting.fitting(facts, reduction),
        "fitting_test": lambda: figures_fitting.fitting_test(facts, reduction, classes),
        "overfit_time": lambda: figures_corruption.overfit_time(facts, reduction),
        "test_error": lambda: figures_corruption.test_error(facts, reduction, classes),
        "regularizers": lambda: figures_regularizers.regularizers(facts, reduction),
        "imagenet": figures_regularizers.imagenet,
        "early_stopping": lambda: figures_regularizers.early_stopping(facts, reduction),
        "finite_sample": lambda: figures_finite_sample.finite_sample(facts),
        "triangular": lambda: figures_finite_sample.triangular(facts),
        "conditioning": lambda: figures_finite_sample.conditioning(facts),
        "minimum_norm": lambda: figures_linear.minimum_norm(facts),
        "kernel": lambda: figures_linear.kernel(facts),
        "norms": lambda: figures_linear.norms(facts),
        "kernel_table": lambda: figures_linear.kernel_table(facts),
        "complexity": lambda: figures_complexity.complexity(facts),
        "bridge": lambda: figures_bridge.bridge(facts),
        "bridge_found": lambda: figures_bridge.bridge_found(facts),
    }
