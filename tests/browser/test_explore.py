"""The explorer as an instrument, and what leads to it: the first page, help, the tour, a presentation."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.layout import assert_pages_fit
from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.services import RedisServer

GALLERY = ".gallery[data-ready=true]"
HISTOGRAM = "figure[data-figure=histogram][data-ready=true]"
# What readers operate, as far as it is on screen; tabs and crumbs lead elsewhere, pictures are looked at.
OPERATED = "button, .button, input, select, summary, [role=slider]"
CONTROLS = f"""() => [...document.querySelectorAll('main :is({OPERATED})')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().top < innerHeight).length"""
WHOLE_PICTURES = """() => [...document.querySelectorAll('.example canvas')]
  .filter((picture) => picture.getBoundingClientRect().bottom <= innerHeight).length"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("explorer")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    params = {"sizes": [2, 8, 32], "models": 24, "epochs": 3, "label_noise": 0.1, "distillation": True}
    with serving(made, made.finished(params=params)) as served:
        yield served


def explore(page: Page, server: Served, query: str = "") -> None:
    page.goto(f"/experiments/{server.experiment['id']}?tab=explore{query}")
    page.wait_for_selector(GALLERY)
    page.wait_for_selector(HISTOGRAM)


def test_the_first_screen_holds_a_histogram_and_two_dozen_pictures(page: Page, server: Served) -> None:
    explore(page, server)
    assert page.evaluate(WHOLE_PICTURES) >= 24
    box = page.locator(f"{HISTOGRAM} .plot").bounding_box()
    assert box is not None
    assert box["width"] >= 600
    assert box["height"] >= 240
    assert box["y"] + box["height"] <= 900
    assert page.evaluate(CONTROLS) <= 12


def test_a_phone_shows_a_picture_on_its_first_screen(page: Page, server: Served) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    explore(page, server)
    assert page.evaluate(WHOLE_PICTURES) >= 1


