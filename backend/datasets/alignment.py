"""Which picture a row is about: the one answer for labels, published scores and all else.

A file's own words come first: names of pictures, or an index. Only where it has neither is a row about the
picture at its position, and only where all orders that people have pictures in agree about that, where file
names carry the original order, or where the person says which order it is. Nothing is guessed in silence.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Alignment, RowOrder
from backend.core.errors import Choice, ChoiceError, Option, Seen
from backend.datasets import column_words
from backend.datasets.archive import refused
from backend.datasets.base import Dataset
from backend.datasets.picture_files import PictureFile, plain
from backend.datasets.spreadsheets import from_text

Indices = npt.NDArray[np.int64]

NAMES = (
    *("name", "names", "filename", "filenames", "file_name", "file_names", "file", "files", "fname"),
    *("path", "paths", "filepath", "file_path", "image", "image_path", "image_name", "img", "img_path"),
    *("tr_filenames", "picture"),
    *column_words.FILES,
)
WEAK_NAMES = ("id", "image_id", "img_id")  # as often of something else: they count where nothing else does
INDICES = ("index", "indices", "idx")
SPLIT = "split"
IDENTIFYING = (*NAMES, *WEAK_NAMES, *INDICES, SPLIT)

SHOWN = 6  # pictures that show an order
_DIGITS = 18  # more than any index has, and few enough for int64

_LAST_NUMBER = re.compile(r"([0-9]{1,18})[^0-9/]*$")
_ROW_NAME = re.compile(r"((test|val)_)?images/[0-9]+$")  # what a row of an uploaded npz is called
_WHOLE = re.compile(r"([0-9]{1,18})(\.0+)?$", re.ASCII)
# Folders that hold pictures of any kind, so that they say nothing of one. Any other could be a class of a
# larger data set, whose picture of that file name is another one.
_CONTAINERS = frozenset(
    {"image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "files", "jpegimages"}
)
_PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}

ORDER_NAMES = {
    RowOrder.OURS: "Ours: folders and files with numbers by value, 2 before 10",
    RowOrder.TEXT: "Text: as sorted() and ImageFolder have it, 10 before 2",
    RowOrder.ARCHIVE: "Archive: as the files stand in the uploaded archive",
    RowOrder.NUMBERS: "Numbers: by the number in the file name",
}


@dataclass(frozen=True)
class Rows:
    """Where a file's rows belong.

    pictures: (rows,) indices into the data set, training pictures first; verified: whether the file itself
    says which picture each row is about; order: of rows that are told by their position or by an index; told:
    whether the file has either names or an index.
    """

    pictures: Indices
    alignment: Alignment
    order: RowOrder | None
    verified: bool
    note: str
    told: bool = True


def is_index(value: str) -> bool:
    """Return whether a text is a plain whole number that is not too large to be an index."""
    return value.isascii() and value.isdecimal() and len(value) <= _DIGITS


def normal(text: str) -> str:
    """Return a name as names are compared: composed (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", text).strip()


def align(file: PictureFile, dataset: Dataset, order: RowOrder | None = None) -> Rows:
    """Return which picture each row of a file is about.

    `order` is the person's word on the order of rows, or on what an index counts. ChoiceError where that is
    needed; InvalidError names the row that has no picture, two of them, or another's.
    """
    file = _with_row_names(file)
    named, indexed = _name_columns(file), file.among(*INDICES)
    if named:
        rows = _by_name(file, dataset, named)
        for column in indexed:
            _check_index(file, column, rows.pictures, dataset)
    elif indexed:
        rows = _by_index(file, dataset, indexed, order)
    else:
        rows = _by_position(file, dataset, order)
    _check_distinct(file, rows, (named or indexed or [""])[0], dataset)
    _check_split(file, rows.pictures, dataset)
    return rows


def _with_row_names(file: PictureFile) -> PictureFile:
    """Return a file with the names that pandas writes before rows, where they are names, as a column."""
    labels = file.row_numbers
    if labels is not None and not (labels != "").any():
        return replace(file, row_numbers=None)
    if labels is None or file.among(*NAMES, *WEAK_NAMES, *INDICES) or all(map(_WHOLE.match, labels.tolist())):
        return file
    return replace(file, columns={"name": labels, **file.columns}, row_numbers=None)


def _name_columns(file: PictureFile) -> list[str]:
    """Return the columns of names: texts, but for arrays of numbers, which name nothing."""
    found = [name for name in file.among(*NAMES) if file.columns[name].dtype.kind == "U"]
    found = found or [*file.naming]
    if found or file.among(*INDICES):
        return found
    return [name for name in file.among(*WEAK_NAMES) if file.columns[name].dtype.kind in "Ui"]


# --- names ---


class _Places:
    """Pictures by key, of which most have one: a list only for those that have more."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._several: dict[str, list[int]] = {}

    def add(self, key: str, place: int) -> None:
        first = self._first.setdefault(key, place)
        if first != place:
            self._several.setdefault(key, [first]).append(place)

    def get(self, key: str) -> list[int]:
        if key in self._several:
            return self._several[key]
        return [self._first[key]] if key in self._first else []


class PictureNames:
    """The names of a data set's pictures, to be found by what people write of them.

    A name is found by its path, by the end of that, by its file name alone, with, without or with another
    ending; a longer path is found by its end, and one into a folder such as `images`, which is none of the
    data set's, by a file name that is nobody else's. Numbers are found without the zeros before them.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._names = [normal(name) for name in dataset.names]
        self._folders = {part.lower() for name in self._names for part in name.split("/")[:-1]}
        self._whole = _Places()
        self._bare = _Places()
        self._numbers = _Places()
        for place, name in enumerate(self._names):
            parts = name.split("/")
            bare = _without_ending(parts[-1])
            for first in range(len(parts)):
                self._whole.add("/".join(parts[first:]), place)
                if bare != parts[-1]:
                    self._bare.add("/".join((*parts[first:-1], bare)), place)
            if is_index(bare):
                self._numbers.add(str(int(bare)), place)

    def find(self, text: str) -> list[int]:
        """Return the pictures that a text can mean, none if it names none."""
        found = self._find(from_text(text))
        return found or (self._find(text) if from_text(text) != text else [])

    def _find(self, text: str) -> list[int]:
        parts = [part for part in normal(text).replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts:
            return []
        for first in range(max(len(parts) - 1, 1)):
            path = "/".join(parts[first:])
            found = self._whole.get(path) or self._bare.get(path)
            found = found or self._bare.get(_without_ending(path))
            if first:
                found = [place for place in found if self._is_in(place, parts[:first], len(parts) - first)]
            if found:
                return found
        if len(parts) == 1:
            whole = _WHOLE.match(parts[0])
            return self._numbers.get(str(int(whole[1]))) if whole else []
        return self._contained(parts)

    def _contained(self, parts: Sequence[str]) -> list[int]:
        """Return the one picture of a file name in a folder that says nothing of its pictures."""
        *before, folder, file_name = parts
        told = {part.lower() for part in (*before, folder)}
        if folder.lower() not in _CONTAINERS or told & self._folders - _PARTS.keys():
            return []
        found = self._whole.get(file_name) or self._bare.get(file_name)
        if len(found) != 1:
            return []
        theirs = {_PARTS[part] for part in told & _PARTS.keys()}
        mine = {_PARTS[part.lower()] for part in self._names[found[0]].split("/") if part.lower() in _PARTS}
        return found if theirs <= mine or not mine else []

    def _is_in(self, place: int, before: Sequence[str], length: int) -> bool:
        """Return whether a longer path can be a picture's, whose end it shares: not from the other part."""
        own = self._names[place].split("/")[:-length]
        if not own:
            return True
        mine, theirs = _PARTS.get(own[-1].lower()), _PARTS.get(before[-1].lower())
        return mine is None or theirs is None or mine == theirs


def _without_ending(file_name: str) -> str:
    stem, dot, ending = file_name.rpartition(".")
    return stem if dot and stem and ending.isalnum() and not ending.isdecimal() else file_name


def _by_name(file: PictureFile, dataset: Dataset, columns: Sequence[str]) -> Rows:
    names = PictureNames(dataset)
    parts = _told_parts(file)
    found = [_named_pictures(file, column, names, dataset, parts) for column in columns]
    for column, pictures in zip(columns[1:], found[1:], strict=True):
        wrong = np.flatnonzero(pictures != found[0])
        if len(wrong):
            row = int(wrong[0])
            raise refused(
                f"Row {row + 1:,}: {columns[0]} {_shown(file, columns[0], row)} and {column}"
                f" {_shown(file, column, row)} are different pictures."
            )
    note = f"Rows found their pictures by the {file.what} {columns[0]!r}."
    return Rows(found[0], Alignment.NAME, None, True, note)


def _named_pictures(
    file: PictureFile, column: str, names: PictureNames, dataset: Dataset, parts: Sequence[str] | None
) -> Indices:
    candidates = [names.find(str(text)) for text in file.columns[column].tolist()]
    if parts is not None:
        in_train = {"train": True, "test": False}
        for row, (places, part) in enumerate(zip(candidates, parts, strict=True)):
            wanted = in_train.get(part)
            if len(places) > 1 and wanted is not None:
                candidates[row] = [place for place in places if (place < dataset.n_train) == wanted]
    trained = [[place for place in places if place < dataset.n_train] for places in candidates]
    # Names that both parts have mean training pictures where the file has a row for each of these alone.
    if all(len(places) == 1 for places in trained) and len(trained) == dataset.n_train:
        candidates = trained
    for row, places in enumerate(candidates):
        if len(places) == 0:
            raise refused(
                f"Row {row + 1:,}: {column} {_shown(file, column, row)} names no picture of this data set;"
                f" names are such as {dataset.names[0]!r}."
            )
        if len(places) > 1:
            one, other = (dataset.names[place] for place in places[:2])
            raise refused(
                f"Row {row + 1:,}: {column} {_shown(file, column, row)} names {len(places):,} pictures, such"
                f" as {one!r} and {other!r}; write the path, or add a column `split`."
            )
    return np.array([places[0] for places in candidates], np.int64)


def _shown(file: PictureFile, column: str, row: int) -> str:
    return repr(str(file.columns[column][row])[:100])


def _told_parts(file: PictureFile) -> list[str] | None:
    """Return which part each row says it is of: train, test, or "" of other words."""
    columns = [name for name in file.among(SPLIT) if file.columns[name].dtype.kind == "U"]
    if not columns:
        return None
    return [_PARTS.get(text.lower(), "") for text in file.columns[columns[0]].tolist()]


def _check_split(file: PictureFile, pictures: Indices, dataset: Dataset) -> None:
    for row, (part, picture) in enumerate(zip(_told_parts(file) or (), pictures.tolist(), strict=False)):
        own = "train" if picture < dataset.n_train else "test"
        if part and part != own:
            raise refused(
                f"Row {row + 1:,}: split is {part!r}, but the picture {dataset.names[picture]!r} is of the"
                f" part {own!r} here."
            )


def _check_distinct(file: PictureFile, rows: Rows, column: str, dataset: Dataset) -> None:
    _, first = np.unique(rows.pictures, return_index=True)
    if len(first) < len(rows.pictures):
        again = int(np.setdiff1d(np.arange(len(rows.pictures)), first)[0])
        what = f"{column} {_shown(file, column, again)}" if column else f"the number of row {again + 1:,}"
        raise refused(
            f"Row {again + 1:,}: {what} is in the file twice, as the picture"
            f" {dataset.names[rows.pictures[again]]!r}."
        )


# --- an index ---


def _by_index(file: PictureFile, dataset: Dataset, columns: Sequence[str], order: RowOrder | None) -> Rows:
    column = columns[0]
    index = _parsed(file, column, len(dataset.names))
    if len(index) == dataset.n_train and np.array_equal(np.sort(index), 1 + np.arange(len(index))):
        raise refused(f"The {file.what} {column!r} counts from 1; an index of a picture counts from 0.")
    for other in columns[1:]:
        wrong = np.flatnonzero(_parsed(file, other, len(dataset.names)) != index)
        if len(wrong):
            raise refused(f"Row {wrong[0] + 1:,}: {column} and {other} are different.")
    known = orders(dataset, total=True)
    numbered = original_order(dataset.names[: dataset.n_train]) is not None
    verified = order is not None or not numbered or _is_ours_again(RowOrder.NUMBERS, known)
    if order is None:
        numbers = _numbered(dataset, 0, total=True)
        unlike = numbers is not None and not np.array_equal(numbers, known[RowOrder.OURS])
        if unlike and not numbered and (in_folders(dataset) or _in_rows(dataset)):
            both = {each: known[each] for each in (RowOrder.OURS, RowOrder.NUMBERS)}
            raise _ambiguous(dataset, both, f"What the {file.what} {column!r} counts is not clear")
        order = RowOrder.NUMBERS if numbered else RowOrder.OURS
    pictures = _chosen(known, order)[index]
    alignment = Alignment.FILE_NUMBER if order is RowOrder.NUMBERS else Alignment.POSITION
    note = f"Rows found their pictures by the {file.what} {column!r}, counted in the order {order}."
    return Rows(pictures, alignment, order, verified, note)


def _parsed(file: PictureFile, column: str, count: int) -> Indices:
    found = []
    for row, value in enumerate(file.columns[column].tolist()):
        whole = _WHOLE.match(str(value))
        if whole is None or int(whole[1]) >= count:
            hint = "; it counts from 0" if str(value) == str(count) else ""
            raise refused(
                f"Row {row + 1:,}: {column} {str(value)[:100]!r} is no position from 0 to"
                f" {count - 1:,}{hint}."
            )
        found.append(int(whole[1]))
    return np.array(found, np.int64)


def _check_index(file: PictureFile, column: str, pictures: Indices, dataset: Dataset) -> None:
    """Refuse an index that disagrees with the names beside it, in our order and in that of file numbers."""
    index = _parsed(file, column, len(dataset.names))
    known = orders(dataset, total=True)
    agree = [order[index] == pictures for order in known.values()]
    if not any(same.all() for same in agree):
        row = int(np.flatnonzero(~agree[0])[0])
        raise refused(
            f"Row {row + 1:,}: {column} {_shown(file, column, row)} is the picture"
            f" {dataset.names[index[row]]!r}, the name beside it is {dataset.names[pictures[row]]!r}."
        )


# --- positions ---


def original_order(names: Sequence[str]) -> Indices | None:
    """Return (n,) which image has each of the numbers 0 to n - 1 in its file name, None unless all are there.

    The number is the last one in front of the ending: 12 in train/cat/cifar10_00012.png.
    """
    return _counted(names, 0)


def _counted(names: Sequence[str], first: int) -> Indices | None:
    """Return the images by their numbers `first`, `first` + 1, ...; None unless all are there."""
    found = [_LAST_NUMBER.search(_stem(name)) for name in names]
    numbers = np.array([-1 if match is None else int(match[1]) for match in found], np.int64)
    order = np.argsort(numbers, kind="stable")
    return order if np.array_equal(numbers[order], first + np.arange(len(numbers))) else None


def _stem(name: str) -> str:
    folder, _, file_name = name.rpartition("/")
    stem, dot, _ = file_name.rpartition(".")
    return f"{folder}/{stem if dot else file_name}"


def _numbered(dataset: Dataset, first: int, *, total: bool) -> Indices | None:
    """Return the pictures by number, counted over all of them or each part; None without such numbers."""
    names, n = dataset.names, dataset.n_train
    everything = _counted(names, first)
    if everything is not None:
        return everything if total else everything[everything < n]
    train = _counted(names[:n], first)
    if train is None or not total:
        return train
    test = _counted(names[n:], first)
    return np.concatenate([train, n + (np.arange(dataset.n_test) if test is None else test)])


def _in_rows(dataset: Dataset) -> bool:
    """Return whether the pictures are rows of an npz."""
    return _ROW_NAME.match(dataset.names[0]) is not None


def in_folders(dataset: Dataset) -> bool:
    """Return whether the pictures came in class folders, which have lost the order they were made in."""
    if dataset.archived is not None:
        return True
    return "." in dataset.names[0].rpartition("/")[2]  # only files have an ending


def orders(dataset: Dataset, *, total: bool) -> dict[RowOrder, Indices]:
    """Return the orders that rows may stand in, ours first: the picture at each position.

    Of the training pictures, or of all: where the archive has both parts, training pictures first.
    """
    n, names = dataset.n_train, dataset.names
    count = len(names) if total else n
    found = {RowOrder.OURS: np.arange(count)}
    if in_folders(dataset):
        parted = names[0].count("/") > 1
        paths = [tuple(name.split("/")) for name in names]

        def by(key: Sequence[object]) -> Indices:
            def sort_key(place: int) -> tuple[object, ...]:
                return (parted and place >= n, key[place])

            return np.array(sorted(range(count), key=sort_key), np.int64)

        found[RowOrder.TEXT] = by(paths)
        if dataset.archived is not None:
            found[RowOrder.ARCHIVE] = by(dataset.archived)
    numbered = _numbered(dataset, 0, total=total)
    if numbered is None:
        numbered = _numbered(dataset, 1, total=total)
    if numbered is not None:
        found[RowOrder.NUMBERS] = numbered
    return found


def _chosen(known: Mapping[RowOrder, Indices], order: RowOrder) -> Indices:
    if order not in known:
        raise refused(f"This data set has no order {order.value!r}; it has: {', '.join(known)}.")
    return known[order]


def _by_position(file: PictureFile, dataset: Dataset, order: RowOrder | None) -> Rows:
    n, count = dataset.n_train, len(dataset.names)
    if file.rows not in (n, count):
        raise refused(
            f"The {file.what} has {file.rows:,} rows, needed are {n:,}, one per training picture, or"
            f" {count:,}, one for each of all. A file about some needs a column with names, or `index`."
        )
    if file.stirred is not None:
        raise refused(
            f"The column {file.stirred!r} numbers the rows, which stand in another order. Call it `index` if"
            " it says which picture a row is about, counted from 0, or leave it out."
        )
    known = orders(dataset, total=file.rows != n)
    order = order or _clear_order(dataset, known, total=file.rows != n)
    pictures = _chosen(known, order)
    if file.row_numbers is not None:
        pictures = _moved(file.row_numbers, pictures)
    told = order is RowOrder.NUMBERS and not np.array_equal(pictures, known[RowOrder.OURS])
    note = f"Rows were taken by position, in the order {order}; the file names no picture."
    return Rows(pictures, Alignment.FILE_NUMBER if told else Alignment.POSITION, order, False, note, False)


def _clear_order(dataset: Dataset, known: Mapping[RowOrder, Indices], *, total: bool) -> RowOrder:
    """Return the order in which positions have one meaning; ChoiceError where they have several."""
    covered = dataset.names if total else dataset.names[: dataset.n_train]
    if original_order(covered) is not None or (total and _numbered(dataset, 0, total=True) is not None):
        return RowOrder.NUMBERS
    if all(np.array_equal(order, known[RowOrder.OURS]) for order in known.values()):
        return RowOrder.OURS
    if not in_folders(dataset):
        return RowOrder.OURS  # there is one order that everybody has it in
    raise _ambiguous(
        dataset, known, "The file names no picture, and its rows can stand in several orders of this data set"
    )


def _moved(numbers: npt.NDArray[np.str_], pictures: Indices) -> Indices:
    """Return the pictures of rows whose numbers, as pandas and R write them, tell where they stood before."""
    places = np.array([int(text.partition(".")[0]) for text in numbers.tolist()], np.int64)
    first = int(places.min()) if len(places) else 0
    if first in (0, 1) and np.array_equal(np.sort(places), first + np.arange(len(places))):
        return pictures[places - first]
    if (np.diff(places) > 0).all():  # some were left out, none moved
        return pictures
    raise refused(
        "The rows are numbered by the first column, which has no name, but not in their order and not from"
        f" 0 to {len(places) - 1:,}; add a column with the pictures' names."
    )


def _ambiguous(dataset: Dataset, known: Mapping[RowOrder, Indices], what: str) -> ChoiceError:
    ours = known[RowOrder.OURS]
    parting = min(int(np.argmax(order != ours)) for order in known.values() if (order != ours).any())
    shown = range(SHOWN) if parting < SHOWN else (*range(SHOWN // 2), *range(parting, parting + SHOWN // 2))
    places = [row for row in shown if row < len(ours)]
    options = tuple(
        Option(
            order,
            ORDER_NAMES[order] + (" (here the same as ours)" if _is_ours_again(order, known) else ""),
            tuple(_seen(dataset, int(pictures[row]), row) for row in places),
        )
        for order, pictures in known.items()
    )
    begins = ", ".join(
        f"{dataset.names[pictures[parting]]!r} in {order}" for order, pictures in known.items()
    )
    return ChoiceError(
        f"{what}: row {parting + 1:,} is {begins}. Choose one (`order`), or add a column with names, as in"
        " examples.csv.",
        Choice("order", "In which order do the rows stand?", options),
    )


def _is_ours_again(order: RowOrder, known: Mapping[RowOrder, Indices]) -> bool:
    return order is not RowOrder.OURS and np.array_equal(known[order], known[RowOrder.OURS])


def _seen(dataset: Dataset, place: int, row: int) -> Seen:
    return Seen(place, dataset.names[place], dataset.classes[dataset.labels[place]], row=row)


def wanted(name: str) -> bool:
    """Return whether a column may say which picture a row is about."""
    return plain(name) in IDENTIFYING
