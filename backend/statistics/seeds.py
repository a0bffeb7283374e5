"""The one source of randomness: every draw is a function of (seed, purpose, model, epoch).

Which unit a model is trained in, beside how many others, and on which device never enters.
"""

from enum import IntEnum
from typing import Any

import numpy as np


class Purpose(IntEnum):
    """What a draw is for; the numbers are part of every stored result, so they never change.

    A study that draws something else has an enumeration of its own, whose numbers begin at 100.
    """

    LABEL_NOISE = 0
    SUBSETS = 1
    INITIALIZATION = 2
    ORDER = 3
    SUBSAMPLE = 4
    AUGMENTATION = 5
    SPLIT = 6
    PIXELS = 7
    RANDOM_SIGNS = 8
    DIRECTION = 9


def governs(*purposes: IntEnum) -> dict[str, Any]:
    """Return what a seed parameter determines, purpose by purpose, as the extra of its JSON schema."""
    return {"governs": {purpose.name.lower(): int(purpose) for purpose in purposes}}


def generator(seed: int, purpose: IntEnum, *index: int) -> np.random.Generator:
    """Return the generator of one purpose, by convention with `index` = (model,) or (model, epoch).

    Indices go into the spawn key, which numpy separates from the seed, so that no two calls with different
    arguments share a stream.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(int(purpose), *index))
    return np.random.Generator(np.random.PCG64(sequence))
