"""Who may do what: tokens with rights, sign-ins that end, slower and slower guesses, a line for a change."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from backend.api import access as door
from backend.api import guesses
from backend.api.main import ROUTERS, _routes, create_app
from backend.api.rights import needed
from backend.cli import app
from backend.core import clock
from backend.core.contracts import Right
from backend.core.people import SignIn
from backend.core.queries import access
from backend.core.session import reading, transaction
from backend.core.settings import get_settings
from tests.deployment import Deployment

OWN = "the-administrators-token"
BODY = {"study": "memorization", "params": {"models": 10, "sizes": [2]}}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def guarded(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """The deployment with an administrator's token; what is revoked is so at once."""
    monkeypatch.setattr(door, "TRUSTED_S", 0)
    settings = deployment.settings.model_copy(update={"access_token": SecretStr(OWN)})
    client = TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False)
    with client:
        yield Deployment(settings, client)


def add(deployment: Deployment, name: str, right: Right) -> str:
    with transaction(deployment.settings.database) as session:
        return access.add_token(session, name, right)


def revoke(deployment: Deployment, name: str) -> None:
    with transaction(deployment.settings.database) as session:
        access.revoke_token(session, name)


def sign_in(deployment: Deployment, token: str) -> str:
    answer = deployment.client.post("/login", data={"token": token})
    assert answer.status_code == 303, answer.text
    return answer.headers["set-cookie"]


CALLS: list[tuple[Right, str, str, dict[str, Any]]] = [
    (Right.READ, "GET", "/api/experiments", {}),
    (Right.READ, "POST", "/api/studies/memorization/estimate", {"json": {"params": {}}}),
    (Right.READ, "POST", "/api/views", {"json": {"view": "tab=explore"}}),
    (Right.MARK, "POST", "/api/datasets/digits/marks", {"json": {"items": [{"picture": 1, "mark": "fine"}]}}),
    (Right.SUBMIT, "POST", "/api/experiments", {"json": BODY}),
    (Right.ADMINISTER, "DELETE", "/api/experiments/0123456789ab", {}),
    (Right.ADMINISTER, "GET", "/api/audit", {}),
]


def test_a_token_allows_its_right_and_what_comes_before(guarded: Deployment) -> None:
    for right in Right:
        headers = bearer(add(guarded, right, right))
        assert guarded.client.get("/api/me", headers=headers).json() == {"name": right, "right": right}
        for takes, method, path, body in CALLS:
            answer = guarded.client.request(method, path, headers=headers, **body)
            assert (answer.status_code == 403) is not right.covers(takes), (right, path, answer.text)
            assert answer.status_code != 401
    detail = guarded.problem(
        "POST", "/api/experiments", 403, json=BODY, headers=bearer(add(guarded, "r", Right.READ))
    )
    assert detail["detail"] == "The token 'r' may read; this takes one that may submit."


def test_every_route_has_its_right() -> None:
    found = {
        f"{method} {route.path}": needed({"method": method, "path": route.path, "root_path": ""})
        for route in _routes(*ROUTERS)
        for method in route.methods - {"GET"}
    }
    reading_posts = {name for name, right in found.items() if right is Right.READ}
    assert reading_posts == {
        "POST /api/views", "POST /api/studies/{name}/estimate", "POST /api/studies/{name}/budgets",
    }  # fmt: skip
    assert {name for name, right in found.items() if right is Right.MARK} == {
        f"POST /api/datasets/{{dataset_id}}/marks{rest}" for rest in ("", "/undo", "/file")
    }
    assert (
        all(right is Right.ADMINISTER for name, right in found.items() if name.startswith("DELETE")) is False
    )
    assert [name for name, right in found.items() if name.startswith("DELETE") and right is Right.SUBMIT] == [
        "DELETE /api/shares/{token}"
    ]


def test_a_revoked_token_opens_nothing_nor_do_its_sign_ins(guarded: Deployment) -> None:
    token = add(guarded, "script", Right.READ)
    sign_in(guarded, token)
    assert guarded.client.get("/api/me").json()["name"] == "script"
    revoke(guarded, "script")
    assert guarded.client.get("/api/me").status_code == 401
    assert guarded.client.get("/api/me", headers=bearer(token)).status_code == 401
    assert add(guarded, "script", Right.READ) != token, "the name is free again"


def test_no_secret_stands_in_the_database(guarded: Deployment) -> None:
    token = add(guarded, "script", Right.READ)
    cookie = sign_in(guarded, token).partition("=")[2].partition(";")[0]
    sign_in(guarded, OWN)
    with reading(guarded.settings.database) as session:
        for table in ("access_tokens", "sign_ins", "audit"):
            stored = str(session.execute(text(f"SELECT * FROM {table}")).all())
            assert not [secret for secret in (token, cookie, OWN) if secret in stored]


def test_each_sign_in_has_a_cookie_of_its_own_and_signing_out_ends_it(guarded: Deployment) -> None:
    first, second = sign_in(guarded, OWN), sign_in(guarded, OWN)
    assert first != second
    assert "data-signed-in" in guarded.client.get("/").text
    answer = guarded.client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert guarded.client.get("/api/me").status_code == 401
    value = second.partition("=")[2].partition(";")[0]
    kept = guarded.client.get("/api/me", headers={"Cookie": f"{door.COOKIE}={value}"})
    assert kept.status_code == 401, "forgotten by the server, not by the browser alone"
    value = first.partition("=")[2].partition(";")[0]
    other = guarded.client.get("/api/me", headers={"Cookie": f"{door.COOKIE}={value}"})
    assert other.status_code == 200, "another browser stays"


