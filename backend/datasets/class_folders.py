"""Uploads that are pictures in folders, one for each class, or in any folders with a table of labels."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import splitext

import numpy as np
import numpy.typing as npt
from PIL import Image

from backend.core.errors import InvalidError
from backend.datasets.annotations import tell_unread
from backend.datasets.archive import MAX_UNPACKED, Entry, opened_file, refused
from backend.datasets.archive_names import empty_folders, is_hidden, unnamed_code_page
from backend.datasets.faults import Faults
from backend.datasets.inspection import inspect
from backend.datasets.label_tables import (
    WRITTEN,
    ask_for_labels,
    check_against_folders,
    place_by_tables,
)
from backend.datasets.layouts import Placed, Role, merged, place
from backend.datasets.masks import masks
from backend.datasets.numbered_names import FILE_NAMES, ask_for_names, place_by_names
from backend.datasets.pictures import FORMATS
from backend.datasets.splits import check_names, check_split, notes_on_names, stratified
from backend.datasets.tables import is_list, is_table
from backend.datasets.treatment import Choices, Treatment

MAX_IMAGE_FILE = 64 * 2**20  # bytes
MAX_RATIO = 200  # of an image's bytes unpacked to packed; real images barely shrink
SMALL_FILE = 2**20  # below, a ratio means nothing

_PICTURES = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".gif", ".bmp", ".dib", ".webp"}
    | {".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"}
)
_UNREAD_PICTURES = frozenset(
    {".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".svg", ".psd", ".tga", ".exr", ".hdr", ".ico"}
    | {".dng", ".cr2", ".cr3", ".nef", ".arw", ".dcm"}
)
_HEAD = 4096  # bytes of a file that tell whether it is a picture
_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Listed:
    """The files of an archive of pictures, training ones first: paths, names and labels (n,).

    `paths` are the archive's own; `archived` are the n places of the files in its own order. `notes` say what
    was done, `skipped` are files that are no pictures.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_train: int
    treatment: Treatment
    notes: tuple[str, ...]
    skipped: tuple[str, ...]
    archived: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The form of all images."""
        size = (len(self.paths), self.treatment.height, self.treatment.width)
        return (*size, 3) if self.treatment.color else size


def list_folders(
    archive: zipfile.ZipFile,
    entries: Sequence[Entry],
    test_fraction: float,
    seed: int,
    choices: Choices,
    decided: Treatment | None = None,
) -> Listed:
    """Return what the folders hold; InvalidError tells everything that is wrong with it.

    Where it is decided already how pictures are read, they are not looked at.
    """
    faults = Faults()
    if decided is None:
        _check_choices(choices, faults)
    shown = [entry for entry in entries if not is_hidden(entry.name)]
    hidden = [entry.name for entry in entries if is_hidden(entry.name)]
    pictures, others = _sorted_out(archive, shown, faults)
    tables = [entry for entry in others if is_table(entry.name) and not _is_blank(entry.name)]
    marks = masks([entry.name for entry in pictures])
    said_of_masks = _told_masks([entry.name for entry in pictures], marks)
    pictures = [entry for i, entry in enumerate(pictures) if i not in marks]
    names = [entry.name for entry in pictures]
    unread = [entry for entry in others if entry not in tables]
    placed, used, said = _place(archive, tables, unread, names, faults, choices.column)
    said = [*said_of_masks, *said]
    if placed.left:
        said = [*said, _told_left(names, placed)]
        pictures = [entry for i, entry in enumerate(pictures) if i not in placed.left]
        names, placed = [entry.name for entry in pictures], placed.kept()
    strays = [entry.name for entry in others if entry.name not in used]
    skipped = [*strays, *hidden]
    if not pictures:
        faults.check()
        raise refused(f"The archive holds no images{_instead(strays)}.")
    notes = _notes_on_files(entries, used, skipped, empty_folders(archive, names)) + said
    split = None
    if "" not in placed.classes:
        notes += notes_on_names(placed.classes)
        split = _split(placed, test_fraction, seed, faults, notes)
    treatment = decided
    if treatment is None:
        files = [(entry.info.filename, entry.name) for entry in pictures]
        found = inspect(archive, files, choices, faults)
        if found is not None:
            treatment = found[0]
            notes += found[1]
    faults.check()
    if split is None or treatment is None:
        raise AssertionError("what is missing is a fault")
    check_pixels((len(names), treatment.height, treatment.width))
    order, labels, classes, n_train = split
    return Listed(
        paths=tuple(pictures[i].info.filename for i in order),
        names=tuple(placed.names[i] for i in order),
        labels=labels,
        classes=classes,
        n_train=n_train,
        treatment=treatment,
        notes=tuple(notes),
        skipped=tuple(skipped),
        archived=tuple(order),
    )


def _check_choices(choices: Choices, faults: Faults) -> None:
    for name, value in (("channels", choices.channels), ("scale", choices.scale)):
        if value is not None:
            faults.add(
                f"{name}: is for arrays of numbers; files of pictures say it themselves. Leave it out.",
                pointer=f"/query/{name}",
            )


def _place(
    archive: zipfile.ZipFile,
    tables: Sequence[Entry],
    others: Sequence[Entry],
    names: Sequence[str],
    faults: Faults,
    wish: str | None,
) -> tuple[Placed, list[str], list[str]]:
    """Return where pictures belong by tables, else by folders; the tables used, and what to say of them."""
    if wish == FILE_NAMES:
        return place_by_names(names), [], []
    told, used, said = place_by_tables(archive, tables, names, faults, wish)
    if told is not None:
        check_against_folders(names, told, used, faults)
        return told, used, said
    placed = place(names, Faults())
    if names and (wish is not None or "" in placed.classes or len(set(placed.classes)) < 2):
        told, used, said = place_by_tables(archive, tables, names, faults, wish, guess=True)
        if told is not None:
            return told, used, said
        ask_for_labels(archive, tables, names, faults, wish)
        ask_for_names(names)
        files = [*others, *(entry for entry in tables if is_list(entry.name))]
        tell_unread([(entry.name, _head(archive, entry)) for entry in files], names, faults)
    return place(names, faults), [], []


def _is_blank(name: str) -> bool:
    """Return whether a table is a form to fill in: a competition's sample of an answer has made-up labels."""
    return "submission" in name.rpartition("/")[2].casefold()


