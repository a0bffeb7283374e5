"""Which names the server answers to, whose pages may ask for changes, and where links lead."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.core.settings import Settings
from tests.deployment import Deployment

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OWN = "http://127.0.0.1:8000"
TOKEN = "a-token-that-is-long-enough"


def client(deployment: Deployment, **settings: Any) -> TestClient:
    """Return a client of the same deployment as it is under other settings."""
    values = deployment.settings.model_dump() | settings
    return TestClient(create_app(Settings(_env_file=None, **values)), base_url=OWN)


@pytest.fixture
def web(deployment: Deployment) -> TestClient:
    return client(deployment)


def test_the_names_of_this_machine_are_answered(web: TestClient) -> None:
    for host in ("127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]:8000", "127.5.5.5"):
        assert web.get("/api/experiments", headers={"Host": host}).status_code == 200, host


FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "192.0.2.1",
    "",
    "a@localhost",
    "[::1",
)


@pytest.mark.parametrize("path", ["/api/experiments", "/", "/static/js/main.js", "/openapi.json", "/metrics"])
def test_a_name_that_another_site_has_pointed_here_reads_nothing(web: TestClient, path: str) -> None:
    for host in FOREIGN:
        answer = web.get(path, headers={"Host": host})
        assert answer.status_code == 400, host
        assert answer.headers["content-type"] == "application/problem+json"
        assert "MEMOSCOPE_ALLOWED_HOSTS" in answer.json()["detail"]
        assert "evil" not in answer.text


def test_such_a_name_changes_nothing(web: TestClient, deployment: Deployment) -> None:
    headers = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    assert web.post("/api/experiments", json={"study": "memorization"}, headers=headers).status_code == 400
    assert deployment.get("/api/experiments")["items"] == []


def test_whatever_watches_the_process_may_call_it_anything(web: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert web.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200


def test_names_can_be_allowed(deployment: Deployment) -> None:
    web = client(
        deployment,
        host="gpu-box.example",
        allowed_hosts="memo.example, other.example",
        public_url="https://public.example/",
    )
    for host in ("gpu-box.example:8000", "memo.example", "Other.Example:1", "public.example", "localhost"):
        assert web.get("/api/experiments", headers={"Host": host}).status_code == 200
    assert web.get("/api/experiments", headers={"Host": "example"}).status_code == 400


def change(web: TestClient, path: str = "/api/views", **headers: str) -> int:
    status: int = web.post(path, json={"view": "?tab=log"}, headers=headers).status_code
    return status


def test_clients_without_a_browser_and_own_pages_may_ask_for_changes(web: TestClient) -> None:
    assert change(web) == 201
    assert change(web, Origin=OWN) == 201
    assert change(web, Origin="http://localhost:8000", Host="localhost:8000") == 201
    assert change(web, **{"Sec-Fetch-Site": "same-origin"}) == 201
    assert change(web, **{"Sec-Fetch-Site": "none"}) == 201


OTHERS = [
    {"Origin": "http://127.0.0.1:9000"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://localhost:8000"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": OWN + "/"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
]


def test_pages_of_other_sites_and_ports_may_not(deployment: Deployment) -> None:
    web = client(deployment, access_token=SecretStr(TOKEN))
    assert web.post("/login", data={"token": TOKEN}, follow_redirects=False).status_code == 303
    assert change(web) == 201, "the cookie is there"
    experiment = deployment.submit()["id"]
    for headers in OTHERS:
        assert change(web, **headers) == 403, headers
        assert change(web, f"/api/experiments/{experiment}/cancel", **headers) == 403
        assert web.delete(f"/api/experiments/{experiment}", headers=headers).status_code == 403
        assert web.post("/api/datasets", content=b"x", headers=headers).status_code == 403
        assert web.post("/login", data={"token": TOKEN}, headers=headers).status_code == 403


def test_behind_a_proxy_the_public_address_is_the_own_one(deployment: Deployment) -> None:
    web = client(deployment, public_url="https://memo.example")
    assert change(web, Origin="https://memo.example") == 201
    assert change(web, Origin="http://memo.example") == 403
    assert change(web, Origin="https://memo.example.evil.example") == 403


@pytest.fixture(params=[None, "https://memo.example"])
def public(request: pytest.FixtureRequest) -> Iterator[str | None]:
    return request.param


def test_links_lead_to_the_public_address_or_the_one_that_was_called(
    deployment: Deployment, public: str | None
) -> None:
    web = client(deployment, public_url=public)
    experiment = deployment.submit()["id"]
    share = web.post("/api/shares", json={"experiment_id": experiment, "view": ""}).json()
    base = public or OWN
    assert share["url"] == f"{base}/s/{share['token']}"
    for page in (f"/experiments/{experiment}", f"/s/{share['token']}"):
        assert f'content="{base}{page}"' in web.get(page).text


def test_the_cookie_stays_on_encrypted_connections_where_there_are_some(deployment: Deployment) -> None:
    for url, secure in (("https://memo.example", True), ("http://memo.example", False), (None, False)):
        web = client(deployment, public_url=url, access_token=SecretStr(TOKEN))
        cookie = web.post("/login", data={"token": TOKEN}, follow_redirects=False).headers["set-cookie"]
        assert ("Secure" in cookie) is secure


@pytest.mark.parametrize(
    "url", ["memo.example", "ftp://memo.example", "https://memo.example/sub", "https://a:b@c"]
)
def test_a_public_address_is_a_whole_address_without_a_path(url: str, database_url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(_env_file=None, public_url=url)
