"""What was asked for: the path alone, whatever the header Host says beside it."""

from urllib.parse import quote

from starlette.types import Scope


def asked_path(scope: Scope) -> str:
    """Return the path of a request, escaped as in an address."""
    return quote(scope["path"])
