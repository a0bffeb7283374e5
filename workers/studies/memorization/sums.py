"""What the answers of one size's models add up to: what is kept of them does not grow with their number.

Parts of the models tell how far estimates from one hold for another. They take turns of `TURN` models, in
which balanced subsets hold out every example about equally often.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.statistics.margins import Control, Moments
from backend.studies.kit.runner import Arrays

TURN = 10  # consecutive models of one part
PARTS = 12
CHUNK = 4096  # examples counted at a time, so that a large data set needs no large copies

OF_MODELS = ("numbers", "accuracy", "course_of_models")  # a row for each model

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Sums:
    """All models of one size so far, K of them, over n training examples, m test examples and E epochs.

    numbers: (K,) which models; accuracy: (K, 3, E) theirs on the subset, held out and on the test set. The
    counts `n` of models and `k` of right answers are (PARTS, 2, n): by part, and with the example before
    without it; the sums of margins and of their squares are (2, 2, n): of even and of odd parts, and so are
    `asked` and `products`, sums of a surrogate's margins and of these times the models'. named: (n, classes)
    what held-out models answered. epochs: (2, E, n) how many models with, and without, an example
    got it right then. expected: (n, classes) sums of probabilities over models and epochs; course: (P, n)
    sums of what `COURSE` names over models that had an example, course_of_models: (K, P) over a model's
    examples.
    Absent parts are None: units of earlier versions have no margins, and only some have a course.
    """

    numbers: npt.NDArray[np.int64]
    accuracy: npt.NDArray[np.float64]
    n: npt.NDArray[np.uint16]
    k: npt.NDArray[np.uint16]
    named: npt.NDArray[np.uint16]
    total: npt.NDArray[np.int64] | None = None
    squares: npt.NDArray[np.int64] | None = None
    asked: npt.NDArray[np.int64] | None = None
    products: npt.NDArray[np.int64] | None = None
    epochs: npt.NDArray[np.uint16] | None = None
    expected: npt.NDArray[np.int32] | None = None
    course: npt.NDArray[np.int64] | None = None
    course_of_models: npt.NDArray[np.int64] | None = None

    @property
    def counts(self) -> list[Counts]:
        """n_in, k_in, n_out and k_out, (n,) each, of all models."""
        n, k = self.n.sum(axis=0, dtype=np.int32), self.k.sum(axis=0, dtype=np.int32)
        return [n[0], k[0], n[1], k[1]]

    def parts(self, number: int) -> Counts:
        """Return the counts (number, 4, n) n_in, k_in, n_out and k_out of that many parts, at most PARTS."""
        groups = [np.arange(group, PARTS, min(number, PARTS)) for group in range(min(number, PARTS))]
        n, k = (
            np.stack([counts[group].sum(axis=0, dtype=np.int32) for group in groups])
            for counts in (self.n, self.k)
        )
        return np.stack([n[:, 0], k[:, 0], n[:, 1], k[:, 1]], axis=1)

    def moments(self, side: int) -> Moments | None:
        """Return the moments of the models with the examples, 0, or without, 1; None where none were kept."""
        if self.total is None or self.squares is None:
            return None
        n, k = (
            np.stack([counts[half::2, side].sum(axis=0, dtype=np.int64) for half in (0, 1)])
            for counts in (self.n, self.k)
        )
        return Moments(n, k, self.total[:, side], self.squares[:, side])

    def control(self, side: int, further: Arrays) -> Control | None:
        """Return what the surrogate tells of that side; `further` is what it answers to other subsets."""
        if self.asked is None or self.products is None or not further:
            return None
        n, total, squares = (further[name][side] for name in ("n", "total", "squares"))
        mean = total / n
        variance = (squares - total.astype(np.float64) * mean) / (n - 1)
        return Control(self.asked[:, side], self.products[:, side], n, mean, variance)

    def plus(self, other: "Sums") -> "Sums":
        """Return both together; parts that one of them lacks are lost."""
        joined: dict[str, Any] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine is None or theirs is None:
                joined[field.name] = None
            elif field.name in OF_MODELS:
                joined[field.name] = np.concatenate([mine, theirs])
            else:
                joined[field.name] = mine + theirs
        return Sums(**joined)

    def in_order(self) -> "Sums":
        """Return the same with models in ascending order, whatever order they came in."""
        order = np.argsort(self.numbers)
        own = {name: getattr(self, name) for name in OF_MODELS}
        return replace(self, **{name: array[order] for name, array in own.items() if array is not None})

    def kept(self) -> Arrays:
        """Return the arrays to keep."""
        return {name: array for name, array in vars(self).items() if array is not None}


def of_unit(first: int, arrays: Arrays, masks: npt.NDArray[np.bool_], examples: Examples) -> Sums:
    """Sum up what models first .. first + K - 1 answered, `run`'s arrays, with masks (K, n)."""
    answers, margins = arrays["train"], arrays.get("margins")
    models, n = answers.shape
    numbers = np.arange(first, first + models)
    of_models = numbers // TURN % PARTS
    classes = len(examples.classes)
    counted, right = np.zeros((2, PARTS, 2, n), np.uint16)
    total, squares, asked, products = np.zeros((4, 2, 2, n), np.int64)
    surrogate = arrays.get("surrogate")
    named = np.zeros((n, classes), np.uint16)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        predictions, had = answers[:, part], masks[:, part]
        correct = predictions == examples.given[part]
        for which in np.unique(of_models):
            own = of_models == which
            margin = None if margins is None else margins[own, part].astype(np.int64)
            for side, chosen in enumerate((had[own], ~had[own])):
                counted[which, side, part] = chosen.sum(axis=0)
                right[which, side, part] = (correct[own] & chosen).sum(axis=0)
                if margin is not None:
                    total[which % 2, side, part] += (margin * chosen).sum(axis=0)
                    squares[which % 2, side, part] += (margin * margin * chosen).sum(axis=0)
                if margin is not None and surrogate is not None:
                    answered = surrogate[own, part].astype(np.int64) * chosen
                    asked[which % 2, side, part] += answered.sum(axis=0)
                    products[which % 2, side, part] += (answered * margin).sum(axis=0)
        _, places = np.nonzero(~had)
        cells = places * classes + predictions[~had]
        size = predictions.shape[1]
        named[part] = np.bincount(cells, minlength=size * classes).reshape(size, classes)
    epochs = None
    if "epoch_in" in arrays and "epoch_out" in arrays:
        epochs = np.stack([arrays["epoch_in"], arrays["epoch_out"]])
    has_margins = margins is not None
    return Sums(
        numbers=numbers,
        accuracy=arrays["accuracy"],
        n=counted,
        k=right,
        named=named,
        total=total if has_margins else None,
        squares=squares if has_margins else None,
        asked=asked if has_margins and surrogate is not None else None,
        products=products if has_margins and surrogate is not None else None,
        epochs=epochs,
        **{name: arrays.get(name) for name in ("expected", "course", "course_of_models")},
    )
