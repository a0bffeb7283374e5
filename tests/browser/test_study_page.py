"""A study's page: laboratories, presets and experiments; experiments without images or of other versions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import update

from backend.core.models import Experiment
from backend.core.session import transaction
from tests.browser.accessibility import assert_accessible
from tests.browser.layout import assert_pages_fit
from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.fake_study import registered
from tests.services import RedisServer

HEIGHTS = "document.querySelector('[data-figure=level] .plot')._fullData[0].y"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    """The web server in this process, with an experiment on images and one that takes no data set."""
    folder = tmp_path_factory.mktemp("study-page")
    with registered():
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        made.finished(study="dice", params={}, title="Three throws")
        with serving(made, made.finished(study="sketches", params={})) as served:
            yield served


def open_lab(page: Page, query: str = "") -> Locator:
    page.goto(f"/studies/sketches{query}")
    return settled(page)


def settled(page: Page) -> Locator:
    lab = page.locator("[data-lab=tides]")
    lab.and_(page.locator("[data-ready=true]")).wait_for()
    return lab


def highest(page: Page) -> float:
    """Return where the drawn sea is highest: the mass of the moon at a flat shore."""
    found: float = page.evaluate(f"Math.max(...{HEIGHTS})")
    return round(found, 3)


def at(page: Page, query: str) -> None:
    page.wait_for_url(lambda url: url.partition("?")[2] == query)


def unreadable(server: Served, **values: Any) -> dict[str, Any]:
    """Return an experiment as another version might have written it."""
    made = server.deployment.finished(title="From long ago", force=True)
    with transaction(server.deployment.settings.database) as session:
        session.execute(update(Experiment).where(Experiment.id == made["id"]).values(**values))
    return made


def test_a_slider_moves_figure_claims_and_address(page: Page, server: Served) -> None:
    lab = open_lab(page)
    assert (highest(page), page.url) == (1, f"{server.url}/studies/sketches")
    measured = lab.locator(".claim-measured")
    expect(measured).to_have_text("1.00 m")
    slider = lab.get_by_role("slider", name="Moon")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 15, y)
    page.mouse.down()
    for x in (40, 70, 110):
        page.mouse.move(box["x"] + x, y)
        page.wait_for_timeout(20)
    page.mouse.up()
    settled(page)
    moon = float(lab.get_by_role("textbox", name="Moon").input_value())
    assert moon > 2
    assert highest(page) == moon
    at(page, f"lab=tides&moon={moon:g}")
    expect(measured).to_have_text(f"{moon:.2f} m")
    lab.get_by_role("radio", name="steep").check(force=True)
    at(page, f"lab=tides&moon={moon:g}&shore=steep")
    settled(page)
    assert highest(page) == pytest.approx(moon / 2, abs=1e-3)

    page.go_back()  # over the click
    at(page, f"lab=tides&moon={moon:g}")
    settled(page)
    assert highest(page) == moon
    page.go_back()  # over the whole drag
    at(page, "")
    settled(page)
    assert highest(page) == 1
    page.go_forward()
    settled(page)
    assert highest(page) == moon
    lab.get_by_role("button", name="Reset").click()
    at(page, "")
    settled(page)
    assert highest(page) == 1
    expect(lab.get_by_role("button", name="Reset")).to_be_disabled()


def test_keys_move_sliders_and_choices(page: Page, server: Served) -> None:
    lab = open_lab(page)
    lab.get_by_role("slider", name="Days").focus()
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
    at(page, "lab=tides&days=29")
    page.keyboard.press("Tab")
    days = lab.get_by_role("textbox", name="Days")
    expect(days).to_be_focused()
    page.keyboard.type("7")  # a field reached by the keyboard has its content selected
    at(page, "lab=tides&days=7")
    expect(lab.get_by_role("slider", name="Days")).to_have_value("7")
    lab.get_by_role("radio", name="flat").focus()
    page.keyboard.press("ArrowRight")
    at(page, "lab=tides&shore=steep&days=7")
    settled(page)
    assert highest(page) == 0.5


def test_a_link_reopens_what_it_was_copied_from(page: Page, server: Served) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab = open_lab(page)
    lab.get_by_role("slider", name="Moon").fill("2.5")
    lab.get_by_role("textbox", name="Days").fill("4")
    settled(page)
    lab.get_by_role("button", name="Copy link").click()
    expect(lab.get_by_text("copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{server.url}/studies/sketches?lab=tides&moon=2.5&days=4"
    page.goto("about:blank")
    page.goto(link)
    settled(page)
    assert highest(page) == 2.5
    expect(lab.get_by_role("textbox", name="Days")).to_have_value("4")
    with page.expect_download() as saved:
        lab.get_by_role("link", name="as JSON").click()
    answer = json.loads(Path(saved.value.path()).read_text())
    assert saved.value.suggested_filename == "sketches-tides.json"
    assert answer["params"] == {"moon": 2.5, "shore": "flat", "days": 4}
    with page.expect_download() as saved:
        lab.get_by_role("button", name="as CSV").click()
    assert len(Path(saved.value.path()).read_text().splitlines()) == 201


def test_what_cannot_be_is_said_at_its_field_and_the_drawing_stays(page: Page, server: Served) -> None:
    lab = open_lab(page, "?lab=tides&moon=3&wind=2")
    expect(page.locator(".page > .stale")).to_have_text(
        "Parts of this link could not be read and were left out: wind."
    )
    lab.get_by_role("textbox", name="Moon").fill("99")
    expect(lab.locator("#lab-tides-moon-error")).to_contain_text("10")
    expect(lab.get_by_role("textbox", name="Moon")).to_have_attribute("aria-invalid", "true")
    assert highest(page) == 3
    lab.get_by_role("textbox", name="Moon").fill("4")
    settled(page)
    expect(lab.locator(".field-error:visible, .stale:visible")).to_have_count(0)
    assert highest(page) == 4


def test_one_request_at_a_time_and_the_last_word_counts(page: Page, server: Served) -> None:
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route.request.url.partition("?")[2])
        held.append(route) if asked[-1] == "moon=2" else route.continue_()

    lab = open_lab(page)
    page.route("**/labs/tides?*", hold)
    slider = lab.get_by_role("slider", name="Moon")
    for moon in ("2", "3", "4", "5"):
        slider.fill(moon)
    page.wait_for_timeout(100)
    assert (asked, highest(page)) == (["moon=2"], 1)
    held[0].continue_()
    settled(page)
    assert (asked, highest(page)) == (["moon=2", "moon=5"], 5)


def test_a_control_of_a_figure_survives_reload_and_share(page: Page, server: Served) -> None:
    def waves() -> Locator:
        found = page.locator("[data-figure=waves]")
        found.scroll_into_view_if_needed()
        found.and_(page.locator("[data-ready=true]")).wait_for()
        return found

    page.set_viewport_size({"width": 1000, "height": 300})  # the other figures stay unloaded
    own = f"/experiments/{server.experiment['id']}"
    page.goto(own)
    others: list[str] = []
    waves()
    page.on("request", lambda request: others.append(request.url) if "/figures/" in request.url else None)
    with page.expect_response(lambda answer: "/figures/waves?frequency=" in answer.url):
        waves().get_by_role("slider", name="Frequency").fill("4")
    at(page, "frequency=4")
    assert all("/figures/waves?" in url for url in others)
    with page.expect_response(lambda answer: answer.url.endswith("/figures/waves?frequency=4")):
        page.reload()
        waves()
    expect(waves().get_by_role("textbox", name="Frequency")).to_have_value("4")
    page.get_by_role("link", name="Log and provenance").click()
    at(page, "tab=log&frequency=4")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make link").click()
    link = page.get_by_role("textbox", name="Address of the link").first.input_value()
    with page.expect_response(lambda answer: answer.url.endswith("/figures/waves?frequency=4")):
        page.goto(link)
        waves()
    expect(waves().get_by_role("slider", name="Frequency")).to_have_value("4")
    page.goto(f"{own}?frequency=77")
    page.locator("[data-figure=waves]").scroll_into_view_if_needed()
    expect(page.locator("#control-waves-frequency-error")).to_contain_text("9")
    expect(page.locator("[data-figure=waves] .notice")).to_be_visible()


def test_the_page_offers_presets_and_lists_its_experiments(page: Page, server: Served) -> None:
    page.goto("/")
    page.get_by_role("link", name="And why?", exact=True).click()
    page.wait_for_url("**/studies/sketches")
    expect(page.locator(".question")).to_have_text("And why?")
    expect(page.locator(".paper cite")).to_have_text("On waves")
    expect(page.locator(".copyable")).to_contain_text("@article{author1900waves")
    cards = page.locator(".experiment-card")
    expect(cards).to_have_count(1)
    expect(cards).to_have_attribute("data-experiment", server.experiment["id"])
    page.get_by_role("link", name="Claims in the newest result").click()
    expect(page.locator("#claims-title")).to_be_in_viewport()
    page.locator(".crumb").get_by_role("link", name="How high are waves?").click()
    expect(page.locator(".preset-card h3")).to_have_text(["Quick", "Paper"])
    page.get_by_role("link", name="Set up: Paper").click()
    page.wait_for_url("**/new/sketches?repeats=9")
    expect(page.get_by_label("Repeats")).to_have_value("9")


def test_an_experiment_without_a_data_set_from_form_to_figure(page: Page, server: Served) -> None:
    page.goto("/studies/dice")
    expect(page.locator("[data-lab]")).to_have_count(0)
    page.get_by_role("link", name="Set up an experiment").click()
    expect(page.get_by_label("Title")).to_have_attribute("placeholder", "Dice")
    expect(page.get_by_label("Data set")).to_have_count(0)
    expect(page.locator(".fit-preview")).to_have_count(0)
    page.get_by_label("Throws").fill("5")
    expect(page.locator(".estimate[data-ready=true] .facts")).to_contain_text("Throws5")
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url("**/experiments/*")
    expect(page.locator(".experiment-header > .progress")).to_contain_text("0 of 5 throws")
    expect(page.get_by_role("button", name="Extend")).to_have_count(0)
    server.deployment.work(page.url.rpartition("/")[2])
    page.locator("[data-figure=eyes][data-ready=true]").wait_for()
    expect(page.locator(".header-facts")).to_contain_text("5 throws")
    expect(page.locator(".header-facts")).not_to_contain_text("digits")
    expect(page.locator(".header-facts a")).to_have_count(0)
    expect(page.locator(".setting summary")).to_have_text("Numbers: ours, paper settings")


@pytest.mark.parametrize(
    "values", [{"study": "gone"}, {"params": {"strange": 1}}], ids=["study", "parameters"]
)
def test_what_another_version_made_is_listed_and_opens(page: Page, server: Served, values: Any) -> None:
    made = unreadable(server, **values)
    page.goto("/")
    card = page.locator(f'[data-experiment="{made["id"]}"]')
    expect(card).to_contain_text("Made by another version of Memoscope")
    card.get_by_role("link", name="From long ago").click()
    expect(page.locator(".tabs a")).to_have_text(["Overview", "Log and provenance"])
    expect(page.locator(".overview .notice")).to_contain_text("Made by another version of Memoscope")
    assert_accessible(page)
    more = page.locator(".actions-line .menu")
    more.get_by_text("More", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert Path(saved.value.path()).read_text().startswith('"size","example",')
    expect(page.locator(".actions-line button")).to_have_text(["Rename…", "Delete…"])
    page.keyboard.press("Escape")  # closes the menu
    page.get_by_role("link", name="Log and provenance").click()
    page.locator(".log[data-ready=true]").wait_for()
    more.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(f"{server.url}/")
    expect(card).to_have_count(0)


def test_its_pages_fit_the_window(page: Page, server: Served) -> None:
    page.emulate_media(reduced_motion="reduce")
    assert_pages_fit(page, ("/studies/sketches?lab=tides&moon=3",))


def test_the_list_on_the_first_page_is_searched_and_the_address_says_so(page: Page, server: Served) -> None:
    cards = page.locator(".experiment-card h3")
    page.goto("/")
    expect(cards.filter(has_text="Three throws")).to_be_visible()
    everything = cards.count()
    assert everything > 1
    page.get_by_role("searchbox").fill("throws three")
    expect(cards).to_have_text(["Three throws"])
    at(page, "q=throws+three")
    page.get_by_label("State", exact=True).select_option("failed")
    expect(page.get_by_text("No experiment fits.")).to_be_visible()
    at(page, "q=throws+three&state=failed")
    page.reload()
    expect(page.get_by_text("No experiment fits.")).to_be_visible()
    page.get_by_role("link", name="all experiments").click()
    expect(cards).to_have_count(everything)
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.get_by_label("Study", exact=True).select_option("dice")
    expect(cards).not_to_have_count(everything)
    expect(cards.filter(has_text="Three throws")).to_be_visible()
    assert_accessible(page)


def test_an_experiment_is_renamed_on_its_page(page: Page, server: Served) -> None:
    made = server.deployment.finished(study="dice", params={}, title="Old name", force=True)
    page.goto(f"/experiments/{made['id']}")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Rename…").click()
    title = page.get_by_label("Title", exact=True)
    expect(title).to_have_value("Old name")
    title.fill(" ")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("title")
    title.fill("New name")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New name")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("New name")
