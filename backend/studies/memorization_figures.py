"""The memorization study's figures: picks from the results what the shared figures draw."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.accuracy import Line, learning_curve, learning_curve_grid, overview
from backend.figures.style import blank
from backend.figures.trajectories import Trajectory, trajectories
from backend.scores.scores import Scores
from backend.statistics.intervals import THRESHOLD
from backend.studies import score_figures, trajectory_figures
from backend.studies.base import FigureInfo, FigureView
from backend.studies.memorization_facts import SizeFacts, unpack
from backend.studies.results import Results

DEFAULT_EXAMPLES = 6
ACCURACIES = {  # curve name -> (name on the page, role of its color)
    "train": ("accuracy on the subset", "in_accuracy"),
    "heldout": ("held-out accuracy", "heldout_accuracy"),
    "test": ("test accuracy", "test_accuracy"),
}

INFOS = (
    FigureInfo(
        "overview",
        "Accuracy and memorization over model size",
        "Mean accuracy on the subset, held out and on the test set, and mean memorization, which is the first"
        " minus the second. Flipped labels count as given; the test set has none.",
        section="",
    ),
    FigureInfo(
        "histograms",
        "Memorization by model size",
        "One histogram of scores per size on shared axes, with the shares below 0.1 and above 0.9.",
        section="",
    ),
    FigureInfo(
        "histogram",
        "Memorization at one size",
        "Histogram of the scores at one size; drag over a range to see the examples in it.",
    ),
    FigureInfo(
        "trajectories",
        "Memorization of single examples over model size",
        "The score of each chosen example at every size, with its 95 % interval.",
    ),
    *trajectory_figures.INFOS,
    FigureInfo(
        "curves",
        "Learning curves",
        "Mean accuracy on the subset, held out and on the test set over epochs; the gap between the first two"
        " is mean memorization. Bands are ± 1 standard deviation over models.",
    ),
)


def builders(results: Results, view: FigureView, size_name: str) -> Mapping[str, Callable[[], go.Figure]]:
    """Return a builder for every name in `INFOS`; `size_name` is what the size of a model is."""
    draw = {
        "overview": _overview,
        "histograms": _histograms,
        "histogram": _histogram,
        "trajectories": _trajectories,
        **trajectory_figures.BUILDERS,
        "curves": _curves,
    }
    return {name: partial(build, results, view, size_name) for name, build in draw.items()}


def accuracies(facts: Sequence[SizeFacts]) -> list[Line]:
    """Return the mean accuracies and mean memorization over model size."""
    return [
        Line(name, role, [getattr(f, f"{key}_mean") for f in facts], [getattr(f, f"{key}_sd") for f in facts])
        for key, name, role in (
            ("subset", *ACCURACIES["train"]),
            ("heldout", *ACCURACIES["heldout"]),
            ("test", *ACCURACIES["test"]),
            ("gap", "mean memorization", "memorization"),
        )
    ]


def _overview(results: Results, _view: FigureView, size_name: str) -> go.Figure:
    facts = unpack(results.facts)
    return overview(tuple(f.size for f in facts), [f.models for f in facts], accuracies(facts), size_name)


def _histograms(results: Results, view: FigureView, size_name: str) -> go.Figure:
    if results.table is None:
        return blank("No scores yet", "empty")
    return score_figures.of_every_size(results.table, view, size_name)


def _histogram(results: Results, view: FigureView, size_name: str) -> go.Figure:
    if results.table is None:
        return blank("No scores yet", "empty")
    return score_figures.of_one_size(results.table, _row(results.table.scores, view), view, size_name)


def _trajectories(results: Results, view: FigureView, size_name: str) -> go.Figure:
    scores = results.scores
    if scores is None:
        return blank("No scores yet", "empty")
    values = scores.memorization
    chosen = view.example or _most_memorized(values[_row(scores, view)], _kept(scores, view))
    examples = [
        Trajectory(
            i, _example_name(scores, i, view.classes), values[:, i], scores.low[:, i], scores.high[:, i]
        )
        for i in chosen
    ]
    return trajectories(scores.sizes, examples, size_name, THRESHOLD)


def _curves(results: Results, view: FigureView, size_name: str) -> go.Figure:
    by_size: dict[int, list[tuple[Sequence[int], Line]]] = {}
    models: dict[int, int] = {}
    for curve in results.curves:
        line = Line(*ACCURACIES[curve.name], curve.mean, curve.sd)
        by_size.setdefault(curve.size, []).append((curve.epochs, line))
        models[curve.size] = curve.models
    if view.size in by_size:
        found = by_size[view.size]
        title = f"Learning curves at {size_name} {view.size:,} · {models[view.size]:,} models"
        return learning_curve(found[0][0], [line for _, line in found], title, f"curves-{view.size}")
    panels = [
        (f"<b>{size_name} {size:,}</b> · {models[size]:,} models", found[0][0], [line for _, line in found])
        for size, found in by_size.items()
    ]
    return learning_curve_grid(panels, f"Learning curves by {size_name}")


def _row(scores: Scores, view: FigureView) -> int:
    """Return the row of the asked size; without one, of the largest size that has scores."""
    if view.size in scores.sizes:
        return scores.sizes.index(view.size)
    return scores.sizes.index(scores.scored_sizes[-1]) if scores.scored_sizes else len(scores.sizes) - 1


def _kept(scores: Scores, view: FigureView) -> npt.NDArray[np.bool_]:
    return np.ones(len(scores.labels), np.bool_) if view.keep is None else view.keep


def _most_memorized(values: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    ranked = np.argsort(-np.where(keep, values, np.nan), kind="stable")  # NaN come last
    return tuple(int(i) for i in ranked[:DEFAULT_EXAMPLES] if keep[i] and np.isfinite(values[i]))


def _example_name(scores: Scores, index: int, classes: tuple[str, ...]) -> str:
    flipped = " (flipped)" if scores.flipped[index] else ""
    label = int(scores.labels[index])
    return f"#{index}, label {classes[label] if classes else label}{flipped}"
