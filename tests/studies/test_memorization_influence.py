"""Influence from units is what the answers of their models say, and is looked for when it is time."""

import numpy as np

from backend.datasets.base import Dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.statistics.subsets import subset_masks
from backend.studies import get_study
from backend.studies.kit.results import Influence, Results
from backend.studies.memorization.facts import MemorizationFacts
from backend.studies.memorization.params import MemorizationParams
from workers.studies.memorization import add, of_sums
from workers.studies.memorization import influence as module

N, M, CLASSES, MODELS = 40, 15, 3, 60
PEERS = next(figure for figure in get_study("memorization").figures if figure.name == "peers")
PARAMS = MemorizationParams(sizes=(8,), models=MODELS, epochs=1, label_noise=0)
TWINS = 4, 17  # training examples that look the same


def made_examples():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (N + M, 4, 4)).astype(np.uint8)
    images[TWINS[1]] = images[TWINS[0]]
    labels = np.arange(N + M) % CLASSES
    names = tuple(map(str, range(N + M)))
    dataset = Dataset("noise", images, labels, tuple(map(str, range(CLASSES))), names, N)
    return take(dataset, DataOptions(label_noise=0))


EXAMPLES = made_examples()
MASKS = subset_masks(PARAMS.seed, N, PARAMS.subset_fraction, 0, MODELS)


def answered():
    """Predictions (K, N) and (K, M): chance, but that a twin is right just where a model had either."""
    rng = np.random.default_rng(1)
    train, test = rng.integers(0, CLASSES, (MODELS, N)), rng.integers(0, CLASSES, (MODELS, M))
    for twin in TWINS:
        seen = MASKS[:, list(TWINS)].any(axis=1)
        train[:, twin] = np.where(seen, EXAMPLES.given[twin], (EXAMPLES.given[twin] + 1) % CLASSES)
    return train.astype(np.uint8), test.astype(np.uint8)


TRAIN, TEST = answered()


def unit(first, count):
    part = slice(first, first + count)
    arrays = {"train": TRAIN[part], "test": TEST[part], "accuracy": np.zeros((count, 3, 1))}
    return {"size": 8, "first": first, "count": count}, arrays


def added(cuts, kept=None):
    """What is kept after units (first, count), one at a time."""
    kept = dict(kept or {})
    for cut in cuts:
        kept |= add(PARAMS, EXAMPLES, kept, [unit(*cut)])
    return kept


WHOLE = [(0, 20), (20, 20), (40, 20)]


def test_every_direction_is_a_direct_masked_average():
    found = of_sums(PARAMS, EXAMPLES, added(WHOLE)).influence
    for kind, held, right in (
        ("helps_test", False, EXAMPLES.labels[N:] == TEST),
        ("test_helpers", False, EXAMPLES.labels[N:] == TEST),
        ("helps_train", True, EXAMPLES.given == TRAIN),
        ("train_helpers", True, EXAMPLES.given == TRAIN),
        ("nearest", True, EXAMPLES.given == TRAIN),
    ):
        partners = getattr(found, kind)[0]
        for row, place in np.ndindex(partners.indices.shape):
            other = int(partners.indices[row, place])
            helper, helped = (row, other) if kind.startswith("helps") else (other, row)
            helped -= N if kind == "helps_test" else 0
            if helper == helped and held:
                continue
            counts = ~MASKS[:, helped] if held else np.ones(MODELS, bool)
            with_it, without = (
                right[counts & side, helped] for side in (MASKS[:, helper], ~MASKS[:, helper])
            )
            expected = with_it.mean() - without.mean() if len(with_it) and len(without) else np.nan
            np.testing.assert_allclose(partners.influence[row, place], expected, atol=1e-12)


def test_twins_hide_each_other_and_are_found_by_influence_and_by_pixels():
    found = of_sums(PARAMS, EXAMPLES, added(WHOLE))
    scores = found.scores.memorization[0, list(TWINS)]
    helpers = found.influence.train_helpers[0]
    assert helpers.indices[list(TWINS), 0].tolist() == list(TWINS[::-1])
    assert (helpers.influence[list(TWINS), 0] == 1).all()
    assert (scores < 0.5).all(), "each is right without itself, as long as the other was there"
    assert found.influence.nearest[0].indices[list(TWINS), 0].tolist() == list(TWINS[::-1])
    assert found.lookalikes.near(np.array(TWINS), np.array(TWINS[::-1])).all()
    study = get_study("memorization")
    drawn = PEERS.drawn(study.found(PARAMS, found))
    assert "are near-duplicates" in drawn.layout.meta["summary"]
    assert {tuple(pair) for trace in drawn.data for pair in trace.customdata} >= {TWINS, TWINS[::-1]}


