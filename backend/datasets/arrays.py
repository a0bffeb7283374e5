"""Uploads that are arrays, in an npz or as npy files: found, checked and said before they are read."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import commonpath

import numpy as np
import numpy.typing as npt

from backend.core.errors import FieldError, InvalidError
from backend.datasets.archive import Entry, refused
from backend.datasets.array_labels import Labels, Values, read_labels
from backend.datasets.array_names import Arrays, sort_out
from backend.datasets.array_pixels import Layout, Pixels, layout_of, scale_of, to_pixels
from backend.datasets.class_folders import check_pixels, natural
from backend.datasets.faults import Faults
from backend.datasets.layouts import Role, merged
from backend.datasets.npy import ArrayFile, read_array_file
from backend.datasets.npy_folders import NAMES_FILE, read_names
from backend.datasets.splits import MAX_CLASSES, check_names, check_split, stratified
from backend.datasets.tables import is_table
from backend.datasets.treatment import Choices, Treatment

_PREFIXES = {Role.TRAIN: "images", Role.VALIDATION: "val_images", Role.TEST: "test_images"}
_GAPS_SHOWN = 5


@dataclass(frozen=True)
class Stored:
    """Arrays of pictures: for each row of each of `arrays`, its place in the data set; labels and names (n,).

    `notes` say how the arrays were read, `skipped` are files that are none.
    """

    arrays: tuple[ArrayFile, ...]
    layouts: tuple[Layout, ...]
    places: tuple[npt.NDArray[np.int64], ...]
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    n_train: int
    treatment: Treatment
    notes: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The form of all images."""
        return (len(self.labels), *self.layouts[0].shape)


def is_array_name(name: str) -> bool:
    """Return whether a file's name says that it is an array."""
    return name.lower().endswith(".npy")