def _told_left(names: Sequence[str], placed: Placed) -> str:
    first = names[min(placed.left)]
    return (
        f"{len(placed.left):,} pictures for the test were left out, such as {first!r}: neither a folder nor a"
        " table says what they show."
    )


def _told_masks(names: Sequence[str], marks: frozenset[int]) -> list[str]:
    if not marks:
        return []
    first = names[min(marks)]
    are = "1 picture was" if len(marks) == 1 else f"{len(marks):,} pictures were"
    return [f"{are} left out, such as {first!r}: called after another picture, as its mask is."]


def _sorted_out(
    archive: zipfile.ZipFile, entries: Sequence[Entry], faults: Faults
) -> tuple[list[Entry], list[Entry]]:
    """Tell pictures from files that are none, by their names or else by their first bytes."""
    pictures, others = [], []
    for entry in entries:
        kind = splitext(entry.name)[1].lower()
        if kind in _UNREAD_PICTURES:
            faults.add(f"{entry.name!r} is a picture of a kind that is not read; save it as PNG.", entry.name)
        elif is_picture_name(entry.name) or shows_a_picture(archive, entry):
            pictures.append(entry)
            _check_size(entry, faults)
        else:
            others.append(entry)
    return pictures, others


def is_picture_name(name: str) -> bool:
    """Return whether a file's name says that it is a picture of a kind that is read."""
    return splitext(name)[1].lower() in _PICTURES


def shows_a_picture(archive: zipfile.ZipFile, entry: Entry) -> bool:
    """Return whether a file without a telling name starts like a picture."""
    try:
        Image.open(io.BytesIO(_head(archive, entry)), formats=FORMATS)
    except Exception:  # whatever a reader of hostile bytes stumbles over: it is none
        return False
    return True


