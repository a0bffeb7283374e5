"""Figures of trajectory types, where several sizes are scored; all count every example."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import Verdict
from backend.figures.trajectory_types import (
    TypeCurve,
    power_over_models,
    shares_over_threshold,
    type_curves,
    type_shares,
    verdict_flow,
)
from backend.scores.scores import TRAJECTORIES, VERDICTS
from backend.scores.table import ScoreTable
from backend.statistics.trajectories import CAP, DECREASING, DEFAULT_TAU, INCREASING, TAUS, U
from backend.statistics.trajectory_power import power
from backend.studies.kit.figures import Controls, figure
from backend.studies.kit.found import Found
from backend.studies.scored.placebo import mean_placebo, placebos

_FLOW_ORDER = (Verdict.NOT_MEMORIZED, Verdict.UNDECIDED, Verdict.MEMORIZED)
_ONE_SIZE = "Trajectories need scores at two sizes"


class TypeControls(Controls):
    """What counts as a change."""

    tau: float = Field(
        DEFAULT_TAU,
        ge=0.05,
        le=0.9,
        allow_inf_nan=False,
        description="the change over sizes that makes a trajectory",
    )


def _compared(found: Found[Any, Any]) -> ScoreTable | None:
    """Return the scores where two sizes or more have one for every example."""
    table = found.results.table
    return None if table is None or table.types.rows.sum() < 2 else table


@figure(
    "Types of trajectories, and what noise alone would give",
    "Share of all examples of every type. Placebo: the same rule on parts of the models of one size as if"
    " they were sizes, where any change is noise. Parts have wider intervals than all models; two of them"
    " cannot bend.",
    controls=TypeControls,
    lacking=_ONE_SIZE,
)
def trajectory_types(found: Found[Any, Any], view: TypeControls) -> go.Figure | None:
    """Draw the share of every type beside its placebo."""
    table = _compared(found)
    if table is None:
        return None
    counts = np.bincount(table.trajectories(view.tau), minlength=len(TRAJECTORIES))
    return type_shares(counts.tolist(), placebos(found.results, view.tau), view.tau)


@figure(
    "Types over the threshold",
    "What the shares would be at every other threshold. The dotted line is the placebo: how many examples"
    " parts of the models of one size would call increasing, decreasing, cap- or u-shaped.",
    controls=TypeControls,
    lacking=_ONE_SIZE,
)
def trajectory_thresholds(found: Found[Any, Any], view: TypeControls) -> go.Figure | None:
    """Draw the shares of types over tau."""
    table = _compared(found)
    if table is None:
        return None
    placebo = mean_placebo(found.results)
    change = None if placebo is None else np.nansum(placebo[:, [INCREASING, DECREASING, CAP, U]], axis=1)
    return shares_over_threshold(TAUS, table.type_counts / table.scores.n, change, view.tau)


@figure(
    "How many models it takes to see a type",
    "Share of clear cases that the rule recognizes, simulated for these sizes: they change by twice the"
    " threshold around a score of one half, where scores are noisiest; constant ones stay there. The same"
    " change near 0 or 1 takes fewer models. The line marks the models that there are.",
    controls=TypeControls,
    lacking=_ONE_SIZE,
)
def trajectory_power(found: Found[Any, Any], view: TypeControls) -> go.Figure | None:
    """Draw how likely clear cases are recognized over the number of models."""
    table = _compared(found)
    if table is None:
        return None
    rows = table.types.rows
    n_in, n_out = (counts[rows].mean(axis=1) for counts in (table.scores.n_in, table.scores.n_out))
    fewest = int(np.argmin(n_in + n_out))
    models = float(n_in[fewest] + n_out[fewest])
    heldout = round(float(n_out[fewest]) / models, 2)
    return power_over_models(power(int(rows.sum()), heldout, view.tau), round(models), view.tau)


@figure(
    "Mean memorization by type",
    "Mean score over model size of all examples of a type; bands hold the middle half of them. Types are"
    " found in these very scores, so a type has its shape here by construction.",
    controls=TypeControls,
    lacking=_ONE_SIZE,
)
def trajectory_curves(found: Found[Any, Any], view: TypeControls) -> go.Figure | None:
    """Draw the mean score of each type over size."""
    table = _compared(found)
    if table is None:
        return None
    types, values = table.trajectories(view.tau), table.scores.memorization
    curves = [_curve(name, values[:, types == code]) for code, name in enumerate(TRAJECTORIES)]
    return type_curves(table.scores.sizes, curves, found.size_name, view.tau)


def _curve(name: str, values: npt.NDArray[np.float64]) -> TypeCurve:
    """Summarize the (S, n) scores of one type; a size without a score for all of them is left out."""
    middle = np.full((3, len(values)), np.nan)
    scored = np.isfinite(values).all(axis=1)
    if values.shape[1] > 0:
        middle[0, scored] = values[scored].mean(axis=1)
        middle[1:, scored] = np.quantile(values[scored], (0.25, 0.75), axis=1)
    return TypeCurve(name, values.shape[1], *middle)


@figure(
    "From not memorized to memorized between sizes",
    "How many examples have which verdict at each size. Bands lead to those of the next size, in the"
    " color of the one they leave.",
    lacking=_ONE_SIZE,
)
def trajectory_flow(found: Found[Any, Any]) -> go.Figure | None:
    """Draw how verdicts change from size to size."""
    table = _compared(found)
    if table is None:
        return None
    scores = table.scores
    rows = np.flatnonzero(table.types.rows)
    order = np.array([_FLOW_ORDER.index(verdict) for verdict in VERDICTS])
    verdicts = order[scores.verdicts[rows]]
    flows = [
        np.bincount(3 * before + after, minlength=9).reshape(3, 3) for before, after in pairwise(verdicts)
    ]
    return verdict_flow(tuple(scores.sizes[row] for row in rows), np.stack(flows), found.size_name)
