"""Somebody's own matrix, from its splits to claims and figures."""

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.datasets.matrix import Matrix, MatrixShape
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.matrix_factorization.claims.brought import FINDINGS
from backend.studies.matrix_factorization.facts import Brought, MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import MatrixFactorizationParams
from tests.api.test_matrices import bring
from tests.deployment import Deployment
from tests.uploads import npz
from workers.studies import matrix_factorization as worker
from workers.studies.matrix_factorization.brought import split

HOLDS, DIFFERS = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS
UNDECIDED, NOT_RUN = ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUN
STUDY = get_study("matrix_factorization")
ID = "0123456789ab"
YOURS = {"parts": [], "matrix": ID, "most_steps": 3000, "learning_rates": [0.01]}


def ratings(n=24, m=16, rank=2, noise=0.0, share=0.6, seed=0):
    """A matrix of that rank, shifted and scaled, of which a share is known."""
    rng = np.random.default_rng(seed)
    whole = 3 + 2 * rng.normal(size=(n, rank)) @ rng.normal(size=(rank, m)) / np.sqrt(rank)
    rows, columns = np.nonzero(rng.random((n, m)) < share)
    values = whole[rows, columns] + noise * rng.normal(size=len(rows))
    return Matrix(n, m, np.stack([rows, columns, values], axis=1)), whole


def found(params, matrix):
    context = Context(lambda _: None, matrix=lambda _: matrix)
    units = [
        (unit.payload, worker.run(unit.payload, params, context).arrays)
        for unit in STUDY.plan.units(params, matrix.shape)
    ]
    return STUDY.found(params, worker.summarize(params, None, units))


@pytest.fixture(scope="module")
def completed():
    matrix, whole = ratings()
    params = MatrixFactorizationParams.model_validate(YOURS)
    return found(params, matrix), matrix, whole


def test_splits_hold_out_other_entries_and_never_train_on_them():
    matrix, _ = ratings()
    params = MatrixFactorizationParams.model_validate(YOURS | {"held_out": 0.2})
    one, same, other = (split(matrix, params, number) for number in (0, 0, 1))
    mask = one.problem.observed.mask((24, 16))
    assert not mask[one.held_out.rows, one.held_out.columns].any()
    assert len(one.held_out.values) == round(0.2 * len(matrix.entries))
    assert len(one.held_out.values) + len(one.problem.observed.values) == len(matrix.entries)
    assert np.array_equal(one.held_out.rows, same.held_out.rows)
    assert not np.array_equal(one.held_out.rows, other.held_out.rows)
    assert one.problem.observed.values.mean() == pytest.approx(0)
    assert one.problem.observed.values.std() == pytest.approx(1)
    # An error of 1 is that of the mean; products come back in the units in which the matrix was brought.
    assert float(one.error(np.zeros((24, 16)))) == pytest.approx(np.square(one.held_out.values).mean())
    restored = one.restored(one.problem.observed.filled((24, 16)))
    rows, columns = one.problem.observed.rows, one.problem.observed.columns
    known = {(row, column): value for row, column, value in matrix.entries.tolist()}
    assert restored[rows[0], columns[0]] == pytest.approx(known[rows[0], columns[0]], rel=1e-5)


def test_a_matrix_of_low_rank_is_filled_in(completed):
    seen, _, whole = completed
    runs = {(run.depth, run.split): run for run in seen.facts.brought}
    assert set(runs) == {(depth, number) for depth in (0, 2, 3, 4) for number in range(3)}
    for number in range(3):
        assert runs[3, number].best < 0.02
        assert runs[3, number].best <= runs[3, number].held_out
        assert runs[3, number].unit == pytest.approx(2, rel=0.4)
    arrays = seen.results.arrays
    assert arrays["yours_matrix_3"].shape == (24, 16)
    assert np.sqrt(np.mean((arrays["yours_matrix_3"] - whole) ** 2)) < 0.5
    curves = arrays["yours_curves_3"]
    last = curves[0][np.isfinite(curves[0]).all(axis=1)][-1]
    assert last[0] < 1e-2
    assert np.isnan(arrays["yours_known_2"]).sum() == 24 * 16 - len(completed[1].entries)


def test_figures_draw_what_was_measured(completed):
    seen, matrix, _ = completed
    figures = {figure.name: figure.drawn(seen) for figure in STUDY.shown(seen.params)}
    assert set(figures) == {"held_out", "on_the_way", "completed"}
    ends = next(trace for trace in figures["held_out"].data if trace.name == "at the end")
    assert list(ends.x) == ["least nuclear norm", "depth 2", "depth 3", "depth 4"]
    runs = [run for run in seen.facts.brought if run.depth == 3]
    errors = [run.unit * np.sqrt(run.held_out) for run in runs]
    assert ends.y[2] == pytest.approx(np.mean(errors))
    spread = 4.302653 * np.std(errors, ddof=1) / np.sqrt(3)
    assert ends.error_y.array[2] == pytest.approx(spread, rel=1e-4)
    assert ends.error_y.arrayminus[2] == pytest.approx(spread, rel=1e-4)
    pictures = figures["completed"].data
    assert [picture.name for picture in pictures] == [
        "known",
        "least nuclear norm",
        "depth 2",
        "depth 3",
        "depth 4",
    ]
    row, column, value = matrix.entries[5]
    assert pictures[0].z[int(row)][int(column)] == pytest.approx(value, abs=1e-4)
    assert sum(value is None for line in pictures[0].z for value in line) == 24 * 16 - len(matrix.entries)
    curve = next(trace for trace in figures["on_the_way"].data if trace.name == "depth 2")
    drawn = seen.results.arrays["yours_curves_2"][:, :, 1]
    assert curve.y[0] == pytest.approx(drawn[:, 0].mean())


