"""Memoscope as a part of a site, behind a real proxy: no page asks for anything outside its path."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.services import RedisServer, eventually, free_port

# One that takes its path away from what it passes on, and one that leaves it.
PATHS = ("/memo", "/lab/memo")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("site")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    with serving(made, made.finished(params={"sizes": [2, 8], "models": 12, "epochs": 2})) as served:
        site = f"http://127.0.0.1:{free_port()}"
        command = ["node", "proxy.mjs", site.rpartition(":")[2], served.url]
        with subprocess.Popen(command, cwd=Path(__file__).parent) as proxy:
            eventually(lambda: _answers(site), "the proxy runs")
            yield Served(site, made, served.experiment)
            proxy.kill()


def _answers(site: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(f"{site}/memo/healthz", trust_env=False).status_code == 200
    return False


@pytest.mark.parametrize("path", PATHS)
def test_a_visit_stays_under_the_path(page: Page, server: Served, path: str) -> None:
    outside: list[str] = []
    failed: list[str] = []

    def inside(url: str) -> bool:
        return urlsplit(url).path.startswith(f"{path}/")

    page.on("request", lambda request: inside(request.url) or outside.append(request.url))
    page.on("response", lambda answer: answer.ok or failed.append(f"{answer.status} {answer.url}"))
    own = f"{path}/experiments/{server.experiment['id']}"

    page.goto(f"{path}/")
    expect(page.locator(".site-nav [aria-current=page]")).to_have_text("Experiments")
    page.locator(".experiment-card a").first.click()
    page.wait_for_url(f"**{own}*")
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(".gallery[data-ready=true]")
    page.wait_for_selector("figure[data-figure=histogram][data-ready=true]")
    page.locator(".gallery .example a").first.press("Enter")
    page.wait_for_url(f"**{own}/examples/*")
    expect(page.locator("main img").first).to_have_js_property("complete", True)
    assert page.locator("main img").first.evaluate("picture => picture.naturalWidth") > 0
    page.go_back()
    page.wait_for_selector(".gallery[data-ready=true]")
    with page.expect_download() as download:
        page.get_by_text("More", exact=True).first.click()
        page.locator("a[href*='/scores.csv']").first.click()
    assert inside(download.value.url)
    for name in ("Data sets", "Queue"):
        page.locator(".site-nav").get_by_role("link", name=name).click()
        expect(page.locator("h1")).to_contain_text(name.split()[-1])
    for address in (
        f"{path}/studies/memorization", f"{path}/new/memorization?dataset=digits", f"{path}/datasets/digits",
        f"{own}?tab=trajectories", f"{own}?tab=log", f"{path}/compare?a={server.experiment['id']}",
    ):  # fmt: skip
        page.goto(address)
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).not_to_be_empty()
    assert outside == []
    assert failed == []
    page.goto(f"{path}/nowhere")
    expect(page.locator("h1")).to_have_text("There is no page here")
    page.get_by_role("link", name="All experiments").click()
    page.wait_for_url(f"**{path}/")


@pytest.mark.parametrize("path", PATHS)
def test_a_share_stays_under_the_path(page: Page, server: Served, path: str) -> None:
    outside: list[str] = []
    page.on("request", lambda request: request.url.startswith(base) or outside.append(request.url))
    made = httpx2.post(
        f"{server.url}{path}/api/shares",
        json={"experiment_id": server.experiment["id"], "view": "tab=explore"},
        trust_env=False,
    ).json()
    assert made["url"] == f"{server.url}{path}/s/{made['token']}"
    base = f"{server.url}{path}/"
    page.goto(made["url"])
    page.wait_for_selector(".gallery[data-ready=true]")
    page.locator(".gallery .example a").first.press("Enter")
    page.wait_for_url(f"**/s/{made['token']}/examples/*")
    page.wait_for_load_state("networkidle")
    assert outside == []
