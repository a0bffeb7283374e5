"""Training and reconstruction error over the steps of single runs."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.style import SERIES, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.matrix_factorization.facts import Fit
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import Part

SECTION = "On the way"
Floats = npt.NDArray[np.float64]


class Way(NamedTuple):
    """A run, the steps at which it was looked at, and its errors there: the last are those of its end."""

    fit: Fit
    steps: Floats
    train: Floats
    error: Floats


def ways(found: Factored) -> list[Way]:
    """Return the runs of problem 0 from the fewest observations, with the first learning rate."""
    arrays = found.results.arrays
    if "history" not in arrays:
        return []
    part = Part.COMPLETION if Part.COMPLETION in found.params.parts else Part.SENSING
    observed, lr = found.params.counts()[0], found.params.learning_rates[0]
    drawn = []
    for fit, history in zip(found.facts.fits, arrays["history"], strict=True):
        if (fit.part, fit.problem, fit.observed, fit.lr) == (part, 0, observed, lr):
            seen = np.isfinite(history[:, 0])
            steps = np.append(arrays["history_steps"][seen], fit.steps).astype(float)
            train, error = (
                np.append(history[seen, column], end) for column, end in enumerate((fit.train, fit.error))
            )
            drawn.append(Way(fit, steps, train, error))
    return drawn


@figure(
    "Errors over steps",
    "Problem 1 from the fewest observations: solid lines are the error on all entries, dotted ones the"
    " training error, which ends at one in a million. At depth 2 the training error falls while the error on"
    " all entries stays where it is; deeper products bring both down together.",
    section=SECTION,
    of=lambda params: bool({Part.COMPLETION, Part.SENSING} & set(params.parts)),
)
def training(found: Factored) -> go.Figure | None:
    """Draw errors over steps, a panel for each depth and a color for each initialization."""
    known = ways(found)
    if not known:
        return None
    depths = sorted({way.fit.depth for way in known})
    inits = sorted({way.fit.init for way in known})
    panels = Panels([f"<b>depth {depth}</b>" for depth in depths], height=380, least_px=240)
    x = {"title": {"text": "steps"}, "type": "log", "exponentformat": "power", "dtick": 1}
    y = {"title": {"text": "mean squared error"}, "type": "log", "exponentformat": "power"}
    drawn = blank("Errors over steps", "training", **panels.layout([x], [[y]]))
    traces: list[Any] = []
    for way in sorted(known, key=lambda way: (way.fit.depth, way.fit.init)):
        column = depths.index(way.fit.depth)
        name = f"from {way.fit.init:g}"
        for what, values, dash in (("all entries", way.error, "solid"), ("training", way.train, "dot")):
            traces.append(
                go.Scatter(
                    x=way.steps,
                    y=np.maximum(values, np.finfo(float).tiny),
                    name=name if what == "all entries" else f"{name}, training",
                    legendgroup=name,
                    showlegend=column == 0 and what == "all entries",
                    mode="lines",
                    line={"color": SERIES[inits.index(way.fit.init) % len(SERIES)], "width": 2, "dash": dash},
                    hovertemplate=f"{name}, {what}<br>step %{{x:,}}: %{{y:.2e}}<extra></extra>",
                    **panels.at(0, column),
                )
            )
    drawn.add_traces(traces)
    said = "; ".join(
        f"depth {depth}: {min(w.error[-1] for w in known if w.fit.depth == depth):.1e} to"
        f" {max(w.error[-1] for w in known if w.fit.depth == depth):.1e}"
        for depth in depths
    )
    summarize(drawn, f"Errors on all entries at the end of training. {said}.")
    return drawn


FIGURES: tuple[Figure, ...] = (training,)
