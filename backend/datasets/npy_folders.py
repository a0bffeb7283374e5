"""npy files without labels beside them: a picture each or some, in folders of their classes, or a class each.

`cat/0.npy`, as torchvision's DatasetFolder reads them, `cat/photos.npy` of many pictures, and `cat.npy` of
many, as QuickDraw's drawings come; folders around them tell the parts. They become one array of pictures and
one of labels for each part, a file at a time.
"""

import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from posixpath import basename
from typing import IO

import numpy as np

from backend.core.errors import InvalidError
from backend.datasets.archive import MAX_FILES, MAX_UNPACKED, Entry, read_file, refused
from backend.datasets.array_names import Kind, meaning_of
from backend.datasets.array_pixels import possible_layouts
from backend.datasets.class_folders import natural
from backend.datasets.faults import Faults
from backend.datasets.layouts import Placed, Role, place, role_of, without_wrappers
from backend.datasets.npy import ArrayFile, new_array, read_array_file, write_array
from backend.datasets.splits import check_names

NAMES_FILE = "memoscope-names.json"  # of pictures, beside the arrays that they became part of

_PARTS = {Role.TRAIN: "train", Role.VALIDATION: "validation", Role.TEST: "test"}
_ENDING = ".npy"
_QUICKDRAW = "full_numpy_bitmap_"
_NUMBERED = re.compile(r"[-_ ]*[0-9]+$")
_NUMBERS_CLASSES = re.compile(r"(class|digit|category|cls)[-_ ]*", re.IGNORECASE)
_CHANNELS = (1, 3)
_FLAT = 256  # numbers of a row at least that is taken for a picture where it may be a line of one
_FEW = 4  # a file in so many that lies elsewhere is out of place; more tell another form
_LEAST = 16  # numbers of a row at least that may be a picture
_LONGEST = 2**26  # bytes of all names


@dataclass(frozen=True)
class _File:
    """An npy file: its array, the name of its pictures, their class and part (None where none is told)."""

    array: ArrayFile
    path: str
    label: str
    role: Role | None


def loose_arrays(
    archive: zipfile.ZipFile, entries: Sequence[Entry], tables: Sequence[str]
) -> Callable[[zipfile.ZipFile], list[str]] | None:
    """Return what makes arrays with labels of the npy files of an archive, None if they are such arrays.

    `tables` are files beside them that may say what they are. InvalidError names the files that could be two
    things, and those that are not as the others are.
    """
    entries = sorted(entries, key=lambda entry: natural(entry.name))
    names = [entry.name for entry in entries]
    in_folders = _in_folders(names)
    placed = in_folders or _by_class(names)
    if placed is None:
        return None
    arrays = _arrays(archive, entries)
    if _hold_labels(arrays, in_folders=in_folders is not None):
        return None
    roles = placed.roles or (None,) * len(arrays)
    files = [_File(*each) for each in zip(arrays, placed.names, placed.classes, roles, strict=True)]
    if in_folders is None:
        _check_called_as_classes(files, tables)
        _check_many(files)
        single = False
    else:
        single = _are_single(files)
    _check_alike(files, single=single)
    check_names(sorted(set(placed.classes)))
    by = "files" if in_folders is None else "folders"
    return lambda target: _write(archive, files, target, single=single, by=by)


def _hold_labels(arrays: Sequence[ArrayFile], *, in_folders: bool) -> bool:
    """Return whether some of the arrays are labels of others."""
    shapes = {array.shape for array in arrays}
    if any(len(shape) < 2 for shape in shapes):
        return True
    if any(meaning_of(array.name).kind is Kind.LABELS for array in arrays):
        return len({shape[1:] for shape in shapes}) > 1  # one-hot ones
    columns = any(len(shape) == 2 and shape[1] < _LEAST for shape in shapes)
    return columns and not in_folders and len({len(shape) for shape in shapes}) > 1


def _arrays(archive: zipfile.ZipFile, entries: Sequence[Entry]) -> list[ArrayFile]:
    faults, found = Faults(), []
    for entry in entries:
        try:
            found.append(read_array_file(archive, entry.info.filename, entry.name))
        except InvalidError as error:
            faults.take(error, entry.name)
    faults.check()
    return found


# --- what the files are


def _in_folders(names: Sequence[str]) -> Placed | None:
    """Return where files belong by class folders, None if they do not lie in such."""
    faults = Faults()
    placed = place(names, faults)
    classes = set(placed.classes)
    if _FEW * placed.classes.count("") < len(names):
        faults.check()  # a file out of place among many in folders
    if faults or "" in classes or len(classes) < 2 or any(role_of(name) is not None for name in classes):
        return None
    if _say({name for name in classes if not meaning_of(name).variant}, classes):
        return None  # folders of pictures and of labels
    stems = {basename(name) for name in names}
    if {meaning_of(stem).kind for stem in stems} >= {Kind.IMAGES, Kind.LABELS} and len(stems) < len(names):
        return None  # pictures and labels in each folder
    return placed


