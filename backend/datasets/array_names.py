"""What the arrays of a file are, by their names: pictures, labels or names of classes, and of which part.

Keras says `x_train`, MedMNIST `train_images`, MNIST `t10k-labels-idx1-ubyte`, others `Xtr`, `testY` or
`train/labels`. Where names say nothing, as `arr_0` does, shapes do.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isqrt
from posixpath import basename

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets.archive import refused
from backend.datasets.layouts import Role, role_of
from backend.datasets.npy import ArrayFile


class Kind(StrEnum):
    """What an array holds."""

    IMAGES = "pictures"
    LABELS = "labels"
    NAMES = "names"


_IMAGES = frozenset(
    {"images", "image", "imgs", "img", "x", "xs", "data", "pictures", "picture", "pics", "photos"}
    | {"features", "inputs", "input", "pixels", "samples"}
)
_LABELS = frozenset(
    {"labels", "label", "lbl", "lbls", "y", "ys", "targets", "target", "classes", "class"}
    | {"categories", "category", "annotations", "gt"}
)
_NAMES = frozenset({"names", "name"})
_NEITHER = frozenset(
    {"filenames", "filename", "files", "file", "paths", "path", "ids", "id", "index", "indices"}
    | {"fold", "folds"}
)
_ROLES = {"tr": Role.TRAIN, "te": Role.TEST, "t10k": Role.TEST}
_COMPACT = re.compile(r"^([xy])(train|tr|test|te|val|valid|dev)$|^(train|tr|test|te|val|valid|dev)([xy])$")
_WORD = re.compile(r"t10k|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^\W\d_]+")
_ENDINGS = frozenset({"idx", "ubyte", "arr", "npy", "npz"})
_LISTED = 10
_SMALLEST_SIDE = 4  # of flat pictures that no name says are pictures


@dataclass(frozen=True)
class Meaning:
    """What a name says, None where it says nothing; `variant` is the rest, as `fine` of `fine_labels`."""

    kind: Kind | None
    role: Role | None
    variant: str


def meaning_of(name: str) -> Meaning:
    """Return what the name of an array says about it."""
    words: list[str] = []
    for word in _WORD.findall(name):
        compact = _COMPACT.match(word.lower())
        words += [part for part in compact.groups() if part] if compact else [word.lower()]
    roles = [role for word in words if (role := _ROLES.get(word, role_of(word))) is not None]
    said = set(words)
    if said & _NEITHER or (said & _NAMES and said & _IMAGES):
        return Meaning(None, None, name)
    kind: Kind | None
    if said & _NAMES:
        kind = Kind.NAMES
    elif said & _LABELS:
        kind = Kind.LABELS
    else:
        kind = Kind.IMAGES if said & _IMAGES else None
    known = _IMAGES | _LABELS | _NAMES | _ENDINGS
    rest = [word for word in words if word not in known and _ROLES.get(word, role_of(word)) is None]
    variant = " ".join(word for word in rest if not word.isdecimal() or kind is None)
    return Meaning(kind, roles[-1] if roles else None, variant)


@dataclass(frozen=True)
class Arrays:
    """Pictures by part, in the order train, validation, test; labels by part; names of classes, if any."""

    images: dict[Role, ArrayFile]
    labels: dict[Role, ArrayFile]
    names: ArrayFile | None
    notes: tuple[str, ...] = ()


@dataclass
class _Sorted:
    """Arrays by what they are: of labels and names, the variants that there are."""

    images: dict[Role | None, list[ArrayFile]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[Role | None, dict[str, ArrayFile]] = field(default_factory=lambda: defaultdict(dict))
    names: dict[str, ArrayFile] = field(default_factory=dict)


def listed(arrays: Sequence[ArrayFile]) -> str:
    """Name arrays with their shapes, for a sentence."""
    shown = ", ".join(f"{array.name[:60]} {array.shape}" for array in arrays[:_LISTED])
    return (shown or "none") + (" and more" if len(arrays) > _LISTED else "")


def sort_out(arrays: Sequence[ArrayFile], column: str | None = None, tables: Sequence[str] = ()) -> Arrays:
    """Return which arrays are pictures, labels and names; `tables` are files beside them, which are not read.

    `column` is the person's word on labels: an array, or what tells it from others. ChoiceError where several
    may be meant; InvalidError says what is missing and what there is instead.
    """
    found, unnamed = _by_names(arrays, column)
    notes = _by_shapes(found, unnamed)
    used = {id(array) for group in found.images.values() for array in group}
    images = _parts_of_pictures(found, arrays)
    variant = _variant(found, column, arrays, tables)
    labels = {role: _labels_of(found, role, variant, image) for role, image in images.items()}
    names = found.names.get(variant, found.names.get(""))
    if names is None and len(found.names) == 1 and len(_all_variants(found)) == 1:
        names = next(iter(found.names.values()))
    _check_parts(found, images)
    used |= {id(array) for array in (*labels.values(), names)}
    aside = [array.name for array in arrays if id(array) not in used]
    if variant or len(_all_variants(found)) > 1:
        notes.append(f"Labels are those of {', '.join(array.name for array in labels.values())}.")
    if aside:
        notes.append(f"Left aside: {', '.join(aside[:_LISTED])}{', …' if len(aside) > _LISTED else ''}.")
    return Arrays(dict(sorted(images.items())), labels, names, tuple(notes))


def _by_names(arrays: Sequence[ArrayFile], column: str | None) -> tuple[_Sorted, list[ArrayFile]]:
    found, unnamed = _Sorted(), []
    for array in arrays:
        said = meaning_of(array.name)
        if array.name == column:
            found.labels[said.role][said.variant] = array
        elif said.kind is Kind.IMAGES and len(array.shape) > 1:
            found.images[said.role].append(array)
        elif said.kind is Kind.NAMES or (said.kind is Kind.LABELS and _names_classes(array, arrays)):
            found.names[said.variant] = array
        elif said.kind is Kind.LABELS:
            found.labels[said.role].setdefault(said.variant, array)
        else:
            unnamed.append(array)
    return found, unnamed


def _names_classes(array: ArrayFile, arrays: Sequence[ArrayFile]) -> bool:
    """Return whether an array called `classes` or `labels` is a list of names beside numbers for pictures."""
    if array.dtype.kind not in "US" or len(array.shape) != 1 or meaning_of(array.name).role is not None:
        return False
    return array.rows not in {other.rows for other in arrays if len(other.shape) > 1}


def _by_shapes(found: _Sorted, unnamed: list[ArrayFile]) -> list[str]:
    """Take arrays whose names say nothing for what their shapes are; return what was concluded."""
    pictures = [array for array in unnamed if _looks_like_pictures(array)]
    roles = [meaning_of(array.name).role for array in pictures]
    notes = []
    if not found.images and pictures:
        if None in roles and len(pictures) > 2:
            raise refused(
                f"Nothing says which arrays are for training: there are {listed(pictures)}. Call them"
                " x_train,"
                " y_train, x_test and y_test."
            )
        given = roles if None not in roles or len(pictures) == 1 else [Role.TRAIN, Role.TEST]
        for array, role in zip(pictures, given, strict=True):
            found.images[role].append(array)
        parts = " for training, then for testing" if given == [Role.TRAIN, Role.TEST] else ""
        notes.append(
            f"Pictures are {' and '.join(array.name for array in pictures)}{parts}, by their shapes."
        )
    if not found.labels and found.images:
        rest = [array for array in unnamed if array not in pictures and array.dtype.kind in "iufbUS"]
        expected = list(found.images)
        counts = [group[0].rows for group in found.images.values()]
        fitting = [array for array in rest if 1 <= len(array.shape) <= 2 and array.rows in counts]
        if len(fitting) == len(expected) and [array.rows for array in fitting] == counts:
            for role, array in zip(expected, fitting, strict=True):
                found.labels[role][""] = array
            notes.append(f"Labels are {' and '.join(array.name for array in fitting)}, by their shapes.")
        elif len(expected) == 1 and len(fitting) > 1:
            for array in fitting:
                found.labels[expected[0]][array.name] = array
    return notes


def _looks_like_pictures(array: ArrayFile) -> bool:
    if len(array.shape) == 2 and array.dtype.kind in "iufb":
        width = array.shape[1]
        gray, color = isqrt(width) ** 2 == width, width % 3 == 0 and isqrt(width // 3) ** 2 == width // 3
        return width >= _SMALLEST_SIDE**2 and (gray or color)
    return len(array.shape) > 2


def _as_array(tables: Sequence[str]) -> str:
    if not tables:
        return ""
    name = basename(tables[0])
    return (
        f" {tables[0]!r} is a table, which is not read beside arrays: its rows may stand in another order."
        " Where it has one for each picture, in their order, and labels in a column `label`, turn it into"
        f" such an array with this line of Python: `import numpy as np, pandas as pd; np.save('labels.npy',"
        f" pd.read_csv({name!r})['label'].to_numpy(str))`"
    )


def _parts_of_pictures(found: _Sorted, arrays: Sequence[ArrayFile]) -> dict[Role, ArrayFile]:
    images = {role: group for role, group in found.images.items() if group}
    if not images:
        raise refused(
            "images: is missing; arrays of pictures are called `images` or `x_train` and the like, and there"
            f" are {listed(arrays)}."
        )
    for role, group in images.items():
        if len(group) > 1:
            part = f" for {role.name.lower()}" if role is not None else ""
            raise refused(f"There are several arrays of pictures{part}: {listed(group)}. Keep one of them.")
    if None in images and Role.TRAIN in images:
        raise refused(
            f"Both {images[None][0].name} and {images[Role.TRAIN][0].name} may be the pictures to train on."
            " Keep one of them."
        )
    parts = {Role.TRAIN if role is None else role: group[0] for role, group in images.items()}
    if Role.TRAIN not in parts:
        raise refused(f"There are no pictures to train on; there are {listed(arrays)}.")
    return dict(sorted(parts.items()))


def _check_parts(found: _Sorted, images: dict[Role, ArrayFile]) -> None:
    for role, group in found.labels.items():
        if role is not None and role not in images:
            names = " and ".join(array.name for array in group.values())
            raise refused(
                f"{names}: there are no pictures for {role.name.lower()}. Pictures and labels go together."
            )


def _all_variants(found: _Sorted) -> dict[str, None]:
    return dict.fromkeys(variant for group in found.labels.values() for variant in group)


def _variant(found: _Sorted, column: str | None, arrays: Sequence[ArrayFile], tables: Sequence[str]) -> str:
    """Return which of several kinds of labels is meant."""
    variants = _all_variants(found)
    names = {array.name: variant for group in found.labels.values() for variant, array in group.items()}
    if column is not None:
        if column in names or column in variants:
            return names.get(column, column)
        raise refused(f"There is no array of labels {column[:100]!r}; arrays are {listed(arrays)}.")
    if not variants:
        raise refused(
            "labels: is missing; arrays of labels are called `labels` or `y_train` and the like, and there"
            f" are {listed(arrays)}.{_as_array(tables)}"
        )
    if len(variants) == 1 or "" in variants:
        return "" if "" in variants else next(iter(variants))
    firsts = {
        variant: next(g[variant] for g in found.labels.values() if variant in g) for variant in variants
    }
    options = tuple(Option(array.name, array.name) for array in firsts.values())
    raise ChoiceError(
        f"Several arrays may be the labels: {' and '.join(option.label for option in options)}. Choose the"
        " one"
        " that is meant (`column`).",
        Choice("column", "Which labels are meant?", options),
    )


def _labels_of(found: _Sorted, role: Role, variant: str, image: ArrayFile) -> ArrayFile:
    groups = [found.labels.get(role, {})]
    if role is Role.TRAIN:
        groups.append(found.labels.get(None, {}))
    for group in groups:
        if variant in group:
            return group[variant]
    raise refused(
        f"{image.name} has no labels: there is no array of them for {role.name.lower()}"
        f"{f' called {variant}' if variant else ''}. Pictures and labels go together."
    )