def list_arrays(
    archive: zipfile.ZipFile,
    entries: Sequence[Entry],
    test_fraction: float,
    seed: int,
    choices: Choices,
    decided: Treatment | None = None,
) -> Stored:
    """Return what the arrays hold; InvalidError tells what is wrong, ChoiceError what may be meant.

    Where it is decided already which numbers are black and white, they are not looked at.
    """
    _check_choices(choices)
    found, skipped = _found(archive, entries)
    sorted_out = sort_out(found, choices.column, [name for name in skipped if is_table(name)])
    images = list(sorted_out.images.values())
    layouts, notes = _layouts(images, choices)
    given = _labels(archive, sorted_out)
    parts = [labels.values for labels in given]
    notes = [*sorted_out.notes, *notes, *(note for labels in given for note in labels.notes)]
    if skipped:
        listed = ", ".join(skipped[:3]) + (", …" if len(skipped) > 3 else "")
        count = "1 file that is no array was" if len(skipped) == 1 else None
        notes.append(f"{count or f'{len(skipped):,} files that are no arrays were'} skipped: {listed}.")
    classes, indices = _classes(archive, sorted_out, parts, notes)
    check_pixels((len(indices), layouts[0].height, layouts[0].width))
    test = _test_part(sorted_out, parts, indices, notes, test_fraction, seed)
    check_split(indices, test, classes)
    if decided is None:
        low, high, said = scale_of(archive, images, choices.scale)
        notes += [said] if said else []
        decided = _treatment(layouts[0], low, high)
    order = np.argsort(test, kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    names = _names(archive, entries, sorted_out)
    return Stored(
        arrays=tuple(images),
        layouts=tuple(layouts),
        places=tuple(np.split(places, np.cumsum([len(part) for part in parts])[:-1])),
        labels=indices[order],
        names=tuple(names[place] for place in order.tolist()),
        classes=classes,
        n_train=int((~test).sum()),
        treatment=decided,
        notes=tuple(notes),
        skipped=tuple(skipped),
    )


def _check_choices(choices: Choices) -> None:
    if choices.images is not None:
        detail = "images: is for Parquet, whose columns it names; of arrays, keep those that are meant."
        raise InvalidError(detail, (FieldError("/query/images", detail),))
    if choices.size is not None:
        detail = "size: arrays are taken in the size they have; scale them before."
        raise InvalidError(detail, (FieldError("/query/size", detail),))


def _found(archive: zipfile.ZipFile, entries: Sequence[Entry]) -> tuple[list[ArrayFile], list[str]]:
    """Return the arrays of an archive, named without the folders around all of them, and its other files."""
    arrays = [entry for entry in entries if is_array_name(entry.name)]
    names = [entry.name[: -len(".npy")] for entry in arrays]
    around = (
        commonpath([name.rpartition("/")[0] for name in names]) if all("/" in name for name in names) else ""
    )
    short = [name[len(around) + 1 :] if around else name for name in names]
    faults, found = Faults(), []
    for entry, name in zip(arrays, short, strict=True):
        try:
            found.append(read_array_file(archive, entry.info.filename, name))
        except InvalidError as error:
            faults.take(error, entry.name)
    faults.check()
    others = [entry.name for entry in entries if not is_array_name(entry.name) and entry.name != NAMES_FILE]
    return found, others


def _names(archive: zipfile.ZipFile, entries: Sequence[Entry], found: Arrays) -> list[str]:
    """Return what all pictures are called: as their files were, or by array and row."""
    listed = next((entry.info.filename for entry in entries if entry.name == NAMES_FILE), None)
    if listed is not None:
        return read_names(archive, listed, list(found.images.values()))
    return [f"{_PREFIXES[role]}/{row}" for role, array in found.images.items() for row in range(array.rows)]


def _layouts(images: Sequence[ArrayFile], choices: Choices) -> tuple[list[Layout], list[str]]:
    found = [layout_of(array, choices.channels) for array in images]
    layouts, notes = [layout for layout, _ in found], [note for _, note in found if note is not None]
    for array, layout in zip(images, layouts, strict=True):
        if layout.shape != layouts[0].shape:
            raise refused(
                f"{array.name}: are {array.shape[1:]} each, {images[0].name} are {images[0].shape[1:]}."
            )
    return layouts, notes


def _labels(archive: zipfile.ZipFile, found: Arrays) -> list[Labels]:
    """Return the labels of each part; InvalidError tells all that are wrong."""
    faults, labels = Faults(), []
    for role, image in found.images.items():
        array = found.labels[role]
        try:
            labels.append(read_labels(archive, array, image.rows))
        except InvalidError as error:
            faults.take(error, array.name)
    faults.check()
    kinds = {part.values.dtype.kind for part in labels}
    if len(kinds) > 1:
        first, *others = found.labels.values()
        raise refused(f"{others[0].name}: must be numbers like {first.name}, or text like them.")
    return labels


def _test_part(
    found: Arrays,
    parts: Sequence[Values],
    indices: npt.NDArray[np.int64],
    notes: list[str],
    test_fraction: float,
    seed: int,
) -> npt.NDArray[np.bool_]:
    """Return (n,) which pictures test."""
    given = [role for role, part in zip(found.images, parts, strict=True) for _ in range(len(part))]
    if len(found.images) == 1:
        return stratified(indices, test_fraction, seed)
    return np.array([role is Role.TEST for role in merged(given, notes)])


def _treatment(layout: Layout, low: float, high: float) -> Treatment:
    color = len(layout.shape) == len(("height", "width", "channels"))
    return Treatment(width=layout.width, height=layout.height, color=color, low=low, high=high)


# --- classes ---


def _classes(
    archive: zipfile.ZipFile, found: Arrays, parts: Sequence[Values], notes: list[str]
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Return names of the classes, and labels as their indices."""
    labels = np.concatenate(parts)
    if labels.dtype.kind == "i":
        _check_negative(found, parts)
    if found.names is None or labels.dtype.kind == "U":
        values, indices = np.unique(labels, return_inverse=True)
        if labels.dtype.kind == "U" and len(values) <= MAX_CLASSES:
            order = sorted(range(len(values)), key=lambda place: natural(str(values[place])))
            rank = np.empty(len(order), np.int64)
            rank[order] = np.arange(len(order))
            values, indices = values[order], rank[indices]
        classes = tuple(str(value) for value in values[: MAX_CLASSES + 1])
        check_names(classes)
        if found.names is not None:
            _check_same_names(archive, found.names, classes)
        elif labels.dtype.kind == "i" and len(values):
            _tell_gaps(values, notes)
        return classes, indices.astype(np.int64)
    names = _read_names(archive, found.names)
    numbers = labels.astype(np.int64)
    if len(numbers) and numbers.min() == 1 and numbers.max() == len(names):
        notes.append(f"Labels count the {len(names)} names of {found.names.name} from 1.")
        numbers = numbers - 1
    outside = numbers[(numbers < 0) | (numbers >= len(names))]
    if len(outside):
        array = next(iter(found.labels.values()))
        raise refused(
            f"{array.name}: {outside[0]} is no index into the {len(names)} names of {found.names.name}."
        )
    return names, numbers


def _check_negative(found: Arrays, parts: Sequence[Values]) -> None:
    values = np.unique(np.concatenate(parts))
    if len(values) == 0 or values[0] >= 0 or values.tolist() == [-1, 1]:
        return
    for array, part in zip(found.labels.values(), parts, strict=True):
        wrong = np.flatnonzero(part.astype(np.int64) < 0)
        if len(wrong):
            raise refused(
                f"{array.name}: row {wrong[0]} is {part[wrong[0]]}, which mostly marks a picture without a"
                " class"
                f" ({len(wrong):,} are negative). Leave these pictures out, or number classes from 0."
            )


def _tell_gaps(values: npt.NDArray[np.generic], notes: list[str]) -> None:
    low, high = int(values[0]), int(values[-1])
    if low < 0 or high - low + 1 == len(values) or high > MAX_CLASSES:
        return
    gaps = sorted(set(range(low, high)) - set(values.tolist()))
    listed = ", ".join(map(str, gaps[:_GAPS_SHOWN])) + (", …" if len(gaps) > _GAPS_SHOWN else "")
    notes.append(
        f"Labels go from {low} to {high}; no picture has {listed}, so there are {len(values)} classes."
    )


def _read_names(archive: zipfile.ZipFile, array: ArrayFile) -> tuple[str, ...]:
    if len(array.shape) != 1 or array.dtype.kind not in "US" or array.rows > MAX_CLASSES:
        raise refused(
            f"{array.name}: must be at most {MAX_CLASSES:,} class names as text, not {array.dtype}"
            f" {array.shape}."
        )
    names = tuple(str(name) for name in read_labels(archive, array, array.rows, "class").values)
    if len(set(names)) < len(names):
        raise refused(f"{array.name}: must be distinct, and labels their indices.")
    check_names(names)
    return names


def _check_same_names(archive: zipfile.ZipFile, array: ArrayFile, classes: Sequence[str]) -> None:
    """Names beside labels that are names themselves must be the same ones."""
    strange = sorted(set(classes) - set(_read_names(archive, array)))
    if strange:
        raise refused(f"{array.name}: does not have {strange[0]!r}, which is a label.")


# --- pixels ---


def image_rows(archive: zipfile.ZipFile, stored: Stored) -> Iterator[tuple[npt.NDArray[np.int64], Pixels]]:
    """Yield some images at a time, and their places; InvalidError if some are missing."""
    low, high = stored.treatment.low, stored.treatment.high
    for array, layout, places in zip(stored.arrays, stored.layouts, stored.places, strict=True):
        start = 0
        for rows in array.parts(archive):
            yield places[start : start + len(rows)], to_pixels(rows, layout, low, high)
            start += len(rows)
