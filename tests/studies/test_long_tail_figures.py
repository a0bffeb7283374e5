"""The long-tail study's figures: they draw the right numbers, with whatever has been measured so far."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.figures.style import COLORS, SERIES
from backend.studies import get_study
from backend.studies.kit.found import Found
from backend.studies.long_tail.claims.numbers import PRINTED
from backend.studies.long_tail.facts import (
    Cell,
    Elsewhere,
    LongTailFacts,
    Neighbors,
    Number,
    OfClass,
    Seen,
    Unfitted,
)
from backend.studies.long_tail.figures.mixture import MixtureControls
from backend.studies.long_tail.figures.numbers import GROUPS
from backend.studies.long_tail.params import LearnerName, LongTailParams

STUDY = get_study("long_tail")
BY_NAME = {figure.name: figure for figure in STUDY.figures}
PARAMS = LongTailParams(samples=100, points=200, dimensions=(20, 300), tightness=(0.5, 0.9))
NUMBERS = tuple(Number(printed.key, printed.value + 0.3 * printed.digit) for printed in PRINTED)
SEEN = tuple(
    Seen(times, 10.0, 0.01 * times, 0.001, 0.011 * times, 0.5, 0.1, 0.01, 0.1) for times in range(1, 5)
)
UNFITTED = tuple(Unfitted(q, 0.08 * q, 0.01 * q, 0.07 * q) for q in (0.0, 0.5, 1.0))


def cell(learner=LearnerName.NEAREST, dimensions=20, tightness=0.5, **fields):
    excess = 0.1 * tightness
    plain = Cell(
        learner, dimensions, tightness, 5, 0.3, 0.0, excess, 0.01, 0.2, 0.4, 0.11, 0.02, 0.12, 0.03,
        (0.9, 0.2, 0.1, 0.05), (0.04, 0.03, 0.02, 0.01),
    )  # fmt: skip
    return replace(plain, **fields)


CELLS = tuple(
    cell(learner, dimensions, tightness, excess=0.001 * dimensions * tightness)
    for learner in LearnerName
    for dimensions in (300, 20)
    for tightness in (0.9, 0.5)
)
LOOK = Elsewhere(
    64,
    100,
    50,
    0.1,
    (
        Neighbors(1, 1, 20, 0.5, 0.4, 0.7),
        Neighbors(2, 2, 1, 0.3, -np.inf, np.inf),
        Neighbors(3, 5, 29, 0.1, 0.05, 0.15),
        Neighbors(6, 20, 0, np.nan, np.nan, np.nan),
    ),
    (OfClass("cat", 60, 0.25, 0.2, 0.35), OfClass("dog", 40, 0.5, 0.4, 0.6)),
    0.3,
    0.2,
    0.4,
)
ALL = LongTailFacts(
    repetitions=1234, numbers=NUMBERS, seen=SEEN, unfitted=UNFITTED, cells=CELLS, elsewhere=LOOK
)


def drawn(name, facts=ALL, controls=None):
    return BY_NAME[name].drawn(Found(PARAMS, facts), controls)


def trace(figure, name, number=0):
    return [trace for trace in figure.data if trace.name == name][number]


@pytest.mark.parametrize("name", BY_NAME)
def test_every_figure_is_json_and_told_in_words(name):
    text = drawn(name).to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    made = json.loads(text)
    assert made["layout"]["meta"]["summary"].endswith(".")
    assert "nan" not in made["layout"]["meta"]["summary"]
    assert len(BY_NAME[name].description) > 100
    assert "No results yet" in drawn(name, LongTailFacts()).layout.title.text


def test_the_table_has_the_papers_ours_and_the_difference():
    assert [key for names in GROUPS.values() for key in names] == [printed.key for printed in PRINTED]
    _, texts = drawn("numbers").data
    rows = [list(texts.text[i : i + 3]) for i in range(0, len(texts.text), 3)]
    assert len(rows) == 11
    assert rows[0] == ["about 0.47", "0.473", "+0.003"]
    assert rows[-1] == ["0.031", "0.0313", "+0.0003"]
    values = np.array(texts.customdata, float).reshape(-1, 3)
    np.testing.assert_allclose(values[:, 0] + values[:, 2], values[:, 1])
    assert texts.y[0].startswith(f"{next(iter(GROUPS))}, worth of a point")
    assert texts.y[15] == "Subgroups, ten classes, N = 5,000, n = 50,000: smallest"
    assert "0.30 units" in drawn("numbers").layout.meta["summary"]
    assert drawn("numbers", LongTailFacts()).data == ()


def test_samples_lie_beside_the_closed_form_with_95_percent_bars():
    figure = drawn("worth")
    assert list(trace(figure, "closed form").y) == pytest.approx([1.1, 2.2, 3.3, 4.4])
    dots = trace(figure, "samples")
    assert list(dots.x) == [1, 2, 3, 4]
    assert list(dots.y) == pytest.approx([1, 2, 3, 4])
    np.testing.assert_allclose(dots.error_y.array, 0.196, rtol=1e-3)
    np.testing.assert_allclose(dots.customdata[0], [1 - 0.196, 1 + 0.196], rtol=1e-3)
    assert "1,234 repetitions" in figure.layout.title.text


def test_what_was_never_seen_has_a_line_but_no_dot():
    unseen = replace(SEEN[3], tau=np.nan, tau_error=np.nan)
    figure = drawn("worth", LongTailFacts(seen=(*SEEN[:3], unseen)))
    assert len(trace(figure, "samples").x) == 3
    assert len(trace(figure, "closed form").x) == 4
    assert "No results yet" in drawn("worth", LongTailFacts(seen=(unseen,))).layout.title.text


def test_the_price_is_drawn_over_the_fraction():
    figure = drawn("price")
    dots, line = trace(figure, "samples"), trace(figure, "closed form")
    assert list(dots.x) == list(line.x) == [0, 0.5, 1]
    assert list(dots.y) == pytest.approx([0, 0.04, 0.08])
    assert list(line.y) == pytest.approx([0, 0.035, 0.07])
    np.testing.assert_allclose(dots.error_y.array, [0, 0.0098, 0.0196], rtol=1e-3)
    assert "8.00%, expected 7.00%" in figure.layout.meta["summary"]


def test_the_card_has_both_lines():
    small = STUDY.drawn_small(Found(PARAMS, ALL))
    assert [(line["name"], line["y"][-1]) for line in small["lines"]] == [
        ("expected", 0.07),
        ("sampled", 0.08),
    ]
    assert STUDY.drawn_small(Found(PARAMS, LongTailFacts())) is None


def test_mixtures_are_panels_by_tightness_over_dimensions():
    figure = drawn("lost")
    assert [note.text for note in figure.layout.annotations] == [
        "<b>tightness 0.5</b>",
        "<b>tightness 0.9</b>",
    ]
    for number, tightness in enumerate((0.5, 0.9)):
        measured = trace(figure, "measured", number)
        assert list(measured.x) == [20, 300]
        assert list(measured.y) == pytest.approx([0.02 * tightness, 0.3 * tightness])
        np.testing.assert_allclose(measured.error_y.array, 0.0196, rtol=1e-3)
        assert list(trace(figure, "tau_1 for each", number).y) == [0.2, 0.2]
        assert list(trace(figure, "lambda_1 tau_1 for each", number).y) == pytest.approx([0.08, 0.08])
        assert measured.xaxis == ("x", "x2")[number]
        assert measured.showlegend == (number == 0)
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.tickvals) == [20, 300]


def test_the_learner_is_a_control():
    alone = LongTailFacts(cells=(cell(), cell(LearnerName.LINEAR, excess=0.077)))
    for name, title, value in (("nearest", "nearest neighbor", 0.05), ("linear", "least squares", 0.077)):
        figure = drawn("lost", alone, MixtureControls(learner=name))
        assert list(trace(figure, "measured").y) == pytest.approx([value])
        assert title in figure.layout.title.text
        assert title in drawn("scores", alone, MixtureControls(learner=name)).layout.title.text
    only = LongTailFacts(cells=(cell(LearnerName.LINEAR),))
    assert "No results yet" in drawn("lost", only).layout.title.text
    assert "No results yet" in drawn("scores", only).layout.title.text
    with pytest.raises(ValidationError):
        MixtureControls(learner="forest")
    assert STUDY.controls()["learner"][1].title == "Learner"


def test_a_mixture_without_an_error_yet_is_not_drawn():
    facts = LongTailFacts(cells=(cell(excess_error=np.nan), cell(dimensions=300)))
    assert list(trace(drawn("lost", facts), "measured").x) == [300]


def test_scores_by_multiplicity_stand_beside_their_mean_and_the_gap():
    figure = drawn("scores")
    first, second = (trace(figure, f"{d} dimensions") for d in (20, 300))
    assert list(first.x) == ["once", "twice", "3 times", "4 times", "all", "gap"]
    assert list(first.y) == [0.9, 0.2, 0.1, 0.05, 0.11, 0.12]
    np.testing.assert_allclose(first.error_y.array, 1.96 * np.array([4, 3, 2, 1, 2, 3]) / 100, rtol=1e-3)
    assert (first.marker.color, second.marker.color) == SERIES[:2]
    assert trace(figure, "20 dimensions", 1).marker.color == SERIES[0]
    assert trace(figure, "20 dimensions", 1).xaxis == "x2"


def test_another_experiment_is_drawn_by_neighbors_and_by_class():
    figure = drawn("elsewhere")
    neighbors, classes = figure.data
    assert list(neighbors.x) == ["1", "2", "3 to 5"]
    assert list(neighbors.y) == [0.5, 0.3, 0.1]
    np.testing.assert_allclose(neighbors.error_y.array, [0.2, 0, 0.05])
    np.testing.assert_allclose(neighbors.error_y.arrayminus, [0.1, 0, 0.05])
    np.testing.assert_allclose(neighbors.customdata[0], [20, 0.4, 0.7])
    assert (list(classes.x), list(classes.y), list(classes.text)) == ([60, 40], [0.25, 0.5], ["cat", "dog"])
    np.testing.assert_allclose(classes.error_y.array, [0.1, 0.1])
    assert (neighbors.xaxis, classes.xaxis, classes.yaxis) == ("x", "x2", "y2")
    assert "50 of 100 examples" in figure.layout.title.text
    assert "1: 0.500, 2: 0.300, 3 to 5: 0.100." in figure.layout.meta["summary"]
    assert neighbors.marker.color == COLORS["memorization"]
    assert Neighbors(21, None, 1, 0, 0, 0).named == "21 or more"