def _head(archive: zipfile.ZipFile, entry: Entry) -> bytes:
    with opened_file(archive, entry.info.filename, entry.name) as file:
        return file.read(_HEAD)


def _check_size(entry: Entry, faults: Faults) -> None:
    info = entry.info
    large = info.file_size > SMALL_FILE and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    if large or info.file_size > MAX_IMAGE_FILE:
        faults.add(
            f"{entry.name!r} unpacks to {info.file_size:,} bytes, which no image here needs.", entry.name
        )


def _instead(skipped: Sequence[str]) -> str:
    return f"; it has {', '.join(repr(name) for name in skipped[:3])}" if skipped else ""


def _notes_on_files(
    entries: Sequence[Entry], used: Sequence[str], skipped: Sequence[str], empty: Sequence[str]
) -> list[str]:
    notes = []
    told = [name for name in used if name != WRITTEN]
    if told:
        notes.append(f"Labels come from {', '.join(told)}.")
    if skipped:
        listed = ", ".join(skipped[:3]) + (", …" if len(skipped) > 3 else "")
        some = "1 file that is no picture was" if len(skipped) == 1 else None
        notes.append(f"{some or f'{len(skipped):,} files that are no pictures were'} skipped: {listed}.")
    if empty:
        listed = ", ".join(empty[:3]) + (", …" if len(empty) > 3 else "")
        some = "1 folder holds" if len(empty) == 1 else f"{len(empty):,} folders hold"
        notes.append(f"{some} no pictures: {listed}.")
    unclear = [entry.name for entry in entries if unnamed_code_page(entry.info)]
    if unclear:
        notes.append(
            f"The archive does not say in which alphabet {len(unclear):,} names are written; they were read"
            f" as Western European, such as {unclear[0]!r}. If that is wrong, pack them with another tool."
        )
    return notes


def _split(
    placed: Placed, test_fraction: float, seed: int, faults: Faults, notes: list[str]
) -> tuple[list[int], npt.NDArray[np.int64], tuple[str, ...], int] | None:
    """Return the order of pictures, training ones first, their labels, the classes and how many train."""
    names = placed.names
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        faults.add(f"{twice!r} is there twice once the folders around it are left out.", twice)
        return None
    if placed.roles is not None and Role.TRAIN not in placed.roles:
        folders = ", ".join(repr(name) for name in sorted({name.split("/")[0] for name in names}))
        faults.add(f"The archive holds no training pictures; its parts are {folders}.")
        return None
    roles = None if placed.roles is None else merged(placed.roles, notes)
    parts = roles or [Role.TRAIN] * len(names)
    order = sorted(range(len(names)), key=lambda i: (parts[i], natural(names[i])))
    classes = tuple(sorted(set(placed.classes), key=natural))
    index = {name: position for position, name in enumerate(classes)}
    labels = np.array([index[placed.classes[i]] for i in order], np.int64)
    try:
        check_names(classes)
        if roles:
            test = np.array([roles[i] is Role.TEST for i in order])
        else:
            test = stratified(labels, test_fraction, seed)
        check_split(labels, test, classes)
    except InvalidError as error:
        faults.take(error)
        return None
    train_first = np.argsort(test, kind="stable")
    return [order[i] for i in train_first], labels[train_first], classes, int((~test).sum())


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 10 behind 9."""
    return [
        (len(part.lstrip("0")), part.lstrip("0")) if part[:1].isdecimal() and part.isascii() else (-1, part)
        for part in _NUMBER.split(name)
    ]


def check_pixels(shape: Sequence[int]) -> None:
    """Refuse images that would fill a disk once they are decoded."""
    size = int(np.prod((*shape[:3], 3), dtype=object))
    if size > MAX_UNPACKED:
        raise refused(
            f"{shape[0]:,} images of {shape[2]} x {shape[1]} pixels take {size / 2**30:,.0f} GiB; at most"
            f" {MAX_UNPACKED >> 30} can be taken. Scale them down."
        )
