"""Files with a row for each picture: the columns of a csv, or the arrays of an npy or npz.

Only the columns that matter are kept, and never more rows than the data set has pictures, whatever a file
holds.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets import archive, parquet_tables
from backend.datasets.archive import refused
from backend.datasets.array_labels import set_positions
from backend.datasets.confined import confined
from backend.datasets.csv_texts import DELIMITERS, open_text
from backend.datasets.foreign_files import HEAD, check_one, pytorch
from backend.datasets.npy import Header, read_exactly, read_header

Values = npt.NDArray[Any]
Wanted = Callable[[str], bool]
_Size = tuple[int | None, bool]  # whose rows are taken, and whether those of any size will do

SIZE, EXAMPLE = "size", "example"  # columns of our own exports, whose rows are of several sizes of models
MAX_TEXT = 1000  # characters of a text in an array
MAX_BYTES = 2**29  # of all columns in memory, where a text takes the room of its column's longest
MAX_LISTED = 12  # columns named in a message

_UNNAMED = re.compile(r"(unnamed:_?\d+)?$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class PictureFile:
    """What a file holds of each picture it is about.

    columns: (rows,) texts, or in an array whole or real numbers, by the name in the file; names: all there
    are; headed: whether the file has them; row_numbers: (rows,) texts of a first column without a name, as
    pandas writes its index; others: arrays of another length; naming: columns that name pictures, as their
    first cell shows, whatever they are called; stirred: a column that numbers all rows, in another order.
    """

    columns: dict[str, Values]
    names: tuple[str, ...]
    rows: int
    is_csv: bool
    decimal_comma: bool = False
    row_numbers: Values | None = None
    headed: bool = True
    others: dict[str, Values] = field(default_factory=dict)
    naming: tuple[str, ...] = ()
    stirred: str | None = None

    def among(self, *known: str) -> list[str]:
        """Return the columns of these names, in the file's order; case, spaces and hyphens do not matter."""
        return [name for name in self.columns if plain(name) in known]

    @property
    def what(self) -> str:
        """What its columns are called in a sentence."""
        return "column" if self.is_csv else "array"

    def listed(self) -> str:
        """Name what there is, for a sentence."""
        shown = ", ".join(repr(name[:40]) for name in self.names[:MAX_LISTED])
        return (shown or "none") + (" and more" if len(self.names) > MAX_LISTED else "")

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column's numbers, NaN where a cell is empty; InvalidError names the row without one."""
        values = self.columns[name]
        if values.dtype.kind != "U":
            return values.astype(np.float64)
        if not self.is_csv:
            raise refused(f"{name}: must be numbers, not text.")
        found = (self._number(text, row) for row, text in enumerate(values.tolist()))
        return np.fromiter(found, np.float64, len(values))

    def _number(self, text: str, row: int) -> float:
        if self.decimal_comma and _DECIMAL_COMMA.match(text):
            text = text.replace(",", ".")
        try:
            return float(text or "nan")
        except ValueError:
            raise refused(f"Row {row + 1:,}: {text[:100]!r} is no number.") from None


