"""Which code draws: a name that changes with it, so that an upgrade shows new drawings."""

import hashlib
from functools import cache

from backend.core.provenance import ROOT


@cache
def drawing_digest() -> str:
    """Return a digest of all code that figures, previews and laboratories are drawn by."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "backend").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
