"""Where a number comes from: code, lock and machine."""

import hashlib
import json
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# What can change a score: a change elsewhere leaves earlier results valid.
_SCIENCE = ("backend/datasets", "backend/statistics", "backend/studies", "workers")


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


def _commit() -> str | None:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - whichever git the user has
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