def plain(name: str) -> str:
    """Return a column's name without what tools and people write differently."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def choose_column(file: PictureFile, fitting: Sequence[str], column: str | None, of_what: str) -> str:
    """Return the column that is meant: the one asked for, or the only one that fits.

    ChoiceError names those that fit where there are several; InvalidError says what there is instead of one.
    """
    if column is not None:
        if column in file.columns:
            return column
        raise refused(f"There is no {file.what} {column[:100]!r}; {file.what}s are {file.listed()}.")
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        hint = ", as its first line has them" if file.is_csv and file.names else ""
        raise refused(
            f"The file has no {file.what} of {of_what}; its {file.what}s are {file.listed()}{hint}."
        )
    named = " and ".join(fitting[:MAX_LISTED])
    raise ChoiceError(
        f"The file has several {file.what}s of {of_what}: {named}. Choose the one that is meant (`column`).",
        Choice("column", f"Which {file.what} is meant?", tuple(Option(name, name) for name in fitting)),
    )


def read_picture_file(
    path: Path,
    default: str,
    wanted: Wanted,
    most: int,
    size: int | None = None,
    *,
    any_size: bool = False,
    shown: Wanted | None = None,
) -> PictureFile:
    """Read the wanted columns of a csv, npy or npz; InvalidError says what is wrong.

    `default` is what an array without a name is called, `most` how many rows there can be; of a csv with
    scores of several sizes the rows of `size` are taken, of the first one where `any_size` will do, and
    ChoiceError names the sizes where it is missing. `shown` tells whether a cell names a picture: a first
    line of such a one and another is no header, and the columns then are `name` and `label`.
    """
    with path.open("rb") as file:
        start = file.read(HEAD)
        file.seek(0)
        if start.startswith(b"\x93NUMPY"):
            values = _vector(file, default, most)
            return PictureFile({default: values}, (default,), len(values), is_csv=False)
    if start.startswith(b"PK"):
        return _read_npz(path, wanted, most)
    check_one("", start)
    if start.startswith(b"PAR1"):
        return _read_parquet(path, wanted, most)
    return _read_csv(path, wanted, most, (size, any_size), shown)


# --- arrays ---


def _read_npz(path: Path, wanted: Wanted, most: int) -> PictureFile:
    with archive.opened(path) as opened:
        members = [info.filename for info in archive.files(opened)]
        if any(member.endswith("/data.pkl") for member in members):
            raise pytorch()
        if not any(member.endswith(".npy") for member in members):
            raise refused("The zip holds no arrays; bring an npy, an npz or a csv that is not packed.")
        names = tuple(member.removesuffix(".npy") for member in members if member.endswith(".npy"))
        columns: dict[str, Values] = {}
        for name in filter(wanted, names):
            with archive.opened_file(opened, f"{name}.npy") as file:
                columns[name] = _vector(file, name, most)
            _check_room(sum(values.nbytes for values in columns.values()))
    return PictureFile(columns, names, 0, is_csv=False)


def _check_room(size: int) -> None:
    if size > MAX_BYTES:
        raise refused(
            f"The texts of the file are too long: together they take more than {MAX_BYTES >> 20} MiB."
        )


def of_rows(file: PictureFile, main: str) -> PictureFile:
    """Return a file whose rows are those of its array `main`, with arrays of another length aside."""
    if file.is_csv:
        return file
    rows = len(file.columns[main])
    kept = {name: values for name, values in file.columns.items() if len(values) == rows}
    others = {name: values for name, values in file.columns.items() if name not in kept}
    return PictureFile(kept, file.names, rows, is_csv=False, others=others)


def _vector(file: IO[bytes], name: str, most: int) -> Values:
    """Return the whole numbers, numbers or texts of an npy file, (rows,); of one-hot rows, what is set."""
    header = read_header(file, name)
    kind, size = header.dtype.kind, header.dtype.itemsize
    if header.shape[0:1] > (most,):
        raise refused(f"{name}: has {header.shape[0]:,} values; the data set has {most:,} pictures.")
    if len(header.shape) == len(("rows", "classes")) and header.shape[1] > 1 and kind in "iufb":
        return _set_in_rows(file, name, header)
    if len(header.shape) != 1 and header.shape[1:] != (1,):
        raise refused(f"{name}: must be (n,), one value for each picture, not {header.shape}.")
    if kind not in "iufbUS":
        raise refused(f"{name}: must be numbers or text, not {header.dtype}.")
    count = header.shape[0]
    if kind in "US" and (size > 4 * MAX_TEXT or size * count > MAX_BYTES):
        raise refused(f"{name}: its texts are too long; at most {MAX_TEXT:,} characters each can be taken.")
    data = read_exactly(file, name, count * size)
    return _plain_values(np.frombuffer(data, header.dtype) if size else np.zeros(count, header.dtype), name)


def _plain_values(values: Values, name: str) -> Values:
    kind = values.dtype.kind
    try:
        if kind in "US":
            listed = values.tolist()
            texts = [value.decode() for value in listed] if kind == "S" else listed
            return np.array(texts, np.str_).reshape(len(values))
    except (ValueError, SystemError) as error:  # numbers that are no characters, bytes that are no UTF-8
        raise refused(f"{name}: is not text ({error}).") from None
    if kind == "f":
        return values.astype(np.float64)
    if kind == "u" and len(values) and values.max() > np.iinfo(np.int64).max:
        raise refused(f"{name}: {values.max()} is too large for a label or an index.")
    return values.astype(np.int64)


def _set_in_rows(file: IO[bytes], name: str, header: Header) -> Values:
    if header.size > MAX_BYTES:
        raise refused(f"{name}: {header.shape} is too large for labels; save one for each picture.")
    data = np.frombuffer(read_exactly(file, name, header.size), header.dtype)
    rows = data.reshape(header.shape, order="F" if header.fortran else "C")
    if not np.isin(rows, (0, 1)).all():
        raise refused(
            f"{name}: must be (n,), one value for each picture, not {header.shape}; of probabilities, save"
            f" {name}.argmax(axis=1)."
        )
    return set_positions([rows], name, header.shape[1])


# --- Parquet ---


def _read_parquet(path: Path, wanted: Wanted, most: int) -> PictureFile:
    what = "The Parquet file"
    names, rows = confined(parquet_tables.columns_of, str(path), what=what)
    if rows > most:
        raise refused(f"The file has {rows:,} rows; the data set has {most:,} pictures.")
    columns = confined(parquet_tables.read_columns, str(path), [*filter(wanted, names)], MAX_BYTES, what=what)
    return PictureFile(columns, names, rows, is_csv=False)


# --- csv ---


def _read_csv(path: Path, wanted: Wanted, most: int, size: _Size, shown: Wanted | None = None) -> PictureFile:
    try:
        with open_text(path) as file:
            return _from_lines(file, wanted, most, size, shown)
    except (UnicodeError, csv.Error) as error:
        raise refused(
            f"The file is no numpy file, and no csv that can be read: {error}. Save it as CSV in UTF-8."
        ) from None


def _from_lines(file: IO[str], wanted: Wanted, most: int, size: _Size, shown: Wanted | None) -> PictureFile:
    first = file.readline(2**16)
    while first and not first.strip(" \r\n"):
        first = file.readline(2**16)
    stated = re.match(r'"?sep=(.)"?\s*$', first)  # Excel's way to say how cells are divided
    if stated:
        first = file.readline(2**16)
    delimiter = stated[1] if stated else _delimiter(first, wanted)
    listed = None if shown is None else _without_header(first, shown)
    if listed is not None:
        delimiter, names_of = listed
        first = f"{delimiter.join(names_of)}\n{first}"
        file = io.StringIO(first + file.read(MAX_BYTES), newline="")
        first = file.readline()
    reader = csv.reader(_lines(first, file), delimiter=delimiter, skipinitialspace=listed is not None)
    header = [name.strip() for name in next(reader, [])]
    unnamed = len(header) > 1 and _UNNAMED.match(plain(header[0])) is not None
    places = {name: place for place, name in enumerate(header) if name and wanted(name)}
    repeated = [name for name in places if header.count(name) > 1]
    if repeated:
        raise refused(f"The csv has the column {repeated[0]!r} twice; keep the one that is meant.")
    names = tuple(name for name in header if name)
    if not places:
        return PictureFile({}, names, 0, is_csv=True)
    if unnamed:
        places = {"": 0, **places}
    rows = _rows(reader, len(header))
    begun = next(rows, [])
    rows = chain([begun] if begun else [], rows)
    further = {
        name: place
        for place, name in enumerate(header)
        if name and header.count(name) == 1 and name not in places and shown is not None
    }
    naming = tuple(
        name
        for name, place in further.items()
        if shown and not (first_cell := _cell(begun, place)).isdecimal() and shown(first_cell)
    )
    counting = tuple(name for name, place in further.items() if _cell(begun, place).isdecimal())
    places |= {name: further[name] for name in (*naming, *counting)}
    if {SIZE, EXAMPLE} <= set(header):
        rows = _of_size(rows, header.index(SIZE), size)
    # One more than there can be says that there are too many, however many there are.
    kept = [tuple(_cell(row, place) for place in places.values()) for row in islice(rows, most + 1)]
    if len(kept) > most:
        raise refused(f"The csv has more rows than the data set has pictures, {most:,}.")
    cells = zip(*kept, strict=True) if kept else ((),) * len(places)
    longest = [max(map(len, texts), default=0) for texts in zip(*kept, strict=True)]
    _check_room(len(kept) * 4 * sum(longest))
    columns: dict[str, Values] = {
        name: np.array(texts, np.str_) for name, texts in zip(places, cells, strict=True)
    }
    row_numbers = columns.pop("", None)
    stirred = [name for name in counting if name not in naming and _is_stirred(columns[name])]
    return PictureFile(
        {name: values for name, values in columns.items() if name in naming or name not in counting},
        names,
        len(kept),
        is_csv=True,
        decimal_comma=delimiter != ",",
        row_numbers=row_numbers,
        headed=listed is None,
        naming=naming,
        stirred=stirred[0] if stirred else None,
    )


def _is_stirred(texts: Values) -> bool:
    """Return whether cells are the numbers of rows, from 0 or 1 and each once, in another order."""
    if not all(text.isdecimal() and len(text) < 10 for text in texts.tolist()):
        return False
    numbers = texts.astype(np.int64)
    ordered = np.arange(len(numbers)) + int(numbers.min())
    return (
        numbers.min() in (0, 1)
        and not (numbers == ordered).all()
        and bool((np.sort(numbers) == ordered).all())
    )


def _lines(first: str, rest: IO[str]) -> Iterator[str]:
    yield first
    yield from rest


def _without_header(first: str, shown: Wanted) -> tuple[str, list[str]] | None:
    """Return what divides a picture's name and another cell, and what they are; None if the line is none."""
    for delimiter in (*DELIMITERS, " "):
        cells = next(csv.reader([first.strip()], delimiter=delimiter, skipinitialspace=True), [])
        pictures = [shown(cell) for cell in cells]
        if len(cells) == 2 and any(pictures):
            return delimiter, ["name", "label"] if pictures[0] else ["label", "name"]
    return None


