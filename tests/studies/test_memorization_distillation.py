"""Distillation in the main study: what is trained, what is kept of it, and what is said of it."""

import base64
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import UnitStatus
from backend.datasets.base import Shape
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.statistics.joint import Joint
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import INCREASING
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.memorization.facts import Distillation, MemorizationFacts
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import TAUGHT_BYTES
from tests.deployment import Deployment
from tests.studies.test_memorization_claims import drawn
from workers.studies import runner
from workers.studies.memorization.distillation import compared, scores_of, with_students

STUDY = get_study("memorization")
RUNNER = runner("memorization")
FINDINGS = {finding.key: finding for finding in STUDY.findings}
FIGURES = {figure.name: figure for figure in STUDY.figures}
DIGITS = Shape(n_train=1437, n_test=360, classes=10, height=8, width=8, channels=1)
SIZES = (4, 8, 16, 32)
PARAMS = MemorizationParams(distillation=True, sizes=SIZES)


def judged(key, facts):
    results = Results(facts=MemorizationFacts(distillation=facts))
    return FINDINGS[key].claim(STUDY.found(PARAMS, results), "")


# --- what is asked ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": 0.5}, "greater than or equal to 1"),
        ({"temperature": 101}, "less than or equal to 100"),
        ({"teacher_weight": 0}, "greater than 0"),
        ({"teacher_weight": 1.5}, "less than or equal to 1"),
    ],
)
def test_bad_lessons_are_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        MemorizationParams(distillation=True, **change)


def taught(params, shape=DIGITS):
    return [unit for unit in STUDY.plan.units(params, shape) if "distilled" in unit.payload]


def test_units_train_teachers_once_and_students_of_every_size():
    units = taught(PARAMS)
    blocks = [(unit.payload["first"], unit.payload["first"] + unit.payload["count"]) for unit in units]
    assert [first for first, _ in blocks] == [0, *(stop for _, stop in blocks[:-1])]
    assert blocks[-1][1] == PARAMS.models
    assert sum(unit.models for unit in units) == PARAMS.models * (len(SIZES) + 1)
    alone = [unit for unit in STUDY.plan.units(PARAMS, DIGITS) if "distilled" not in unit.payload]
    plain = PARAMS.model_copy(update={"distillation": False})
    assert alone == STUDY.plan.units(plain, DIGITS)
    assert not taught(plain)
    price = sum(unit.seconds for unit in units) / sum(unit.seconds for unit in alone)
    assert 1 < price < 2, "students cost as much as models, and there are teachers"
    augmented = PARAMS.model_copy(update={"flip": True})
    assert sum(unit.seconds for unit in taught(augmented)) > sum(unit.seconds for unit in units)


def test_more_models_repeat_the_keys_of_full_blocks():
    few, many = (
        {unit.key for unit in taught(PARAMS.model_copy(update={"models": models}))} for models in (200, 400)
    )
    assert few < many


def test_students_come_behind_the_models_that_they_are_compared_with():
    units = STUDY.plan.units(PARAMS, DIGITS)
    for place, unit in enumerate(units):
        if "distilled" in unit.payload:
            before = [other for other in units[:place] if other.payload["first"] <= unit.payload["first"]]
            assert {other.payload.get("size") for other in before} >= {*SIZES}


def test_students_stop_with_the_models_where_a_target_is_reached():
    units = STUDY.plan.units(PARAMS.model_copy(update={"target": "known"}), DIGITS)
    for look in (50, 100):
        held = {unit.look for unit in units if unit.payload["first"] >= look}
        let_go = {unit.look for unit in units if unit.payload["first"] + unit.payload["count"] <= look}
        assert max(let_go) < min(held)


def test_what_teachers_say_of_a_unit_fits_into_memory():
    large = Shape(n_train=500_000, n_test=100, classes=100, height=8, width=8, channels=1)
    quick = MemorizationParams(distillation=True, sizes=(1, 2), epochs=1, batch_size=4096)
    for shape in (DIGITS, large):
        for unit in taught(quick, shape):
            assert unit.payload["count"] * shape.n_train * shape.classes * 2 <= TAUGHT_BYTES


# --- what is trained and kept ---

