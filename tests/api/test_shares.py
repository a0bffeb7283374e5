"""Shares: one view of one experiment for whoever has the link, and nothing else; until it ends."""

import io
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image
from pydantic import SecretStr
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.api.page_views import MAX_VIEW
from backend.api.shares import MAX_DAYS
from backend.api.study_views import page_view_of
from backend.core import clock
from backend.core.models import Share
from backend.core.session import transaction
from backend.studies import get_study
from tests.clocks import clock_off
from tests.deployment import Deployment

Explored = tuple[Deployment, dict[str, Any]]
KEY = {"Authorization": "Bearer key"}
VIEW = "tab=explore&size=2&label=3&label=7"
HTML = {"Accept": "text/html"}


def make(deployment: Deployment, experiment: dict[str, Any], view: str = VIEW, **more: Any) -> dict[str, Any]:
    body = {"experiment_id": experiment["id"], "view": view} | more
    answer = deployment.client.post("/api/shares", json=body, headers=KEY)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def guarded(explored: Explored) -> Explored:
    """The same experiment behind an access token."""
    deployment, experiment = explored
    settings = deployment.settings.model_copy(update={"access_token": SecretStr("key")})
    client = TestClient(create_app(settings), raise_server_exceptions=False)
    return Deployment(settings, client), experiment


def test_a_share_opens_its_experiment_without_the_access_token(guarded: Explored) -> None:
    deployment, experiment = guarded
    share = make(deployment, experiment, days=7)
    base, own = f"/s/{share['token']}", f"/api/experiments/{experiment['id']}"
    assert share["url"] == f"http://testserver{base}"
    assert share["view"] == VIEW
    assert datetime.fromisoformat(share["expires_at"]) - datetime.now(UTC) > timedelta(days=6.9)
    deployment.problem("GET", own, 401)
    assert deployment.get(f"{base}/api/shares/{share['token']}") == share
    assert deployment.get(f"{base}{own}")["id"] == experiment["id"]
    page = deployment.get(f"{base}{own}/examples?size=2&limit=3")
    assert page["next_url"].startswith(f"{base}{own}/examples?"), "addresses in answers stay inside the share"
    assert len(deployment.get(page["next_url"])["items"]) == 3
    picture = page["items"][0]["picture"]
    for path in (
        f"{own}/examples/{page['items'][0]['index']}", f"{own}/histogram", f"{own}/figures/histogram",
        f"{own}/claims", f"{own}/log", f"{own}/engines", f"{own}/scores.csv",
        f"{own}/events", "/api/studies/memorization", f"/api/datasets/digits/images/{picture}.png",
        f"/api/datasets/digits/sprite.png?indices={picture}",
    ):  # fmt: skip
        assert deployment.client.get(base + path).status_code == 200, path


def test_a_share_reaches_nothing_else_and_changes_nothing(guarded: Explored) -> None:
    deployment, experiment = guarded
    zeros_and_ones = {"study": "memorization", "params": {"classes": ["0", "1"], "models": 20, "sizes": [2]}}
    other = deployment.client.post("/api/experiments", json=zeros_and_ones, headers=KEY).json()
    token, other_token = (make(deployment, shared)["token"] for shared in (experiment, other))
    own = f"/api/experiments/{experiment['id']}"
    before = deployment.get(f"/s/{token}{own}")
    for path in (
        "/api/experiments", f"/api/experiments/{other['id']}", f"/api/experiments/{other['id']}/log",
        f"{own}/../{other['id']}", f"{own}/histogram?with={other['id']}", "/api/studies",
        "/api/studies/resmem", "/api/datasets", "/api/datasets/digits", "/api/datasets/mnist/images/0.png",
        "/api/queue", "/api/shares", f"/api/shares?experiment_id={experiment['id']}",
        f"/api/shares/{other_token}", "/api/nowhere", "/api/",
    ):  # fmt: skip
        deployment.problem("GET", f"/s/{token}{path}", 404)
    for method, path in (
        ("POST", f"{own}/extend"), ("POST", f"{own}/cancel"), ("DELETE", own), ("POST", "/api/shares"),
        ("DELETE", f"/api/shares/{token}"), ("POST", "/api/views"), ("HEAD", own),
    ):  # fmt: skip
        assert deployment.client.request(method, f"/s/{token}{path}").status_code == 404, path
    assert deployment.get(f"/s/{token}{own}") == before
    for path in (f"/s/{token}/healthz", f"/s/{token}/datasets", f"/s/{token}/login", "/s/api/queue", "/s/"):
        assert deployment.client.get(path, headers=HTML).status_code == 404, path
    pictures = f"/s/{other_token}/api/datasets/digits"
    assert deployment.client.get(f"{pictures}/images/0.png").status_code == 200
    deployment.problem(
        "GET", f"{pictures}/images/2.png", 404
    )  # a two: in the data set, not in the experiment
    deployment.problem("GET", f"{pictures}/sprite.png?indices=0&indices=2", 404)