@pytest.mark.parametrize(("width", "line"), [(1440, 60), (400, 60)])
def test_one_line_of_the_header_stays_while_scrolling(
    page: Page, server: Served, width: int, line: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    explore(page, server)
    page.evaluate("scrollTo(0, 600)")
    title = page.get_by_role("heading", level=1)
    expect(title).to_be_in_viewport()
    box = title.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < box["y"] + box["height"] < line
    expect(page.locator(".tabs")).not_to_be_in_viewport()


def test_filters_are_in_a_menu_and_each_in_force_is_a_chip(page: Page, server: Served) -> None:
    explore(page, server)
    page.get_by_text("Filter", exact=True).focus()
    page.keyboard.press("Enter")
    assert_accessible(page)
    page.get_by_role("group", name="Label", exact=True).get_by_label("3").press("Space")
    page.get_by_role("group", name="Verdict").get_by_label("undecided").press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Filter", exact=True)).to_be_focused()
    chips = page.get_by_role("group", name="Filters in force")
    expect(chips.get_by_role("button")).to_have_text(["label 3", "verdict undecided", "Clear all"])
    assert page.url.endswith("&label=3&verdict=undecided")
    chips.get_by_text("label 3").click()
    page.wait_for_url("**&verdict=undecided")
    expect(chips.get_by_role("button")).to_have_text(["verdict undecided"])


def test_the_columns_of_exactly_0_and_1_lead_to_their_pictures(page: Page, server: Served) -> None:
    explore(page, server)
    found = server.deployment.get(f"/api/experiments/{server.experiment['id']}/histogram")
    for place, count in ((0, found["zero"]), (1, found["one"])):
        plot = page.locator(f"{HISTOGRAM} .plot")
        middle = plot.evaluate("(plot, axis) => plot._fullLayout[axis]._offset + 5", f"xaxis{place + 2}")
        plot.click(position={"x": middle, "y": 150})
        page.wait_for_selector(f".gallery[data-ready=true][data-total='{count}']")
        assert f"memorization_gte={place}&memorization_lte={place}" in page.url


def test_pictures_grow_and_cards_fill_at_once_and_in_the_address(page: Page, server: Served) -> None:
    explore(page, server)
    picture, interval = page.locator(".example canvas").first, page.locator(".example-interval").first
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(interval).to_be_hidden()
    page.keyboard.press("+")
    page.keyboard.press("d")
    assert picture.evaluate("picture => picture.getBoundingClientRect().width") == 112
    expect(interval).to_be_visible()
    page.get_by_text("Cards", exact=True).click()
    page.get_by_label("Picture size").press("End")
    page.get_by_role("radio", name="picture only").press("Space")
    assert picture.evaluate("picture => picture.getBoundingClientRect().width") == 256
    expect(page.locator(".example-score").first).to_be_hidden()
    assert page.url.endswith("&tile=256&density=picture")
    assert not [url for url in asked if "/examples" in url], "nothing is asked for again"
    assert_accessible(page)
    page.reload()
    page.wait_for_selector(GALLERY)
    assert picture.evaluate("picture => picture.getBoundingClientRect().width") == 256


def test_a_click_on_a_cell_shows_its_examples(page: Page, server: Served) -> None:
    page.goto(f"/experiments/{server.experiment['id']}?tab=overview")
    figure = page.locator("figure[data-figure=distillation_scores]")
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_attribute("data-ready", "true", timeout=20_000)
    cells = figure.locator(".nsewdrag").first
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box is not None
    # The lowest cell of both scores, on axes from -0.02 to 1.02
    place = {"x": 0.045 * box["width"], "y": 0.955 * box["height"]}
    cells.hover(position=place)
    expect(figure.locator(".hovertext").first).to_be_visible()
    cells.click(position=place)
    page.wait_for_url("**tab=explore**")
    page.wait_for_selector(GALLERY)
    assert "column=distilled" in page.url
    assert "column_lte=0.049999" in page.url
    assert "memorization_lte=0.049999" in page.url


def shown(page: Page) -> list[str]:
    return page.eval_on_selector_all(".example", "cards => cards.map(card => card.dataset.index)")


def test_the_side_panel_follows_the_arrow_keys_and_keeps_its_place(page: Page, server: Served) -> None:
    explore(page, server, "&size=32&label=3")
    total = page.locator(".gallery").get_attribute("data-total")
    order = shown(page)
    page.locator(".example a").nth(1).click()
    place, panel = page.locator(".side-place"), page.locator(".side-panel")
    expect(place).to_have_text(f"2 of {total}")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_text(f"3 of {total}")
    expect(panel.locator("img")).to_have_attribute("alt", f"Example {order[2]}, label 3")
    expect(page.locator(f".example[data-open][data-index='{order[2]}']")).to_have_count(1)
    page.get_by_role("button", name="Previous example").click()
    expect(place).to_have_text(f"2 of {total}")
    assert f"open={order[1]}" in page.url
    assert_accessible(page)
    page.go_back()
    expect(panel).to_be_hidden()
    page.go_forward()
    expect(panel).to_be_visible()
    expect(place).to_have_text(f"2 of {total}")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert "open=" not in page.url


def test_the_way_back_from_an_example_leads_to_its_place(page: Page, server: Served) -> None:
    explore(page, server, "&tile=256&density=full")
    page.locator(".example a").nth(38).click()
    page.get_by_role("link", name="Whole page").click()
    place = page.locator(".turn-place")
    for position in (39, 40, 41):  # one more than the gallery had shown
        expect(place).to_have_text(f"{position} of 1,437")
        page.keyboard.press("ArrowRight")
    expect(place).to_have_text("42 of 1,437")
    index = page.locator(".example-page").get_attribute("data-index")
    page.get_by_role("link", name="Back to the gallery").click()
    card = page.locator(f".example[data-open][data-index='{index}']")
    expect(card).to_be_in_viewport()
    expect(page.locator(".side-place")).to_have_text("42 of 1,437")
    page.reload()
    page.wait_for_selector(GALLERY)
    expect(card).to_be_in_viewport()


def test_a_comparison_keeps_its_sides_while_one_walks_through_examples(page: Page, server: Served) -> None:
    own = server.experiment["id"]
    page.goto(f"/compare?a={own}&b={own}&a_size=2&b_size=32")
    page.wait_for_selector(".compare[data-ready=true]")
    page.locator(".compare-example .example-link").first.click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".side-place")).to_have_text("3 of 1,437")
    panel = page.locator(".side-panel")
    expect(panel.locator("[data-side=a]").first).to_contain_text("at size 2")
    expect(panel.locator("[data-side=b]").first).to_contain_text("at size 32")
    assert_accessible(page)
    page.get_by_role("link", name="Page in B").click()
    page.wait_for_selector(".example-page")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Back to the comparison").click()
    expect(page.locator(".side-place")).to_have_text("3 of 1,437")
    assert "a_size=2&b_size=32" in page.url


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_histogram_plays_over_model_sizes_on_fixed_axes(page: Page, server: Served, motion: str) -> None:
    page.emulate_media(reduced_motion=motion)
    explore(page, server, "&size=2")
    plot = page.locator(f"{HISTOGRAM} .plot")
    plot.evaluate(
        """plot => {
          window.heights = [];
          const look = () => {
            const bars = plot._fullData[0].y;
            const sum = [...bars].reduce((a, b) => a + b, 0).toFixed(2);
            if (window.heights.at(-1) !== sum) window.heights.push(sum);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Play").click()
    page.wait_for_url("**&size=32")
    axes = "plot => JSON.stringify([plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range])"
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    last = plot.evaluate(axes)
    steps = page.evaluate("window.heights.length")
    assert steps > 8 if motion == "no-preference" else steps <= 4
    slider = page.get_by_role("slider", name="Model size (width)")
    slider.press("ArrowLeft")
    page.wait_for_url("**&size=8")
    expect(page.locator(".size-scrubber output")).to_have_text("width 8")
    page.wait_for_timeout(800)  # as long as bars move
    assert plot.evaluate(axes) == last
    expect(page.locator(f"{HISTOGRAM} .figure-key")).to_contain_text("clean labels")


def test_a_cell_of_labels_and_answers_opens_its_pictures(page: Page, server: Served) -> None:
    explore(page, server, "&matrix=true&size=32")
    figure = page.locator("figure[data-figure=answers][data-ready=true]")
    cells = figure.locator(".plot").evaluate(
        """plot => [...plot._fullData[0].z]
          .flatMap((row, label) => [...row].map((count, answer) => [count, label, answer]))
          .filter(([, label, answer]) => label !== answer)"""
    )
    count, label, answer = max(cells)
    assert count > 0
    at = figure.locator(".plot").evaluate(
        """(plot, [label, answer]) => {
          const { xaxis, yaxis } = plot._fullLayout;
          return { x: xaxis._offset + xaxis.l2p(answer), y: yaxis._offset + yaxis.l2p(label) };
        }""",
        [label, answer],
    )
    figure.locator(".plot").click(position=at)
    page.wait_for_selector(f".gallery[data-ready=true][data-total='{count}']")
    assert f"label={label}&answer={answer}" in page.url
    chips = page.get_by_role("group", name="Filters in force")
    expect(chips).to_contain_text(f"held-out answer {answer}")
    assert_accessible(page)


def test_the_first_page_asks_models_one_by_one(page: Page, server: Served) -> None:
    stories = server.deployment.get("/api/front")["opening"]["stories"]
    score = next(story["score"] for story in stories if story["kind"] == "memorized")
    path = f"/api/experiments/{server.experiment['id']}/examples/{score['index']}/models"
    poll = server.deployment.get(f"{path}?size={score['size']}")
    page.goto("/?story=memorized")
    stage = page.locator(".opening[data-ready=true]")

    def expect_counts(asked: int) -> None:
        answers = list(zip(poll["had"], poll["right"], strict=True))[:asked]
        having, without = ([right for had, right in answers if had is side] for side in (True, False))
        counts = f"{sum(having)}/{len(having)} \N{MINUS SIGN} {sum(without)}/{len(without)} ="
        expect(stage.locator(".story-sum")).to_contain_text(counts)
        expect(stage.locator(".dots-group .dot:not(.is-waiting)")).to_have_count(asked)
        right = sum(having) + sum(without)
        expect(stage.locator(".dots-group .dot-wrong:not(.is-waiting)")).to_have_count(asked - right)

    expect_counts(24)
    stage.get_by_role("slider").press("Home")
    for _ in range(4):
        stage.get_by_role("slider").press("ArrowRight")
    page.wait_for_url(re.compile("story=memorized&asked=6"))
    page.reload()
    expect_counts(6)
    words = stage.get_by_role("button", name="memorization score")
    words.press("Enter")
    card = page.locator(".term-card:popover-open")
    expect(card).to_contain_text(f"Here: {stage.locator('.story-sum').inner_text()}")
    expect(card).to_be_in_viewport(ratio=1)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(words).to_be_focused()
    page.keyboard.press("n")
    following = stories[[story["kind"] for story in stories].index("memorized") + 1]
    page.wait_for_url(re.compile(f"story={following['kind']}"))
    stage.get_by_role("button", name="All examples").click()
    page.wait_for_url(re.compile("story=all"))
    dots = stage.locator(".fallen")
    assert dots.count() >= 360
    page.emulate_media(reduced_motion="reduce")
    assert dots.first.evaluate("dot => getComputedStyle(dot).animationName") == "none"
    assert_pages_fit(page, ["/?story=missed&asked=9"])


def test_a_tour_leads_from_help_to_a_link_and_remembers_that_it_ended(page: Page, server: Served) -> None:
    page.goto("/queue")
    page.wait_for_selector("h1")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Help").get_by_role("button", name="Take the tour").press("Enter")
    tour = page.locator(".tour")
    marked = (
        ".figure-frame",
        ".figure-frame",
        ".gallery",
        ".trajectory-tab",
        ".example-top",
        ".actions-line",
    )
    for step, place in enumerate(marked, start=1):
        expect(tour).to_have_attribute("data-step", str(step))
        expect(page.locator(f".is-toured{place}")).to_be_visible()
        expect(page.locator(".is-toured")).to_have_count(1)
        expect(tour.get_by_role("heading")).to_be_focused()
        if step == 5:
            assert_accessible(page)
            page.reload()  # it goes on where it was
            expect(page.locator(f".is-toured{place}")).to_be_visible()
        tour.get_by_role("button", name="Next" if step < len(marked) else "Done").press("Enter")
    expect(tour).to_have_count(0)
    page.goto("/")
    expect(page.get_by_role("button", name="Take the tour")).not_to_have_class(re.compile("primary"))
    page.get_by_role("button", name="Take the tour").click()
    expect(page.locator(".is-toured")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)


def test_figures_are_presented_one_by_one(page: Page, server: Served) -> None:
    own = f"/experiments/{server.experiment['id']}"
    page.goto(own)
    page.get_by_role("button", name="Present “Accuracy and memorization over model size”").click()
    presented = page.locator(".is-presented[data-ready=true]")
    expect(presented).to_have_attribute("data-figure", "overview")
    box = presented.locator(".main-svg").first.bounding_box()
    assert box is not None
    assert box["height"] > 600
    assert_accessible(page)
    names = page.locator("figure[data-figure]").evaluate_all("all => all.map(one => one.dataset.figure)")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(f"present={names[1]}"))
    expect(presented).to_have_attribute("data-figure", names[1])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(f"present={names[-1]}"))
    page.reload()
    expect(presented).to_have_attribute("data-figure", names[-1])
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(f"{own}$"))
    expect(page.locator(".is-presented")).to_have_count(0)
    page.keyboard.press("f")
    expect(presented).to_have_attribute("data-figure", "overview")
    page.go_back()
    expect(page.locator(".is-presented")).to_have_count(0)
