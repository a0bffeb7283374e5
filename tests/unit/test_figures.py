"""Figures: their JSON, the counts behind the bars, and a look that leaves the theme to the page."""

import json
from itertools import pairwise

import numpy as np
import pytest

from backend.figures.accuracy import Line, learning_curve, learning_curve_grid, overview
from backend.figures.histogram import Bars, Panel, histogram, histogram_grid
from backend.figures.panels import Panels
from backend.figures.style import COLORS, SERIES, faded
from backend.figures.trajectories import Trajectory, trajectories

NAN = float("nan")
EDGES = np.array([-0.05, 0.25, 0.55, 0.85, 1.05])


def drawn(figure):
    """Return what the browser gets."""
    return json.loads(figure.to_json())


def one_size(*groups, noise=None, log=False):
    bars = [Bars(f"group {i}", SERIES[i], np.array(counts)) for i, counts in enumerate(groups)]
    return histogram(EDGES, bars, noise, "Memorization", "histogram-64", shares=(0.75, 0.25), log=log)


@pytest.mark.parametrize("columns", [2, 5])
def test_narrow_panels_leave_room_for_the_tick_labels_between_them(columns):
    layout = Panels(["title"] * columns, height=300, least_px=230).layout([{}], [[{}]])
    margin = layout["margin"]
    width = layout["meta"]["least_width"] - margin["l"] - margin["r"]
    names = ["xaxis", *(f"xaxis{number}" for number in range(2, columns + 1))]
    gaps = [
        width * (right[0] - left[1]) for left, right in pairwise(layout[name]["domain"] for name in names)
    ]
    assert gaps == pytest.approx([30] * (columns - 1))


def test_bins_and_the_two_ends_stand_apart():
    figure = one_size([5, 1, 2, 3, 40, 7], [1, 0, 0, 2, 4, 9])
    bins, zero, one = figure.data[:3]
    assert (list(bins.y), list(zero.y), list(one.y)) == ([5, 1, 2, 3], [40], [7])
    assert bins.x == pytest.approx([0.1, 0.4, 0.7, 0.95])
    assert (bins.xaxis, zero.xaxis, one.xaxis) == (None, "x2", "x3")
    assert list(bins.customdata) == [0, 1, 2, 3]
    assert [trace.showlegend for trace in figure.data] == [True, False, False] * 2
    domains = [figure.layout[axis].domain for axis in ("xaxis2", "xaxis", "xaxis3")]
    assert all(left[1] < right[0] for left, right in pairwise(domains))


def test_an_end_that_would_flatten_the_bins_is_cut_off_under_its_count():
    figure = one_size([5, 1, 2, 3, 4000, 7])
    assert figure.layout.yaxis.range[1] == pytest.approx(5 * 1.3)
    assert [note.text for note in figure.layout.annotations] == ["4,000 ↑", "7 ↑"]
    low = one_size([5, 1, 2, 3, 9, 7])
    assert low.layout.yaxis.range[1] > 9
    assert [note.text for note in low.layout.annotations] == ["9", "7"]
    log = one_size([5, 1, 2, 3, 4000, 7], log=True)
    assert (log.layout.yaxis.type, 10 ** log.layout.yaxis.range[1] > 4000) == ("log", True)


def test_noise_is_a_line_over_the_bins_and_a_mark_at_each_end():
    figure = one_size([5, 1, 2, 3, 4, 7], noise=np.array([4, 3, 2, 1, 9.5, 0.5]))
    line, zero, one = figure.data[-3:]
    assert list(line.x) == list(figure.data[0].x), "so that a table has it beside the counts"
    assert list(line.y) == [4, 3, 2, 1]
    assert (line.line.shape, list(zero.y), list(one.y)) == ("hvh", [9.5], [0.5])


def test_without_examples_there_is_an_empty_histogram():
    figure = one_size()
    assert figure.layout.yaxis.range[1] > 0
    assert [note.text for note in figure.layout.annotations] == ["0", "0"]


