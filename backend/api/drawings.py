"""Drawings under a name that changes with what they show and with the code that draws: sent only if new."""

import hashlib
from collections.abc import Callable

from fastapi import Request, Response, status

from backend.core.drawing import drawing_digest


def etag(*parts: object) -> str:
    """Return the name of a drawing of these parts."""
    key = " ".join(map(str, (*parts, drawing_digest())))
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'


def unless_known(
    request: Request, tag: str, draw: Callable[[], Response], cache: str = "no-cache"
) -> Response:
    """Answer with the drawing, or only that the one at hand is still the same; `draw` is called if needed."""
    known = request.headers.get("If-None-Match") == tag
    answer = Response(status_code=status.HTTP_304_NOT_MODIFIED) if known else draw()
    answer.headers.update({"ETag": tag, "Cache-Control": cache})
    return answer