def test_units_in_any_cut_and_order_give_the_same():
    one, other = (
        of_sums(PARAMS, EXAMPLES, added(cuts)).influence for cuts in (WHOLE, [(30, 30), (0, 6), (6, 24)])
    )
    for kind in Influence.kinds():
        for name, array in vars(getattr(one, kind)).items():
            assert (array == getattr(getattr(other, kind), name)).all(), (kind, name)


def test_what_is_kept_is_read_back_as_it_was():
    found = of_sums(PARAMS, EXAMPLES, added(WHOLE))
    again = Results.from_bytes(found.to_bytes(), MemorizationFacts)
    for kind in Influence.kinds():
        for name, array in vars(getattr(found.influence, kind)).items():
            assert (array == getattr(getattr(again.influence, kind), name)).all()
    assert (again.lookalikes.distances == found.lookalikes.distances).all()
    assert again.lookalikes.n_train == N


def test_few_examples_are_looked_at_whenever_models_have_doubled(monkeypatch):
    looked = []
    real = module._of_size
    monkeypatch.setattr(module, "_of_size", lambda *given: looked.append(given[3]) or real(*given))
    added([(at, 2) for at in range(0, MODELS, 2)])
    assert looked == [32, 60], "not before half of them are in"
    looked.clear()
    monkeypatch.setattr(module, "FEW", N - 1)
    added([(at, 2) for at in range(0, MODELS, 2)])
    assert looked == [MODELS], "many examples wait until all models are in"


def test_a_unit_changes_no_answers_of_others(monkeypatch):
    monkeypatch.setattr(module, "FEW", 0)
    kept = added(WHOLE[:2])
    changed = add(PARAMS, EXAMPLES, kept, [unit(40, 10)])
    assert sorted(changed) == ["8", "answers/8/000040"]


def test_influence_of_no_size_is_none_and_of_some_is_unknown_at_the_others():
    assert of_sums(PARAMS, EXAMPLES, {}).influence is None
    two = PARAMS.model_copy(update={"sizes": (8, 16)})
    found = of_sums(two, EXAMPLES, added(WHOLE))
    assert [found.influence.helps_test[row].known for row in (0, 1)] == [True, False]
    assert [pairs.size for pairs in found.facts.pairs] == [8]


def test_too_many_pairs_are_not_looked_at(monkeypatch):
    monkeypatch.setattr("backend.statistics.influence.AFFORDABLE", N * N * MODELS - 1)
    monkeypatch.setattr("backend.datasets.lookalikes.AFFORDABLE", N * (N + M) * 16 - 1)
    found = of_sums(PARAMS, EXAMPLES, added(WHOLE))
    assert found.influence.helps_test[0].known
    assert found.influence.train_helpers is None
    assert found.lookalikes is None
    assert found.facts.pairs[0].alike is None
    monkeypatch.setattr("backend.statistics.influence.AFFORDABLE", N * N * MODELS)
    assert of_sums(PARAMS, EXAMPLES, added(WHOLE)).influence.train_helpers is not None


def test_results_of_earlier_versions_keep_whom_examples_help(monkeypatch):
    found = of_sums(PARAMS, EXAMPLES, added(WHOLE))
    helps = found.influence.helps_test
    old = {"partners": helps.indices, "k_in": helps.k_in, "k_out": helps.k_out}
    monkeypatch.setattr(
        "backend.studies.kit.results._flat", lambda _: {f"influence_{name}": a for name, a in old.items()}
    )
    again = Results.from_bytes(found.to_bytes(), MemorizationFacts).influence
    assert (again.helps_test.influence == helps.influence).all()
    assert again.train_helpers is None


def test_the_figure_says_so_where_nobody_is_known_to_help():
    study = get_study("memorization")
    empty = PEERS.drawn(study.found(PARAMS, of_sums(PARAMS, EXAMPLES, {})))
    assert empty.layout.title.text.startswith("No training example")
