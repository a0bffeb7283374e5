"""The laboratories of matrix factorization: what is drawn at known positions, and when claims hold."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.found import Found
from backend.studies.matrix_factorization.labs import LABS as ALL
from tests import pace

HOLDS, DIFFERS = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS
UNDECIDED, NOT_RUN = ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUN
LABS = {lab.name: lab for lab in ALL}
POSITIONS = [
    *(
        ("growth", {"depth": depth, "start": start, "ratio": ratio})
        for depth, start, ratio in itertools.product((1, 3, 5), (1e-6, 0.1), (0.1, 1))
    ),
    *(
        ("commuting", {"eigenvalues": n, "rank": 4, "measurements": m, "alpha": alpha, "seed": seed})
        for n, m, alpha, seed in itertools.product((3, 10), (1, 2), (1, 1e-3), (0, 99))
    ),
    ("commuting", {"eigenvalues": 10, "measurements": 4, "alpha": 0.002}),
]


def at(name, **fields):
    lab = LABS[name]
    return lab.found(lab.params.model_validate(fields))


def drawn(name, figure, **fields):
    found = at(name, **fields)
    return next(one for one in LABS[name].figures if one.name == figure).drawn(found)


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def claims(name, **fields):
    return {claim.key: claim for claim in LABS[name].claims(at(name, **fields))}


def verdict(name, key, found):
    return next(one for one in LABS[name].findings if one.key == key).claim(found, "").verdict


@pytest.mark.parametrize(("name", "fields"), POSITIONS)
def test_every_position_draws_numbers_and_nothing_differs(name, fields):
    found = at(name, **fields)
    for figure in LABS[name].figures:
        made = figure.drawn(found)
        assert made.layout.meta["summary"].endswith(".")
        for one in made.data:
            assert np.isfinite(np.asarray(one.x, np.float64)).all()
            assert np.isfinite(np.asarray(one.y, np.float64)).all()
    assert DIFFERS not in [claim.verdict for claim in LABS[name].claims(found)]


@pytest.mark.parametrize(("name", "fields"), [POSITIONS[0], POSITIONS[-1]])
def test_the_costliest_positions_are_answered_at_once(name, fields):
    def answered():
        found = at(name, **fields)
        _ = [figure.drawn(found).to_json() for figure in LABS[name].figures], LABS[name].claims(found)

    assert pace.quickest(answered) < 0.12


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("growth", {"depth": 6}, "depth"),
        ("growth", {"start": 0}, "start"),
        ("growth", {"ratio": 1.01}, "ratio"),
        ("commuting", {"eigenvalues": 3, "measurements": 3}, "measurements"),
        ("commuting", {"eigenvalues": 11}, "eigenvalues"),
        ("commuting", {"alpha": 1e-4}, "alpha"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_name(name, fields, field):
    with pytest.raises(ValidationError) as caught:
        LABS[name].params.model_validate(fields)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


# --- growth ---


def test_the_race_ends_where_the_paper_says():
    facts = at("growth", ratio=0.8, start=1e-4).facts
    assert facts.behind == pytest.approx([0.80, 0.158, 0.0075, 0.0023, 0.00142], rel=0.01)
    marked = trace(drawn("growth", "two_values", depth=3, ratio=0.8), "depth 3, first at 1")
    assert (marked.x[0], marked.y[0]) == pytest.approx((1, 0.0075), rel=0.01)


def test_equal_drives_leave_two_values_equal():
    facts = at("growth", ratio=1).facts
    assert facts.second == pytest.approx(np.broadcast_to(facts.first, facts.second.shape), rel=1e-6)


def test_deeper_networks_learn_values_in_turn():
    facts = at("growth", depth=3, start=1e-4).facts
    assert facts.shares[:, 0] == pytest.approx([0.5] * 5, abs=2e-3)  # the largest is half learned then
    assert facts.shares[0] == pytest.approx([0.5] * 5, abs=2e-3)  # one matrix: all at the same pace
    assert (np.diff(facts.shares[:, 1]) < 0).all()
    # Two matrices: logistic curves. Time to half of 5, then what of 4 is learned by then.
    waited = np.log(5 / 1e-4 - 1) / (2 * 5)
    assert facts.shares[1, 1] == pytest.approx(1 / (1 + (4 / 1e-4 - 1) * np.exp(-2 * 4 * waited)), rel=0.02)
    curve = trace(drawn("growth", "one_by_one", depth=3), "to 5")
    assert float(np.interp(1, curve.x, curve.y)) == pytest.approx(2.5, abs=0.2)
    shares = trace(drawn("growth", "shares_over_depth"), "to 4")
    assert list(shares.x) == [1, 2, 3, 4, 5]
    assert np.asarray(shares.y) == pytest.approx(facts.shares[:, 1])


def test_claims_of_growth_turn_at_their_thresholds():
    found = at("growth", depth=3)
    for off, expected in ((0.9e-4, HOLDS), (1.1e-4, DIFFERS)):
        changed = Found(found.params, replace(found.facts, off=off))
        assert verdict("growth", "closed_form", changed) is expected
    for second, expected in ((0.49, HOLDS), (0.51, DIFFERS)):
        shares = found.facts.shares.copy()
        shares[0, 1], shares[2, 1] = 0.5, second
        assert (
            verdict("growth", "in_turn", Found(found.params, replace(found.facts, shares=shares))) is expected
        )
    assert claims("growth", depth=1)["in_turn"].verdict is NOT_RUN


# --- commuting measurements ---


def test_the_default_shows_what_the_theorems_say():
    shown = claims("commuting")
    assert {key: claim.verdict for key, claim in shown.items()} == {
        "least_norm": HOLDS,
        "not_a_quasi_norm": HOLDS,
    }


def test_every_drawn_matrix_fits_and_the_marks_stand_on_their_lines():
    facts = at("commuting", alpha=0.02).facts
    assert facts.excess.shape == (3, len(facts.alphas))
    assert facts.here(0.02) == pytest.approx(facts.limits.sum(axis=1) / facts.nuclear.sum() - 1)
    figure = drawn("commuting", "excess_over_scale", alpha=0.02)
    for row, depth in enumerate((2, 3, 4)):
        mark = trace(figure, f"depth {depth}, here")
        assert (mark.x[0], mark.y[0]) == pytest.approx((0.02, facts.here(0.02)[row]))
    bars = drawn("commuting", "eigenvalues_found", alpha=0.02)
    order = np.argsort(-facts.truth)
    assert np.asarray(trace(bars, "truth").y) == pytest.approx(facts.truth[order])
    assert np.asarray(trace(bars, "depth 4").y) == pytest.approx(facts.limits[2][order])
    assert np.asarray(trace(bars, "least Schatten-1/2").y) == pytest.approx(facts.quasi[order])


def test_the_least_norm_is_judged_by_what_may_remain_in_the_limit():
    found = at("commuting", alpha=1e-2)
    columns = len(found.facts.alphas)

    def with_excess(values):
        excess = np.broadcast_to(np.asarray(values, np.float64), (3, columns))
        return Found(found.params, replace(found.facts, excess=excess))

    assert verdict("commuting", "least_norm", with_excess([0.0099] * columns)) is HOLDS
    assert verdict("commuting", "least_norm", with_excess([0.0101] * columns)) is UNDECIDED
    growing = np.where(found.facts.alphas < 1e-2, 0.05, 0.001)
    assert verdict("commuting", "least_norm", with_excess(growing)) is DIFFERS


def test_the_quasi_norm_is_judged_by_which_solution_is_nearer():
    found = at("commuting", alpha=1e-3)
    nuclear, quasi = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])

    def ending(share, quasi=quasi, alpha=1e-3):
        end = nuclear + share * (quasi - nuclear)
        facts = replace(found.facts, nuclear=nuclear, quasi=quasi, limits=np.array([end] * 3))
        return Found(found.params.model_copy(update={"alpha": alpha}), facts)

    # At a share t of the way, distances are as t to 1 - t: a tenth at 1 / 11, equal at one half.
    for share, expected in ((0.09, HOLDS), (0.092, UNDECIDED), (0.49, UNDECIDED), (0.51, DIFFERS)):
        assert verdict("commuting", "not_a_quasi_norm", ending(share)) is expected
    near = np.array([0.951, 0, 0])
    assert verdict("commuting", "not_a_quasi_norm", ending(0.0, near)) is NOT_RUN
    assert verdict("commuting", "not_a_quasi_norm", ending(0.0, np.array([0.949, 0, 0]))) is HOLDS
    assert verdict("commuting", "not_a_quasi_norm", ending(0.0, alpha=0.0101)) is NOT_RUN
