"""Server-sent events, health, metrics, pages, access token and the OpenAPI document."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient

from backend.api.feeds import Feeds
from backend.api.main import create_app
from backend.core.provenance import ROOT
from backend.core.settings import Settings
from tests.deployment import Deployment
from tests.story import run

Explored = tuple[Deployment, dict[str, Any]]


def sse(text: str) -> list[dict[str, str]]:
    """Parse an event stream."""
    events = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append(fields)
    return events


def stream(explored: Explored, **headers: str) -> list[dict[str, str]]:
    deployment, experiment = explored
    return sse(deployment.client.get(f"/api/experiments/{experiment['id']}/events", headers=headers).text)


def test_a_stream_tells_the_story_and_ends(explored: Explored) -> None:
    events = stream(explored)
    kinds = [event["event"] for event in events]
    assert kinds[0] == "status"
    assert kinds[-1] == "end"
    assert json.loads(events[-1]["data"]) == "done"
    assert {"unit", "summary", "progress"} <= set(kinds)
    progress = [json.loads(event["data"]) for event in events if event["event"] == "progress"]
    assert progress[-1]["status"] == "done"
    ids = [int(event["id"]) for event in events if "id" in event]
    assert ids == sorted(set(ids))


def test_a_broken_stream_resumes_after_the_last_event_seen(explored: Explored) -> None:
    ids = [event["id"] for event in stream(explored) if "id" in event]
    resumed = [event["id"] for event in stream(explored, **{"Last-Event-ID": ids[1]}) if "id" in event]
    assert resumed == ids[2:]


def test_a_stream_that_begins_after_a_resume_is_not_told_of_the_end_before(deployment: Deployment) -> None:
    path = f"/api/experiments/{deployment.submit()['id']}"
    deployment.client.post(f"{path}/cancel")

    async def story() -> None:
        feeds = Feeds(deployment.settings)
        told = [text async for text in (await feeds.join(path[-12:])).watch(0, None)]
        assert told[-1].startswith(b"event: end")
        answer = await asyncio.to_thread(deployment.client.post, f"{path}/resume")
        assert answer.json()["status"] == "queued"
        assert not (await feeds.join(path[-12:])).over, "its page would stop following it"

    run(story())


def test_health_needs_nothing_and_readiness_checks_what_is_needed(explored: Explored) -> None:
    deployment, _ = explored
    assert deployment.get("/healthz") == {"status": "ok", "checks": {}}
    assert deployment.get("/readyz")["checks"] == dict.fromkeys(
        ("database", "disk", "broker", "workers"), "ok"
    )


def test_readiness_says_when_the_database_is_not_migrated(deployment: Deployment, tmp_path) -> None:
    url = SecretStr(f"sqlite:///{tmp_path / 'empty.db'}")
    empty = TestClient(create_app(deployment.settings.model_copy(update={"database_url": url})))
    answer = empty.get("/readyz")
    assert answer.status_code == 503
    assert "memoscope migrate" in answer.json()["checks"]["database"]


def test_metrics_count_by_state(explored: Explored) -> None:
    families = {
        family.name: {sample.labels.get("status", ""): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(explored[0].client.get("/metrics").text)
    }
    assert families["memoscope_experiments"]["done"] == 1
    assert families["memoscope_units"]["done"] == explored[1]["progress"]["units"]
    assert families["memoscope_workers_alive"] == {"": 0}


def test_metrics_tell_of_requests_by_route_and_of_load(explored: Explored) -> None:
    client = explored[0].client
    client.get(f"/api/experiments/{explored[1]['id']}")
    client.request("BREW", "/api/experiments")
    text = client.get("/metrics").text
    route = 'method="GET",route="/api/experiments/{experiment_id}",status="2xx"'
    assert f"memoscope_request_seconds_count{{{route}}}" in text
    assert 'method="other"' in text
    assert explored[1]["id"] not in text, "one series for each experiment would never end"
    for line in (
        f"memoscope_models_per_minute {explored[1]['progress']['models'] / 5}",
        'memoscope_ready{check="broker"} 1.0',
        'memoscope_queue_messages{queue="units"}',
        "memoscope_queue_oldest_seconds 0.0",
        'memoscope_units_priced_seconds{status="done"}',
        'memoscope_database_connections{state="used"}',
        "memoscope_disk_free_bytes",
    ):
        assert line in text


def test_metrics_answer_without_a_database(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, database_url=SecretStr("sqlite:////no/such/folder/m.db")
    )
    text = TestClient(create_app(settings)).get("/metrics").text
    assert 'memoscope_ready{check="database"} 0.0' in text
    assert "memoscope_units" not in text


def test_the_dashboard_names_what_is_measured(explored: Explored) -> None:
    text = explored[0].client.get("/metrics").text
    measured = {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    } | {
        "memoscope_worker_took_work_timestamp_seconds",
        "memoscope_worker_clock_skew_seconds",
    }  # no worker here
    shown = set(re.findall(r"memoscope_\w+", (ROOT / "docs" / "grafana-dashboard.json").read_text()))
    assert shown <= measured
    parts = {name for name in measured if name.endswith(("_bucket", "_sum", "_count", "_created"))}
    assert measured - parts <= shown, "what is measured is shown"


def test_pages_share_a_document_with_a_strict_policy(explored: Explored) -> None:
    deployment, experiment = explored
    for path in ("/", "/new/memorization", f"/experiments/{experiment['id']}?tab=explore", "/queue"):
        answer = deployment.client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        script = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert script == "script-src 'self'"
        assert "<script" in answer.text
        # Previews name their own server; nothing else may stand outside.
        own = (str(deployment.client.base_url), "http://www.w3.org")
        assert not [url for url in re.findall(r"https?://[^\s\"'<]*", answer.text) if not url.startswith(own)]


def test_an_unknown_page_is_404_with_the_document(explored: Explored) -> None:
    answer = explored[0].client.get("/no/such/page", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_static_files_are_revalidated_and_stay_inside_their_folder(explored: Explored) -> None:
    client = explored[0].client
    answer = client.get("/static/js/main.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/static/plotly.min.js").status_code == 200
    for path in ("../pyproject.toml", "%2e%2e/pyproject.toml", "..%2fpyproject.toml", "/etc/passwd"):
        assert client.get(f"/static/{path}").status_code == 404


def test_openapi_declares_problems_for_every_operation_and_unique_ids(explored: Explored) -> None:
    document = explored[0].get("/openapi.json")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["4XX"]["content"]
        assert "422" not in operation["responses"]


def test_a_figure_is_declared_as_data_and_layout(explored: Explored) -> None:
    paths = explored[0].get("/openapi.json")["paths"]
    for path in (
        "/api/experiments/{experiment_id}/figures/{name}",
        "/api/experiments/{experiment_id}/figures/published",
        "/api/compare/figure",
    ):
        schema = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema["required"] == ["data", "layout"], path


def test_faults_have_the_headers_of_every_answer(explored: Explored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.queue.workers.count_units", lambda _: 1 / 0)
    for path, status in (("/api/queue", 500), ("/healthz", 200), ("/api/none", 404)):
        answer = explored[0].client.get(path)
        assert answer.status_code == status
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_paths_are_not_taken_out_of_the_header_host() -> None:
    sources = (ROOT / "backend" / "api").glob("*.py")
    assert not [source.name for source in sources if "request.url.path" in source.read_text()]


@pytest.fixture
def locked(deployment: Deployment) -> Iterator[TestClient]:
    settings = deployment.settings.model_copy(update={"access_token": SecretStr("open-sesame")})
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def test_with_a_token_everything_but_health_asks_for_it(locked: TestClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert locked.get(path).status_code == 200
    refused = locked.get("/api/experiments")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert locked.get("/api/experiments", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert locked.get("/api/experiments", headers={"Authorization": "Bearer open-sesame"}).status_code == 200
    assert locked.get("/queue?x=1").headers["location"] == "/login?next=/queue%3Fx%3D1"


def test_login_sets_a_cookie_that_is_not_the_token_and_returns_to_the_page(locked: TestClient) -> None:
    assert locked.post("/login", data={"token": "wrong"}).status_code == 401
    answer = locked.post("/login?next=/queue", data={"token": "open-sesame"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue"
    cookie = answer.headers["set-cookie"]
    assert "open-sesame" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert locked.get("/api/experiments").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_login_leads_nowhere_else(locked: TestClient, target: str) -> None:
    answer = locked.post("/login", params={"next": target}, data={"token": "open-sesame"})
    assert answer.headers["location"] == "/"
