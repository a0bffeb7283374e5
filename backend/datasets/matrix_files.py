"""Files of matrices with missing entries: grids of numbers, and lists of row, column and value.

What a file means is never guessed in silence: how it was read is told with what came of it.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.contracts import MatrixLayout
from backend.datasets import archive
from backend.datasets.archive import refused
from backend.datasets.csv_texts import open_text
from backend.datasets.matrix import Floats, Matrix
from backend.datasets.npy import read_exactly, read_header

MAX_SIDE = 20_000
MAX_CELLS = 4_000_000  # of the whole matrix, known or not: what can be completed
MAX_TEXTS = MAX_CELLS + 2 * MAX_SIDE  # cells of a csv, the names of rows and columns among them
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "?", "-"})

ROWS, COLUMNS, VALUES = ("row", "rows", "i"), ("col", "column", "cols", "j"), ("value", "values", "data")
# In headers of lists, beside those: whom, what and how much.
ROW_NAMES = (*ROWS, "user", "user_id", "userid")
COLUMN_NAMES = (*COLUMNS, "item", "item_id", "itemid", "movie_id", "movieid")
VALUE_NAMES = (*VALUES, "rating", "ratings", "score")
CORNERS = ("", "id", "name", *ROW_NAMES)  # of a grid's header, above the names of rows
LARGEST_WIDTH = 4  # of a list: row, column, value, and something such as a time that is left out


@dataclass(frozen=True)
class ReadMatrix:
    """A matrix, and in words how its file was read."""

    matrix: Matrix
    layout: MatrixLayout
    note: str


def read_matrix(path: Path, layout: MatrixLayout = MatrixLayout.AUTO) -> ReadMatrix:
    """Read a matrix from a csv, npy or npz; InvalidError says what is wrong and where."""
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith(b"PK"):
        return _from_npz(path)
    if start.startswith(b"\x93NUMPY"):
        with path.open("rb") as file:
            return _of_array(_array(file, "the array"), None, "an array")
    return _from_text(path, layout)


# --- npz and npy ---


def _from_npz(path: Path) -> ReadMatrix:
    with archive.opened(path) as opened:
        names = [info.filename.removesuffix(".npy") for info in archive.files(opened)]
        if not (set(names) & set(ROWS) and set(names) & set(VALUES)):
            name = _only_grid(names)
            with archive.opened_file(opened, f"{name}.npy") as file:
                values = _array(file, name)
            known = None
            if "observed" in names:
                with archive.opened_file(opened, "observed.npy") as file:
                    known = _array(file, "observed")
            return _of_array(values, known, f"the array {name!r}")
        parts = {}
        for what, alternatives in (("row", ROWS), ("column", COLUMNS), ("value", VALUES)):
            name = next((name for name in alternatives if name in names), "")
            if not name:
                raise refused(f"{what}: is missing; the npz has {', '.join(sorted(names))[:200]}.")
            with archive.opened_file(opened, f"{name}.npy") as file:
                parts[what] = _array(file, name)
        shape = None
        if "shape" in names:
            with archive.opened_file(opened, "shape.npy") as file:
                shape = _array(file, "shape")
    return _of_lists(parts, shape)


def _only_grid(names: Sequence[str]) -> str:
    grids = [name for name in names if name != "observed"]
    if "matrix" in grids:
        return "matrix"
    if len(grids) != 1:
        listed = ", ".join(sorted(names))[:200] or "nothing"
        raise refused(
            "matrix: is missing; an npz has `matrix`, with NaN where an entry is missing, or `row`, `column`"
            f" and `value`, not {listed}."
        )
    return grids[0]


def _array(file: Any, name: str) -> npt.NDArray[Any]:
    header = read_header(file, name)
    if header.dtype.kind not in "iufb":
        raise refused(f"{name}: must be numbers, not {header.dtype}.")
    count = int(np.prod(header.shape, dtype=object))
    if count > MAX_CELLS:
        raise refused(f"{name}: has {count:,} numbers; at most {MAX_CELLS:,} can be taken.")
    data = read_exactly(file, name, count * header.dtype.itemsize)
    values = np.frombuffer(data, header.dtype)
    return values.reshape(header.shape[::-1]).T if header.fortran else values.reshape(header.shape)


def _of_array(values: npt.NDArray[Any], known: npt.NDArray[Any] | None, what: str) -> ReadMatrix:
    if values.ndim != 2:
        raise refused(f"{what} must have rows and columns, not the shape {values.shape}.")
    grid = values.astype(np.float64)
    if known is not None:
        if known.shape != grid.shape or not np.isin(known, (0, 1)).all():
            raise refused(f"observed: must be {grid.shape} of 0 and 1, or of true and false.")
        grid = np.where(known.astype(bool), grid, np.nan)
    return _of_grid(grid, what)


def _of_lists(parts: dict[str, npt.NDArray[Any]], shape: npt.NDArray[Any] | None) -> ReadMatrix:
    lengths = {part.shape for part in parts.values()}
    if len(lengths) > 1 or len(next(iter(lengths))) != 1:
        raise refused("row, column and value must be lists of the same length.")
    for name in ("row", "column"):
        if parts[name].dtype.kind not in "iu" or (len(parts[name]) and parts[name].min() < 0):
            raise refused(f"{name}: must be whole numbers from 0 on.")
    rows, columns = (parts[name].astype(np.int64) for name in ("row", "column"))
    values = parts["value"].astype(np.float64)
    sides = [int(side.max()) + 1 if len(side) else 0 for side in (rows, columns)]
    if shape is not None:
        if shape.shape != (2,) or shape.dtype.kind not in "iu" or (shape < sides).any():
            raise refused(f"shape: must be two whole numbers, at least {sides[0]:,} and {sides[1]:,}.")
        sides = [int(side) for side in shape]
    return _of_entries(rows, columns, values, (sides[0], sides[1]), "lists of row, column and value")


# --- text ---


def _from_text(path: Path, layout: MatrixLayout) -> ReadMatrix:
    lines = _lines(path)
    if not lines:
        raise refused("The file is empty.")
    header = lines[0] if _is_header(lines[0]) else None
    if layout is MatrixLayout.AUTO:
        layout = MatrixLayout.ENTRIES if _looks_like_entries(lines, header) else MatrixLayout.GRID
    return _text_entries(lines, header) if layout is MatrixLayout.ENTRIES else _text_grid(lines, header)


def _lines(path: Path) -> list[list[str]]:
    """Return the cells of every line that has any, without the spaces around them."""
    try:
        with open_text(path) as file:
            first = file.readline()
            # A semicolon or a tab divides where there is one: then a comma may be of a decimal.
            between = next((mark for mark in "\t;|," if mark in first), ",")
            rows = csv.reader(chain([first], file), delimiter=between)
            lines, cells = [], 0
            for row in rows:
                cells += len(row)
                if cells > MAX_TEXTS:
                    raise refused(f"The file has more than {MAX_TEXTS:,} cells, the most that can be taken.")
                if any(cell.strip() for cell in row):
                    lines.append([cell.strip() for cell in row])
    except (UnicodeError, csv.Error) as error:
        raise refused(f"The file is no numpy file, and no csv that can be read: {error}.") from None
    return lines


def _is_number(cell: str) -> bool:
    if cell.lower() in MISSING:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_header(line: list[str]) -> bool:
    """Whether a first line names columns: by texts, by a name in its corner, or by counting them."""
    filled = [cell for cell in line if cell.lower() not in MISSING]
    if len(filled) >= 2 and not any(map(_is_number, filled)):
        return True
    rest = line[1:]
    plain = len(set(rest)) == len(rest) and all(_is_index(cell) or not _is_number(cell) for cell in rest)
    if plain and line[0].lower() in CORNERS:
        return True
    return len(line) > LARGEST_WIDTH and line in (
        [str(k + first) for k in range(len(line))] for first in (0, 1)
    )


def _is_index(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()


def _looks_like_entries(lines: list[list[str]], header: list[str] | None) -> bool:
    """Whether lines are row, column, value: by names in the header, else by whole numbers.

    InvalidError where they could be that or a grid.
    """
    width = len(lines[0])
    if not 3 <= width <= LARGEST_WIDTH:
        return False
    if header is not None and _places(header) is not None:
        return True
    body = lines if header is None else lines[1:]
    if not all(len(line) >= 3 and _is_index(line[0]) and _is_index(line[1]) for line in body):
        return False
    if len(body) <= width:
        return False
    pairs = {(line[0], line[1]) for line in body}
    if len(pairs) < len(body):
        raise refused(
            "The lines look like row, column and value, but some pairs of row and column come twice. Keep one"
            " of each, or say that the file is a grid."
        )
    return True


def _places(header: list[str]) -> tuple[int, int, int] | None:
    """Return where a header says that rows, columns and values stand, None where it does not."""
    names = [name.lower().lstrip("#").strip() for name in header]
    found = [
        next((place for place, name in enumerate(names) if name in known), -1)
        for known in (ROW_NAMES, COLUMN_NAMES, VALUE_NAMES)
    ]
    return (found[0], found[1], found[2]) if min(found) >= 0 else None


def _text_entries(lines: list[list[str]], header: list[str] | None) -> ReadMatrix:
    row, column, value = (0, 1, 2) if header is None else (_places(header) or (0, 1, 2))
    body = lines if header is None else lines[1:]
    first = len(lines) - len(body) + 1
    needed = max(row, column, value) + 1
    for place, line in enumerate(body):
        if len(line) < needed:
            raise refused(
                f"Line {place + first:,}: has {len(line)} cells; row, column and value take {needed}."
            )
    values = np.array([_number(line[value], place + first, value) for place, line in enumerate(body)])
    if np.isnan(values).any():
        missing = int(np.flatnonzero(np.isnan(values))[0])
        raise refused(f"Line {missing + first:,}: has no value; leave lines of unknown entries out.")
    rows, row_names = _numbered([line[row] for line in body])
    columns, column_names = _numbered([line[column] for line in body])
    what = "lines of row, column and value"
    left_out = [place for place in range(len(lines[0])) if place not in (row, column, value)]
    if left_out:
        what += f", without column {', '.join(str(place + 1) for place in left_out)}"
    return _of_entries(rows, columns, values, (row_names, column_names), what)


def _numbered(names: list[str]) -> tuple[npt.NDArray[np.int64], int]:
    """Return which of the distinct names each one is, in order: of numbers by size, else of the alphabet."""
    if all(map(_is_index, names)):
        numbers = [int(name) for name in names]
        places = {name: place for place, name in enumerate(sorted(set(numbers)))}
        return np.array([places[number] for number in numbers], np.int64), len(places)
    known = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([known[name] for name in names], np.int64), len(known)


def _text_grid(lines: list[list[str]], header: list[str] | None) -> ReadMatrix:
    body = lines if header is None else lines[1:]
    first = len(lines) - len(body) + 1
    named = bool(body) and (
        all(not _is_number(line[0]) for line in body) or (header is not None and header[0].lower() in CORNERS)
    )
    width = max((len(line) for line in body), default=0)
    _check_sides(len(body), width - int(named))
    grid = np.full((len(body), width), np.nan)
    for place, line in enumerate(body):
        if len(line) != width:
            raise refused(
                f"Line {place + first:,}: has {len(line)} cells, others have {width}. Leave a cell empty"
                " where an entry is missing."
            )
        for at in range(int(named), width):
            grid[place, at] = _number(line[at], place + first, at)
    what = "a grid"
    if header is not None:
        what += ", without its header"
    if named:
        what += " and the names of its rows" if header is not None else ", without the names of its rows"
    return _of_grid(grid[:, int(named) :], what)


def _number(cell: str, line: int, at: int) -> float:
    if cell.lower() in MISSING:
        return float("nan")
    try:
        return float(cell)
    except ValueError:
        hint = "; write decimals with a point" if cell.count(",") == 1 else ""
        raise refused(f"Line {line:,}, column {at + 1}: {cell[:60]!r} is no number{hint}.") from None


# --- both ---


def _of_grid(grid: Floats, what: str) -> ReadMatrix:
    _check_sides(grid.shape[0], grid.shape[1])
    if np.isinf(grid).any():
        row, column = (int(at[0]) for at in np.nonzero(np.isinf(grid)))
        raise refused(f"Row {row + 1:,}, column {column + 1:,}: is infinite.")
    rows, columns = np.nonzero(~np.isnan(grid))
    entries = np.stack([rows, columns, grid[rows, columns]], axis=1)
    return _checked(Matrix(grid.shape[0], grid.shape[1], entries), MatrixLayout.GRID, what)


def _of_entries(
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    values: Floats,
    sides: tuple[int, int],
    what: str,
) -> ReadMatrix:
    _check_sides(*sides)
    if not np.isfinite(values).all():
        raise refused("Values must be finite numbers; leave unknown entries out.")
    cells = rows * sides[1] + columns
    order = np.argsort(cells, kind="stable")
    if twice := np.flatnonzero(np.diff(cells[order]) == 0).tolist():
        at = order[twice[0]]
        raise refused(
            f"Row {int(rows[at]) + 1:,} has two values in column {int(columns[at]) + 1:,}; keep one of each."
        )
    entries = np.stack([rows, columns, values], axis=1)[order].astype(np.float64)
    return _checked(Matrix(*sides, entries), MatrixLayout.ENTRIES, what)


def _check_sides(rows: int, columns: int) -> None:
    if min(rows, columns) < 2:
        raise refused(f"A matrix has at least 2 rows and 2 columns, not {rows:,} and {columns:,}.")
    if max(rows, columns) > MAX_SIDE or rows * columns > MAX_CELLS:
        raise refused(
            f"The matrix is {rows:,} x {columns:,}; at most {MAX_CELLS:,} entries, known or not, and"
            f" {MAX_SIDE:,} a side can be completed."
        )


def _checked(matrix: Matrix, layout: MatrixLayout, what: str) -> ReadMatrix:
    values = matrix.entries[:, 2]
    if len(values) < 4:
        raise refused(f"Only {len(values)} entries are known; there must be at least 4.")
    if np.ptp(values) == 0:
        raise refused(f"All known entries are {values[0]:g}, so there is nothing to complete.")
    said = [f"Read as {what}."]
    for side, size, axis in (("rows", matrix.rows, 0), ("columns", matrix.columns, 1)):
        if empty := size - len(np.unique(matrix.entries[:, axis])):
            said.append(f"{empty:,} of the {side} have no known entry.")
    return ReadMatrix(matrix, layout, " ".join(said))
