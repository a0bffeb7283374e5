"""Memoscope at a path of a site, behind proxies that take the path away and such that leave it."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.core.settings import Settings
from tests.deployment import Deployment

Explored = tuple[Deployment, dict[str, Any]]
TOKEN = "a-token-that-is-long-enough"
FORWARDED = {"X-Forwarded-Prefix": "/memo"}
HTML = {"Accept": "text/html"}
# How a request for /memo/... arrives: the settings, what is left of the path, the headers that proxies add.
ARRIVALS = {
    "setting, path taken away": ({"root_path": "/memo"}, "", {}),
    "setting, path left": ({"root_path": "/memo"}, "/memo", {}),
    "header, path taken away": ({}, "", FORWARDED),
    "header, path left": ({}, "/memo", FORWARDED),
    "header before setting": ({"root_path": "/other"}, "", FORWARDED),
}


class Behind:
    """A client whose requests come as a proxy passes them on."""

    def __init__(
        self, deployment: Deployment, settings: dict[str, Any], left: str, headers: dict[str, str]
    ) -> None:
        values = deployment.settings.model_dump() | {"trusted_proxies": "testclient"} | settings
        self._client = TestClient(
            create_app(Settings(_env_file=None, **values)),
            headers=dict(headers),
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        self._left = left

    def __call__(self, address: str, method: str = "GET", **more: Any) -> Any:
        """Ask for an address of the site, which must lie under the path."""
        assert address.startswith("/memo/"), address
        return self._client.request(method, self._left + address.removeprefix("/memo"), **more)


@pytest.fixture(params=ARRIVALS)
def arrival(request: pytest.FixtureRequest) -> tuple[dict[str, Any], str, dict[str, str]]:
    return ARRIVALS[request.param]


def test_every_address_in_an_answer_can_be_asked_for(explored: Explored, arrival: Any) -> None:
    deployment, experiment = explored
    ask = Behind(deployment, *arrival)
    page = ask(f"/memo/experiments/{experiment['id']}", headers=HTML)
    assert page.status_code == 200
    assert 'data-root="/memo/"' in page.text
    addresses = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
    assert len(addresses) > 10
    for address in addresses:
        assert ask(address, headers=HTML).status_code == 200, address
    meta = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)"', page.text))
    assert meta["og:url"] == f"http://testserver/memo/experiments/{experiment['id']}"
    assert ask(meta["og:image"].removeprefix("http://testserver")).headers["content-type"] == "image/png"
    listed = ask(f"/memo/api/experiments/{experiment['id']}/examples?limit=2").json()
    assert ask(listed["items"][0]["image"]).headers["content-type"] == "image/png"
    assert len(ask(listed["next_url"]).json()["items"]) == 2
    shown = ask(f"/memo/api/experiments/{experiment['id']}/examples/{listed['items'][0]['index']}").json()
    assert shown["image"] == listed["items"][0]["image"]
    assert ask("/memo/healthz").status_code == 200
    assert ask("/memo/openapi.json").json()["servers"] == [{"url": "/memo"}]
    missing = ask("/memo/nowhere", headers=HTML)
    assert (missing.status_code, "/memo/static/js/main.js" in missing.text) == (404, True)


def test_a_share_stays_under_the_path(explored: Explored, arrival: Any) -> None:
    deployment, experiment = explored
    ask = Behind(deployment, *arrival)
    share = ask("/memo/api/shares", "POST", json={"experiment_id": experiment["id"], "view": ""}).json()
    assert share["url"] == f"http://testserver/memo/s/{share['token']}"
    base = share["url"].removeprefix("http://testserver")
    page = ask(base, headers=HTML)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert f'content="{share["url"]}/preview.png' in page.text
    listed = ask(f"{base}/api/experiments/{experiment['id']}/examples?limit=1").json()
    assert listed["items"][0]["image"].startswith(f"{base}/api/datasets/")
    assert ask(listed["items"][0]["image"]).status_code == 200
    assert ask(listed["next_url"]).status_code == 200


def test_signing_in_stays_under_the_path(explored: Explored, arrival: Any) -> None:
    settings, left, headers = arrival
    ask = Behind(explored[0], settings | {"access_token": TOKEN}, left, headers)
    assert ask("/memo/api/queue").status_code == 401
    sent = ask("/memo/queue?a=1", headers=HTML)
    assert sent.headers["location"] == "/memo/login?next=/memo/queue%3Fa%3D1"
    assert 'href="/memo/static/css/tokens.css"' in ask("/memo/login").text
    signed = ask(sent.headers["location"], "POST", content=f"token={TOKEN}")
    assert signed.headers["location"] == "/memo/queue?a=1"
    assert "; Path=/memo/;" in signed.headers["set-cookie"], (
        "no other application of the site gets the cookie"
    )
    elsewhere = ask("/memo/login?next=/other", "POST", content=f"token={TOKEN}")
    assert elsewhere.headers["location"] == "/memo/"


def test_what_is_made_is_found_where_the_answer_says(explored: Explored, arrival: Any) -> None:
    deployment, experiment = explored
    ask = Behind(deployment, *arrival)
    body = {"study": experiment["study"], "params": experiment["params"]}
    again = ask("/memo/api/experiments", "POST", json=body)
    assert again.headers["location"] == f"/memo/api/experiments/{experiment['id']}"


def test_the_bare_path_leads_to_the_home_page(explored: Explored) -> None:
    values = explored[0].settings.model_dump() | {"root_path": "/memo"}
    client = TestClient(create_app(Settings(_env_file=None, **values)), follow_redirects=False)
    assert client.get("/memo?a=1").headers["location"] == "/memo/?a=1"
    assert 'data-root="/memo/"' in client.get("/memo/").text


def test_only_trusted_proxies_tell_the_path(explored: Explored) -> None:
    stranger = TestClient(create_app(explored[0].settings), headers=FORWARDED)
    assert 'data-root="/"' in stranger.get("/").text


def test_proxies_in_a_row_add_up_and_nonsense_is_refused(explored: Explored) -> None:
    values = explored[0].settings.model_dump() | {"trusted_proxies": "testclient"}
    client = TestClient(create_app(Settings(_env_file=None, **values)))
    assert 'data-root="/lab/memo/"' in client.get("/", headers={"X-Forwarded-Prefix": "/lab, /memo/"}).text
    assert 'data-root="/"' in client.get("/", headers={"X-Forwarded-Prefix": "/"}).text
    for nonsense in ('/a"><script>', "/a b", "https://evil.example", "/api"):
        refused = client.get("/", headers={"X-Forwarded-Prefix": nonsense})
        assert refused.status_code == 400, nonsense
        assert "X-Forwarded-Prefix" in refused.json()["detail"]
        assert "script" not in refused.text
        assert "evil" not in refused.text
