"""From how many models on scores say something."""

import numpy as np
import pytest

from backend.scores.answers import Answers
from backend.scores.few import caution, few_models, is_few, models_of
from backend.scores.scores import Scores
from backend.statistics.intervals import THRESHOLD, newcombe
from backend.studies import get_study
from backend.studies.kit.found import Found
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import MemorizationFacts
from backend.studies.memorization.params import MemorizationParams
from backend.studies.scored.histograms import HistogramControls, histogram, histograms


def scores(*models: tuple[int, int]) -> Scores:
    """Scores of 4 examples at a size for each pair of how many models had them and had not; all are right."""
    n_in, n_out = (np.repeat([[pair[side]] for pair in models], 4, 1).astype(np.int32) for side in (0, 1))
    sizes = tuple(2**size for size in range(len(models)))
    labels, flipped = np.arange(4) % 2, np.zeros(4, np.bool_)
    answers = Answers.of_counts(np.zeros((len(models), 4, 2), np.int32))
    return Scores.of_counts(sizes, labels, flipped, (n_in, n_in, n_out, n_out), answers)


@pytest.mark.parametrize(("n_in", "n_out", "few"), [(25, 11, True), (28, 12, False), (10_000, 11, True)])
def test_models_are_few_while_the_surest_example_could_be_memorized(n_in, n_out, few):
    assert is_few(scores((n_in, n_out)), 0) is few
    assert bool(newcombe(n_in, n_in, n_out, n_out)[1] >= THRESHOLD) is few
    assert few_models(scores((n_in, n_out)), 0) == (n_in + n_out if few else None)


def test_without_models_or_without_held_out_ones_there_are_few():
    assert (is_few(scores((0, 0)), 0), is_few(scores((30, 0)), 0)) == (True, True)
    assert models_of(scores((0, 0)), 0) == 0


def test_a_card_counts_the_models_of_the_size_that_has_fewest():
    def drawn(*models):
        found = Found(MemorizationParams(), MemorizationFacts(), Results(scores=scores(*models)))
        made = get_study("memorization").drawn_small(found)
        return made["size"], made["models"], made["few"]

    assert drawn((28, 12), (70, 30)) == (2, 40, False)
    assert drawn((70, 30), (7, 3)) == (2, 10, True)
    assert drawn((70, 30), (0, 0)) == (1, 100, False)  # a size without scores is not drawn either


def test_histograms_of_few_models_are_faded_and_say_so():
    found = Found(
        MemorizationParams(), MemorizationFacts(), Results(scores=scores((70, 30), (7, 3))), (), "width"
    )
    figure = histograms.drawn(found)
    assert [bar.marker.opacity for bar in figure.data] == [1, 1, 0.4, 0.4], (
        "the ends are columns of their own"
    )
    assert {bar.marker.opacity for bar in histogram.drawn(found, HistogramControls()).data} >= {0.4}
    titles = [note.text for note in figure.layout.annotations[:2]]
    assert ["only 10 models" in title for title in titles] == [False, True]


@pytest.mark.parametrize(("models", "told"), [(None, False), (1, True), (49, True), (50, False)])
def test_intervals_near_the_ends_are_cautioned_about_below_fifty_models(models, told):
    assert (caution(models) is not None) is told
