"""A field of points in the plane: one short text that fits into an address, which people move with the mouse.

`a0.5_1.5*b-0.5_-1.5` is a point of the first class at (0.5, 1.5) and one of the second class at its opposite.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field

MOST = 40  # points
FARTHEST = 100  # coordinate
DECIMALS = 2
_LETTERS = "abcdefgh"
_POINT = re.compile(r"([a-z])(-?\d{1,4}(?:\.\d*)?|-?\.\d+)_(-?\d{1,4}(?:\.\d*)?|-?\.\d+)")


@dataclass(frozen=True, eq=False)
class Points:
    """Where n points lie (n, 2), and of which class each is (n,), counted from 0."""

    at: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int64]


def written(points: Sequence[tuple[int, float, float]]) -> str:
    """Return the text of points given as (class, x, y)."""
    return "*".join(f"{_LETTERS[of]}{_number(x)}_{_number(y)}" for of, x, y in points)


@lru_cache(maxsize=256)
def points_of(text: str) -> Points:
    """Return the points that a text tells; ValueError names the first one that cannot be read."""
    rows = []
    for place, part in enumerate(text.split("*") if text else (), 1):
        found = _POINT.fullmatch(part)
        if found is None:
            raise ValueError(
                f"point {place}, {part[:20]!r}, cannot be read: write the letter of its class and two"
                " numbers, as in a0.5_1.5"
            )
        of, x, y = found.groups()
        if max(abs(float(x)), abs(float(y))) > FARTHEST:
            raise ValueError(f"point {place}, {part!r}, lies beyond {FARTHEST}")
        rows.append((_LETTERS.find(of), round(float(x), DECIMALS), round(float(y), DECIMALS)))
    made = np.array(rows, np.float64).reshape(-1, 3)
    return Points(made[:, 1:] + 0.0, made[:, 0].astype(np.int64))  # + 0.0: no negative zero


def points_field(
    text: str,
    *,
    title: str,
    description: str,
    classes: Sequence[str],
    presets: Mapping[str, str] | None = None,
    least: int = 1,
    most: int = MOST,
    group: str = "",
) -> Any:
    """Return a field of points, `text` unless it is given; values are texts in their shortest form.

    `classes` are the names of the classes, `presets` named texts to begin from. A figure whose layout has
    `meta={"points": [name of the field]}` and plain axes lets them be moved in it.
    """
    shape: dict[str, Any] = {
        "classes": list(classes),
        "presets": list((presets or {}).items()),
        "least": least,
        "most": most,
    }
    return Field(
        text,
        max_length=20 * most,
        title=title,
        description=description,
        json_schema_extra={"format": "points", "group": group, "points": shape | {"farthest": FARTHEST}},
    )


def readable(classes: int, least: int = 1, most: int = MOST) -> AfterValidator:
    """Return what holds a field's text to its number of classes and of points, for `Annotated[str, ...]`."""

    def checked(text: str) -> str:
        points = points_of(text)
        if not least <= len(points.at) <= most:
            raise ValueError(f"there are {len(points.at)} points, it takes {least} to {most}")
        known = _LETTERS[:classes]
        for place, of in enumerate(points.classes.tolist(), 1):
            if not 0 <= of < classes:
                raise ValueError(f"point {place} is of no class: classes are {', '.join(known)}")
        return written(
            [(int(of), x, y) for of, (x, y) in zip(points.classes, points.at.tolist(), strict=True)]
        )

    return AfterValidator(checked)


def _number(value: float) -> str:
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
