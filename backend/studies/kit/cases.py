"""Cases: rows of pictures with captions, for studies that show what happened to single examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Picture:
    """One example, by its index among training and then test examples, and what to say below it in lines."""

    example: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One example and the examples that explain what happened to it."""

    about: Picture
    others: tuple[Picture, ...]


@dataclass(frozen=True)
class Cases:
    """The cases of a study's experiments, by kind.

    `kinds` has their names by key, in the order in which they are offered. `of` returns those of a kind in
    what was `Found`, the first ones first; none where there are none yet.
    """

    title: str
    description: str
    kinds: Mapping[str, str]
    of: Callable[[Any, str], Sequence[Case]]