SMALL = MemorizationParams(distillation=True, sizes=(2, 8), models=24, epochs=3)


@pytest.fixture(scope="module")
def digits():
    return take(load_digits_dataset(), SMALL)


def run(digits, first, count):
    payload = {"distilled": True, "first": first, "count": count}
    return payload, RUNNER.run(payload, SMALL, Context(lambda _: None, digits)).arrays


@pytest.fixture(scope="module")
def students(digits):
    return run(digits, 0, 24)


def test_accuracies_are_those_of_the_right_answers(digits, students):
    _, arrays = students
    right = np.unpackbits(arrays["right"], axis=2, count=digits.n_train).astype(bool)
    masks = subset_masks(SMALL.seed, digits.n_train, SMALL.subset_fraction, 0, 24)
    assert right.shape == (2, 24, digits.n_train)
    for size in (0, 1):
        for model, mask in enumerate(masks):
            expected = right[size, model][mask].mean(), right[size, model][~mask].mean()
            assert arrays["accuracy"][size, model, :2] == pytest.approx(expected)
    assert arrays["accuracy"][1, :, 2].mean() > 0.4, "they learn, without having seen a label"


def test_students_are_the_same_in_other_units_and_add_up_in_any_order(digits, students):
    parts = [run(digits, first, 8) for first in (0, 8, 16)]
    whole = RUNNER.add(SMALL, digits, {}, [students])["distilled"]
    backwards = {}
    for part in reversed(parts):
        backwards = RUNNER.add(SMALL, digits, backwards, [part])
    assert whole.keys() == backwards["distilled"].keys()
    for name, array in whole.items():
        assert (array == backwards["distilled"][name]).all(), name


# --- what is found in made-up answers ---


MOST = 240


def answers(truth, models, seed=0, spread=0.0):
    """A unit of that many models that are right without an example as its true score (S, n) says.

    Scores of each model are all off by as much, of that `spread`.
    """
    rng = np.random.default_rng(seed)
    masks = subset_masks(0, truth.shape[1], 0.7, 0, models)
    chance = rng.random((len(truth), MOST, truth.shape[1]))[:, :models]
    off = spread * rng.standard_normal((MOST, 1))[:models]
    right = masks | (chance >= truth[:, None] + off)
    parts = [(right & chosen).sum(axis=2) / chosen.sum(axis=1) for chosen in (masks, ~masks)]
    accuracy = np.stack([*parts, 0.9 + 0.01 * rng.standard_normal(parts[0].shape)], axis=2)
    return 0, {"right": np.packbits(right, axis=2), "accuracy": accuracy}, masks


def of_labels(first, arrays, masks):
    """The same as what models that learn from labels leave behind, size by size."""
    kept = with_students(None, first, arrays, masks)
    return [
        SimpleNamespace(numbers=kept["numbers"], accuracy=accuracy[..., None], n=kept["n"], k=k)
        for accuracy, k in zip(kept["accuracy"], kept["k"], strict=True)
    ]


def hold(by_labels, distilled, models=120, seed=0):
    """Hold students of true scores `distilled` (S, n) against models of true scores `by_labels`."""
    sums = of_labels(*answers(by_labels, models, seed))
    students = with_students(None, *answers(distilled, models, seed + 1000))
    return compared(sums, students, SIZES[: len(by_labels)])


