"""Text that a spreadsheet would run as a formula: written with an apostrophe before it, and read back.

Excel, LibreOffice and Google Sheets run cells that begin with `=`, `+`, `-` or `@`, also behind a tab or
a carriage return. An apostrophe makes such a cell text. A text with one of its own gets another, so that
what is read back is what was written.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

_DANGEROUS = r"^'*[=+\-@\t\r]"
_ESCAPED = re.compile(r"''*[=+\-@\t\r]")


def as_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of texts as it stands in a csv."""
    dangerous = pc.match_substring_regex(column, _DANGEROUS)
    return pc.if_else(dangerous, pc.binary_join_element_wise("'", column, ""), column)


def from_text(cell: str) -> str:
    """Return the text that `as_texts` has written."""
    return cell[1:] if _ESCAPED.match(cell) else cell
