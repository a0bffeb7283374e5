"""Logs hold no tokens of shares."""

import io
import logging

import pytest
from uvicorn.logging import AccessFormatter, DefaultFormatter

from backend.api.main import create_app
from backend.core.settings import Settings

TOKEN = "sEcr3t_-token"


@pytest.mark.parametrize(
    "path", [f"/s/{TOKEN}", f"/s/{TOKEN}/api/experiments/1?size=2", f"/api/shares/{TOKEN}"]
)
def test_the_access_log_names_the_path_without_the_token(path: str) -> None:
    create_app(Settings(_env_file=None))
    line = logged(
        "uvicorn.access", AccessFormatter("%(request_line)s %(status_code)s", use_colors=False), path
    )
    assert TOKEN not in line
    assert line.startswith(f"GET {path[: path.index(TOKEN)]}...")
    assert line.strip().endswith("200 OK")


@pytest.mark.parametrize("name", ["uvicorn.error", "backend.api.problems"])
def test_tracebacks_are_redacted_too(name: str) -> None:
    create_app(Settings(_env_file=None))
    try:
        raise OSError(f"cannot answer /s/{TOKEN}/preview.png")
    except OSError:
        line = logged(name, DefaultFormatter("%(message)s"), f"/s/{TOKEN}", exc_info=True)
    assert "cannot answer /s/.../preview.png" in line
    assert TOKEN not in line


def logged(name: str, formatter: logging.Formatter, path: str, *, exc_info: bool = False) -> str:
    """Log a request as uvicorn does; return what a handler writes."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        logger.warning('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", path, "1.1", 200, exc_info=exc_info)
    finally:
        logger.removeHandler(handler)
    return out.getvalue()