def shapes(n=600):
    """True scores over four sizes: a third constant, a third increasing, a third decreasing."""
    rng = np.random.default_rng(5)
    level = rng.uniform(0.1, 0.5, n)
    slope = np.repeat([0.0, 0.45, -0.45], n // 3)
    start = np.where(slope < 0, level + 0.45, level)
    return start + slope * np.linspace(0, 1, 4)[:, None], np.repeat([0, 1, 2], n // 3)


def test_scores_are_those_of_all_models():
    truth, _ = shapes()
    facts = hold(truth, truth * 0.5, models=240)
    column = scores_of(with_students(None, *answers(truth * 0.5, 240)))["distilled"]
    assert column.shape == truth.shape
    assert np.abs(column - truth / 2).mean() < 0.06
    few = scores_of(with_students(None, *answers(truth, 1)))["distilled"]
    assert np.isnan(few).all(), "one model never has an example both ways"
    assert scores_of(None) == {}
    assert facts.models == facts.types.models == 240
    mean = np.array(facts.memorization.mean).reshape(2, 4)
    assert mean[0] == pytest.approx(truth.mean(axis=1), abs=0.01)
    assert mean[1] == pytest.approx(truth.mean(axis=1) / 2, abs=0.01)
    assert np.array(facts.by_labels)[:, 0] == pytest.approx(1)
    assert sum(facts.types.examples) == pytest.approx(600)


def test_only_the_same_models_are_compared():
    truth, _ = shapes()
    many, few = of_labels(*answers(truth, 100)), with_students(None, *answers(truth, 55, seed=1))
    facts = compared(many, few, SIZES)
    assert facts.models == 55, "of whole models, all numbers that both have"
    assert facts.types.models == 50, "of counts, the turns of ten models that both have completely"
    both = of_labels(*answers(truth, 50)), with_students(None, *answers(truth, 50, seed=1))
    assert facts.types == compared(*both, SIZES).types
    assert compared([*many[:-1], None], few, SIZES) is None, "a size has no models yet"
    assert compared(many, None, SIZES) is None
    facts = compared(many, with_students(None, *answers(truth, 5)), SIZES)
    assert (facts.models, facts.types) == (5, None)


def verdicts(key, by_labels, distilled, seeds=12, models=120):
    return Counter(
        str(judged(key, hold(by_labels, distilled, models, seed)).verdict) for seed in range(seeds)
    )


def less_of(kind, by=0.3):
    """True scores without and with a teacher who lowers one third: 0 constant, 1 rising, 2 falling."""
    truth, kinds = shapes()
    return truth, np.where(kinds == kind, truth - by, truth).clip(0)


@pytest.mark.parametrize(("kind", "verdict"), [(1, "holds"), (0, "differs"), (2, "differs")])
def test_whose_scores_fall_most_is_told(kind, verdict):
    assert verdicts("distillation_of_increasing", *less_of(kind), seeds=4) == {verdict: 4}


def test_regression_to_the_mean_is_no_effect_of_a_teacher():
    """Who seems to increase by chance has scores too high by chance: where nothing changes, nothing does."""
    flat = np.tile(np.random.default_rng(0).uniform(0.2, 0.7, 800), (4, 1))
    rising, _ = shapes()
    for truth, models in ((flat, 60), (rising, 60), (rising, 200)):
        found = verdicts("distillation_of_increasing", truth, truth, seeds=6, models=models)
        assert found["holds"] <= 1, found
        assert found["differs"] <= 1, found
    changes = [hold(rising, rising, 60, seed).types.change.mean[INCREASING] for seed in range(6)]
    assert abs(np.mean(changes)) < 0.01


def test_limits_of_types_hold_what_they_say():
    """Of the mean change of increasing examples where nothing changes, in about 95 of 100 cases."""
    truth, _ = shapes(300)
    covered = 0
    for seed in range(40):
        types = hold(truth, truth, 60, seed).types
        _, low, high = types.change.contrast({INCREASING: 1})
        covered += low <= 0 <= high
    assert 34 <= covered <= 40


def test_types_wait_for_models_and_examples():
    few = hold(*less_of(1), models=20)
    assert judged("distillation_of_increasing", few).verdict in {"undecided", "not run"}
    constant = np.tile(np.linspace(0, 1, 300), (4, 1))
    assert judged("distillation_of_increasing", hold(constant, constant)).verdict == "not run"
    one = hold(constant[:1], constant[:1])
    assert one.types is None
    for key in ("distillation_lowers", "distillation_improves", "distillation_rises_longer"):
        claim = judged(key, one)
        assert (claim.verdict, claim.note) == ("not run", "needs a size below the teacher's")


# --- claims about whole models ---


def found_of(memorization, test=None, models=60, noise=0.01, seed=0):
    """What whole models tell whose means are `memorization` (2, S), and `test`; pairs share their noise."""
    rng = np.random.default_rng(seed)
    means = np.stack([memorization, np.full(np.shape(memorization), 0.9) if test is None else test])
    shared = 0.05 * rng.standard_normal((models, 1, 1, 1))
    values = means + shared + noise * rng.standard_normal((models, *means.shape))  # (K, 2, 2, S)
    count = np.shape(memorization)[1]
    accuracy = tuple((1.0, 1.0 - m, 0.9) for m in np.asarray(memorization)[0])
    return Distillation(
        SIZES[:count],
        models,
        accuracy,
        accuracy,
        *(Joint.of(values[:, what].reshape(models, -1)) for what in (0, 1)),
    )


FLAT = np.full((2, 4), 0.3)


@pytest.mark.parametrize(("change", "verdict"), [(-0.01, "holds"), (0.01, "differs"), (0.0, "undecided")])
def test_averages_are_judged_by_models_that_begin_alike(change, verdict):
    """Unpaired, what models of one number share would hide a change five times as large."""
    moved = FLAT + np.array([[0], [change]])
    claim = judged("distillation_lowers", found_of(moved))
    assert claim.verdict == verdict
    assert claim.high - claim.low < 0.006
    better = judged("distillation_improves", found_of(FLAT, FLAT - np.array([[0], [change]])))
    assert better.verdict == verdict


def test_the_teachers_own_size_does_not_count():
    moved = FLAT.copy()
    moved[1, -1] -= 0.1
    assert judged("distillation_lowers", found_of(moved, noise=0.001)).verdict == "undecided"
    assert judged("distillation_lowers", found_of(moved, models=4)).verdict == "not run"
    assert "5 models" in judged("distillation_lowers", found_of(moved, models=4)).note


PEAKS = {place: 0.3 - 0.03 * np.abs(np.arange(4) - place) for place in range(4)}


@pytest.mark.parametrize(
    ("labels", "students", "verdict"),
    [(1, 2, "holds"), (1, 3, "holds"), (2, 1, "differs"), (1, 1, "differs"), (3, 3, "undecided")],
)
def test_where_averages_peak_is_told(labels, students, verdict):
    claim = judged("distillation_rises_longer", found_of([PEAKS[labels], PEAKS[students]]))
    assert claim.verdict == verdict
    assert claim.measured == students - labels
    assert f"highest at size {SIZES[students]} with" in claim.answer


def test_flat_averages_have_no_peak():
    told = Counter(
        str(judged("distillation_rises_longer", found_of(FLAT, seed=seed)).verdict) for seed in range(40)
    )
    assert told["undecided"] >= 38
    noisy = found_of([PEAKS[1], PEAKS[2]], noise=0.3)
    assert judged("distillation_rises_longer", noisy).verdict == "undecided"
    two = judged("distillation_rises_longer", found_of(FLAT[:, :2]))
    assert two.note == "needs three sizes"


def test_experiments_without_students_are_not_asked():
    plain = MemorizationParams()
    keys = [key for key in FINDINGS if key.startswith("distillation")]
    assert len(keys) == 4
    assert not any(FINDINGS[key].of(plain) for key in keys)
    assert all(FINDINGS[key].of(PARAMS) for key in keys)
    assert {str(judged(key, None).verdict) for key in keys} == {"not run"}
    shown = {figure.name for figure in STUDY.shown(plain)}
    assert not any(name.startswith("distillation") for name in shown)
    assert STUDY.departures.scope(plain) == ("distillation (Fig. 5) is not run",)
    paper = MemorizationParams.model_validate(STUDY.presets["paper"])
    assert STUDY.departures.scope(paper) == ()
    warm = paper.model_copy(update={"temperature": 20.0})
    assert STUDY.departures.of_setting(warm) == (
        "a teacher's weight of 1 at temperature 20 instead of 1 at 3 (recalled)",
    )


# --- what is seen ---


def draw(name, facts, scores=None, distilled=None, **controls):
    columns = {} if distilled is None else {"distilled": distilled}
    results = Results(facts=MemorizationFacts(distillation=facts), scores=scores, columns=columns)
    figure = FIGURES[name]
    return figure.drawn(STUDY.found(PARAMS, results), figure.controls(**controls))


def test_scores_are_counted_in_twenty_by_twenty_cells():
    truth = np.tile(np.array([0.0, 0.5, 1.0, 1.0]), (4, 1))
    scores = drawn(truth, 1000, fit=1.0, flipped=np.zeros(4, np.bool_)).results.scores
    distilled = np.full(truth.shape, 0.3, np.float32)
    distilled[1] = -0.3, 0.15, 1.0, np.nan
    figure = draw("distillation_scores", None, scores, distilled, students=2)
    cells = figure.data[0]
    counts = np.nan_to_num(np.array(cells.z, float))
    assert counts.shape == (20, 20)
    assert counts.sum() == 3
    assert counts[0, 0] == counts[9:11, 3].sum() == counts[19, 19] == 1, "students across, labels upwards"
    assert "of 3 examples" in figure.layout.title.text
    below_the_teacher = draw("distillation_scores", None, scores, distilled)
    assert below_the_teacher.layout.title.text.endswith("4")
    unknown = draw("distillation_scores", None, scores, distilled, students=5)
    assert unknown.layout.title.text == "There are no students of size 5; sizes are 1, 2, 4, 8"


def test_figures_show_both_ways_of_learning():
    facts = hold(*less_of(1))
    both = draw("distillation", facts)
    memorization = [trace for trace in both.data if trace.name.startswith("memorization")]
    means = np.array(facts.memorization.mean).reshape(2, 4)
    for trace, mean in zip(memorization, means, strict=True):
        assert trace.y == pytest.approx(mean)
    assert len(both.data) == 2 + 6, "accuracies stand beside every mean"
    gain = draw("distillation_gain", facts).data[0]
    assert gain.y == pytest.approx(np.subtract(*np.array(facts.test.mean).reshape(2, 4)[::-1]))
    types = draw("distillation_types", facts)
    bars = dict(zip(types.data[0].x, types.data[0].y, strict=True))
    rising = next(value for name, value in bars.items() if name.startswith("increasing"))
    assert rising == pytest.approx(facts.types.change.mean[INCREASING])
    assert rising == min(bars.values())
    for name in ("distillation", "distillation_gain", "distillation_scores", "distillation_types"):
        assert any(word in draw(name, None).layout.title.text for word in ("wait", "need"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_experiment_trains_students_beside_everything_else(deployment: Deployment) -> None:
    params = {
        "sizes": [4, 8],
        "models": 20,
        "epochs": 2,
        "distillation": True,
        "removal": 2,
        "surrogate": True,
    }
    experiment = deployment.submit(params=params)["id"]
    deployment.work(experiment)
    deployment.work(experiment)
    assert not deployment.units(experiment, UnitStatus.QUEUED)
    done = deployment.get(f"/api/experiments/{experiment}")
    assert done["status"] == "done"
    figure = deployment.get(f"/api/experiments/{experiment}/figures/distillation_scores?students=8")
    assert figure["layout"]["title"]["text"] == "Scores of 1,437 examples at width 8"
    z, edges = figure["data"][0]["z"], figure["layout"]["meta"]["cells"]["edges"]
    counts = np.frombuffer(base64.b64decode(z["bdata"]), z["dtype"]).reshape(20, 20)
    assert np.nansum(counts) == 1437
    view = "size=8&limit=1&column=distilled"
    for row, column in np.argwhere(counts > 0)[::3].tolist():
        bounds = ""
        for name, place in (("column", column), ("memorization", row)):  # as a click on the cell says it
            bounds += f"&{name}_gte={edges[place]}" if place > 0 else ""
            bounds += f"&{name}_lte={edges[place + 1] - 1e-6:.6f}" if place < 19 else ""
        total = deployment.get(f"/api/experiments/{experiment}/examples?{view}{bounds}")["total"]
        assert total == counts[row, column]
    columns = deployment.get(f"/api/experiments/{experiment}/columns")["items"]
    assert "distilled" in {column["key"] for column in columns}
    first = deployment.get(f"/api/experiments/{experiment}/examples?sort=-column:distilled&limit=5")["items"]
    assert len(first) == 5
    claims = {c["key"]: c for c in deployment.get(f"/api/experiments/{experiment}/claims")["items"]}
    assert claims["distillation_lowers"]["verdict"] != "not run"
    assert claims["distillation_rises_longer"]["note"] == "needs three sizes"
