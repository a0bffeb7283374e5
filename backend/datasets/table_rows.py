"""Which picture of an archive each row of a table is about."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from backend.datasets.archive_names import slashed

_TWICE = -1
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


class Pictures:
    """The pictures of an archive, found by what tables call them.

    A table may name a picture by its path, from the top or from the table, by the last parts of it, or by its
    name, each with, without or with another ending, where that is one picture only. Numbers may lack the
    zeros before them.
    """

    def __init__(self, names: Sequence[str], places: Sequence[int] | None = None) -> None:
        self.names = names
        self.places = range(len(names)) if places is None else places  # among all of the archive
        self._whole = {name: i for i, name in enumerate(names)}
        self._ends = _ends((name, i) for name, i in self._whole.items())
        self._stems = _ends((str(PurePosixPath(name).with_suffix("")), i) for name, i in self._whole.items())
        self._numbers = _ends(
            (str(int(stem)), i)
            for name, i in self._whole.items()
            if _is_number(stem := PurePosixPath(name).stem)
        )

    def among(self, places: Sequence[int]) -> "Pictures":
        """Return some of them."""
        return Pictures([self.names[at] for at in places], [self.places[at] for at in places])

    def shows(self, cell: str) -> bool:
        """Return whether a cell may name a picture, by its last part."""
        last = slashed(cell.strip()).rpartition("/")[2]
        return last in self._ends or (last in self._stems and not last.isdecimal())

    def find(self, cells: Sequence[str], table: str) -> list[int | None]:
        """Return which picture each cell names, None for none.

        Folders that are common to all cells may be of another machine, and all folders where names differ.
        """
        paths = [tuple(slashed(cell).split("/")) for cell in cells]
        folder = PurePosixPath(table).parent.parts
        common = _common(paths)
        alone = len({path[-1] for path in set(paths)}) == len(set(paths))
        return [self._find(path, folder, common, alone=alone) for path in paths]

    def _find(
        self, path: tuple[str, ...], folder: tuple[str, ...], common: int, *, alone: bool
    ) -> int | None:
        tails = [path[start:] for start in range(min(common, len(path) - 1) + 1)]
        tails += [path[-1:]] if alone else []
        for tail in tails:
            name = "/".join(tail)
            beside = self._whole.get("/".join((*folder, *tail)))
            place = self._whole.get(name, beside)
            for known in (self._ends, self._stems):
                if place is None:
                    place = known.get(name)
            if place is None:
                place = self._numbers.get(str(int(name))) if _is_number(name) else self._other_ending(name)
            if place is not None:
                return None if place == _TWICE else place
        return None

    def _other_ending(self, name: str) -> int | None:
        bare = _ENDING.sub("", name)
        return self._stems.get(bare) if bare != name else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _ends(names: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return what paths end in, and the picture of each; _TWICE where there are several."""
    found: dict[str, int] = {}
    for name, place in names:
        parts = name.split("/")
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            found[end] = place if end not in found else _TWICE
    return found


def _common(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many folders all paths begin with."""
    if not paths:
        return 0
    first, last = min(paths)[:-1], max(paths)[:-1]
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
                min(len(first), len(last)))  # fmt: skip
