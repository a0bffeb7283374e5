"""Somebody's own matrix: how well what was held out is filled in, on the way and in the end."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.curves import log_axis
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, band, blank, summarize
from backend.statistics.intervals import t_interval
from backend.studies.kit.figures import Figure, figure
from backend.studies.matrix_factorization.facts import Brought
from backend.studies.matrix_factorization.figures.recovery import colored
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import MatrixFactorizationParams

SECTION = "Your own matrix"
ENDED, BEST = COLORS["memorization"], COLORS["test_accuracy"]
CORNER = 120  # rows and columns of a matrix that are drawn
LEAST = "least nuclear norm"


def _brought(params: MatrixFactorizationParams) -> bool:
    return params.matrix is not None


def named(depth: int) -> str:
    """Say what a completion was made by."""
    return f"depth {depth}" if depth else LEAST


def by_depth(found: Factored) -> dict[int, list[Brought]]:
    """Return the completions by depth, the least nuclear norm first."""
    depths = sorted({each.depth for each in found.facts.brought})
    return {depth: [each for each in found.facts.brought if each.depth == depth] for depth in depths}


def typical(runs: Sequence[Brought], quantity: str) -> npt.NDArray[np.float64]:
    """Return root mean squared errors (splits,) in the units of the matrix."""
    return np.array([run.unit * np.sqrt(getattr(run, quantity)) for run in runs])


@figure(
    "How well held-out entries are filled in",
    "Root mean squared error on the known entries that were held out, in the units of your matrix, at the"
    " end and where it was smallest on the way. Dots are splits, bars 95 % intervals over them. The dashed"
    " line is what filling in the mean everywhere gives. If the smallest error lies well below the last one,"
    " your matrix is noisy: stop early.",
    section=SECTION,
    of=_brought,
)
def held_out(found: Factored) -> go.Figure | None:
    """Draw errors by depth."""
    table = by_depth(found)
    if not table:
        return None
    places = [named(depth) for depth in table]
    drawn = blank(
        f"Error on held-out entries · {found.params.held_out:.0%} of the known",
        "held-out",
        xaxis={"type": "category"},
        yaxis={"title": {"text": "root mean squared error"}, "rangemode": "tozero"},
    )
    unit = float(np.mean([run.unit for run in found.facts.brought]))
    drawn.add_scatter(
        x=places,
        y=[unit] * len(places),
        name="the mean everywhere",
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash"},
    )
    for quantity, name, color in (("held_out", "at the end", ENDED), ("best", "smallest on the way", BEST)):
        values = [typical(runs, quantity) for runs in table.values()]
        means = np.array([each.mean() for each in values])
        limits = np.array([t_interval(each.tolist()) for each in values])
        known = np.isfinite(limits).all(axis=1)
        drawn.add_scatter(
            x=places,
            y=means,
            name=name,
            mode="markers",
            marker={"color": color, "size": 10, "symbol": "diamond"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": np.where(known, limits[:, 1] - means, 0),
                "arrayminus": np.where(known, means - limits[:, 0], 0),
            },
        )
        drawn.add_scatter(
            x=[place for place, each in zip(places, values, strict=True) for _ in each],
            y=np.concatenate(values),
            name=f"{name}, splits",
            mode="markers",
            marker={"color": color, "size": 5, "opacity": 0.6},
            showlegend=False,
        )
    told = "; ".join(f"{named(depth)} {typical(runs, 'best').mean():.4g}" for depth, runs in table.items())
    summarize(drawn, f"Smallest errors: {told}. The mean everywhere has {unit:.4g}.")
    return drawn


@figure(
    "Errors on the way",
    "Mean squared error over steps, relative to the variance of what is trained on: on held-out entries, with"
    " bands from the lowest to the highest split, and dotted on the entries trained on.",
    section=SECTION,
    of=_brought,
)
def on_the_way(found: Factored) -> go.Figure | None:
    """Draw held-out and training error over steps, a color for each depth."""
    arrays = found.results.arrays
    depths = [depth for depth in by_depth(found) if f"yours_curves_{depth}" in arrays]
    if not depths:
        return None
    drawn = blank(
        "Errors over steps",
        "on-the-way",
        xaxis=log_axis("step"),
        yaxis=log_axis("error / variance"),
    )
    for depth in depths:
        curves, steps = arrays[f"yours_curves_{depth}"], arrays[f"yours_steps_{depth}"]
        on = np.isfinite(curves).all(axis=(0, 2))
        x, fit, error = steps[on].tolist(), curves[:, on, 0], curves[:, on, 1]
        look, name = colored(depth), named(depth)
        color = look["line"]["color"]
        if len(error) > 1:
            low, high = error.min(axis=0).tolist(), error.max(axis=0).tolist()
            drawn.add_trace(band(x, low, high, color, name))
        drawn.add_scatter(
            x=x, y=error.mean(axis=0), name=name, legendgroup=name, mode="lines", line=look["line"]
        )
        drawn.add_scatter(
            x=x,
            y=fit.mean(axis=0),
            name=f"{name}, trained on",
            legendgroup=name,
            mode="lines",
            line={"color": color, "dash": "dot", "width": 1.5},
        )
    told = "; ".join(
        f"{named(depth)} after {np.mean([run.best_step for run in by_depth(found)[depth]]):,.0f} steps"
        for depth in depths
    )
    summarize(drawn, f"The held-out error is smallest: {told}.")
    return drawn


@figure(
    "Your matrix, completed",
    f"What is known, and what each depth fills in where its held-out error is smallest, in the first split:"
    f" the first {CORNER} rows and columns. All of it is in the arrays of the experiment, in your units.",
    section=SECTION,
    of=_brought,
)
def completed(found: Factored) -> go.Figure | None:
    """Draw the known entries and the completed matrices side by side."""
    arrays = found.results.arrays
    depths = [depth for depth in by_depth(found) if f"yours_matrix_{depth}" in arrays]
    shown = {named(depth): arrays[f"yours_matrix_{depth}"] for depth in depths}
    known = next((arrays[name] for name in arrays if name.startswith("yours_known_")), None)
    if known is None or not shown:
        return None
    pictures = {"known": known, **shown}
    low, high = (float(limit) for limit in np.nanpercentile(known, [1, 99]))
    panels = Panels([f"<b>{name}</b>" for name in pictures], height=360, least_px=200)
    axis = {"showticklabels": False, "showgrid": False, "zeroline": False}
    drawn = blank(
        "Known entries and completions",
        "completed",
        **panels.layout([axis], [[{**axis, "autorange": "reversed"}]]),
    )
    for column, (name, matrix) in enumerate(pictures.items()):
        corner = np.round(matrix[:CORNER, :CORNER].astype(np.float64), 4)
        drawn.add_heatmap(
            z=[[None if np.isnan(value) else value for value in line] for line in corner.tolist()],
            name=name,
            zmin=low,
            zmax=high,
            colorscale="Viridis",
            showscale=column == len(pictures) - 1,
            hovertemplate="row %{y}, column %{x}: %{z:.3g}<extra></extra>",
            **panels.at(0, column),
        )
    n, m = known.shape
    share = float(np.isfinite(known).mean())
    summarize(
        drawn, f"{share:.1%} of {n:,} x {m:,} entries are known; {len(shown)} completions stand beside."
    )
    return drawn


FIGURES: tuple[Figure, ...] = (held_out, on_the_way, completed)
