"""Where a number comes from: code, lock and data, and the command that asks for it again."""

import hashlib
import json
import platform
import re
import shlex
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from backend.core.schema import newest

ROOT = Path(__file__).parents[2]


@cache
def installation() -> dict[str, Any]:
    """Return what identifies this installation: version, commit, lock digest, Python."""
    lock = ROOT / "constraints.txt"
    return {
        "version": version("memoscope"),
        "commit": _commit(),
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest()[:16] if lock.exists() else None,
        "schema": newest(),
        "python": platform.python_version(),
    }


def provenance(code: str, data: str | None) -> dict[str, Any]:
    """Return where an experiment's numbers come from; `code` is the digest of its study's."""
    return {**installation(), "code": code[:16], "data": data and data[:16]}


def is_of_newer(made: Mapping[str, Any]) -> bool:
    """Whether an experiment was submitted by a newer program than this one, which must not run it."""
    own = installation()
    schema = made.get("schema", "") > own["schema"]
    return schema or _numbers(made.get("version", "")) > _numbers(own["version"])


def _numbers(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]


def spec_hash(study: str, params: dict[str, Any], data: str, code: str) -> str:
    """Hash what determines a result: study, parameters, fingerprint of the data, and digest of the code."""
    spec = [study, params, data, code[:16]]
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def told(params: BaseModel) -> dict[str, Any]:
    """Return what has to be told of parameters, as JSON; those that come by themselves are left out."""
    wanted = params.model_dump(mode="json")
    named: set[str] = set()
    # A default may follow from another parameter, so what is left out is checked rather than compared.
    while missing := _different(params, {name: wanted[name] for name in named}) - named:
        named |= missing
    return {name: value for name, value in wanted.items() if name in named}


def shell_line(study: str, params: BaseModel) -> str:
    """Return the command that submits these parameters."""
    words = ["memoscope", "submit", study]
    for name, value in told(params).items():
        words += ["--param", f"{name}={_as_word(value)}"]
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
