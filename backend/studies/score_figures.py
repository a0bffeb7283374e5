"""Figures of per-example scores, for any study that has them: picks from the table what is drawn."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.core.contracts import Scale, Stack, Verdict
from backend.figures.histogram import Bars, Panel, Shares, histogram, histogram_grid
from backend.figures.style import COLORS, NEUTRAL, SERIES
from backend.scores.binning import lattice_bins
from backend.scores.scores import VERDICTS
from backend.scores.table import Mask, ScoreTable
from backend.studies.base import FigureView


def of_one_size(table: ScoreTable, row: int, view: FigureView, size_name: str) -> go.Figure:
    """Draw the scores of one size, stacked as the view says, with what sampling noise alone would give."""
    scores = table.scores
    bins = table.bins(row, view.bins)
    names, colors, groups = _groups(table, row, view)
    counts = table.counts(row, view.bins, view.keep, groups, len(names))
    bars = [Bars(name, color, found[:-1]) for name, color, found in zip(names, colors, counts, strict=True)]
    shown = int(counts[:, :-1].sum())
    step = "" if bins.step is None else f" · scores move in steps of 1/{round(1 / bins.step):,}"
    return histogram(
        bins.edges,
        [bar for bar in bars if len(bars) == 1 or bar.counts.sum() > 0],
        table.noise(row, view.bins, view.keep)[:-1],
        f"Memorization at {size_name} {scores.sizes[row]:,} · {shown:,} of {scores.n:,} examples{step}",
        f"histogram-{scores.sizes[row]}-{view.bins}-{view.scale}",
        shares=_shares(
            scores.memorization[row] if view.keep is None else scores.memorization[row][view.keep]
        ),
        log=view.scale is Scale.LOG,
    )


def _groups(
    table: ScoreTable, row: int, view: FigureView
) -> tuple[list[str], list[str], npt.NDArray[np.int8] | None]:
    """Return the names and colors of what bars are stacked by, and each example's group (n,)."""
    scores = table.scores
    if view.stack is Stack.VERDICT:
        words = {Verdict.NOT_MEMORIZED: "not memorized"}
        return [words.get(v, str(v)) for v in VERDICTS], [COLORS[v] for v in VERDICTS], scores.verdicts[row]
    if view.stack is Stack.LABEL:
        return _labels(scores.labels, view)
    if view.stack is Stack.FLIPPED and scores.flipped.any():
        names, colors = ["clean labels", "flipped labels"], [COLORS["memorization"], COLORS["flipped"]]
        return names, colors, scores.flipped.astype(np.int8)
    return ["examples"], [COLORS["memorization"]], None


def _labels(
    labels: npt.NDArray[np.int64], view: FigureView
) -> tuple[list[str], list[str], npt.NDArray[np.int8]]:
    """The labels with most examples get a color each; the others share one."""
    kept = labels if view.keep is None else labels[view.keep]
    frequent = np.argsort(-np.bincount(kept, minlength=len(view.classes)), kind="stable")
    chosen = sorted(frequent[: len(SERIES)].tolist())
    group = np.full(max(len(view.classes), int(labels.max(initial=0)) + 1), len(chosen), np.int8)
    group[chosen] = np.arange(len(chosen))
    names = [view.classes[label] for label in chosen]
    return [*names, "other labels"], [*SERIES[: len(chosen)], NEUTRAL], np.asarray(group[labels])


def of_every_size(table: ScoreTable, view: FigureView, size_name: str) -> go.Figure:
    """Draw a small histogram per size on shared axes, flipped labels on top of clean ones."""
    scores = table.scores
    keep = np.ones(scores.n, np.bool_) if view.keep is None else view.keep
    bins = lattice_bins(scores.memorization, scores.n_out)
    groups = _clean_and_flipped(keep, scores.flipped)
    panels = []
    for size, values in zip(scores.sizes, scores.memorization, strict=True):
        codes = bins.codes(values)
        bars = [
            Bars(name, COLORS[role], bins.with_ends(np.bincount(codes[chosen], minlength=bins.kinds)))
            for name, role, chosen in groups
        ]
        panels.append(Panel(f"{size_name} {size:,}", _shares(values[keep]), bars))
    title = f"Memorization by {size_name} · {keep.sum():,} of {scores.n:,} examples"
    return histogram_grid(bins.edges, panels, title, "histograms")


def _clean_and_flipped(keep: Mask, flipped: Mask) -> Sequence[tuple[str, str, Mask]]:
    clean = ("clean labels", "memorization", keep & ~flipped)
    return (clean, ("flipped labels", "flipped", keep & flipped)) if flipped.any() else (clean,)


def _shares(values: npt.NDArray[np.float64]) -> Shares:
    """Return the shares of the defined scores below .1 and above .9."""
    defined = values[np.isfinite(values)]
    if len(defined) == 0:
        return None
    return float((defined < 0.1).mean()), float((defined > 0.9).mean())
