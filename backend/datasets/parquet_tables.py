"""Small columns of Parquet files: of labels, scores, and names of pictures. To be called in `confined`."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from backend.datasets.archive import MAX_FILES, refused

Values = npt.NDArray[Any]

_PAGE = 2**20  # bytes read at a time


def opened(file: Any) -> pq.ParquetFile:
    """Open a Parquet file so that a group of rows is not read as a whole."""
    return pq.ParquetFile(file, pre_buffer=False, buffer_size=_PAGE)


def columns_of(path: str) -> tuple[tuple[str, ...], int]:
    """Return the names of a file's columns, and how many rows it has; InvalidError if it is none."""
    with _readable():
        file = opened(path)
        return tuple(file.schema_arrow.names), file.metadata.num_rows


def read_columns(path: str, names: Sequence[str], most: int) -> dict[str, Values]:
    """Return columns as whole numbers, numbers with NaN where there is none, or texts, names of classes too.

    InvalidError if they take more than `most` bytes, or cannot be read.
    """
    with _readable():
        file = opened(path)
        classes = class_names(file.schema_arrow)
        columns: dict[str, Values] = {}
        for name in names:
            column = file.read([name], use_threads=False).column(0)
            if name in classes and pa.types.is_integer(column.type):
                column = pa.array(classes[name]).take(column)
            columns[name] = _of_arrow(column, name)
            if sum(values.nbytes for values in columns.values()) > most:
                raise refused(f"{name}: takes more than {most >> 20} MiB.")
        return columns


def read_rows(data: bytes, known: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns of a file that are called as one of those known, and its rows by their names."""
    file = opened(io.BytesIO(data))
    names = [name for name in file.schema_arrow.names if plain(name) in known]
    if file.metadata.num_rows > MAX_FILES:
        raise refused(
            f"The table has {file.metadata.num_rows:,} rows, and at most {MAX_FILES:,} can be taken."
        )
    return names, file.read(names, use_threads=False).to_pylist()


def plain(name: str) -> str:
    """Return the name of a column as it is compared."""
    return name.strip().casefold().replace(" ", "_")


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, MemoryError):
            raise
        said = str(error).splitlines()[0]
        raise refused(f"The file is no Parquet file that can be read: {said}.") from None


def class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the names of classes that Hugging Face's metadata gives, by column."""
    try:
        info = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: tuple(map(str, feature["names"]))
            for name, feature in info.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and "names" in feature
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _of_arrow(column: Any, name: str) -> Values:
    """Return a column as whole numbers, numbers with NaN where there is none, or texts, empty without one."""
    values = column.to_pylist()
    told = [value for value in values if value is not None]
    if all(isinstance(value, str | bytes) for value in told):
        return np.array([_as_text(value) for value in values], np.str_).reshape(len(values))
    if not all(isinstance(value, bool | int | float) for value in told):
        raise refused(f"{name}: must be numbers or text, not {column.type}.")
    if len(told) < len(values) or any(isinstance(value, float) for value in told):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array(values, np.int64)


def _as_text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