def test_the_grid_has_a_panel_per_size_with_its_shares():
    bars = [
        Bars("clean labels", SERIES[0], np.array([2, 0, 1, 1, 12, 4])),
        Bars("flipped labels", SERIES[1], np.array([0, 0, 0, 0, 0, 5])),
    ]
    panels = [Panel("width 2", (0.5, 0.25), bars), Panel("width 4", None, [])]
    figure = histogram_grid(EDGES, panels, "Memorization by width", "histograms")
    titles = [annotation.text for annotation in figure.layout.annotations]
    assert titles[0] == "<b>width 2</b><br>50.0% below 0.1 · 25.0% above 0.9"
    assert titles[1] == "<b>width 4</b><br>no scores yet"
    bins, clean_ends, flipped, flipped_ends = (list(trace.y) for trace in figure.data)
    assert bins == pytest.approx([0.08, 0, 0.04, 0.04])
    assert (clean_ends, flipped_ends) == (pytest.approx([0.48, 0.16]), pytest.approx([0, 0.2]))
    assert sum(flipped) == 0
    printed = [note.text for note in figure.layout.annotations if note.xref == "x"]
    assert printed == ["48% ↑", "36% ↑"], "the ends are cut off where they would hide the bins"
    left, right = figure.data[1].x
    assert left < EDGES[0] < EDGES[-1] < right, "in columns of their own"
    assert figure.data[1].width > np.diff(EDGES).max() / 3


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
    figure = overview((2, 256), [20, 40], lines, "width")
    assert [trace.line.color for trace in figure.data] == [COLORS["in_accuracy"], COLORS["memorization"]]
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["2", "256"]
    assert "20 to 40 models" in figure.layout.title.text
    assert faded("#0072B2", 0.5) == "rgba(0,114,178,0.5)"


def test_figures_say_the_numbers_that_matter():
    line = Line("test accuracy", "test_accuracy", [0.2, 0.8], [0.1, 0.05])
    rising = Trajectory(7, "#7, label 3", np.array([0.0, NAN, 0.9]), np.zeros(3), np.ones(3))
    flat = Trajectory(8, "#8, label 1", np.zeros(3), np.zeros(3), np.ones(3))
    panels = [Panel(f"width {size}", (0.5, size / 10), []) for size in (2, 4, 8)]
    curves = [(f"<b>width {size}</b>", (1, 5), [line]) for size in (2, 4, 8)]
    said = [
        overview((2, 256), [20, 40], [line], "width"),
        one_size([5, 1, 2, 3, 40, 7]),
        histogram_grid(EDGES, panels, "Memorization by width · 9 of 9 examples", "histograms"),
        trajectories((2, 4, 8), [rising, flat], "width", 0.25),
        learning_curve_grid(curves, "Learning curves"),
    ]
    assert [figure.layout.meta["summary"] for figure in said] == [
        "From width 2 to 256, over 20 to 40 models each: test accuracy 0.20 to 0.80.",
        "58 scores: 75.0% below 0.1 · 25.0% above 0.9, 40 exactly 0, 7 exactly 1."
        " The fullest bin between holds 5, score -0.05 to 0.25.",
        "Memorization by width · 9 of 9 examples. width 2: 50.0% below 0.1 · 20.0% above 0.9;"
        " width 8: 50.0% below 0.1 · 80.0% above 0.9.",
        "2 examples from width 2 to 8. They end between 0.00 (#8, label 1) and 0.90 (#7, label 3).",
        "3 sizes. width 2, after 5 epochs: test accuracy 0.80; width 8, after 5 epochs: test accuracy 0.80.",
    ]


def test_trajectories_leave_out_sizes_without_scores():
    score = np.array([0.0, NAN, 0.9])
    example = Trajectory(7, "#7, label 3", score, score - 0.1, score + 0.1)
    band, line = trajectories((2, 4, 8), [example], "width", 0.25).data
    assert list(line.x) == [2, 8]
    assert list(line.y) == [0, 0.9]
    assert np.array(line.customdata) == pytest.approx(np.array([[7, -0.1, 0.1], [7, 0.8, 1.0]]))
    assert line.meta["columns"] == ["example", "low", "high"]
    assert list(band.y) == pytest.approx([0.1, 1.0, 0.8, -0.1])


@pytest.mark.parametrize(
    "figure",
    [
        overview((2, 4), [20, 20], [Line("test accuracy", "test_accuracy", [0.1, 0.2], [0, 0])], "width"),
        one_size([1, 2, 3, 4, 5, 6]),
        histogram_grid(EDGES, [Panel("width 2", (0.5, 0.25), [])], "Memorization by width", "histograms"),
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
