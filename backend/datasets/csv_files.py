"""Csv files from strangers: a header, then rows of text."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.datasets.archive import refused


@contextmanager
def opened(path: Path) -> Iterator["csv.DictReader[str]"]:
    """Open a csv; InvalidError if it is none, also where that shows while it is read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield csv.DictReader(file)
    except (UnicodeDecodeError, csv.Error) as error:
        raise refused(f"The file is no numpy file, and no csv that can be read: {error}.") from None


def cell(row: dict[str, str], column: str) -> str:
    """Return the text of a cell without the spaces around it, empty where the row is too short."""
    return (row[column] or "").strip()
