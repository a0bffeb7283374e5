"""What may be said about a picture, in words, and what it is stored as."""

import re
from collections.abc import Sequence
from typing import Any

from backend.core.contracts import Mark
from backend.core.queries.marks import State
from backend.datasets.alignment import normal
from backend.datasets.label_files import without_point
from backend.datasets.options import listed

MAX_NOTE = 1000  # characters
MAX_BY = 100

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # but for tabs and line ends


class Words:
    """Reads words about the pictures of one data set; a ValueError names the field and the allowed values."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = classes
        self._index = {normal(name): index for index, name in enumerate(classes)}

    def state(
        self, mark: Mark | None, label: str, suggested_label: str | None = None, note: str | None = None
    ) -> State:
        """Return all that is said about a picture that is labeled `label`."""
        judged, suggested = self._class("label", label), None
        if suggested_label is not None:
            suggested = self._class("suggested_label", suggested_label)
            if mark is not Mark.WRONG_LABEL:
                raise ValueError(f"suggested_label: only {Mark.WRONG_LABEL.value} has one")
            if suggested == judged:
                raise ValueError(f"suggested_label: {label!r} is the label that is judged; suggest another")
        return State(mark, judged, suggested, _checked(note or ""))

    def _class(self, field: str, name: str) -> int:
        for spelled in (normal(name), without_point(normal(name))):
            if spelled in self._index:
                return self._index[spelled]
        raise ValueError(f"{field}: there is no class {name[:100]!r}; classes are: {listed(self._classes)}")


def _checked(text: str) -> str:
    """Return a note without the space around it; a ValueError says what it may not be."""
    stripped = text.replace("\r\n", "\n").strip()
    if len(stripped) > MAX_NOTE:
        raise ValueError(f"note: has {len(stripped):,} characters; at most {MAX_NOTE:,} can be kept")
    if _CONTROLS.search(stripped):
        raise ValueError("note: has control characters, which nobody sees; leave them out")
    return stripped


def mark_of(text: Any) -> Mark | None:
    """Return the mark that a text names, None of an empty one; a ValueError names the marks."""
    plain = re.sub(r"[\s-]+", "_", str(text).strip().lower())
    if not plain:
        return None
    try:
        return Mark(plain)
    except ValueError:
        raise ValueError(f"mark: {str(text)[:100]!r} is none of: {', '.join(Mark)}") from None