def _by_class(names: Sequence[str]) -> Placed | None:
    """Return where files belong that are called as their classes; None if they are called otherwise."""
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    paths = [tuple(part for part in path if part) for path in paths]
    if {len(path) for path in paths} == {2} and len({path[0] for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    roles = [role_of(path[0]) if len(path) > 1 else None for path in paths]
    if {len(path) for path in paths} == {2} and None not in roles and len(set(roles)) > 1:
        told: tuple[Role, ...] | None = tuple(role for role in roles if role is not None)
    elif {len(path) for path in paths} == {1}:
        told = None
    else:
        return None
    stems = [path[-1][: -len(_ENDING)].removeprefix(_QUICKDRAW) for path in paths]
    classes = set(stems)
    if (
        len(classes) < 2
        or _say({stem for stem in classes if not _NUMBERS_CLASSES.match(stem)}, classes)
        or any(meaning_of(stem).role is not None for stem in classes)
    ):
        return None
    short = ["/".join((*path[:-1], stem)) for path, stem in zip(paths, stems, strict=True)]
    return Placed(tuple(short), tuple(stems), told)


def _say(names: set[str], classes: set[str]) -> bool:
    """Return whether one of the names says that it is pictures or labels; x and y may be letters as well."""
    said = {name for name in names if meaning_of(name).kind is not None}
    letters = all(len(name) == 1 for name in said) and 2 * len(said) <= len(classes)
    return bool(said) and not letters


def _are_single(files: Sequence[_File]) -> bool:
    """Return whether each file is one picture, not many; InvalidError where that is not clear."""
    first = files[0].array
    shape, axes = first.shape, len(first.shape)
    alike = all(file.array.shape == shape for file in files)
    one, many = _may_be_one(shape), _are_rows(shape)
    several = max(Counter((file.label, file.role) for file in files).values()) > 1
    if not alike:
        return (axes == 2 and not possible_layouts(shape[1:])) or (axes == 3 and shape[2] in _CHANNELS)
    if several and one and not many:
        return True
    if not several and (many or not one):
        return False
    raise refused(
        f"{first.name!r} and all others are {shape}, which may be {shape[0]:,} pictures or one thing"
        f" of {axes} axes each. {_WAYS}"
    )


def _check_many(files: Sequence[_File]) -> None:
    """Refuse files that may be one picture each, whose names then are no classes."""
    shape = files[0].array.shape
    if all(file.array.shape == shape for file in files) and _may_be_one(shape) and not _are_rows(shape):
        raise refused(
            f"{files[0].array.name!r} and all others are {shape}, which may be one picture each, and then"
            f" nothing tells its class. {_WAYS}"
        )


def _may_be_one(shape: Sequence[int]) -> bool:
    return len(shape) == 2 or (len(shape) == 3 and (shape[2] in _CHANNELS or shape[0] in _CHANNELS))


def _are_rows(shape: Sequence[int]) -> bool:
    """Return whether an array is rows of numbers that are pictures, by its width."""
    return (
        len(shape) == 2 and shape[0] != shape[1] and shape[1] >= _FLAT and bool(possible_layouts(shape[1:]))
    )


_WAYS = (
    "Save each picture as a file of its own in the folder of its class, as (height, width) or (height, width,"
    " 3), or all of them as one array (n, height, width) beside one of labels: images.npy and labels.npy."
)


def _check_called_as_classes(files: Sequence[_File], tables: Sequence[str]) -> None:
    """Refuse files that are numbered, which may be pieces of anything, and such as a table may be about."""
    stems = {_NUMBERED.sub("", file.label) for file in files}
    own = basename(files[0].array.name)
    if len(stems) == 1 and not _NUMBERS_CLASSES.fullmatch(stems.pop()):
        raise refused(
            f"{files[0].array.name!r} and others are numbered, which does not say whether they are classes."
            f" Put the files of a class into a folder that is called as it, such as 'cat/{own}', or labels"
            " into labels.npy."
        )
    if tables:
        raise refused(
            f"{tables[0]!r} may say what {files[0].array.name!r} and others are, and tables are read for"
            f" pictures, not for arrays. Put the files of a class into a folder that is called as it, such as"
            f" 'cat/{own}', or labels into labels.npy."
        )


def _check_alike(files: Sequence[_File], *, single: bool) -> None:
    """Refuse, by name, files of another shape or type than most, and such as are no pictures."""
    forms = Counter((_row(file, single=single), file.array.dtype) for file in files)
    (shape, dtype), _ = forms.most_common(1)[0]
    faults = Faults()
    for file in files:
        own, name = _row(file, single=single), file.array.name
        if own != shape:
            faults.add(f"{name!r}: pictures are {own}, most are {shape}; bring all to one size.", name)
        elif file.array.dtype != dtype:
            faults.add(f"{name!r}: numbers are {file.array.dtype}, most are {dtype}.", name)
        elif 0 in file.array.shape:
            faults.add(f"{name!r}: {file.array.shape} is empty.", name)
        elif dtype.kind not in "iufb":
            faults.add(f"{name!r}: must be numbers, not {dtype}.", name)
        elif not possible_layouts(shape):
            faults.add(
                f"{name!r}: must be {'' if single else '(n, height, width) or '}(height, width) or (height,"
                f" width, 3) of numbers{'' if single else ' for each picture'}, not {file.array.shape}.",
                name,
            )
    faults.check()
    count = sum(_rows(file, single=single) for file in files)
    if count > MAX_FILES:
        raise refused(
            f"The files hold {count:,} pictures; at most {MAX_FILES:,} can be taken. Keep the first"
            f" {MAX_FILES // len(files):,} rows of each."
        )
    size = sum(file.array.header.size for file in files)
    if size > MAX_UNPACKED:
        raise refused(f"The arrays take {size / 2**30:,.1f} GiB; at most {MAX_UNPACKED >> 30} can be taken.")


def _row(file: _File, *, single: bool) -> tuple[int, ...]:
    return file.array.shape if single else file.array.shape[1:]


def _rows(file: _File, *, single: bool) -> int:
    return 1 if single else file.array.rows


# --- what becomes of them


def _write(
    archive: zipfile.ZipFile, files: Sequence[_File], target: zipfile.ZipFile, *, single: bool, by: str
) -> list[str]:
    """Write the pictures of each part as one array, labels, classes and names of pictures; say it."""
    classes = sorted({file.label for file in files}, key=natural)
    places = {name: index for index, name in enumerate(classes)}
    parts: dict[str, list[_File]] = defaultdict(list)
    for file in files:
        parts["" if file.role is None else f"{_PARTS[file.role]}_"].append(file)
    names: dict[str, list[str]] = {}
    for part, members in parts.items():
        counts = [_rows(file, single=single) for file in members]
        shape = (sum(counts), *_row(members[0], single=single))
        with new_array(target, f"{part}images", shape, members[0].array.dtype) as images:
            for file in members:
                _copy(archive, file, images, single=single)
        labels = np.repeat([places[file.label] for file in members], counts).astype(np.int64)
        write_array(target, f"{part}labels", labels)
        names[f"{part}images"] = [name for file in members for name in _names(file, single=single)]
    write_array(target, "class_names", np.array(classes))
    target.writestr(NAMES_FILE, json.dumps(names))
    shape = files[0].array.shape
    what = f"one picture each, {shape}" if single else f"many pictures each, such as {shape}"
    return [f"Read from {len(files):,} npy files, {what}; classes are the names of {by}."]


def _names(file: _File, *, single: bool) -> list[str]:
    if single:
        return [file.path]
    return [f"{file.path.removesuffix(_ENDING)}/{row}" for row in range(file.array.rows)]


def _copy(archive: zipfile.ZipFile, file: _File, target: IO[bytes], *, single: bool) -> None:
    start = 0
    for part in file.array.parts(archive):
        if part.dtype.kind == "f" and not np.isfinite(part).all():
            row = start + int(np.flatnonzero(~np.isfinite(part).reshape(len(part), -1).all(axis=1))[0])
            where = "" if single else f"picture {row} "
            raise refused(
                f"{file.array.name!r}: {where}has pixels that are not finite numbers (NaN or infinite)."
            )
        target.write(part.tobytes())
        start += len(part)


def read_names(archive: zipfile.ZipFile, path: str, images: Sequence[ArrayFile]) -> list[str]:
    """Return the names of all pictures as they were written; InvalidError if they are not those."""
    if archive.getinfo(path).file_size > _LONGEST:
        raise refused(f"{NAMES_FILE}: has more than {_LONGEST >> 20} MiB.")
    try:
        found = json.loads(read_file(archive, path, NAMES_FILE))
        names = [found[array.name] for array in images]
        fit = all(len(each) == array.rows for each, array in zip(names, images, strict=True))
        listed = [str(name) for each in names for name in each]
    except (ValueError, KeyError, TypeError, RecursionError):
        fit, listed = False, []
    if not fit or len(set(listed)) < len(listed) or not all(map(str.isprintable, listed)):
        raise refused(f"{NAMES_FILE}: does not name each picture; leave it out.")
    return listed
