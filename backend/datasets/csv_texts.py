"""How tables of text come: as UTF-8, or as the UTF-16 of Excel, with one of four separators between cells."""

from pathlib import Path
from typing import IO

DELIMITERS = ",;\t|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def encoding(start: bytes) -> str:
    """Return the encoding of a text by its first bytes."""
    return "utf-16" if start[:2] in _UTF_16 else "utf-8-sig"


def open_text(path: Path) -> IO[str]:
    """Open a text for a reader of csv, which wants line ends as they are."""
    with path.open("rb") as file:
        start = file.read(2)
    return path.open(encoding=encoding(start), newline="")
