"""Pictures that are called after their class and a number, `cat.12.jpg`, and lie in no class folders."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets.archive import refused
from backend.datasets.layouts import Placed, part_folders, unlabeled, without_wrappers

FILE_NAMES = "file names"  # the "column" of labels that a person chooses
_NUMBERED = re.compile(r"(.*?[^\W\d_].*?)[-_. (]*[0-9]+\)?")
_LISTED = 5


def place_by_names(names: Sequence[str]) -> Placed:
    """Return where pictures belong whose names begin with their class; InvalidError where some do not."""
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    left = unlabeled(paths)
    classes = tuple("" if i in left else _before_the_number(name) for i, name in enumerate(names))
    odd = [name for i, name in enumerate(names) if not classes[i] and i not in left]
    if odd:
        more = f" and {len(odd) - 1:,} more" if len(odd) > 1 else ""
        raise refused(f"column: {odd[0]!r}{more} is not called after a class and a number.")
    parts = part_folders(paths) or {}
    roles = tuple(parts[path[0]] for path in paths) if all(path[0] in parts for path in paths) else None
    return Placed(tuple("/".join(part for part in path if part) for path in paths), classes, roles, left)


def ask_for_names(names: Sequence[str]) -> None:
    """Ask whether pictures are of the classes that their names begin with; ChoiceError.

    Only where there are fewer than pictures, and more than one: a camera's names begin all alike.
    """
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    left = unlabeled(paths)
    counts = Counter(_before_the_number(name) for i, name in enumerate(names) if i not in left)
    if "" in counts or len(counts) < 2 or min(counts.values()) < 2:
        return
    told = ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(_LISTED))
    told += ", …" if len(counts) > _LISTED else ""
    raise ChoiceError(
        "The pictures lie in no class folders and no table tells their classes, but their names begin with"
        f" {told}. Choose whether these are the classes (`column={FILE_NAMES}`), or put each picture into a"
        " folder of its class.",
        Choice(
            "column", "What says which class?", (Option(FILE_NAMES, f"what file names begin with: {told}"),)
        ),
    )


def _before_the_number(name: str) -> str:
    found = _NUMBERED.fullmatch(PurePosixPath(name).stem)
    return found[1] if found else ""