def test_a_share_ends_when_it_expires_or_is_revoked(guarded: Explored) -> None:
    deployment, experiment = guarded
    kept, expired, revoked = (make(deployment, experiment, days=days)["token"] for days in (1, 30, 30))
    with transaction(deployment.settings.database) as session:
        session.get_one(Share, expired).expires_at = clock.ago(1)
    for _ in range(2):
        assert deployment.client.delete(f"/api/shares/{revoked}", headers=KEY).status_code == 204
    for token, word in ((expired, "ended on"), (revoked, "withdrawn on")):
        own = f"/s/{token}/api/experiments/{experiment['id']}"
        assert word in deployment.problem("GET", own, 410)["detail"]
        assert word in deployment.problem("GET", f"/s/{token}/api/shares/{token}", 410)["detail"]
        deployment.problem("GET", f"/s/{token}/preview.png", 410)
        page = deployment.client.get(f"/s/{token}", headers=HTML)
        assert page.status_code == 410
        assert "og:" not in page.text
    assert deployment.client.get(f"/s/{kept}", headers=HTML).status_code == 200
    answer = deployment.client.get(f"/api/shares?experiment_id={experiment['id']}", headers=KEY).json()
    live = [share["token"] for share in answer["items"]]
    assert live[0] == kept, "newest first"
    assert not {expired, revoked} & set(live)


@pytest.mark.parametrize("hours", [-48, 48])
def test_when_a_share_ends_does_not_hang_on_the_web_servers_clock(
    deployment: Deployment, hours: float
) -> None:
    experiment = deployment.submit()
    shares = f"/api/shares?experiment_id={experiment['id']}"
    soon = datetime.now(UTC) + timedelta(hours=1)
    with clock_off(hours * 3600):
        day = make(deployment, experiment, days=1)
        assert abs(datetime.fromisoformat(day["expires_at"]) - soon - timedelta(hours=23)) < timedelta(
            minutes=1
        )
        hour = make(deployment, experiment, expires_at=soon.isoformat())
        assert deployment.get(f"/api/shares/{hour['token']}")["token"] == hour["token"]
        assert {share["token"] for share in deployment.get(shares)["items"]} == {day["token"], hour["token"]}
        for refused in (timedelta(hours=-1), timedelta(days=MAX_DAYS + 1)):
            body = {
                "experiment_id": experiment["id"],
                "expires_at": (datetime.now(UTC) + refused).isoformat(),
            }
            assert "future" in deployment.problem("POST", "/api/shares", 422, json=body)["detail"]
        with transaction(deployment.settings.database) as session:
            session.get_one(Share, hour["token"]).expires_at = clock.ago(1)
        deployment.problem("GET", f"/api/shares/{hour['token']}", 410)
        assert [share["token"] for share in deployment.get(shares)["items"]] == [day["token"]]