def judged(key, **by_depth):
    """Return the verdict on made-up runs: depth -> (rank, held-out error) for each split."""
    runs = tuple(
        Brought(int(depth[1:]), number, 10, 0.0, error, error, 5, rank, 1.0)
        for depth, values in by_depth.items()
        for number, (rank, error) in enumerate(values)
    )
    facts = MatrixFactorizationFacts(brought=runs)
    params = MatrixFactorizationParams.model_validate(YOURS)
    one = next(finding for finding in FINDINGS if finding.key == key)
    return one.claim(STUDY.found(params, Results(facts=facts)), "").verdict


NOISE = (0.9, 1.0, 1.1, 0.95, 1.05)


@pytest.mark.parametrize(
    ("times", "expected"),
    [(0.5, HOLDS), (2.0, DIFFERS), (1.0, UNDECIDED), (0.97, UNDECIDED), (1.03, UNDECIDED)],
)
def test_claims_go_by_ratios_over_splits(times, expected):
    deep = [(5 * times * noise, 0.1 * times * noise) for noise in NOISE]
    flat = [(5.0, 0.1)] * 5
    assert judged("own_rank", d3=deep, d2=flat) is expected
    assert judged("own_error", d3=deep, d0=flat) is expected
    # Ranks that only differ by how far each was trained are not lower.
    assert judged("own_rank", d3=[(4.99, 0.1)] * 3, d2=[(5.0, 0.1)] * 3) is DIFFERS
    # One split decides nothing, however clear it is.
    assert judged("own_rank", d3=deep[:1], d2=flat[:1]) is UNDECIDED
    assert judged("own_error", d3=deep[:1], d0=flat[:1]) is UNDECIDED


def test_claims_need_both_sides():
    assert judged("own_rank", d3=[(5, 0.1)] * 3) is NOT_RUN
    assert judged("own_error", d3=[(5, 0.1)] * 3, d2=[(5, 0.1)] * 3) is NOT_RUN
    # Depth 4 is no stand-in for depth 3.
    assert judged("own_rank", d4=[(1, 0.1)] * 3, d2=[(5, 0.1)] * 3) is NOT_RUN


def test_numbers_on_ones_own_matrix_are_not_at_the_papers_settings():
    alone = MatrixFactorizationParams.model_validate(YOURS)
    assert STUDY.departures.of_setting(alone) == ("a matrix of your own",)
    claims = STUDY.claims(STUDY.found(alone, Results(facts=MatrixFactorizationFacts())))
    assert {claim.setting.partition(":")[0] for claim in claims} == {"ours, reduced"}
    # Beside the paper's parts it changes nothing about these.
    paper = MatrixFactorizationParams.model_validate(STUDY.presets["paper"] | {"matrix": ID})
    assert STUDY.departures.of_setting(paper) == ()


def test_large_matrices_go_without_the_least_nuclear_norm():
    params = MatrixFactorizationParams.model_validate(YOURS)
    for side, depths in ((400, {0, 2, 3, 4}), (401, {2, 3, 4})):
        shape = MatrixShape(side, 900, 5000)
        assert {unit.payload["depth"] for unit in STUDY.plan.units(params, shape)} == depths
        assert any("left out" in note for note in STUDY.notes(params, shape)) == (side == 401)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"parts": []}, "parts"),
        ({"parts": [], "matrix": "0" * 13}, "matrix"),
        (YOURS | {"held_out": 0.51}, "held_out"),
        (YOURS | {"splits": 0}, "splits"),
    ],
)
def test_what_does_not_go_together_is_refused_by_its_name(fields, field):
    with pytest.raises(ValidationError) as caught:
        MatrixFactorizationParams.model_validate(fields)
    assert field in [error["loc"][0] for error in caught.value.errors()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_experiment_completes_what_was_brought_and_keeps_it(deployment: Deployment):
    matrix, _ = ratings(8, 6, 1)
    grid = np.full((8, 6), np.nan)
    rows, columns = matrix.entries[:, :2].astype(int).T
    grid[rows, columns] = matrix.entries[:, 2]
    made = bring(deployment, npz(matrix=grid))
    params = YOURS | {"matrix": made["id"], "splits": 1, "depths": [2], "most_steps": 200}
    body = {"study": "matrix_factorization", "params": params}
    done = deployment.finished(**body)
    assert done["status"] == "done"
    refused = deployment.problem("DELETE", f"/api/matrices/{made['id']}", 409)
    assert "delete it first" in refused["detail"]
    assert deployment.submit(expect=200, **body)["id"] == done["id"]
    body["params"] = params | {"matrix": "f" * 12}
    problem = deployment.problem("POST", "/api/experiments", 422, json=body)
    assert problem["errors"][0]["pointer"] == "/params/matrix"
