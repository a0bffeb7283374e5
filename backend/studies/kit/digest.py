"""Which code can change a study's numbers: its own modules, and what they import."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from backend.core.provenance import ROOT

# What results are stored, sent and shown with cannot change a number.
_NEUTRAL = ("backend.core", "backend.figures", "backend.api")


@cache
def code_digest(entries: tuple[str, ...]) -> str:
    """Return a SHA-256 over the source of these modules and of all that they import of this project.

    A package that is imported from counts with its `__init__`, and an entry that is a package with all of
    its modules; a package on the way to a module does not count.
    """
    digest = hashlib.sha256()
    for path in sorted(_reached(entries)):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _reached(entries: Iterable[str]) -> set[Path]:
    found: set[Path] = set()
    waiting = [path for entry in entries for path in _files(entry, whole=True)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [other for name in _imported(path) for other in _files(name)]
    return found


def _files(module: str, *, whole: bool = False) -> list[Path]:
    """Return the file of a module; of a package, `__init__` or all of its files. Nothing for other names."""
    if module.startswith(_NEUTRAL):
        return []
    place = ROOT / module.replace(".", "/")
    if place.is_dir():
        return sorted(place.rglob("*.py")) if whole else [place / "__init__.py"]
    file = place.with_suffix(".py")
    return [file] if file.exists() else []


@cache
def _imported(path: Path) -> tuple[str, ...]:
    return tuple(_names(ast.parse(path.read_bytes())))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in _OURS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _OURS:
            # What is imported from a package may be a module of it.
            modules = [f"{node.module}.{name.name}" for name in node.names]
            known = [module for module in modules if _files(module)]
            yield from known
            if len(known) < len(modules):
                yield str(node.module)


_OURS = {"backend", "workers"}
