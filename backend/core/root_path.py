"""The path under which Memoscope stands where it is a part of a site, such as `/memo`."""

import re

# The first parts of Memoscope's own addresses. Under a path that begins with one of them, nobody could tell
# whether a proxy has taken the path away already.
RESERVED = frozenset({
    "api", "compare", "datasets", "experiments", "healthz", "login", "metrics", "new", "openapi.json",
    "queue", "readyz", "report", "s", "static", "studies",
})  # fmt: skip
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")


def parse_root(told: str) -> str:
    """Return a path with a slash before each part and none at its end; empty for the root of a server.

    Raises:
        ValueError: it is no such path, or begins as one of Memoscope's own addresses.
    """
    parts = told.strip().removeprefix("/").removesuffix("/")
    if not parts:
        return ""
    path = f"/{parts}"
    if not _PATH.fullmatch(path):
        raise ValueError("give a path of letters, digits and - . _ ~, such as /memo")
    first = path.split("/")[1]
    if first in RESERVED:
        raise ValueError(f"/{first} begins addresses of Memoscope's own; give another path, such as /memo")
    return path