def _delimiter(first: str, wanted: Wanted) -> str:
    """Return what divides the cells of a header: what finds most of the columns wanted, then most columns."""

    def found(delimiter: str) -> tuple[int, int]:
        header = next(csv.reader(io.StringIO(first), delimiter=delimiter), [])
        return sum(wanted(name.strip()) for name in header), len(header)

    return max(DELIMITERS, key=found)


def _rows(reader: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    """Yield the rows that are not empty; InvalidError names one that is longer than the header."""
    number = 0
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            raise refused(
                f"Row {number:,} has {len(row)} cells, the header {width}; put cells that hold the separator"
                " into quotes."
            )
        yield row


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _of_size(rows: Iterator[list[str]], at: int, chosen: _Size) -> Iterator[list[str]]:
    """Yield the rows of one size; ChoiceError at the end if there were several and none was chosen."""
    size, any_size = chosen
    seen: dict[str, None] = {}
    for row in rows:
        own = _cell(row, at)
        seen[own] = None
        if own == (next(iter(seen)) if size is None else str(size)):
            yield row
    if (size is None and len(seen) > 1 and not any_size) or (size is not None and str(size) not in seen):
        named = ", ".join(islice(seen, MAX_LISTED))
        raise ChoiceError(
            f"The file has scores of several sizes: {named}. Choose the one that is meant (`size`).",
            Choice(
                "size",
                "Which size is meant?",
                tuple(Option(each, each) for each in islice(seen, MAX_LISTED)),
            ),
        )
