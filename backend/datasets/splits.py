"""Which uploaded images train and which test, and whether their classes can be learned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from backend.core.printable import is_printable
from backend.datasets.archive import refused
from backend.datasets.ranks import rank_in_class
from backend.statistics.seeds import Purpose, generator

MAX_CLASSES = 1000
MAX_NAME = 100  # characters of a class's name
MIN_CLASS = 2  # training examples


def stratified(labels: npt.NDArray[np.int64], fraction: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return (n,) which examples become the test part: that fraction of each class, at least one."""
    order = generator(seed, Purpose.SPLIT).permutation(len(labels))
    sizes = np.maximum(np.rint(fraction * np.bincount(labels)), 1)
    test = np.zeros(len(labels), np.bool_)
    test[order[rank_in_class(labels[order]) < sizes[labels[order]]]] = True
    return test


def check_names(names: Sequence[str]) -> None:
    """Refuse names of classes that no page, form or database could carry, and more than there may be."""
    if len(names) > MAX_CLASSES:
        raise refused(
            f"There are {len(names):,} classes, at most {MAX_CLASSES:,} can be taken; is each image in the"
            " folder of its class, and each label a class?"
        )
    for name in names:
        if not name.strip() or len(name) > MAX_NAME or not is_printable(name):
            raise refused(
                f"{name[:MAX_NAME]!r} cannot name a class; a name has 1 to {MAX_NAME} printable characters."
            )


def notes_on_names(names: Iterable[str]) -> list[str]:
    """Say which classes differ in capital letters or spaces only: often they are meant to be one."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        alike[" ".join(name.casefold().split())].append(name)
    return [
        f"{' and '.join(map(repr, several))} are classes of their own, although they differ in capital"
        " letters or spaces only. Rename one if they are meant to be the same."
        for several in alike.values()
        if len(several) > 1
    ]


def check_split(labels: npt.NDArray[np.int64], test: npt.NDArray[np.bool_], classes: Sequence[str]) -> None:
    """Refuse a data set with fewer than two classes, or a class that has too few training images."""
    if not classes:
        raise refused("The archive holds no images.")
    if len(classes) < 2:
        raise refused(f"There is one class, {classes[0]!r}, only; a classifier needs two.")
    counts = np.bincount(labels[~test], minlength=len(classes))
    if counts.min() < MIN_CLASS:
        least = int(counts.argmin())
        tests = int(np.bincount(labels, minlength=len(classes))[least] - counts[least])
        beside = f" beside {tests:,} for the test" if tests else ""
        raise refused(
            f"Class {classes[least]!r} needs at least {MIN_CLASS} training images, it has"
            f" {counts[least]}{beside}. Add some, or leave the class out."
        )
