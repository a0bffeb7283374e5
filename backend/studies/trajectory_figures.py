"""Figures of trajectory types, for any study that scores several sizes; all count every example."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.core.contracts import Verdict
from backend.figures.style import blank
from backend.figures.trajectory_types import (
    Placebo,
    TypeCurve,
    shares_over_threshold,
    type_curves,
    type_shares,
    verdict_flow,
)
from backend.scores.scores import TRAJECTORIES, VERDICTS
from backend.scores.table import ScoreTable
from backend.statistics.trajectories import CAP, DECREASING, INCREASING, TAUS, U
from backend.studies.base import FigureInfo, FigureView
from backend.studies.results import Results

INFOS = (
    FigureInfo(
        "trajectory-types",
        "Types of trajectories, and what noise alone would give",
        "Share of all examples of every type. Placebo: the same rule on two halves of the models of one size,"
        " where any change is noise. Halves have wider intervals than all models; two points cannot bend.",
    ),
    FigureInfo(
        "trajectory-thresholds",
        "Types over the threshold",
        "What the shares would be at every other threshold. The dotted line is the placebo: how many examples"
        " two halves of the models of one size would call increasing or decreasing.",
    ),
    FigureInfo(
        "trajectory-curves",
        "Mean memorization by type",
        "Mean score over model size of all examples of a type; bands hold the middle half of them. Types are"
        " found in these very scores, so a type has its shape here by construction.",
    ),
    FigureInfo(
        "trajectory-flow",
        "From not memorized to memorized between sizes",
        "How many examples have which verdict at each size. Bands lead to those of the next size, in the"
        " color of the one they leave.",
    ),
)

_BENT = (CAP, U)  # two points cannot bend
_FLOW_ORDER = (Verdict.NOT_MEMORIZED, Verdict.UNDECIDED, Verdict.MEMORIZED)


def placebos(found: Results, tau: float) -> tuple[Placebo | None, ...]:
    """Return the placebo of every type at the threshold of `TAUS` nearest to tau; None where undefined."""
    known = _placebo(found)
    if known is None:
        return (None,) * len(TRAJECTORIES)
    nearest = int(np.argmin(np.abs(np.array(TAUS) - tau)))
    return tuple(
        None if kind in _BENT else Placebo(float(shares.mean()), float(shares.min()), float(shares.max()))
        for kind, shares in enumerate(known[:, nearest].T)
    )


def mean_placebo(found: Results) -> npt.NDArray[np.float64] | None:
    """Return the placebo averaged over sizes, (T, types), NaN for types without one; None without any."""
    known = _placebo(found)
    if known is None:
        return None
    mean = known.mean(axis=0)
    mean[:, _BENT] = np.nan
    return np.asarray(mean)


def _placebo(found: Results) -> npt.NDArray[np.float64] | None:
    """Return the placebo of the sizes that have one, (sizes, T, types)."""
    if found.placebo is None:
        return None
    known = found.placebo[np.isfinite(found.placebo).all(axis=(1, 2))]
    return known if len(known) else None


def _types(found: Results, table: ScoreTable, view: FigureView, _size_name: str) -> go.Figure:
    counts = np.bincount(table.trajectories(view.tau), minlength=len(TRAJECTORIES))
    return type_shares(counts.tolist(), placebos(found, view.tau), view.tau)


def _thresholds(found: Results, table: ScoreTable, view: FigureView, _size_name: str) -> go.Figure:
    placebo = mean_placebo(found)
    change = None if placebo is None else placebo[:, [INCREASING, DECREASING]].sum(axis=1)
    return shares_over_threshold(TAUS, table.type_counts / table.scores.n, change, view.tau)


def _curves(_found: Results, table: ScoreTable, view: FigureView, size_name: str) -> go.Figure:
    types, values = table.trajectories(view.tau), table.scores.memorization
    curves = [_curve(name, values[:, types == code]) for code, name in enumerate(TRAJECTORIES)]
    return type_curves(table.scores.sizes, curves, size_name, view.tau)


def _curve(name: str, values: npt.NDArray[np.float64]) -> TypeCurve:
    """Summarize the (S, n) scores of one type; a size without a score for all of them is left out."""
    middle = np.full((3, len(values)), np.nan)
    scored = np.isfinite(values).all(axis=1)
    if values.shape[1] > 0:
        middle[0, scored] = values[scored].mean(axis=1)
        middle[1:, scored] = np.quantile(values[scored], (0.25, 0.75), axis=1)
    return TypeCurve(name, values.shape[1], *middle)


def _flow(_found: Results, table: ScoreTable, _view: FigureView, size_name: str) -> go.Figure:
    scores = table.scores
    rows = np.flatnonzero(table.types.rows)
    order = np.array([_FLOW_ORDER.index(verdict) for verdict in VERDICTS])
    verdicts = order[scores.verdicts[rows]]
    flows = [
        np.bincount(3 * before + after, minlength=9).reshape(3, 3) for before, after in pairwise(verdicts)
    ]
    return verdict_flow(tuple(scores.sizes[row] for row in rows), np.stack(flows), size_name)


_Build = Callable[[Results, ScoreTable, FigureView, str], go.Figure]


def _where_sizes_differ(build: _Build) -> Callable[[Results, FigureView, str], go.Figure]:
    """Draw only where two sizes or more have a score for every example."""

    def built(results: Results, view: FigureView, size_name: str) -> go.Figure:
        table = results.table
        if table is None or table.types.rows.sum() < 2:
            return blank("Trajectories need scores at two sizes", "empty")
        return build(results, table, view, size_name)

    return built


BUILDERS: Mapping[str, Callable[[Results, FigureView, str], go.Figure]] = {
    "trajectory-types": _where_sizes_differ(_types),
    "trajectory-thresholds": _where_sizes_differ(_thresholds),
    "trajectory-curves": _where_sizes_differ(_curves),
    "trajectory-flow": _where_sizes_differ(_flow),
}
