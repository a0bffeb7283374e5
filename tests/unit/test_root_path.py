"""The path of a site under which Memoscope stands: which are taken, and that all addresses begin with it."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError

from backend.api.main import create_app
from backend.client import Client, local_url
from backend.core.root_path import RESERVED, parse_root
from backend.core.settings import Settings

SCRIPTS = Path(__file__).parents[2] / "frontend" / "js"
# What hands an address to the browser, and the modules that do it.
HANDING = re.compile(
    r"(?<![.\w])fetch\(|new EventSource\(|request\.open\(|\.(href|src) = |setAttribute\(.(href|src)"
)
HANDS = {
    "api.js",
    "dom.js",
    "live.js",
    "plot.js",
    "save.js",
    "upload.js",
    "components/pictures.js",
}


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("", ""), ("/", ""), (" /memo ", "/memo"), ("memo", "/memo"), ("/memo/", "/memo"),
        ("/lab/memo-2.0", "/lab/memo-2.0"), ("/apis", "/apis"), ("/~a/m", "/~a/m"), ("/lab/api", "/lab/api"),
    ],
)  # fmt: skip
def test_a_path_is_taken_however_its_slashes_stand(told: str, path: str) -> None:
    assert parse_root(told) == path


@pytest.mark.parametrize(
    "told",
    [
        "/a//b",
        "/../etc",
        "/a/..",
        "/a b",
        "https://example.org/memo",
        "//example.org",
        "/a?b",
        '/a"b',
        "/%41",
    ],
)
def test_what_is_no_path_is_refused_with_an_example(told: str) -> None:
    with pytest.raises(ValueError, match="such as /memo"):
        parse_root(told)


def test_a_path_that_begins_as_our_own_addresses_is_refused() -> None:
    """Nobody could tell `/api/...` before a proxy has taken the path away from `/api/...` after it."""
    with pytest.raises(ValueError, match="/api begins addresses of Memoscope's own"):
        parse_root("/api/memo")
    firsts = {
        route.path.split("/")[1]
        for route in create_app(Settings(_env_file=None)).routes
        if isinstance(route, APIRoute)
    }
    assert firsts - {"", "{path:path}"} <= RESERVED


def test_the_setting_is_checked_and_the_command_line_follows_it() -> None:
    with pytest.raises(ValidationError, match="such as /memo"):
        Settings(_env_file=None, root_path="/a b")
    settings = Settings(_env_file=None, root_path="memo/", port=8123)
    assert settings.root_path == "/memo"
    assert local_url(settings) == "http://127.0.0.1:8123/memo"
    with Client.of(settings) as client:
        assert str(client._http._merge_url("/api/queue")) == "http://127.0.0.1:8123/memo/api/queue"


def test_scripts_hand_addresses_to_the_browser_in_few_places() -> None:
    """Each of these puts the path of the site before an address; a new one must do so too."""
    found = {
        str(file.relative_to(SCRIPTS)): line.strip()
        for file in SCRIPTS.rglob("*.js")
        for line in file.read_text().splitlines()
        if HANDING.search(line)
    }
    assert set(found) == HANDS, found
