"""Who helps whom: answers of single models as bits, and influence once enough of them are in.

A unit's bits are a part of their own among the sums, which is written once. Influence takes all pairs of
examples, so it is looked for when the models of a size have doubled where examples are few, from half of the
first look's on, and else once all of a look's are in: it costs as much again at most, however many units
there are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.datasets.lookalikes import Lookalikes, find_lookalikes
from backend.datasets.lookalikes import affordable as comparable
from backend.statistics.influence import Partners, affordable, by_example, counts, strongest
from backend.statistics.subsets import subset_masks
from backend.studies.kit.results import Influence
from backend.studies.kit.runner import Arrays
from backend.studies.memorization.params import MemorizationParams

PARTNERS, TRAIN_PARTNERS = 5, 3
FEW = 2048  # training examples; all their pairs are looked at in a tenth of a second
LOOKALIKES = "lookalikes"


def answers(
    first: int, size: int, arrays: Arrays, masks: npt.NDArray[np.bool_], examples: Examples
) -> dict[str, Arrays]:
    """Return the part that keeps a unit's right answers: of held-out training examples, and of all test ones.

    arrays: `run`'s of models first .. first + K - 1, with masks (K, n); bits are (K, n / 8) and (K, m / 8).
    """
    right = (arrays["train"] == examples.given) & ~masks
    test = arrays["test"] == examples.labels[examples.n_train :]
    return {
        f"{_answers(size)}{first:06}": {
            "train": np.packbits(right, axis=1),
            "test": np.packbits(test, axis=1),
        }
    }


def look(
    params: MemorizationParams,
    examples: Examples,
    kept: Mapping[str, Arrays],
    changed: Mapping[str, Arrays],
    models: Mapping[int, int],
) -> dict[str, Arrays]:
    """Return the influence of sizes for which it is time, of those that have `models` models by now.

    kept, changed: the parts before, and those of units that were added since.
    """
    found: dict[str, Arrays] = {}
    for size, count in models.items():
        if not _is_time(params, examples, count, kept.get(_influence(size))):
            continue
        names = sorted({name for name in (*kept, *changed) if name.startswith(_answers(size))})
        units = {name: changed[name] if name in changed else kept[name] for name in names}
        near = found.get(LOOKALIKES) or kept.get(LOOKALIKES)
        if near is None and comparable(examples.n_train, len(examples.source), examples.shape.features):
            near = found[LOOKALIKES] = _compared(examples)
        found[_influence(size)] = _of_size(params, examples, units, count, near)
    return found


def _answers(size: int) -> str:
    return f"answers/{size}/"


def _influence(size: int) -> str:
    return f"influence/{size}"


def _is_time(params: MemorizationParams, examples: Examples, models: int, before: Arrays | None) -> bool:
    doubled = models >= 2 * (0 if before is None else int(before["models"]))
    half = 2 * models > params.looks[0]  # the first histogram waits for nothing else
    return models in params.looks or (doubled and half and examples.n_train <= FEW)


def _compared(examples: Examples) -> Arrays:
    found = find_lookalikes(examples.images, examples.n_train)
    return {"indices": found.indices, "distances": found.distances}


def _of_size(
    params: MemorizationParams,
    examples: Examples,
    units: Mapping[str, Arrays],
    models: int,
    near: Arrays | None,
) -> Arrays:
    """Return every kind of partners, its arrays under `kind.array`, and of how many models."""
    n = examples.n_train
    masks = []
    for name, unit in units.items():
        first = int(name.rpartition("/")[2])
        mask = subset_masks(params.seed, n, params.subset_fraction, first, len(unit["train"]))
        masks.append(np.packbits(mask, axis=1))
    has = by_example(masks, n)
    test = by_example([unit["test"] for unit in units.values()], examples.n_test)
    kinds = dict(
        zip(("helps_test", "test_helpers"), strongest(has, None, test, models, PARTNERS), strict=True)
    )
    right = by_example([unit["train"] for unit in units.values()], n)
    if affordable(n, n, models):
        among = strongest(has, ~has, right, models, TRAIN_PARTNERS)
        kinds |= dict(zip(("helps_train", "train_helpers"), among, strict=True))
    if near is not None:
        nearest = near["indices"][:n, :1]
        kinds["nearest"] = counts(has, ~has, right, models, nearest, np.arange(n)[:, None], nearest)
    arrays = {
        f"{kind}.{name}": getattr(found, name) for kind, found in kinds.items() for name in found.names()
    }
    # Test examples follow the training examples.
    return arrays | {"helps_test.indices": arrays["helps_test.indices"] + n, "models": np.array(models)}


def influence_of(params: MemorizationParams, kept: Mapping[str, Arrays]) -> Influence | None:
    """Return what is known of all sizes, None before the first of them is."""
    parts = [kept.get(_influence(size)) for size in params.sizes]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    kinds: Any = {kind: _stacked(parts, kind, known[0]) for kind in Influence.kinds()}
    return Influence(**kinds)


def _stacked(parts: list[Arrays | None], kind: str, known: Arrays) -> Partners | None:
    """Return one kind of partners at all sizes, none at those that have no such part yet."""
    example = known.get(f"{kind}.indices")
    if example is None:
        return None
    nobody = Partners.nobody(*example.shape)
    return Partners.stacked(
        [
            nobody if part is None else Partners(*(part[f"{kind}.{name}"] for name in Partners.names()))
            for part in parts
        ]
    )


def lookalikes(examples: Examples, kept: Mapping[str, Arrays]) -> Lookalikes | None:
    """Return the pictures that look most like each, None before they are compared."""
    return Lookalikes(examples.n_train, **kept[LOOKALIKES]) if LOOKALIKES in kept else None
