"""What the memorization study buys with more time: more pictures, then longer training, sizes and models."""

from collections.abc import Iterator, Sequence
from typing import Any

from backend.datasets.base import Shape
from backend.networks.ladders import Family
from backend.scores.few import CAUTIOUS_BELOW
from backend.statistics.subsets import heldout_count
from backend.studies.kit.budgets import climb, close
from backend.studies.memorization.params import MOST_MODELS, MemorizationParams

BATCH = 64
SGD_STEPS = 800  # what networks take to learn a few thousand pictures by heart
FEWEST_EPOCHS, MOST_EPOCHS = 10, 100
LONGER = 1.5  # the longer training, as a multiple of the shorter
FEWEST_PICTURES = 200
FEWEST_OF_A_CLASS = 10
SMALL_SIDE = {Family.MLP_WIDTH: 32, Family.CNN_WIDTH: 16}  # pixels of pictures in the least experiments
LARGE_SIDE = 64  # and in the largest
SIZES = {  # each keeps the sizes of the one before
    Family.MLP_WIDTH: (
        (4, 16, 64),
        (4, 8, 16, 32, 64),
        (4, 8, 16, 32, 64, 128),
        (4, 8, 16, 32, 64, 128, 256),
    ),
    Family.CNN_WIDTH: ((4, 8, 16), (4, 8, 12, 16), (4, 8, 12, 16, 24), (4, 8, 12, 16, 24, 32)),
}
FEW, GOOD, BETTER = 100, 200, 600  # models of a size
# To find wrong labels takes one size, and few models: see docs/benchmarks.md.
SUSPECT_SIZES = {Family.MLP_WIDTH: ((64,), (128,)), Family.CNN_WIDTH: ((8,), (16,))}
SUSPECT_FEWEST, SUSPECT_ENOUGH, SUSPECT_MOST = 10, 25, 100


def steps(whole: Shape, params: MemorizationParams) -> Sequence[dict[str, Any]]:
    """Return settings, each at least as long and as precise as the one before, for a data set of that form.

    There are never fewer models than intervals can bear; the least experiments take few pictures instead.
    """
    family = _family(whole, params)
    few_sizes, more_sizes, most_sizes, all_sizes = SIZES[family]
    few = _fewest(whole, params, few_sizes, CAUTIOUS_BELOW)
    side, largest = _larger(whole, family)
    further = climb(
        few[-1],
        largest,
        {"per_class": None, "image_size": LARGE_SIDE if side > LARGE_SIDE else None},
        {"models": FEW},
        {"sizes": more_sizes},
        {"models": GOOD, "epochs": round(LONGER * few[-1]["epochs"])},
        {"sizes": most_sizes},
        {"models": BETTER},
        {"sizes": all_sizes},
        {"models": MOST_MODELS},
    )
    return (*few[:-1], *further)


def suspect_steps(whole: Shape, params: MemorizationParams) -> Sequence[dict[str, Any]]:
    """Return settings that tell suspect labels, each with no fewer pictures and models than before.

    All pictures come first: a label that nobody looks at cannot be found.
    """
    family = _family(whole, params)
    small, large = SUSPECT_SIZES[family]
    few = _fewest(whole, params, small, SUSPECT_FEWEST)
    side, largest = _larger(whole, family)
    further = climb(
        {**few[-1], "per_class": None},
        {"models": SUSPECT_ENOUGH},
        {"sizes": large},
        largest,
        {"models": SUSPECT_MOST},
        {"image_size": LARGE_SIDE if side > LARGE_SIDE else None},
    )
    return (*few[:-1], *further)


def _family(whole: Shape, params: MemorizationParams) -> Family:
    return Family.MLP_WIDTH if whole.channels == 1 or params.grayscale else Family.CNN_WIDTH


def _fewest(
    whole: Shape, params: MemorizationParams, sizes: tuple[int, ...], models: int
) -> list[dict[str, Any]]:
    """Return settings with so many models and small pictures, on few first and on all of them last."""
    family = _family(whole, params)
    side, small = max(whole.height, whole.width), SMALL_SIDE[family]
    start = {
        "family": family,
        "batch_size": BATCH,
        "image_size": small if side > small else None,
        "sizes": sizes,
        "models": models,
    }
    return [{**start, **way} for way in _more_pictures(whole, params)]


def _larger(whole: Shape, family: Family) -> tuple[int, dict[str, Any]]:
    """Return the pictures' larger side, and what brings small ones to the side of larger experiments."""
    side = max(whole.height, whole.width)
    return side, {"image_size": min(side, LARGE_SIDE)} if side > SMALL_SIDE[family] else {}


def _more_pictures(whole: Shape, params: MemorizationParams) -> Iterator[dict[str, int]]:
    """Go from few pictures of each class to all of them, with epochs that make about as many steps."""
    classes = len(set(params.classes)) or whole.classes
    each = max(whole.n_train // whole.classes, 2)
    fewest = min(max(FEWEST_PICTURES // classes, FEWEST_OF_A_CLASS), each)
    for per_class in close(fewest, each):
        examples = per_class * classes
        batches = -(-(examples - heldout_count(examples, params.subset_fraction)) // BATCH)
        epochs = min(max(round(SGD_STEPS / batches), FEWEST_EPOCHS), MOST_EPOCHS)
        yield {"per_class": per_class, "epochs": epochs}
