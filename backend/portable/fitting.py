"""Whether results that came in a file are about the examples that they are shown with.

Pages index one by the other, so what does not fit would be an error on a page later, or a wrong picture.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import refused
from backend.datasets.examples import Examples
from backend.scores.scores import TRAJECTORIES, VERDICTS, Scores
from backend.statistics.influence import Partners
from backend.studies.kit.results import Influence, Results

Array = npt.NDArray[Any]
_COUNTS = ("n_in", "k_in", "n_out", "k_out")


def check_fits(results: Results, examples: Examples | None) -> None:
    """Raise InvalidError where results are not about these examples, or contradict themselves."""
    scores = results.scores
    if scores is None:
        beside: tuple[object, ...] = results.margins, results.influence, results.lookalikes, results.placebo
        _that(all(part is None for part in beside), "what goes with scores")
        return
    if examples is None:
        raise refused("The results have scores of examples, and the file has no data set.")
    n, classes = examples.n_train, len(examples.classes)
    form = (len(scores.sizes), n)
    _that(all(type(size) is int for size in scores.sizes) and len(set(scores.sizes)) == form[0] > 0, "sizes")
    _check_scores(scores, form, classes)
    if not np.array_equal(scores.labels, examples.given) or not np.array_equal(
        scores.flipped, examples.flipped
    ):
        raise refused(
            "The scores are of other labels than this version gives the examples: the file was written by a"
            " version that draws them otherwise, or it was changed."
        )
    _check_beside(results, form)
    if results.influence is not None:
        _check_influence(results.influence, len(scores.sizes), n, examples.n_test)
    if results.lookalikes is not None:
        near = results.lookalikes
        both = {"indices": near.indices, "distances": near.distances}
        _that(near.n_train == n and near.indices.ndim == 2, "lookalikes")
        _shaped(both, (n + examples.n_test, near.indices.shape[1]))
        _within(near.indices, n, "lookalikes")


def _check_scores(scores: Scores, form: tuple[int, int], classes: int) -> None:
    columns = {field.name: getattr(scores, field.name) for field in fields(Scores)}
    _shaped({name: columns[name] for name in (*_COUNTS, "low", "high", "verdicts")}, form)
    _shaped({name: columns[name] for name in ("labels", "flipped", "trajectories")}, form[1:])
    for side in ("in", "out"):
        k, n = columns[f"k_{side}"], columns[f"n_{side}"]
        _that(
            k.dtype.kind in "iu" and n.dtype.kind in "iu" and bool(((k >= 0) & (k <= n)).all()), f"k_{side}"
        )
        epochs = columns[f"epoch_{side}"]
        if epochs is not None:
            _that(epochs.ndim == 3 and (epochs.shape[0], epochs.shape[2]) == form, f"epoch_{side}")
    _within(scores.labels, classes, "labels")
    _within(scores.verdicts, len(VERDICTS), "verdicts")
    _within(scores.trajectories, len(TRAJECTORIES), "trajectories")
    _that(scores.flipped.dtype == np.bool_, "flipped")
    answers = scores.answers
    offsets = answers.offsets
    _shaped({"answers_offsets": offsets}, (form[0] * form[1] + 1,))
    _that(offsets.dtype.kind in "iu" and offsets[0] == 0, "answers_offsets")
    _that(bool((np.diff(offsets) >= 0).all()), "answers_offsets")
    _shaped({"answers_labels": answers.labels, "answers_counts": answers.counts}, (int(offsets[-1]),))
    _within(answers.labels, classes, "answers_labels")


def _check_beside(results: Results, form: tuple[int, int]) -> None:
    if results.margins is not None:
        found = vars(results.margins)
        calibration = found["calibration"]
        _shaped({name: values for name, values in found.items() if name != "calibration"}, form)
        _that(calibration.ndim == 4 and calibration.shape[:3] == (form[0], 2, 3), "margins_calibration")
    _shaped(results.columns, form)
    if results.placebo is not None:
        placebo = results.placebo
        _that(placebo.ndim == 3 and placebo.shape[2] == len(TRAJECTORIES), "placebo")


def _check_influence(influence: Influence, sizes: int, n: int, m: int) -> None:
    # Of whom the partners are, and among how many they are looked for; test examples stand behind training.
    kinds = {
        "helps_test": (n, n + m),
        "test_helpers": (m, n),
        "helps_train": (n, n),
        "train_helpers": (n, n),
        "nearest": (n, n),
    }
    for kind, (rows, among) in kinds.items():
        partners: Partners | None = getattr(influence, kind)
        if partners is None:
            continue
        _that(partners.indices.ndim == 3 and partners.indices.shape[:2] == (sizes, rows), kind)
        for name in Partners.names():
            _shaped({f"{kind}.{name}": getattr(partners, name)}, partners.indices.shape)
        _within(partners.indices, among, kind)


def _shaped(arrays: Mapping[str, Array], form: tuple[int, ...]) -> None:
    for name, values in arrays.items():
        if values.shape != form:
            raise refused(
                f"The results do not fit the examples: {name} is of the shape {values.shape}, not {form}."
            )


def _within(values: Array, count: int, name: str) -> None:
    whole = values.dtype.kind in "iu"
    _that(whole and (not values.size or (values.min() >= 0 and values.max() < count)), name)


def _that(holds: bool | np.bool_, name: str) -> None:
    if not holds:
        raise refused(f"The results contradict themselves, or do not fit the examples: {name}.")
