"""Worker halves of the studies: modules with `run` and `summarize`, named as their backend halves."""

from importlib import import_module
from typing import Any, cast

from backend.studies import STUDIES
from backend.studies.kit.runner import Runner


def runner(name: str) -> Runner[Any]:
    """Return the worker half of a study; KeyError for a name that no study has."""
    if name not in STUDIES:
        raise KeyError(name)
    return cast("Runner[Any]", import_module(f"workers.studies.{name}"))
