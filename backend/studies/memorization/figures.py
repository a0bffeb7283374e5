"""The memorization study's own figures: accuracies of whole models over size and over epochs."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.figures.accuracy import Line, learning_curve, learning_curve_grid
from backend.figures.accuracy import overview as draw_overview
from backend.studies.kit.figures import figure
from backend.studies.kit.scores import Accuracies, LearningCurve
from backend.studies.memorization.found import Memorized

ACCURACIES = {  # curve name -> (name on the page, role of its color)
    "train": ("accuracy on the subset", "in_accuracy"),
    "heldout": ("held-out accuracy", "heldout_accuracy"),
    "test": ("test accuracy", "test_accuracy"),
}


def accuracies(found: Memorized) -> Accuracies:
    """Return the mean accuracies and mean memorization over model size."""
    facts = found.facts.sizes
    lines = [
        Line(name, role, [getattr(f, f"{key}_mean") for f in facts], [getattr(f, f"{key}_sd") for f in facts])
        for key, name, role in (
            ("subset", *ACCURACIES["train"]),
            ("heldout", *ACCURACIES["heldout"]),
            ("test", *ACCURACIES["test"]),
            ("gap", "mean memorization", "memorization"),
        )
    ]
    return Accuracies([f.size for f in facts], [f.models for f in facts], lines)


def learning_curves(found: Memorized) -> list[LearningCurve]:
    """Return accuracies over epochs, sizes ascending."""
    return [
        LearningCurve(
            curve.size, curve.models, curve.epochs, Line(*ACCURACIES[curve.name], curve.mean, curve.sd)
        )
        for curve in found.facts.curves
    ]


@figure(
    "Accuracy and memorization over model size",
    "Mean accuracy on the subset, held out and on the test set, and mean memorization, which is the first"
    " minus the second. Labels count as they are trained on; those of the test set are its own.",
    section="",
)
def overview(found: Memorized) -> go.Figure:
    """Draw accuracies and mean memorization over size."""
    drawn = accuracies(found)
    return draw_overview(tuple(drawn.sizes), drawn.models, drawn.lines, found.size_name)


@figure(
    "Learning curves",
    "Mean accuracy on the subset, held out and on the test set over epochs; the gap between the first two"
    " is mean memorization. Bands are ± 1 standard deviation over models.",
)
def curves(found: Memorized) -> go.Figure:
    """Draw the selected size, or all of them in a grid."""
    by_size: dict[int, list[tuple[Sequence[int], Line]]] = {}
    models: dict[int, int] = {}
    for curve in learning_curves(found):
        by_size.setdefault(curve.size, []).append((curve.epochs, curve.line))
        models[curve.size] = curve.models
    size = found.selected.size
    if size in by_size:
        chosen = by_size[size]
        title = f"Learning curves at {found.size_name} {size:,} · {models[size]:,} models"
        return learning_curve(chosen[0][0], [line for _, line in chosen], title, f"curves-{size}")
    panels = [
        (
            f"<b>{found.size_name} {size:,}</b> · {models[size]:,} models",
            chosen[0][0],
            [line for _, line in chosen],
        )
        for size, chosen in by_size.items()
    ]
    return learning_curve_grid(panels, f"Learning curves by {found.size_name}")
