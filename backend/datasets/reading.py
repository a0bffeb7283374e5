"""How an upload is read, and what there is to say of it: kept with its row."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from backend.datasets.arrays import Stored
from backend.datasets.base import Dataset
from backend.datasets.class_folders import Listed
from backend.datasets.identical import find_identical
from backend.datasets.treatment import Choices, Treatment

SKIPPED_NAMED = 20


class Reading(BaseModel):
    """What was asked of an upload, what was decided, done and left out, and what looks wrong with it."""

    test_fraction: float
    seed: int
    choices: Choices = Choices()
    treatment: Treatment | None = None
    notes: tuple[str, ...] = ()
    skipped: int = 0
    skipped_first: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def reading_of(
    contents: Listed | Stored,
    test_fraction: float,
    seed: int,
    choices: Choices,
    before: Sequence[str] = (),
) -> Reading:
    """Return what there is to say of an upload that was examined, `before` first."""
    skipped = contents.skipped
    return Reading(
        test_fraction=test_fraction,
        seed=seed,
        choices=choices,
        treatment=contents.treatment,
        notes=(*before, *contents.notes),
        skipped=len(skipped),
        skipped_first=skipped[:SKIPPED_NAMED],
    )


def said(upload: dict[str, Any] | None, dataset: Dataset) -> dict[str, Any] | None:
    """Return what is kept of an upload once its pictures are there: what looks wrong with them as well."""
    if upload is None:
        return None
    warning = find_identical(dataset).warning()
    return {**upload, "warnings": [] if warning is None else [warning]}
