"""The laboratory of solutions: what each problem picks at known positions, and when claims hold."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.found import Found
from backend.studies.separable.labs.solutions import LAB, SolutionsParams
from backend.theory.solutions import Method
from tests import pace

HOLDS, DIFFERS = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS
UNDECIDED, NOT_RUN = ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUN


def at(**fields):
    return LAB.found(SolutionsParams(**fields))


def drawn(name, found):
    return next(one for one in LAB.figures if one.name == name).drawn(found)


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def verdict(key, found, **changed):
    facts = replace(found.facts, **changed)
    measure = next(one for one in LAB.findings if one.key == key)
    return measure.claim(Found(found.params, facts), "").verdict


@pytest.mark.parametrize(
    ("method", "depth", "scale"), list(itertools.product(Method, (1, 4), (1e-3, 0.1, 1)))
)
def test_every_position_has_no_training_loss_and_nothing_differs(method, depth, scale):
    found = at(method=method, depth=depth, scale=scale)
    facts = found.facts
    assert facts.squares[-1] @ [2, 1] == pytest.approx(2, abs=1e-6)
    assert facts.completed.loss.max() < 1e-6
    for figure in LAB.figures:
        made = figure.drawn(found)
        assert made.layout.meta["summary"].endswith(".")
        for one in made.data:
            assert np.isfinite(np.asarray(one.y, np.float64)).all()
    assert DIFFERS not in [claim.verdict for claim in LAB.claims(found)]


def test_the_costliest_position_is_answered_at_once():
    def answered():
        found = at(method="Adam", depth=4)
        _ = [figure.drawn(found).to_json() for figure in LAB.figures], LAB.claims(found)

    assert pace.quickest(answered) < 0.12


def test_the_default_shows_what_four_papers_say():
    assert {claim.verdict for claim in LAB.claims(at())} == {HOLDS}


def test_the_optimizer_decides_the_solution_of_least_squares():
    descent, adam = at().facts, at(method="Adam").facts
    assert descent.off_smallest < 0.01
    assert adam.off_smallest > 0.3
    figure = drawn("side_by_side", at())
    end, smallest = trace(figure, "found"), trace(figure, "reference")
    assert (smallest.x[0], smallest.y[0]) == pytest.approx((0.8, 0.4))
    assert (end.x[0], end.y[0]) == pytest.approx((0.8, 0.4), abs=0.01)
    assert at(scale=1).facts.off_smallest == pytest.approx(1.5)  # what the start has across the equation


def test_the_optimizer_decides_the_direction_of_logistic_regression():
    descent, adam = at().facts, at(method="Adam").facts
    assert descent.angles[-1] < 3
    assert adam.angles[-1] > 20
    line = trace(drawn("side_by_side", at()), "angle")
    assert line.y[-1] == pytest.approx(descent.angles[-1])
    assert line.x[-1] == 1_000_000


def test_depth_and_start_decide_the_missing_entry():
    assert at(depth=1, scale=0.1).facts.completed.entry[0] == pytest.approx(0.1)
    assert at(depth=3).facts.completed.entry[0] == pytest.approx(0.25, rel=0.01)
    found = at(depth=3, scale=0.1)
    mark = trace(drawn("side_by_side", found), "entry here")
    assert (mark.x[0], mark.y[0]) == pytest.approx((0.1, found.facts.completed.entry[0]))
    assert mark.y[0] > 0.3


def test_claims_turn_at_their_thresholds():
    found = at()
    squares = found.facts.squares
    nearest = squares[-1]
    unit = np.linalg.norm(found.facts.smallest) * np.array([1, -2]) / np.sqrt(5)  # along the solutions
    for share, expected in ((0.0098, HOLDS), (0.0102, DIFFERS)):
        moved = np.vstack([squares, nearest + share * unit])
        assert verdict("smallest_norm", found, squares=moved) is expected

    w, steps = found.facts.separator.weights, np.array([1, 10, 100])
    across = np.array([-w[1], w[0]])

    def turned(before, now):
        angles = np.radians([30, before, now])
        return np.cos(angles)[:, None] * w + np.sin(angles)[:, None] * across

    for before, now, expected in (
        (6, 4.9, HOLDS),
        (6, 5.1, UNDECIDED),
        (4, 5.1, DIFFERS),
        (4, 4.9, UNDECIDED),
    ):
        assert verdict("largest_margin", found, steps=steps, logistic=turned(before, now)) is expected

    for off, expected in ((0.049, HOLDS), (0.051, DIFFERS), (-0.051, DIFFERS)):
        entry = np.full_like(found.facts.completed.entry, 0.25 * (1 + off))
        changed = found.facts.completed._replace(entry=entry)
        assert verdict("low_rank", found, completed=changed) is expected

    functions = found.facts.functions
    noise = np.random.default_rng(0).normal(size=30)
    for shift, expected in ((1.0, HOLDS), (-0.5, DIFFERS), (0.0, UNDECIDED)):
        ratios = 1 + shift + 0.2 * (noise - noise.mean())
        norms = np.append(10.0, 10 * ratios)
        assert verdict("larger_by_heart", found, functions=functions._replace(norms=norms)) is expected


def test_statements_are_held_only_where_they_speak():
    assert [verdict(key, at(method="Adam")) for key in ("smallest_norm", "largest_margin")] == [NOT_RUN] * 2
    assert verdict("low_rank", at(depth=1)) is NOT_RUN
    assert verdict("low_rank", at(scale=0.0101)) is NOT_RUN
    assert verdict("low_rank", at(scale=0.01)) is HOLDS


def test_random_labels_are_drawn_from_the_seed_and_wrong_in_between():
    facts = at(seed=5).facts
    assert np.array_equal(facts.labels, at(seed=5).facts.labels)
    assert not np.array_equal(facts.labels[1:], at(seed=6).facts.labels[1:])
    assert np.array_equal(facts.labels[0], at(seed=6).facts.labels[0])
    figure = drawn("side_by_side", at(seed=5))
    for row, name in enumerate(("true labels", "random labels")):
        assert np.asarray(trace(figure, f"{name}, given").y) == pytest.approx(facts.labels[row])
        assert np.asarray(trace(figure, name).y) == pytest.approx(facts.functions.values[row])
    places = {one.name: (one.xaxis, one.yaxis) for one in figure.data}
    assert len(set(places.values())) == 4
    assert places["found"] == places["reference"] == places["no training loss"]
    true, random = facts.wrong
    assert true < 0.06
    assert 0.4 < random < 0.6


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"depth": 5}, "depth"),
        ({"scale": 1e-4}, "scale"),
        ({"method": "sgd"}, "method"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_name(fields, field):
    with pytest.raises(ValidationError) as caught:
        SolutionsParams.model_validate(fields)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]
