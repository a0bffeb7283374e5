"""Figures of trajectory types: what they count, what they say, and that colors have one meaning."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backend.core.contracts import TrajectoryType
from backend.figures.style import COLORS, SERIES, TRAJECTORY_COLORS
from backend.figures.trajectory_types import (
    TYPES,
    Placebo,
    TypeCurve,
    power_over_models,
    shares_over_threshold,
    type_curves,
    type_shares,
    verdict_flow,
)
from backend.statistics.trajectory_power import Power, power
from backend.studies.kit.found import Found
from backend.studies.kit.results import Results
from backend.studies.scored import types
from backend.studies.scored.placebo import mean_placebo, placebos
from tests.unit.test_score_table import scores_of

FIGURES = (
    types.trajectory_types,
    types.trajectory_thresholds,
    types.trajectory_power,
    types.trajectory_curves,
    types.trajectory_flow,
)
CSS = Path(__file__).parents[2] / "frontend" / "css" / "tokens.css"


def drawn(figure):
    """Return what the browser gets."""
    return json.loads(figure.to_json())


def rising_and_flat(n_flat=30, placebo=None):
    """Results at three sizes of 10 examples whose memorization rises and some whose stays at 0."""
    k_out = np.full((3, 10 + n_flat), 400)
    k_out[1:, :10] = [[200], [0]]
    return Results(scores=scores_of(np.full(k_out.shape, 800), k_out, 800, 400), placebo=placebo)


def seen(results):
    return Found(None, None, results, size_name="width")


def test_types_have_colors_of_their_own_on_server_and_page():
    assert tuple(TrajectoryType) == TYPES
    others = {*COLORS.values(), *SERIES}
    assert len(others | set(TRAJECTORY_COLORS.values())) == len(others) + len(TYPES)
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.read_text()))
    assert {name: tokens[name] for name in TYPES} == {k: v.lower() for k, v in TRAJECTORY_COLORS.items()}


def test_shares_stand_beside_their_placebo():
    placebo = [None, Placebo(0.01, 0, 0.03), Placebo(0.02, 0.02, 0.02), None, None, None]
    figure = type_shares([50, 30, 10, 10, 0, 0], placebo, 0.2)
    bars, noise = figure.data
    assert dict(zip(bars.x, bars.y, strict=True))["increasing"] == 0.3
    assert list(bars.marker.color) == list(TRAJECTORY_COLORS.values())
    assert (list(noise.x), list(noise.y)) == (["increasing", "decreasing"], [0.01, 0.02])
    assert list(noise.error_y.array) == pytest.approx([0.02, 0])
    summary = figure.layout.meta["summary"]
    assert "increasing 30.0%" in summary
    assert "parts of the models: increasing 1.0%, decreasing 2.0%" in summary
    assert "no placebo" in type_shares([1, 0, 0, 0, 0, 0], [None] * 6, 0.2).layout.meta["summary"]


def test_lines_over_the_threshold_differ_in_more_than_color():
    shares = np.tile([0.5, 0.2, 0.1, 0.1, 0.05, 0.05], (3, 1))
    figure = shares_over_threshold((0.1, 0.2, 0.3), shares, np.array([0.03, 0.02, 0.01]), 0.25)
    looks = {(trace.line.color, trace.line.dash) for trace in figure.data}
    assert len(looks) == len(TYPES) + 1
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0.25, 0.25)
    assert figure.data[-1].line.dash == "dot"
    assert len(shares_over_threshold((0.1, 0.2, 0.3), shares, None, 0.25).data) == len(TYPES)


def test_power_says_what_the_models_there_are_can_see_and_how_many_it_takes():
    found = Power((10, 100, 1000), (0, 2), np.array([[0.1, 0.2], [0.3, 0.9], [0.7, 1.0]]), 0.4)
    figure = power_over_models(found, 100, 0.2)
    summary = figure.layout.meta["summary"]
    assert "constant 30% (more than 1,000), decreasing 90% (100)." in summary
    here, usual = figure.layout.shapes
    assert (here.x0, here.x1, usual.y0, usual.y1) == (100, 100, 0.8, 0.8)
    assert "constant 50%" in power_over_models(found, 316, 0.2).layout.meta["summary"]


def test_power_is_that_of_the_size_with_fewest_models():
    k_out = np.full((3, 5), 10)
    n_in, n_out = np.array([[80], [20], [140]]), np.array([[40], [20], [60]])
    results = Results(scores=scores_of(np.full(k_out.shape, 20), k_out, n_in + 0 * k_out, n_out + 0 * k_out))
    summary = types.trajectory_power.drawn(seen(results)).layout.meta["summary"]
    assert "with 40 models of each size" in summary
    found = power(3, 0.5, 0.2)
    assert f"increasing {np.interp(np.log(40), np.log(found.models), found.recognized[:, 1]):.0%}" in summary


def test_mean_curves_leave_out_types_without_examples_and_sizes_without_scores():
    mean = np.array([0.1, np.nan, 0.9])
    curves = [
        TypeCurve("increasing", 3, mean, mean - 0.05, mean + 0.05),
        TypeCurve("u-shaped", 0, *[mean] * 3),
    ]
    band, line = type_curves((2, 4, 8), curves, "width", 0.2).data
    assert (list(line.x), list(line.y)) == ([2, 8], [0.1, 0.9])
    assert line.name == "increasing (3)"
    assert list(band.y) == pytest.approx([0.15, 0.95, 0.85, 0.05])


def test_the_flow_keeps_every_example_and_its_order():
    flows = np.array([[[50, 5, 1], [10, 10, 10], [0, 4, 10]], [[60, 0, 0], [9, 10, 0], [1, 0, 20]]])
    figure = verdict_flow((2, 4, 8), flows, "width")
    bars = figure.data
    assert [bar.name for bar in bars] == ["not memorized", "undecided", "memorized"]
    assert [bar.marker.color for bar in bars] == [
        COLORS[role] for role in ("not_memorized", "undecided", "memorized")
    ]
    assert np.sum([bar.y for bar in bars], axis=0) == pytest.approx([1, 1, 1])
    assert list(bars[2].x) == ["2", "4", "8"]
    assert bars[2].customdata[1] == [21, 1, 0, 20]  # 21 memorized at width 4, one of them not any more at 8
    assert bars[2].customdata[2] == [20, None, None, None]
    assert "not memorized 56.0% to 70.0%" in figure.layout.meta["summary"]


def test_bands_fill_the_bars_that_they_join():
    flows = np.array([[[50, 5, 1], [10, 10, 10], [0, 4, 10]]])
    bands = verdict_flow((2, 4), flows, "width").layout.shapes
    assert len(bands) == (flows > 0).sum()
    for side, sums in ((0, flows[0].sum(axis=1)), (1, flows[0].sum(axis=0))):
        spans = sorted(edges(band.path, side) for band in bands)
        assert spans[0][0] == pytest.approx(0, abs=1e-4)
        assert spans[-1][1] == pytest.approx(1, abs=1e-4)
        assert all(low[1] == pytest.approx(high[0], abs=1e-4) for low, high in pairwise(spans))
        tops = [top for _, top in spans]
        assert all(min(abs(np.array(tops) - limit)) < 1e-4 for limit in np.cumsum(sums) / 100)


def edges(path, side):
    """Return the lower and the upper end of a band on its left (0) or right (1) side."""
    left_top, _, _, right_top, right_low, _, _, left_low = (
        float(point.split(",")[1]) for point in re.findall(r"[0-9.e-]+,[0-9.e-]+", path)
    )
    return ((left_low, left_top), (right_low, right_top))[side]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_counts_every_example(figure):
    controls = figure.controls(tau=0.3) if "tau" in figure.controls.model_fields else None
    summary = drawn(figure.drawn(seen(rising_and_flat()), controls))["layout"]["meta"]["summary"]
    expected = {
        "trajectory_types": "constant 75.0%, increasing 25.0%",
        "trajectory_thresholds": "increasing 25% to 25%",
        "trajectory_power": "are recognized with 1,200 models",
        "trajectory_curves": "constant 0.00 to 0.00; increasing 0.00 to 1.00",
        "trajectory_flow": "not memorized 100.0% to 75.0%, undecided 0.0% to 0.0%, memorized 0.0% to 25.0%",
    }
    assert expected[figure.name] in summary


def test_bands_of_a_type_hold_the_middle_half_of_its_examples():
    """Of five examples that rise to 0, 0.2, 0.5, 0.9 and 1.0 the quartiles are 0.2 and 0.9."""
    last = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    curve = types._curve("increasing", np.stack([np.zeros(5), last]))
    assert (curve.low[1], curve.mean[1], curve.high[1]) == pytest.approx((0.2, 0.52, 0.9))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_one_size_has_no_trajectories(figure):
    one = Results(scores=scores_of(np.full((1, 5), 80), np.full((1, 5), 20), 80, 40))
    for found in (Results(), one):
        assert "need scores at two sizes" in figure.drawn(seen(found)).layout.title.text


def test_the_placebo_is_that_of_the_threshold_over_the_sizes_that_have_one():
    shares = np.full((3, 86, 6), np.nan)
    shares[0], shares[2] = 0, 0
    shares[0, 15, 1], shares[2, 15, 1] = 0.01, 0.03
    shares[0, :, 3:5], shares[2, :, 4] = np.nan, np.nan  # two parts there, and one type of them here
    found = placebos(rising_and_flat(placebo=shares), 0.2)
    assert found[1] == Placebo(0.02, 0.01, 0.03)
    assert (found[3], found[4]) == (Placebo(0, 0, 0), None)
    mean = mean_placebo(rising_and_flat(placebo=shares))[15]
    assert mean == pytest.approx([0, 0.02, 0, 0, np.nan, 0], nan_ok=True)
    assert mean_placebo(rising_and_flat(placebo=shares[1:2])) is None
    assert placebos(rising_and_flat(placebo=shares), 0.3)[1] == Placebo(0, 0, 0)
    assert placebos(rising_and_flat(placebo=shares[1:2]), 0.2) == (None,) * 6