@pytest.mark.parametrize(("column", "days"), [("created_at", 31), ("seen_at", 8)])
def test_sign_ins_end(guarded: Deployment, column: str, days: int) -> None:
    sign_in(guarded, OWN)
    assert guarded.client.get("/api/me").status_code == 200
    with transaction(guarded.settings.database) as session:
        row = session.scalars(select(SignIn)).one()
        setattr(row, column, clock.now(session) - timedelta(days=days))
    assert guarded.client.get("/api/me").status_code == 401


def test_a_sign_in_ends_with_the_token_of_the_settings(guarded: Deployment) -> None:
    cookie = sign_in(guarded, OWN).partition(";")[0]
    changed = guarded.settings.model_copy(update={"access_token": SecretStr("another-token-now")})
    other = TestClient(create_app(changed))
    assert other.get("/api/me", headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cookie_is_for_encrypted_connections_where_they_are(guarded: Deployment) -> None:
    encrypted = TestClient(guarded.client.app, base_url="https://testserver", follow_redirects=False)
    assert "Secure" in encrypted.post("/login", data={"token": OWN}).headers["set-cookie"]
    assert "Secure" not in sign_in(guarded, OWN)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["login", "bearer"])
def test_wrong_guesses_take_longer_and_longer(
    guarded: Deployment, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    monkeypatch.setattr(guesses.time, "monotonic", lambda: now[0])

    def guess(token: str = "hunter2") -> Any:
        if kind == "login":
            return guarded.client.post("/login", data={"token": token})
        return guarded.client.get("/api/me", headers=bearer(token))

    waits = []
    for _ in range(guesses.FREE):
        assert guess().status_code == 401
    for _ in range(12):
        assert guess().status_code == 401
        refused = guess(OWN)
        assert refused.status_code == 429, "not even the right one is looked at"
        waits.append(int(refused.headers["retry-after"]))
        now[0] += waits[-1]
    assert waits == [min(2**n, guesses.LONGEST_S) for n in range(12)]
    assert guess(OWN).status_code == (303 if kind == "login" else 200)
    assert guess().status_code == 401, "it counts from the beginning"
    told = [record.getMessage() for record in caplog.records if record.name == guesses.__name__]
    assert told[0] == "a wrong token from testclient, 1 in a row"
    assert len(told) == guesses.FREE + 13
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_was_right_before_is_not_held_up_by_a_neighbor(guarded: Deployment) -> None:
    script = bearer(add(guarded, "script", Right.READ))
    assert guarded.client.get("/api/me", headers=script).status_code == 200
    for _ in range(guesses.FREE + 1):
        guarded.client.get("/api/me", headers=bearer("wrong"))
    assert guarded.client.get("/api/me", headers=bearer("wrong")).status_code == 429
    assert guarded.client.get("/api/me", headers=script).status_code == 200


def test_every_change_is_told_with_who_made_it(guarded: Deployment) -> None:
    submitter = bearer(add(guarded, "ann", Right.SUBMIT))
    made = guarded.client.post(
        "/api/experiments", json=BODY, headers=submitter | {"X-Request-ID": "r7"}
    ).json()
    path = f"/api/experiments/{made['id']}"
    guarded.client.post(f"{path}/resume", headers=submitter)  # refused: nothing has changed
    share = guarded.client.post("/api/shares", json={"experiment_id": made["id"]}, headers=submitter).json()
    guarded.client.delete(f"/api/shares/{share['token']}", headers=bearer(OWN))
    sign_in(guarded, OWN)
    told = guarded.client.get("/api/audit").json()["items"]
    assert [(each["who"], each["action"], each["path"], each["made"]) for each in told] == [
        ("administrator", "sign_in", "POST /login", ""),
        ("administrator", "revoke_share", "DELETE /api/shares/...", ""),
        ("ann", "create_share", "POST /api/shares", made["id"]),
        ("ann", "create_experiment", "POST /api/experiments", made["id"]),
    ]
    assert (told[-1]["request"], told[-1]["client"]) == ("r7", "testclient")
    assert share["token"] not in str(told)
    one = guarded.client.get("/api/audit?limit=1&who=ann").json()
    assert [one["items"][0]["id"], one["next"]] == [told[2]["id"], str(told[2]["id"])]
    rest = guarded.client.get(f"/api/audit?who=ann&after={one['next']}").json()
    assert [each["id"] for each in rest["items"]] == [told[3]["id"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tokens_on_the_command_line(guarded: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSCOPE_DATABASE_URL", guarded.settings.database)
    monkeypatch.delenv("MEMOSCOPE_ACCESS_TOKEN", raising=False)

    def memoscope(*words: str, code: int = 0) -> str:
        get_settings.cache_clear()
        result = CliRunner().invoke(app, ["token", *words])
        assert result.exit_code == code, result.output
        return result.output.strip()

    assert "MEMOSCOPE_ACCESS_TOKEN" in memoscope("add", "ann", code=2)
    monkeypatch.setenv("MEMOSCOPE_ACCESS_TOKEN", OWN)
    token = memoscope("add", "ann", "--right", "mark")
    assert guarded.client.get("/api/me", headers=bearer(token)).json() == {"name": "ann", "right": "mark"}
    assert "already" in memoscope("add", "ann", code=1)
    listed = memoscope("list")
    assert listed.startswith("ann")
    assert "mark" in listed
    assert token not in listed
    memoscope("revoke", "ann")
    assert guarded.client.get("/api/me", headers=bearer(token)).status_code == 401
    assert "no live token" in memoscope("revoke", "ann", code=1)
    told = guarded.client.get("/api/audit", headers=bearer(OWN)).json()["items"]
    assert [(each["who"], each["action"], each["made"]) for each in told] == [
        ("command line", "revoke_token", "ann"),
        ("command line", "add_token", "ann: mark"),
    ]
    get_settings.cache_clear()
