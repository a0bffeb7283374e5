"""Histograms of per-example scores: picks from the table what is drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import Scale, Stack, Verdict
from backend.figures import histogram as drawing
from backend.figures.histogram import Bars, Shares
from backend.figures.style import COLORS, NEUTRAL, SERIES
from backend.scores.binning import equal_bins, lattice_bins
from backend.scores.few import few_models
from backend.scores.scores import VERDICTS
from backend.scores.table import UNCOUNTED_BINS, Mask, ScoreTable
from backend.studies.kit.figures import Controls, figure
from backend.studies.kit.found import Found
from backend.studies.scored.rows import kept, selected_row


class HistogramControls(Controls):
    """How the scores of one size are drawn."""

    bins: int | None = Field(
        None, ge=2, le=200, description="equal bins from 0 to 1; else the scores' lattice"
    )
    stack: Stack = Field(Stack.FLIPPED, description="what the bars of the histogram are stacked by")
    scale: Scale = Field(Scale.LINEAR, description="how its counts are drawn")


@figure(
    "Memorization at one size",
    "Histogram of the scores at one size; drag over a range to see the examples in it.",
    controls=HistogramControls,
)
def histogram(found: Found[Any, Any], controls: HistogramControls) -> go.Figure | None:
    """Draw the scores of one size, stacked as asked, with what sampling noise alone would give."""
    table, keep = found.results.table, found.selected.keep
    if table is None:
        return None
    scores, row = table.scores, selected_row(table.scores, found.selected)
    bins = table.bins(row, controls.bins)
    names, colors, groups = _groups(table, row, controls.stack, found)
    counts = table.counts(row, controls.bins, keep, groups, len(names))
    bars = [Bars(name, color, count[:-1]) for name, color, count in zip(names, colors, counts, strict=True)]
    shown = int(counts[:, :-1].sum())
    noise = table.noise(row, controls.bins, keep)
    by = "" if scores.counted else ", by margins"
    few = few_models(scores, row)
    of = "" if few is None else f" · only {few:,} models"
    step = "" if bins.step is None else f" · scores move in steps of 1/{round(1 / bins.step):,}"
    return drawing.histogram(
        bins.edges,
        [bar for bar in bars if len(bars) == 1 or bar.counts.sum() > 0],
        None if noise is None else noise[:-1],
        f"Memorization at {found.size_name} {scores.sizes[row]:,}{by}"
        f" · {shown:,} of {scores.n:,} examples{of}{step}",
        f"histogram-{scores.sizes[row]}-{controls.bins}-{controls.scale}",
        shares=_shares(scores.memorization[row] if keep is None else scores.memorization[row][keep]),
        log=controls.scale is Scale.LOG,
        few=few is not None,
        legend=controls.stack is Stack.LABEL,
    )


def _groups(
    table: ScoreTable, row: int, stack: Stack, found: Found[Any, Any]
) -> tuple[list[str], list[str], npt.NDArray[np.int8] | None]:
    """Return the names and colors of what bars are stacked by, and each example's group (n,)."""
    scores = table.scores
    if stack is Stack.VERDICT:
        words = {Verdict.NOT_MEMORIZED: "not memorized"}
        return [words.get(v, str(v)) for v in VERDICTS], [COLORS[v] for v in VERDICTS], scores.verdicts[row]
    if stack is Stack.LABEL:
        return _labels(scores.labels, found)
    if stack is Stack.FLIPPED and scores.flipped.any():
        names, colors = ["clean labels", "flipped labels"], [COLORS["memorization"], COLORS["flipped"]]
        return names, colors, scores.flipped.astype(np.int8)
    return ["examples"], [COLORS["memorization"]], None


def _labels(
    labels: npt.NDArray[np.int64], found: Found[Any, Any]
) -> tuple[list[str], list[str], npt.NDArray[np.int8]]:
    """The labels with most examples get a color each; the others share one."""
    classes, keep = found.classes, found.selected.keep
    shown = labels if keep is None else labels[keep]
    frequent = np.argsort(-np.bincount(shown, minlength=len(classes)), kind="stable")
    chosen = sorted(frequent[: len(SERIES)].tolist())
    group = np.full(max(len(classes), int(labels.max(initial=0)) + 1), len(chosen), np.int8)
    group[chosen] = np.arange(len(chosen))
    names = [classes[label] for label in chosen]
    return [*names, "other labels"], [*SERIES[: len(chosen)], NEUTRAL], np.asarray(group[labels])


@figure(
    "Memorization by model size",
    "One histogram of scores per size on shared axes, with the shares below 0.1 and above 0.9.",
    section="",
)
def histograms(found: Found[Any, Any]) -> go.Figure | None:
    """Draw a small histogram per size on shared axes, flipped labels on top of clean ones."""
    scores = found.results.scores
    if scores is None:
        return None
    keep = kept(scores, found.selected)
    bins = (
        lattice_bins(scores.memorization, scores.n_out)
        if scores.counted
        else equal_bins(scores.memorization, UNCOUNTED_BINS)
    )
    groups = _clean_and_flipped(keep, scores.flipped)
    panels = []
    for row, (size, values) in enumerate(zip(scores.sizes, scores.memorization, strict=True)):
        codes = bins.codes(values)
        bars = [
            Bars(name, COLORS[role], np.bincount(codes[chosen], minlength=bins.kinds)[:-1])
            for name, role, chosen in groups
        ]
        panels.append(
            drawing.Panel(f"{found.size_name} {size:,}", _shares(values[keep]), bars, few_models(scores, row))
        )
    by = "" if scores.counted else ", by margins"
    title = f"Memorization by {found.size_name}{by} · {keep.sum():,} of {scores.n:,} examples"
    return drawing.histogram_grid(bins.edges, panels, title, "histograms")


def _clean_and_flipped(keep: Mask, flipped: Mask) -> Sequence[tuple[str, str, Mask]]:
    clean = ("clean labels", "memorization", keep & ~flipped)
    return (clean, ("flipped labels", "flipped", keep & flipped)) if flipped.any() else (clean,)


def _shares(values: npt.NDArray[np.float64]) -> Shares:
    """Return the shares of the defined scores below .1 and above .9."""
    defined = values[np.isfinite(values)]
    if len(defined) == 0:
        return None
    return float((defined < 0.1).mean()), float((defined > 0.9).mean())
