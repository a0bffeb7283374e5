"""Figures: their JSON, the counts behind the bars, and a look that leaves the theme to the page."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from backend.figures.accuracy import Line, learning_curve, learning_curve_grid, overview
from backend.figures.histogram import histogram, histogram_counts, histogram_grid
from backend.figures.style import COLORS, SERIES, faded
from backend.figures.trajectories import Trajectory, trajectories

NAN = float("nan")
scores = hnp.arrays(np.float64, st.integers(0, 60), elements=st.just(NAN) | st.floats(-1, 1))


def drawn(figure):
    """Return what the browser gets."""
    return json.loads(figure.to_json())


@given(scores, st.integers(1, 100))
def test_every_defined_score_is_counted_once(values, bins):
    found = histogram_counts(values, bins)
    assert sum(found.counts) == found.n == np.isfinite(values).sum()
    assert found.n + found.undefined == len(values)
    assert len(found.counts) == len(found.edges) - 1 >= bins
    assert 0.0 in found.edges
    assert found.edges[-1] == 1
    assert np.diff(found.edges) == pytest.approx(1 / bins)


def test_bars_hold_what_a_filter_with_their_edges_would_return():
    values = np.array([-0.12, -0.05, 0, 0.05, 0.1, 0.15, 0.9, 0.95, 1.0, 1.0, NAN])
    found = histogram_counts(values, 20)
    assert found.edges[:5] == (-0.15, -0.1, -0.05, 0, 0.05)
    inner = zip(found.edges[:-2], found.edges[1:-1], strict=True)
    expected = [int(((values >= low) & (values < high)).sum()) for low, high in inner]
    assert list(found.counts) == [*expected, 3]
    assert (found.n, found.undefined) == (10, 1)
    assert (found.below_01, found.above_09) == (0.4, 0.3)


def test_shares_are_unknown_without_scores():
    found = histogram_counts(np.full(3, NAN), 10)
    assert (found.n, found.undefined, found.below_01, found.above_09) == (0, 3, None, None)
    assert found.edges[0] == 0


def test_the_histogram_shows_what_the_filters_leave():
    values = np.array([0.0, 0.02, 0.5, 0.97, 1.0, NAN])
    flipped = np.array([False, False, False, True, True, True])
    keep = np.array([True, False, True, True, True, True])
    figure = histogram(values, flipped, keep, 20, size=64, size_name="width")
    clean, wrong = figure.data
    assert (clean.name, wrong.name) == ("clean labels", "flipped labels")
    assert (sum(clean.y), sum(wrong.y)) == (2, 2)
    assert list(clean.customdata) == list(range(20))
    assert clean.x == pytest.approx(np.arange(20) / 20 + 0.025)
    assert "4 of 6 examples" in figure.layout.title.text
    assert (figure.layout.dragmode, figure.layout.selectdirection) == ("select", "h")
    assert figure.layout.uirevision == "histogram-64-20"


def test_without_flipped_labels_there_is_one_kind_of_bar():
    keep = np.ones(4, dtype=bool)
    figure = histogram(np.array([0, 0.2, 0.4, -0.2]), ~keep, keep, 10, size=2, size_name="width")
    assert len(figure.data) == 1
    assert figure.data[0].x[0] == pytest.approx(-0.15)


def test_the_grid_has_a_panel_per_size_with_its_shares():
    values = np.array([[0, 0, 0.5, 0.95], [0, 0.95, 0.95, 1], [NAN] * 4])
    keep = np.ones(4, dtype=bool)
    figure = histogram_grid(values, ~keep, keep, 20, sizes=(2, 4, 8), size_name="width")
    titles = [annotation.text for annotation in figure.layout.annotations]
    assert titles[0] == "<b>width 2</b><br>50.0% below 0.1 · 25.0% above 0.9"
    assert titles[1] == "<b>width 4</b><br>25.0% below 0.1 · 75.0% above 0.9"
    assert titles[2] == "<b>width 8</b><br>no scores yet"
    assert [sum(bars.y) for bars in figure.data] == pytest.approx([1, 1, 0])


@pytest.mark.parametrize("panels", [0, 1, 3, 12])
def test_learning_curves_take_any_number_of_sizes(panels):
    line = Line("test accuracy", "test_accuracy", [0.2, 0.8], [0.1, 0.05])
    grid = learning_curve_grid([(f"width {i}", (1, 5), [line]) for i in range(panels)], "Learning curves")
    assert len(grid.data) == 2 * panels
    assert sum(trace.showlegend is not False for trace in grid.data) == min(panels, 1)
    band, curve = learning_curve((1, 5), [line], "Width 2", "curves-2").data
    assert list(curve.y) == [0.2, 0.8]
    assert list(band.y) == pytest.approx([0.3, 0.85, 0.75, 0.1])


def test_colors_have_one_meaning_and_sizes_a_logarithmic_axis():
    assert len({*COLORS.values(), *SERIES}) == len(COLORS) + len(SERIES)
    lines = [Line(role, role, [0.1, 0.2], [0, 0]) for role in ("in_accuracy", "memorization")]
    figure = overview((2, 256), lines, "width")
    assert [trace.line.color for trace in figure.data] == [COLORS["in_accuracy"], COLORS["memorization"]]
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["2", "256"]
    assert faded("#0072B2", 0.5) == "rgba(0,114,178,0.5)"


def test_trajectories_leave_out_sizes_without_scores():
    score = np.array([0.0, NAN, 0.9])
    example = Trajectory(7, "#7, label 3", score, score - 0.1, score + 0.1)
    band, line = trajectories((2, 4, 8), [example], "width", 0.25).data
    assert list(line.x) == [2, 8]
    assert list(line.y) == [0, 0.9]
    assert list(line.customdata) == [7, 7]
    assert list(band.y) == pytest.approx([0.1, 1.0, 0.8, -0.1])


@pytest.mark.parametrize(
    "figure",
    [
        overview((2, 4), [Line("test accuracy", "test_accuracy", [0.1, 0.2], [0, 0])], "width"),
        histogram(np.zeros(3), np.zeros(3, bool), np.ones(3, bool), 5, size=2, size_name="width"),
        histogram_grid(
            np.zeros((2, 3)), np.zeros(3, bool), np.ones(3, bool), 5, sizes=(2, 4), size_name="width"
        ),
        trajectories((2, 4), [], "width", 0.25),
    ],
    ids=["overview", "histogram", "histograms", "trajectories"],
)
def test_the_theme_is_left_to_the_page(figure):
    layout = drawn(figure)["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert not layout["template"].get("layout")
    assert "color" not in layout.get("font", {})
    assert layout["uirevision"]
    assert layout["title"]["text"]
