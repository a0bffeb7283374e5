"""The figures on matrices: the numbers that they pick, and the paper's beside them."""

import json

import numpy as np
import pytest

from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.matrix_factorization.facts import (
    Dynamics,
    Fit,
    Least,
    MatrixFactorizationFacts,
    Truth,
)
from backend.studies.matrix_factorization.figures.conjecture import error_curves, norm_curves
from backend.studies.matrix_factorization.figures.dynamics import PLACES, Course, spectra
from backend.studies.matrix_factorization.figures.pictures import (
    Amount,
    Finder,
    PictureControls,
    Start,
    chosen,
)
from backend.studies.matrix_factorization.figures.recovery import courses, levels, preview
from backend.studies.matrix_factorization.figures.training import ways
from backend.studies.matrix_factorization.paper import ROWS, row
from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part

STUDY = get_study("matrix_factorization")
FIGURES = {figure.name: figure for figure in STUDY.figures}
PAPERS = {"size": 100, "rank": 5, "observed": (0.2, 0.5)}
PARAMS = MatrixFactorizationParams(
    parts=tuple(Part), **PAPERS, inits=(1e-4, 1e-2), learning_rates=(1e-3, 3e-4), depths=(2, 3), problems=2
)
SMALL = PARAMS.model_copy(update={"size": 6, "rank": 1, "observed": (0.25, 0.5)})


def fit(part, depth, problem, observed, init, error, lr=1e-3, nuclear=220.0):
    return Fit(part, depth, problem, observed, init, lr, 300, 1e-7, True, error, nuclear, 5.0)


def runs(params, part=Part.COMPLETION):
    return tuple(
        fit(part, depth, problem, observed, init, 10.0 ** (-depth - 2 * problem), lr, 220.0 + problem)
        for depth in (2, 3)
        for problem in (0, 1)
        for observed in params.counts()
        for lr in params.learning_rates
        for init in params.inits
    )


def norms(params, part=Part.COMPLETION):
    return tuple(Least(part, p, k, 210.0, 1e-6, 0.1 * 10**-p, 9.0) for p in (0, 1) for k in params.counts())


def found(params=PARAMS, arrays=None, **facts):
    whole = {"truths": (Truth(0, 219.0, 4.9), Truth(1, 221.0, 4.7))} | facts
    return STUDY.found(params, Results(facts=MatrixFactorizationFacts(**whole), arrays=arrays or {}))


def drawn(name, evidence, controls=None):
    return json.loads(FIGURES[name].drawn(evidence, controls).to_json())


def test_errors_are_geometric_means_and_norms_are_means():
    evidence = found(fits=runs(PARAMS), least=norms(PARAMS))
    first, second = courses(evidence, Part.COMPLETION, 2000, "error")[:2]
    assert (first.depth, first.lr, second.lr) == (2, 1e-3, 3e-4)
    assert first.inits == (1e-4, 1e-2)
    np.testing.assert_allclose(first.spread.mean, 1e-3)  # of 1e-2 and 1e-4
    np.testing.assert_allclose([first.spread.low[0], first.spread.high[0]], [1e-4, 1e-2])
    np.testing.assert_allclose(courses(evidence, Part.COMPLETION, 2000, "nuclear")[0].spread.mean, 220.5)
    known = levels(evidence, Part.COMPLETION, 2000, "nuclear")
    assert known == {"least nuclear norm": (210.0, 2), "the matrix": (220.0, 2)}
    errors = levels(evidence, Part.COMPLETION, 2000, "error")
    assert errors["least nuclear norm"][0] == pytest.approx(0.1 / np.sqrt(10))
    assert list(errors) == ["least nuclear norm"]


@pytest.mark.parametrize(("part", "name"), [(Part.COMPLETION, "completion"), (Part.SENSING, "sensing")])
def test_the_overview_has_the_papers_layout_and_its_values(part, name):
    figure = drawn(f"recovery_{name}", found(fits=runs(PARAMS, part), least=norms(PARAMS, part)))
    axes = {(trace["xaxis"], trace["yaxis"]) for trace in figure["data"] if "name" in trace}
    assert len(axes) == 6  # two rows of observations, three quantities
    published = [trace for trace in figure["data"] if trace.get("name") == "paper, depth 2"]
    assert published[0]["y"] == list(ROWS[part, 2000].courses["error", 2].values)
    assert "1.0e-03 from 0.0001" in figure["layout"]["meta"]["summary"]
    legend = [trace["name"] for trace in figure["data"] if trace.get("showlegend")]
    assert len(legend) == len(set(legend))
    assert {"depth 2", "depth 3", "least nuclear norm", "the matrix"} <= set(legend)


