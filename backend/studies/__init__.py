"""Studies: what can be asked of the paper each stems from, and how it is cut, drawn and judged.

Every package in this folder that has a `STUDY` is one; nothing lists them.
"""

import pkgutil
from importlib import import_module
from typing import Any

from backend.studies.kit.study import Study


def _found() -> dict[str, Study[Any, Any]]:
    """Return all studies: what newcomers run first, then by the year of the paper."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    studies = [module.STUDY for module in modules if hasattr(module, "STUDY")]
    studies.sort(key=lambda study: (not study.starter, study.paper.year, study.name))
    return {study.name: study for study in studies}


STUDIES: dict[str, Study[Any, Any]] = _found()


def get_study(name: str) -> Study[Any, Any]:
    """Return a study; KeyError for a name that no study has."""
    return STUDIES[name]


def starter() -> Study[Any, Any]:
    """Return the study that newcomers run first."""
    return next(study for study in STUDIES.values() if study.starter)
