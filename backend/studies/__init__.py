"""Studies: what can be asked of the paper each stems from, and how it is cut, drawn and judged."""

from typing import Any

from backend.studies.base import Study
from backend.studies.memorization import MemorizationStudy
from backend.studies.randomization import RandomizationStudy

STUDIES: dict[str, Study[Any]] = {study.name: study for study in (MemorizationStudy(), RandomizationStudy())}


def get_study(name: str) -> Study[Any]:
    """Return a study; KeyError for a name that is not in the registry."""
    return STUDIES[name]