def test_the_papers_values_are_drawn_at_its_own_size_only():
    assert row(PARAMS, Part.COMPLETION, 2000) is ROWS[Part.COMPLETION, 2000]
    assert row(PARAMS, Part.COMPLETION, 2001) is None
    for field, value in (("size", 60), ("rank", 4)):
        assert row(PARAMS.model_copy(update={field: value}), Part.COMPLETION, 2000) is None
    figure = drawn("recovery_completion", found(SMALL, fits=runs(SMALL)))
    assert not [trace for trace in figure["data"] if trace.get("name", "").startswith("paper")]


def test_learning_rates_are_told_apart_by_dashes():
    figure = drawn("errors_completion", found(fits=runs(PARAMS)))
    lines = {
        trace["name"]: trace["line"].get("dash")
        for trace in figure["data"]
        if "rate" in trace.get("name", "")
    }
    assert lines["depth 2, rate 0.001"] is None
    assert lines["depth 2, rate 0.0003"] == "dash"
    assert {trace["xaxis"] for trace in figure["data"] if trace.get("name") == "depth 3, rate 0.001"} == {
        "x2",
        "x4",
    }


def test_the_card_has_logarithms_of_errors():
    lines = preview(found(fits=tuple(run for run in runs(PARAMS) if run.lr == 1e-3)))["lines"]
    assert [line["name"] for line in lines] == ["depth 2", "depth 3"]
    np.testing.assert_allclose(lines[0]["x"], [-4, -2])
    np.testing.assert_allclose(lines[0]["y"], [-3, -3])
    assert preview(found()) is None


def pictured():
    """Return facts and arrays of matrices that are told apart by their constant."""
    facts = runs(SMALL)
    rows = [at for at, run in enumerate(facts) if run.problem == 0 and run.lr == 1e-3]
    least = norms(SMALL)
    truth = np.arange(36.0).reshape(6, 6) / 36
    arrays = {
        "truth": truth,
        "order": np.arange(36)[::-1],
        "matrix_fits": np.array(rows),
        "matrix_matrices": np.array([np.full((6, 6), float(at)) for at in rows], np.float32),
        "least_fits": np.array([0, 1]),
        "least_matrices": np.array([np.full((6, 6), -1.0), np.full((6, 6), -2.0)], np.float32),
    }
    return found(SMALL, arrays, fits=facts, least=least)


def test_controls_choose_the_matrix():
    evidence, facts = pictured(), runs(SMALL)
    for finder in (Finder.TWO, Finder.THREE):
        for start, init in ((Start.SMALLEST, 1e-4), (Start.LARGEST, 1e-2)):
            for amount, observed in zip((Amount.FEWEST, Amount.MOST), SMALL.counts(), strict=True):
                picture = chosen(evidence, PictureControls(finder=finder, start=start, amount=amount))
                run = facts[int(picture.matrix[0, 0])]
                assert (run.depth, run.init, run.observed) == (int(finder), init, observed)
                assert (run.problem, run.lr, picture.observed) == (0, 1e-3, observed)
    least = [chosen(evidence, PictureControls(finder=Finder.LEAST, amount=a)).matrix[0, 0] for a in Amount]
    assert least == [-1, -2]
    assert chosen(evidence, PictureControls(finder=Finder.FOUR)) is None


def test_pictures_show_what_is_known_and_by_how_much_it_is_off():
    evidence = pictured()
    figure = FIGURES["pictures"].drawn(evidence, PictureControls(finder=Finder.LEAST))
    truth, known, matrix, error = (np.array(trace.z, float) for trace in figure.data)
    assert np.isfinite(known).sum() == SMALL.counts()[0] == 9
    np.testing.assert_allclose(known[np.isfinite(known)], truth[np.isfinite(known)])
    assert np.isfinite(known[5, 5])
    np.testing.assert_allclose(error, np.abs(matrix - truth), atol=1e-4)
    assert (
        "not with this depth"
        in FIGURES["pictures"].drawn(evidence, PictureControls(finder=Finder.SIX)).layout.title.text
    )


def test_measurements_have_no_known_entries():
    params = SMALL.model_copy(update={"parts": (Part.SENSING,)})
    facts, least = runs(params, Part.SENSING), norms(params, Part.SENSING)
    evidence = found(params, dict(pictured().results.arrays), fits=facts, least=least)
    figure = FIGURES["pictures"].drawn(evidence, PictureControls(finder=Finder.THREE))
    assert not np.isfinite(np.array(figure.data[1].z, float)).any()


