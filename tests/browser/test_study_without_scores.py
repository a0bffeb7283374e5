"""The pages of a study that gives examples no scores."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.layout import assert_pages_fit
from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.fake_study import registered
from tests.services import RedisServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    """The web server in this process: others would not know the study."""
    folder = tmp_path_factory.mktemp("sketched")
    with registered():
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        with serving(made, made.finished(study="sketches", params={})) as served:
            yield served


def figure(page: Page, name: str) -> Any:
    return page.locator(f'[data-figure="{name}"]')


def test_figures_stand_under_headings_and_load_when_they_come_near(page: Page, server: Served) -> None:
    page.set_viewport_size({"width": 1000, "height": 250})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"/experiments/{server.experiment['id']}?tab=explore")
    expect(page.locator(".tabs a")).to_have_text(["Overview", "Log and provenance"])
    expect(page.locator(".tabs [aria-current]")).to_have_text("Overview")
    expect(page.locator(".overview h2")).to_have_text(
        [
            "What the networks are asked to fit",
            "All waves",
            "Waves",
            "Steps by frequency",
            "Waves and dots",
            "See also",
            "What the paper found, and what we measure",
        ]
    )
    expect(page.locator(".jumps a")).to_have_text(
        ["Waves", "Steps by frequency", "Waves and dots", "See also", "Claims"]
    )
    expect(page.get_by_role("link", name="Compare")).to_have_count(0)
    expect(page.locator(".actions-line")).not_to_contain_text("Scores")
    expect(figure(page, "steps")).to_have_attribute("data-ready", "false")
    assert "steps" not in asked
    page.get_by_role("link", name="Steps by frequency").click()
    figure(page, "steps").and_(page.locator("[data-ready=true]")).wait_for()


def test_a_number_moves_through_its_range_by_itself_and_stops_when_told(page: Page, server: Served) -> None:
    drawn: list[str] = []
    page.on("response", lambda response: "/figures/waves" in response.url and drawn.append(response.url))
    page.goto(f"/experiments/{server.experiment['id']}?frequency=4")

    def late(route: Route) -> None:
        time.sleep(0.15)  # longer than the pause between two drawings: none may be passed over
        route.continue_()

    page.route("**/figures/waves?*", late)
    waves = figure(page, "waves")
    waves.and_(page.locator("[data-ready=true]")).wait_for()
    waves.get_by_role("button", name="Play").click()
    expect(waves.get_by_role("textbox", name="Frequency")).to_have_value("9")
    expect(waves.get_by_role("button", name="Play")).to_be_visible()
    assert [url.partition("?")[2] for url in drawn] == [f"frequency={value}" for value in range(4, 10)]
    assert page.url.endswith("?frequency=9")
    waves.get_by_role("button", name="Play").click()  # from the end it begins again
    waves.get_by_role("button", name="Stop").click()
    expect(waves.get_by_role("button", name="Play")).to_be_visible()
    expect(waves.get_by_role("textbox", name="Frequency")).not_to_have_value("9")


def test_claims_are_chosen_by_their_verdict(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    verdicts = page.locator(".claim:visible .claim-verdict")
    expect(page.locator(".claim-counts")).to_have_text("2 hold, 1 differs, 1 not run")
    expect(verdicts).to_have_text(["Yes", "Yes", "No", "Not run"])
    expect(page.locator(".claim-head label")).to_have_text(["All", "Hold", "Differ", "Not run"])
    page.get_by_role("radio", name="Differ").check(force=True)
    expect(verdicts).to_have_text(["No"])
    page.get_by_role("radio", name="All").check(force=True)
    expect(verdicts).to_have_count(4)


def test_a_claim_is_a_sentence_whose_rule_is_one_key_away(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    first, last = page.locator(".claim").first, page.locator(".claim").last
    expect(first.get_by_role("heading")).to_have_text("High waves? Yes: the highest wave is 1 m high")
    expect(last.get_by_role("heading")).to_have_text("High waves? Not run: needs a wave")
    expect(first.get_by_text("Waves are high.")).to_be_visible()
    rule = first.get_by_text("Holds if the highest wave")
    expect(rule).to_be_hidden()
    expect(first.get_by_text("Seen from the shore.")).to_be_hidden()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(rule).to_be_visible()
    expect(first.get_by_text("Seen from the shore.")).to_be_visible()


def test_a_rule_stays_open_while_a_slider_moves(page: Page, server: Served) -> None:
    page.goto("/studies/sketches")
    claim = page.locator(".lab-claims .claim")
    expect(claim.get_by_role("heading")).to_have_text("High tides? Yes: the sea rises to 1 m")
    claim.locator("summary").click()
    page.locator("#lab-tides-moon").fill("0.3")
    expect(claim.get_by_role("heading")).to_have_text("High tides? No: the sea rises to 0.3 m")
    expect(claim.get_by_text("Holds if the sea rises above")).to_be_visible()


def test_the_form_cautions_about_few_models(page: Page, server: Served) -> None:
    page.goto("/new/memorization?models=49")
    caution = page.locator("[data-field=models] .field-caution")
    expect(caution).to_contain_text("fewer than 50 models")
    page.get_by_label("Models per size").fill("50")
    expect(caution).to_be_hidden()


def test_related_experiments_open_as_filled_forms(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    expect(page.locator(".related li")).to_have_text(["Louder wavesNine of them.", "ScoresOf digits."])
    page.get_by_role("link", name="Scores").click()
    page.wait_for_url("**/new/memorization?label_noise=0.5&noise=uniform")
    expect(page.get_by_label("Label noise", exact=True)).to_have_value("0.5")
    expect(page.get_by_label("Kind of label noise")).to_have_value("uniform")


def test_a_form_shows_what_is_asked_of_networks(page: Page, server: Served) -> None:
    def pictures(count: int) -> None:
        preview.and_(page.locator("[data-ready=true]")).wait_for()
        rows = page.locator(".fit-preview .mode-list > li")
        expect(rows).to_have_count(2)
        expect(rows.locator("canvas")).to_have_count(2 * count)

    page.set_viewport_size({"width": 1440, "height": 900})
    preview = page.locator(".fit-preview .mode-list")
    page.goto("/new/sketches?data_seed=3")
    page.locator(".fit-preview").scroll_into_view_if_needed()
    pictures(10)
    expect(page.locator(".data-modes")).to_contain_text("by the data seed, here 3")
    page.get_by_label("Training examples per class").fill("2")
    for name in ("3", "7"):
        page.get_by_label(name, exact=True).check(force=True)
    expect(page.locator(".mode-list > [data-mode=true-labels] li")).to_have_count(4)
    pictures(4)
    expect(page.locator("[data-mode=true-labels] .mode-label")).to_have_text(["3", "7", "3", "7"])
    page.get_by_label("Probability").fill("0.9")
    expect(page.locator(".mode-slider output")).to_have_text("0.9")
    page.get_by_label("Data set").select_option("mnist")
    expect(page.locator(".fit-preview")).to_be_hidden()

    page.set_viewport_size({"width": 400, "height": 900})
    page.goto("/new/sketches")
    fold = page.locator(".fit-preview summary")
    expect(preview).to_have_count(0)
    fold.click()
    pictures(10)


def test_a_slider_is_moved_by_keys_and_keeps_its_place(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}")
    steps = figure(page, "steps")
    steps.scroll_into_view_if_needed()
    steps.and_(page.locator("[data-count='1']")).wait_for()
    steps.get_by_text("Table").click()
    cells = steps.locator("tbody td")
    expect(cells).to_have_text(["0", "1"])
    slider = steps.get_by_role("slider", name="share")
    slider.focus()
    page.keyboard.press("End")
    expect(steps.locator("output")).to_have_text("1")
    expect(cells).to_have_text(["1", "1"])
    expect(steps.locator(".twin-summary")).to_have_text("It begins at 1.")
    page.keyboard.press("ArrowLeft")
    expect(cells).to_have_text(["0.5000", "1.0000"])
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    page.emulate_media(color_scheme="dark")
    drawn = "document.querySelector('[data-figure=steps] .plot').data.map((trace) => Array.from(trace.y))"
    assert page.evaluate(drawn) == [[0.5, 1]]
    assert page.evaluate("document.querySelector('[data-figure=steps] .plot').layout.sliders") is None
    with page.expect_download() as saved:
        steps.get_by_role("button", name="as CSV").click()
    assert saved.value.path().read_text().splitlines()[1:] == ["0,0.5", "1,1"]


def test_the_form_offers_parts_as_check_boxes(page: Page, server: Served) -> None:
    page.goto("/new/sketches?parts=steps&shares=0.25&shares=1&pixels=random")
    expect(page.locator(".new-fields > .stale")).to_contain_text("pixels")
    boxes = page.locator("[data-field=parts] input")
    assert [box.is_checked() for box in boxes.all()] == [False, True]
    expect(page.locator("#field-shares")).to_have_value("0.25, 1")
    expect(page.locator("[data-field=pixels]")).to_have_count(0)
    estimate = page.locator(".estimate[data-ready=true]")
    expect(estimate).to_contain_text("A wave has 64 numbers.")
    page.get_by_label("Steps by frequency").uncheck()
    expect(page.locator("#field-parts-error")).to_have_text("Needs at least 1.")
    assert "parts=&" in page.url
    page.get_by_label("Waves").check()
    expect(page.locator("#field-parts-error")).to_be_hidden()
    page.locator("#field-shares").fill("0, x")
    expect(page.locator("#field-shares-error")).to_contain_text("Must be a number.")
    page.locator("#field-shares").fill("0, .75")
    expect(estimate).to_be_visible()
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url("**/experiments/*")
    params = server.deployment.get(f"/api{page.url.removeprefix(server.url)}")["params"]
    assert (params["parts"], params["shares"], params["pixels"]) == (["waves"], [0, 0.75], "original")


def test_its_card_names_the_study_and_draws_lines(page: Page, server: Served) -> None:
    page.goto("/")
    card = page.locator(f'[data-experiment="{server.experiment["id"]}"]')
    expect(card.locator(".card-study")).to_have_text("Sketches")
    expect(card.locator(".preview")).to_have_attribute("aria-label", "height over share: wave, dot")
    expect(card.locator(".preview-axes")).to_have_text("height 0.1 to 0.9 (linear) over share")
    expect(card.locator(".preview-tick")).to_have_text(["0", "1"])
    expect(card.locator(".card-few")).to_be_hidden()
    expect(card.locator("polyline")).to_have_count(2)
    expect(card.locator(".preview-key li")).to_have_text(["wave", "dot"])
    expect(page.locator(".opening")).to_contain_text("Nothing has been measured here yet")
    questions = page.locator(".question-card")
    expect(questions).to_have_count(len(server.deployment.get("/api/studies")["items"]))
    mine = questions.filter(has_text="And why?")
    expect(mine.locator("polyline")).to_have_count(2)
    expect(mine.locator(".verdict-mark .visually-hidden")).to_have_text(["2 hold", "1 differs", "1 not run"])
    expect(mine.get_by_role("link", name="See: How high are waves?")).to_have_attribute(
        "href", f"/experiments/{server.experiment['id']}"
    )
    page.set_viewport_size({"width": 400, "height": 400})
    page.get_by_role("link", name="Experiments", exact=True).click()
    expect(page.locator("#experiments-title")).to_be_focused()
    expect(page.locator("#experiments-title")).to_be_in_viewport()


def test_the_dialog_speaks_of_what_the_study_extends(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}?tab=log")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Extend…").click()
    dialog = page.get_by_role("dialog", name="Extend by more repeats")
    number = dialog.get_by_label("More repeats")
    assert (number.input_value(), number.get_attribute("max")) == ("1", "5")
    number.fill("2")
    dialog.get_by_role("button", name="Extend", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sketches on Handwritten digits (+2 repeats)")


def test_its_pages_fit_the_window(page: Page, server: Served) -> None:
    own = f"/experiments/{server.experiment['id']}"
    assert_pages_fit(page, (own, "/new/sketches"))
