"""The pages of the randomization study, on an experiment that runs every part of it as small as can be."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from backend.studies.randomization.params import PART_TITLES
from tests.browser.accessibility import assert_accessible
from tests.browser.layout import WIDTHS
from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.services import RedisServer

SMALL = {
    "dataset": "digits",
    "per_class": 5,
    "architectures": ["mlp_1x512"],
    "corruptions": [0, 0.5, 1],
    "runs": 1,
    "epochs": 40,
    "batch_size": 10,
    "learning_rate": 0.03,
    "kernel_examples": 50,
    "network_examples": 50,
    "draws": 2,
    "models": 10,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    """A web server with a finished experiment."""
    folder = tmp_path_factory.mktemp("randomized")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    with serving(made, made.finished(study="randomization", params=SMALL)) as served:
        yield served


FINDINGS = ".claim-overview > .claim-list"


def test_every_part_has_its_figures_and_claims(page: Page, server: Served) -> None:
    own = f"/api/experiments/{server.experiment['id']}"
    infos = server.deployment.get(f"{own}/figures")["items"]
    page.goto(f"/experiments/{server.experiment['id']}")
    sections = list(dict.fromkeys(info["section"] for info in infos))
    assert len(sections) == len(PART_TITLES)
    expect(page.locator(".jumps a")).to_have_text([*sections, "See also", "Claims"])
    for info in infos:
        panel = page.locator(f"figure[data-figure={info['name']}]")
        panel.scroll_into_view_if_needed()
        panel.and_(page.locator("[data-ready=true]")).wait_for()
        assert panel.get_attribute("data-count") != "0", info["name"]
    claims = server.deployment.get(f"{own}/claims")["items"]
    verdicts = Counter(claim["verdict"] for claim in claims if not claim["arithmetic"])
    findings, checks = (
        page.locator(f"{place} > .claim") for place in (FINDINGS, ".claim-checks > .claim-list")
    )
    expect(findings).to_have_count(verdicts.total())
    expect(checks).to_have_count(len(claims) - verdicts.total())
    expect(checks.last).to_have_attribute("data-claim", "eigenvalue")
    for name, verdict in (("Hold", "holds"), ("Not run", "not run"), ("All", None)):
        page.get_by_role("radio", name=name, exact=True).check(force=True)
        shown = verdicts[verdict] if verdict else verdicts.total()
        expect(page.locator(f"{FINDINGS} > .claim:visible")).to_have_count(shown)
    distance = page.locator(".claim", has_text="SGD from zero finds the solution of least norm")
    expect(distance.locator(".claim-measured")).to_contain_text("\N{MULTIPLICATION SIGN} 10")


def test_the_slider_moves_the_thresholds_of_the_network(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    panel = page.locator("figure[data-figure=finite_sample]")
    panel.scroll_into_view_if_needed()
    panel.and_(page.locator("[data-ready=true]")).wait_for()
    summary = panel.locator(".twin-summary")
    panel.get_by_text("Table").click()
    expect(summary).to_contain_text("With thresholds at 0.1 of each gap")
    panel.get_by_role("slider", name="Threshold position").press("End")
    expect(summary).not_to_contain_text("at 0.1 of each gap")
    expect(panel.locator(".plot")).to_have_attribute("aria-label", f"{title(panel)}. {summary.inner_text()}")


def title(panel: Any) -> str:
    text: str = panel.locator("figcaption h3").inner_text()
    return text


def test_the_main_study_is_one_step_away_with_the_same_data(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    page.get_by_role("link", name="Scores of every example with p = 0.5").click()
    page.wait_for_selector(".estimate[data-ready=true]")
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"per_class": ["5"], "label_noise": ["0.5"], "noise": ["uniform"]}
    expect(page.locator(".estimate")).to_contain_text("redrawn uniformly with probability 0.5")


def test_the_form_asks_for_what_the_chosen_parts_use(page: Page, server: Served) -> None:
    page.goto("/new/randomization?parts=linear&parts=finite_sample")
    boxes = page.locator("[data-field=parts] label.choice")
    expect(boxes.locator("input:checked")).to_have_count(2)
    assert [text.split("\n")[0] for text in boxes.all_inner_texts()] == list(PART_TITLES.values())
    networks = page.locator("[data-field=architectures]")
    expect(networks).to_be_hidden()
    page.get_by_label(PART_TITLES["fitting"]).check()
    expect(networks).to_be_visible()
    preview = page.locator(".fit-preview")
    preview.scroll_into_view_if_needed()
    preview.locator(".mode-list[data-ready=true]").wait_for()
    expect(preview.locator("[data-mode=random-labels] [data-changed]").first).to_be_visible()
    expect(preview.locator("[data-mode=shuffled-pixels] [data-changed]")).to_have_count(0)


def test_a_shared_link_shows_the_figures_and_leads_nowhere_else(page: Page, server: Served) -> None:
    body = {"experiment_id": server.experiment["id"], "view": ""}
    token = server.deployment.client.post("/api/shares", json=body).json()["token"]
    page.goto(f"/s/{token}")
    page.wait_for_selector("figure[data-figure=fitting][data-ready=true]")
    expect(page.locator(".tabs a")).to_have_text(["Overview", "Log and provenance"])
    expect(page.locator(".claim").first).to_be_visible()
    expect(page.locator(".fit-preview, .related")).to_have_count(0)
    targets = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    assert [each for each in targets if not each.startswith((f"/s/{token}", "#"))] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_fit_the_window_and_serve_everybody(page: Page, server: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"/experiments/{server.experiment['id']}", "/new/randomization"):
        page.goto(path)
        preview = page.locator(".fit-preview")
        preview.scroll_into_view_if_needed()
        if not preview.locator("details").evaluate("fold => fold.open"):
            preview.locator("summary").click()
        preview.locator(".mode-list[data-ready=true]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert_accessible(page)
        page.emulate_media(color_scheme="dark")
        assert_accessible(page, "contrast")
        page.emulate_media(color_scheme="light")
