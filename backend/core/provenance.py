"""Where a number comes from: code, lock and data, and the command that asks for it again."""

import hashlib
import json
import platform
import shlex
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

ROOT = Path(__file__).parents[2]

# What can change a score: a change elsewhere leaves earlier results valid.
_SCIENCE = (
    "backend/datasets",
    "backend/networks",
    "backend/scores",
    "backend/statistics",
    "backend/studies",
    "backend/theory",
    "workers",
)


@cache
def code_digest() -> str:
    """Return a SHA-256 over the source files that can change a result."""
    digest = hashlib.sha256()
    for folder in _SCIENCE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def provenance() -> dict[str, Any]:
    """Return what identifies this installation: version, commit, code and lock digests, Python."""
    lock = ROOT / "constraints.txt"
    return {
        "version": version("memoscope"),
        "commit": _commit(),
        "code": code_digest()[:16],
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest()[:16] if lock.exists() else None,
        "python": platform.python_version(),
    }


def spec_hash(study: str, params: dict[str, Any], data: str) -> str:
    """Hash what determines a result: study, parameters, fingerprint of the data, and code."""
    spec = [study, params, data, code_digest()]
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def shell_line(study: str, params: BaseModel) -> str:
    """Return the command that submits these parameters; those that come by themselves are left out."""
    wanted = params.model_dump(mode="json")
    named: set[str] = set()
    # A default may follow from another parameter, so what is left out is checked rather than compared.
    while missing := _different(params, {name: wanted[name] for name in named}) - named:
        named |= missing
    words = ["memoscope", "submit", study]
    for name in wanted:
        if name in named:
            words += ["--param", f"{name}={_as_word(wanted[name])}"]
    return shlex.join(words)


def _different(params: BaseModel, values: dict[str, Any]) -> set[str]:
    """Return which parameters differ when only `values` are given."""
    made = type(params).model_validate(values)
    return {name for name in type(params).model_fields if getattr(made, name) != getattr(params, name)}


def _as_word(value: Any) -> str:
    """Write a value as the command line reads it: as JSON, or as it is where that is not JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def _commit() -> str | None:
    """Return the commit the sources are at, marked where they differ from it; None outside a repository."""
    if not (ROOT / ".git").exists():  # installed, perhaps inside a repository of something else
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607 - the user's git
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