def test_errors_on_the_way_end_where_the_run_ends():
    facts = runs(SMALL)
    history = np.full((len(facts), 3, 4), np.nan)
    history[:, 0], history[:, 1] = (1.0, 0.9, 5, 5), (0.1, 0.5, 5, 5)
    evidence = found(SMALL, {"history": history, "history_steps": np.array([100, 200, 400])}, fits=facts)
    known = ways(evidence)
    assert {(way.fit.problem, way.fit.observed, way.fit.lr) for way in known} == {(0, 9, 1e-3)}
    assert len(known) == 4
    np.testing.assert_allclose(known[0].steps, [100, 200, 300])
    np.testing.assert_allclose(known[0].train, [1.0, 0.1, 1e-7])
    np.testing.assert_allclose(known[0].error, [0.9, 0.5, known[0].fit.error])
    assert len(drawn("training", evidence)["data"]) == 8


def followed():
    arrays = {}
    for depth in (1, 2, 3):
        steps = np.arange(0, 1000, 5)
        sigma = np.outer(steps, [3.0, 1.0]) * depth
        arrays |= {
            f"dynamics_steps_{depth}": steps,
            f"dynamics_sigma_{depth}": sigma,
            f"dynamics_theory_{depth}": np.where(steps[:, None] > 800, np.inf, sigma),
            f"dynamics_alignment_{depth}": np.ones((len(steps), 2)),
        }
    rows = tuple(
        Dynamics(depth, problem, (10.0, 10.0**-depth * 100**problem), (1.0,), 1.0, 0.1, 0.1, 0.0, 0.0)
        for depth in (1, 2, 3)
        for problem in (0, 1)
    )
    return found(SMALL, arrays, dynamics=rows)


def test_the_scrubber_moves_a_mark_in_every_panel():
    figure = drawn("dynamics", followed())
    slider = figure["layout"]["sliders"][0]
    assert len(slider["steps"]) == PLACES + 1
    values, named = slider["steps"][PLACES // 2]["args"]
    assert [figure["data"][at]["name"] for at in named] == ["at the slider"] * 3
    assert values["x"][0] == [pytest.approx(500, abs=10)] * 2
    assert values["y"][2] == [pytest.approx(9 * values["x"][2][0]), pytest.approx(3 * values["x"][2][0])]
    assert slider["steps"][PLACES]["args"][0]["x"][0] == [995, 995]
    assert figure["data"][named[1]]["x"] == [995, 995]


def test_theory_that_leaves_all_bounds_stays_in_the_panel():
    figure = FIGURES["dynamics"].drawn(followed())
    for trace in figure.data:
        assert np.isfinite(np.array(trace.y, float)).all()


def test_courses_are_thinned_to_their_last_record():
    course = Course(np.arange(1000), np.zeros((1000, 2)), np.zeros((1000, 2)), np.zeros((1000, 2))).thinned(
        50
    )
    assert len(course.steps) == 50
    assert course.steps[-1] == 999


def test_spectra_are_relative_to_the_first_value():
    assert {depth: rows.tolist() for depth, rows in spectra(followed()).items()} == {
        depth: [[1, pytest.approx(10.0 ** (-depth - 1))], [1, pytest.approx(10.0 ** (1 - depth))]]
        for depth in (1, 2, 3)
    }
    assert "depth 1: 0.1" in drawn("spectrum", followed())["layout"]["meta"]["summary"]


def test_the_conjecture_has_errors_and_excesses_over_observations():
    params = PARAMS.model_copy(update={"sweep": (0.1, 0.2)})
    facts = tuple(
        fit(Part.CONJECTURE, depth, p, k, 1e-4, 1e-2 / k * 10**-p, nuclear=210.0 * 1.01**depth)
        for depth in (2, 3)
        for p in (0, 1)
        for k in (1000, 2000)
    )
    least = tuple(Least(Part.CONJECTURE, p, k, 210.0, 0, 0.1, 9.0) for p in (0, 1) for k in (1000, 2000))
    evidence = found(params, fits=facts, least=least)
    curves = {curve.name: curve for curve in error_curves(evidence)}
    assert list(curves) == ["depth 2", "depth 3", "least nuclear norm"]
    np.testing.assert_allclose(curves["depth 3"].spread.mean, [1e-5 / np.sqrt(10), 5e-6 / np.sqrt(10)])
    excesses = {curve.depth: curve.spread.mean for curve in norm_curves(evidence)}
    np.testing.assert_allclose(excesses[3], 1.01**3 - 1)
    summary = drawn("conjecture", evidence)["layout"]["meta"]["summary"]
    assert "depth 3 from 1,000 entries on (2 of 2 problems)" in summary
    assert "the least nuclear norm nowhere" in summary