def test_shares_go_with_their_experiment(deployment: Deployment) -> None:
    experiment = deployment.submit()
    deployment.client.post(f"/api/experiments/{experiment['id']}/cancel")
    until = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    token = make(deployment, experiment, expires_at=until.isoformat().replace("+00:00", "-02:00"))["token"]
    assert deployment.get(f"/api/shares/{token}")["expires_at"] == "2031-01-02T05:04:05Z"
    assert deployment.client.get(f"/s/{token}/preview.png").status_code == 200, "before any score"
    assert deployment.client.delete(f"/api/experiments/{experiment['id']}").status_code == 204
    deployment.problem("GET", f"/api/shares/{token}", 404)
    assert deployment.client.get(f"/s/{token}", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({"view": "colour=red&tab=explore"}, "/view", "'colour'"),
        ({"view": "size=2&size=4"}, "/view", "size"),
        ({"view": "label=three"}, "/view", "label"),
        ({"view": "tab=secrets"}, "/view", "tab"),
        ({"view": "label=3&" * (MAX_VIEW // 8 + 1)}, "/view", "at most"),
        ({"days": 0}, "/days", "at least"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at", "future"),
        ({"days": 1, "expires_at": "2099-01-01T00:00:00Z"}, "", "not both"),
        ({"experiment_id": "../../queue"}, "/experiment_id", "cannot be taken"),
    ],
)
def test_what_cannot_be_shared_is_refused_by_name(
    explored: Explored, body: dict[str, Any], pointer: str, says: str
) -> None:
    deployment, experiment = explored
    answer = deployment.problem("POST", "/api/shares", 422, json={"experiment_id": experiment["id"]} | body)
    assert {error["pointer"].rstrip("/") for error in answer["errors"]} == {pointer}
    assert says in answer["detail"]


def test_a_long_view_gets_one_short_name(explored: Explored) -> None:
    deployment, experiment = explored
    view = "tab=explore&" + "&".join(f"label={label}" for label in range(1000))
    stored, again = (deployment.client.post("/api/views", json={"view": v}) for v in (view, f"?{view}"))
    assert stored.status_code == 201
    assert stored.json() == again.json()
    name = stored.json()["id"]
    assert deployment.get(f"/api/views/{name}")["view"] == view
    deployment.problem("GET", f"/api/views/{name[:-1]}", 404)
    deployment.problem("POST", "/api/views", 422, json={"view": "colour=red"})
    share = make(deployment, experiment, view=f"?v={name}")
    assert share["view"] == view, "a share stands on its own"
    assert deployment.get(f"/s/{share['token']}/api/views/{name}")["view"] == view


def test_the_page_and_the_server_know_the_same_view() -> None:
    codec = Path("frontend/js/view.js").read_text()
    parsers = re.search(r"const PARSERS = \{\n(.*?)\n\};", codec, re.DOTALL)
    tabs = re.search(r"const TABS = .*\[(.*)\]", codec)
    assert parsers is not None
    assert tabs is not None
    study = get_study("memorization")
    fields = page_view_of(study).model_fields
    # Further controls of figures go through the address as they are.
    known = set(re.findall(r"^  (\w+):", parsers[1], re.MULTILINE))
    assert known == set(fields) - (set(study.controls()) - known)
    assert re.findall(r"\w+", tabs[1]) == list(get_args(fields["tab"].annotation))


def test_a_pasted_link_shows_title_facts_and_histogram(guarded: Explored) -> None:
    deployment, experiment = guarded
    token = make(deployment, experiment)["token"]
    answer = deployment.client.get(f"/s/{token}/examples/5?size=2", headers=HTML)
    tags = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)">', answer.text))
    assert tags["og:title"] == experiment["title"]
    assert "1,437 examples" in tags["og:description"]
    assert tags["og:type"] == "website"
    assert tags["twitter:card"] == "summary_large_image"
    assert tags["og:image"].startswith(f"http://testserver/s/{token}/preview.png")
    picture = deployment.client.get(tags["og:image"])
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (1200, 630)
    larger = deployment.client.get(f"/s/{make(deployment, experiment, view='size=16')['token']}/preview.png")
    assert larger.content != picture.content, "drawn at the size that is shared"
    unchanged = {"If-None-Match": picture.headers["etag"]}
    assert deployment.client.get(tags["og:image"], headers=unchanged).status_code == 304


def test_a_title_is_text_in_the_head_of_the_page(explored: Explored) -> None:
    deployment, _ = explored
    title = '"><script>alert(1)</script> & more'
    experiment = deployment.submit(title=title, force=True)
    for path in (f"/experiments/{experiment['id']}", f"/s/{make(deployment, experiment)['token']}"):
        page = deployment.client.get(path, headers=HTML).text
        assert f'<meta property="og:title" content="{escape(title)}">' in page
        assert "<script>alert" not in page


def test_addresses_of_shares_are_told_to_nobody(guarded: Explored) -> None:
    deployment, experiment = guarded
    token = make(deployment, experiment)["token"]
    for path in (f"/s/{token}", f"/s/{token}/api/experiments/{experiment['id']}"):
        headers = deployment.client.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex"
    assert deployment.client.get("/login").headers["referrer-policy"] == "same-origin"


def test_who_watches_through_a_share_stops_when_it_is_revoked(deployment: Deployment) -> None:
    experiment = deployment.submit()
    token = make(deployment, experiment)["token"]
    path = f"/s/{token}/api/experiments/{experiment['id']}/events"
    lines: list[str] = []
    watching = threading.Thread(target=lambda: lines.extend(deployment.client.get(path).text.splitlines()))
    watching.start()
    time.sleep(0.1)
    deployment.client.delete(f"/api/shares/{token}")
    watching.join(timeout=5)
    assert not watching.is_alive()
    assert "event: end" in lines
    assert experiment["id"] in "".join(lines), "it was shown while the link held"


def test_the_page_that_asks_for_the_token_finds_its_styles(guarded: Explored) -> None:
    deployment, _ = guarded
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', deployment.client.get("/login").text)
    assert files
    assert {deployment.client.get(file).status_code for file in files} == {200}
