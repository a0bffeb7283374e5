"""What a newcomer does in the first minutes, in a real browser against the whole product.

The tests of this module share one server and run in order: the first one meets the quick start while it runs.
"""

import csv
import io
import json
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from backend.datasets.digits import load_digits_dataset
from tests.browser.accessibility import assert_accessible
from tests.browser.layout import assert_pages_fit
from tests.services import Server, eventually
from tests.uploads import npz

GALLERY = ".gallery[data-ready=true]"
FIRST = 40  # cards that a gallery asks for at once
TRAJECTORIES = ".trajectory-tab[data-ready=true]"


def quick_start(server: Server) -> str:
    def found() -> str | None:
        items = server.get("/api/experiments")["items"]
        return items[-1]["id"] if items else None

    return eventually(found, "the quick start is queued")


def finished(server: Server) -> str:
    experiment = quick_start(server)
    path = f"/api/experiments/{experiment}"
    eventually(lambda: server.get(path)["status"] == "done", "the quick start is done", 90)
    return experiment


def explore(page: Page, experiment: str, query: str = "") -> None:
    page.goto(f"/experiments/{experiment}?tab=explore{query}")
    page.wait_for_selector(GALLERY)
    page.wait_for_selector("figure[data-figure=histogram][data-ready=true]")


def pictures(page: Page) -> list[str]:
    """Return which the gallery shows first; more come by themselves while the end of the list is near."""
    found = page.eval_on_selector_all(".gallery .example", "cards => cards.map(card => card.dataset.index)")
    return found[:FIRST]


def numbers(found: Locator) -> list[float]:
    # Not the inner texts: those of cards off screen are empty.
    return [float(text.replace("\N{MINUS SIGN}", "-")) for text in found.all_text_contents()]


def scores(page: Page) -> list[float]:
    return numbers(page.locator(".example-score"))


def drag(page: Page, low: float, high: float) -> None:
    """Drag over the histogram from one score to another."""
    box = page.locator("figure[data-figure=histogram] .brush").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    start, stop = (
        page.locator("figure[data-figure=histogram] .js-plotly-plot").evaluate(
            "(plot, score) => plot._fullLayout.xaxis.l2p(score)", score
        )
        for score in (low, high)
    )
    page.mouse.move(box["x"] + start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + stop) / 2, y)
    page.mouse.move(box["x"] + stop, y)
    page.mouse.up()


def test_the_quick_start_grows_on_screen_without_a_reload(page: Page, server: Server) -> None:
    begun = time.monotonic()
    experiment = quick_start(server)
    page.goto(f"/experiments/{experiment}")
    page.wait_for_selector("figure[data-figure=histograms][data-ready=true]")
    first_histogram = time.monotonic() - begun
    page.evaluate("window.sameDocument = true")
    early = server.get(f"/api/experiments/{experiment}")
    assert early["status"] == "running"
    bar = page.get_by_role("progressbar", name="Progress of Quick start")
    first = bar.evaluate("bar => bar.value")
    eventually(lambda: bar.evaluate("bar => bar.value") > first, "the bar moves", 20)
    panels = page.locator("figure[data-figure=histograms] .js-plotly-plot")

    def sizes_drawn() -> int:
        return panels.evaluate(
            "p => new Set(p._fullData.filter(t => t.y.some(n => n > 0)).map(t => t.xaxis)).size"
        )

    drawn = sizes_drawn()
    assert drawn > 0
    eventually(lambda: sizes_drawn() > drawn or drawn == 8, "another size has its histogram", 30)

    finished(server)
    assert first_histogram < (time.monotonic() - begun) / 2, "small sizes are trained and shown first"
    expect(page.locator(".experiment-header")).to_contain_text("done")
    page.wait_for_selector(".claim-list[data-ready=true]")
    expect(page.locator(".claim-list[data-ready=true] [data-claim=bimodal]")).to_have_count(1)
    expect(page.locator(".claim-list[data-ready=true] [data-claim=identity]")).to_have_count(0)
    expect(page.locator(".claim-checks [data-claim=identity]")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    took = server.get(f"/api/experiments/{experiment}")
    assert took["progress"]["models_done"] == 1600


def test_brushing_shows_the_pictures_behind_and_the_url_restores_them(page: Page, server: Server) -> None:
    explore(page, finished(server), "&size=256")
    everything = pictures(page)
    drag(page, 0.72, 0.88)
    page.wait_for_url(re.compile("memorization_gte="))
    page.wait_for_selector(GALLERY)
    expect(page.locator(".gallery-total")).not_to_contain_text("1,437")
    query = parse_qs(urlsplit(page.url).query)
    low, high = float(query["memorization_gte"][0]), float(query["memorization_lte"][0])
    assert 0.65 <= low < 0.75
    assert 0.85 < high <= 0.95
    brushed = pictures(page)
    assert brushed
    assert all(low - 0.005 <= score <= high + 0.005 for score in scores(page))

    page.reload()
    page.wait_for_selector(GALLERY)
    assert pictures(page) == brushed
    page.go_back()
    eventually(lambda: "memorization_gte" not in page.url, "Back leaves the brush")
    page.wait_for_selector(f".gallery[data-ready=true][data-total='{1437}']")
    assert pictures(page) == everything


def test_flipped_labels_fill_the_top_of_the_largest_size(page: Page, server: Server) -> None:
    explore(page, finished(server), "&size=256&memorization_gte=0.95")
    cards = page.locator(".gallery .example").count()
    assert page.locator(".gallery .example .flipped").count() > 0.8 * cards
    page.get_by_label("Order").select_option("memorization")
    page.wait_for_url(re.compile("sort=memorization"))
    page.wait_for_selector(GALLERY)
    shown = scores(page)
    assert shown == sorted(shown)
    assert min(shown) >= 0.95


def test_the_threshold_moves_the_types_and_each_leads_to_its_gallery(page: Page, server: Server) -> None:
    experiment = finished(server)
    page.goto(f"/experiments/{experiment}?tab=trajectories&size=64")
    page.wait_for_selector(TRAJECTORIES)
    slider = page.get_by_label("Threshold of a change")
    figure = page.locator("figure[data-figure=trajectory_thresholds] .js-plotly-plot")

    def constant() -> int:
        return int(page.locator(".type[data-trajectory=constant]").get_attribute("data-count") or 0)

    def marked() -> float:
        return float(figure.evaluate("plot => plot.layout.shapes[0].x0"))

    few = constant()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"tau=0\.21&?"))
    assert marked() == 0.21, "the line moves before the server answers"
    page.wait_for_selector(TRAJECTORIES)
    assert constant() > few, "a larger threshold lets more examples count as constant"
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    for place in (0.4, 0.5, 0.6):
        page.mouse.move(box["x"] + place * box["width"], y)
    page.mouse.up()
    page.wait_for_selector(TRAJECTORIES)
    assert 0.5 < marked() < 0.6
    assert float(parse_qs(urlsplit(page.url).query)["tau"][0]) == marked()
    page.go_back()
    page.wait_for_url(re.compile(r"tau=0\.21&?"))
    page.wait_for_selector(TRAJECTORIES)

    increasing = page.locator(".type[data-trajectory=increasing]")
    count = increasing.get_attribute("data-count")
    increasing.get_by_role("link").click()
    page.wait_for_selector(f".gallery[data-ready=true][data-total='{count}']")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["trajectory"], query["tau"], query["size"]) == (["increasing"], ["0.21"], ["64"])
    lines = page.locator(".gallery .sparkline").evaluate_all("l => l.map(s => s.getAttribute('aria-label'))")
    assert len(lines) >= min(int(count), FIRST)
    assert all(line.endswith("; increasing") for line in lines)


def test_two_sizes_are_compared_and_a_rectangle_shows_its_pictures(page: Page, server: Server) -> None:
    page.goto(f"/experiments/{finished(server)}")
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(".compare[data-ready=true]")
    page.get_by_label("Size in A").select_option("16")
    page.wait_for_url(re.compile("a_size=16&b_size=256"))
    page.wait_for_selector(".compare[data-ready=true]")
    box = page.locator(".compare-brush").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.05 * box["width"], box["y"] + 0.02 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.up()
    page.get_by_role("radio", name="B higher").check()
    page.wait_for_url(re.compile("moved=up&a_gte="))
    query = urlsplit(page.url).query
    expected = server.get(f"/api/compare/examples?{query}&b={parse_qs(query)['a'][0]}&limit=200")
    assert 0 < expected["total"] < 300
    shown = f".compare .gallery[data-ready=true][data-total='{expected['total']}']"
    page.wait_for_selector(shown)
    bounds = {key: float(value[0]) for key, value in parse_qs(query).items() if key[1:] in ("_gte", "_lte")}
    assert len(bounds) == 4
    for side in ("a", "b"):
        texts = page.locator(f".compare-score[data-side={side}] .compare-value").all_text_contents()
        values = [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]
        assert all(bounds[f"{side}_gte"] - 0.005 <= one <= bounds[f"{side}_lte"] + 0.005 for one in values)
    cards = "cards => cards.map(card => card.dataset.picture)"
    before = page.eval_on_selector_all(".compare-example", cards)
    assert before == [str(item["picture"]) for item in expected["items"][: len(before)]]
    page.reload()
    page.wait_for_selector(shown)
    assert page.eval_on_selector_all(".compare-example", cards) == before
    expect(page.locator(".compare-rectangle")).to_be_visible()


def test_pictures_are_pixelated_and_untouched_by_the_theme(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    explore(page, finished(server), "&sort=index")
    picture = page.locator(".gallery .example canvas").first
    assert picture.evaluate("c => getComputedStyle(c).imageRendering") == "pixelated"
    assert picture.evaluate("c => getComputedStyle(c).filter") == "none"
    drawn = picture.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    assert drawn[::4] == load_digits_dataset().images[0].ravel().tolist()


def answer_shares_follow_the_size(page: Page, server: Server, experiment: str, index: str) -> None:
    """Choose another size on an example's page, and go back to the first."""
    before = parse_qs(urlsplit(page.url).query)["size"][0]
    page.get_by_role("radio", name="16", exact=True).check()
    page.wait_for_selector(".answer-classes[data-size='16']")
    page.wait_for_selector(".turn[data-size='16']")
    assert "size=16" in page.url
    sizes = server.get(f"/api/experiments/{experiment}/examples/{index}")["sizes"]
    given = next(size["answers"] for size in sizes if size["size"] == 16)
    named = page.locator(".answer-classes tbody tr")
    counts = [int(text) for text in named.locator(".count").all_inner_texts()]
    assert sum(counts) == sum(answer["count"] for answer in given)
    expect(named.first).to_have_attribute("data-kind", "label")
    expect(page.locator(".score-table [aria-current] th")).to_have_text("16")
    page.go_back()
    page.wait_for_selector(f".turn[data-size='{before}']")
    page.wait_for_selector(f".answer-classes[data-size='{before}']")
    page.locator("h1").click()  # out of the choice of sizes, which has a use for arrow keys itself


def test_an_example_is_reached_from_the_gallery_and_the_arrow_keys_go_on(page: Page, server: Server) -> None:
    experiment = finished(server)
    explore(page, experiment, "&size=64&label=3")
    order = pictures(page)
    page.locator(".gallery .example a").first.click()
    page.get_by_role("link", name="Whole page").click()
    page.wait_for_selector(f".example-page[data-index='{order[0]}']")
    page.wait_for_selector("figure[data-figure=trajectories][data-ready=true]")
    page.wait_for_selector(".nearest[data-ready=true]")
    links = page.locator(".lookalikes a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) == 12
    assert all(parse_qs(urlsplit(link).query) == {"size": ["64"], "label": ["3"]} for link in links)

    answer_shares_follow_the_size(page, server, experiment, order[0])
    for index in (order[1], order[2]):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(f".example-page[data-index='{index}']")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f".example-page[data-index='{order[1]}']")
    assert "label=3" in page.url


def test_who_helps_whom_leads_from_training_to_test_examples_and_back(page: Page, server: Server) -> None:
    experiment = finished(server)
    page.goto(f"/experiments/{experiment}?tab=influence&size=256")
    page.wait_for_selector(".helping > section:nth-of-type(2) .paged-list[data-ready=true]")
    page.wait_for_selector(".helping > section:nth-of-type(1) .paged-list[data-ready=true]")
    rows, peers = page.locator(".paged-list").all()
    first = rows.locator(".helping-row").first
    index = first.get_attribute("data-index")
    assert_accessible(page)
    page.get_by_label("Order").select_option("pixels")
    expect(peers.get_by_text("nearest picture").first).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["peers"] == ["pixels"]
    first.locator(".partners a").first.click()
    page.wait_for_selector(".example-page[data-split=test]")
    assert_accessible(page)
    page.locator(f".partners li[data-index='{index}'] a").click()
    page.wait_for_selector(f".example-page[data-index='{index}']:not([data-split])")
    expect(page.get_by_role("heading", name="Training examples that help it")).to_be_visible()
    assert "size=256" in page.url


def test_figures_are_told_tabulated_and_saved(page: Page, server: Server) -> None:
    page.goto(f"/experiments/{finished(server)}")
    figure = page.locator("figure[data-figure=overview][data-ready=true]")
    told = re.compile("over model size. From width 2 to 256, over 200 models")
    expect(figure.get_by_role("img", name=told)).to_be_visible()
    figure.get_by_text("Table", exact=True).press("Enter")
    expect(figure.locator(".twin-summary")).to_contain_text("mean memorization 0.0")
    expect(figure.locator("tbody tr")).to_have_count(8)
    figure.get_by_text("Legend", exact=True).press("Enter")
    figure.get_by_role("checkbox", name="test accuracy").press("Space")
    expect(figure.locator(".scatterlayer .trace")).to_have_count(3)
    figure.locator(".legendtoggle").nth(2).click()  # what is hidden stays in the legend
    expect(figure.locator(".scatterlayer .trace")).to_have_count(4)
    expect(figure.get_by_role("checkbox", name="test accuracy")).to_be_checked()
    assert_accessible(page)

    def saved(kind: str) -> bytes:
        with page.expect_download() as download:
            figure.get_by_role("button", name=f"as {kind}").click()
        return download.value.path().read_bytes()

    rows = list(csv.reader(saved("CSV").decode().splitlines()))
    assert rows[0][:3] == ["model size (width)", "accuracy on the subset", "accuracy on the subset ±"]
    assert [row[0] for row in rows[1:]] == [str(2**power) for power in range(1, 9)]
    shown = figure.locator("tbody tr").last.locator("td").first.inner_text()
    assert float(rows[8][1]) == pytest.approx(float(shown), abs=5e-5)
    drawing = saved("SVG").decode()
    for text in ("200 models", "model size (width)", "accuracy, memorization", "held-out accuracy"):
        assert text in drawing
    assert saved("PNG").startswith(b"\x89PNG")


def test_a_figure_that_fails_can_be_tried_again(page: Page, server: Server) -> None:
    away = json.dumps({"title": "Away", "detail": "The figure is away.", "status": 404})
    page.route("**/figures/overview", lambda route: route.fulfill(status=404, body=away))
    page.goto(f"/experiments/{finished(server)}?size=7&colour=red")
    expect(page.locator(".experiment > .stale")).to_contain_text(
        "left out: colour. There are no scores at width 7"
    )
    figure = page.locator("figure[data-figure=overview]")
    expect(figure.get_by_role("alert")).to_contain_text("The figure is away.")
    expect(figure.get_by_role("button", name="as CSV")).to_have_count(0)
    page.unroute("**/figures/overview")
    figure.get_by_role("button", name="Try again").click()
    page.wait_for_selector("figure[data-figure=overview][data-ready=true] .main-svg")
    expect(figure.get_by_role("alert")).to_have_count(0)


def test_keys_lead_everywhere_and_are_listed(page: Page, server: Server) -> None:
    explore(page, finished(server), "&size=256")
    order = pictures(page)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Help")
    for title in ("Next tab", "Next example", "Go to the queue", "To the first filter"):
        expect(sheet.get_by_text(title, exact=True)).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)

    page.keyboard.press("/")
    expect(page.get_by_label("Order")).to_be_focused()
    page.keyboard.press("j")  # belongs to the menu that has the focus
    expect(page.get_by_label("Order")).to_be_focused()
    page.get_by_label("Order").blur()
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(f".example[data-index='{order[1]}'] a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(f".example-page[data-index='{order[1]}']")
    page.keyboard.press("k")
    page.wait_for_selector(f".example-page[data-index='{order[0]}']")
    page.keyboard.press("Escape")
    page.wait_for_selector(GALLERY)
    page.keyboard.press("[")
    page.wait_for_selector("[data-panel=overview]")
    page.keyboard.press("2")
    page.wait_for_selector("[data-panel=explore]")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.locator("h1")).to_have_text("Queue")
    page.get_by_role("button", name="Help").click()
    expect(sheet).not_to_contain_text("Next tab")


def test_the_theme_follows_the_system_until_chosen(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto("/")

    def paper() -> int:
        return page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")

    assert paper() < 40
    button = page.get_by_role("button", name="Theme")
    button.click()
    assert paper() > 200
    page.reload()
    assert paper() > 200
    button.click()
    button.click()
    assert paper() < 40
    page.emulate_media(color_scheme="light")
    assert paper() > 200
    assert page.evaluate("[localStorage.length, document.documentElement.dataset.theme ?? null]") == [0, None]
    page.locator("html").evaluate("html => html.dataset.loading = ''")
    moving = "getComputedStyle(document.body, '::before').animationDuration"
    assert page.evaluate(f"parseFloat({moving})") <= 0.001


def test_the_form_prices_refuses_and_submits(page: Page, server: Server) -> None:
    page.goto("/new/memorization?models=20&sizes=4&epochs=2&title=From+the+form")
    page.wait_for_selector(".estimate[data-ready=true]")
    assert page.get_by_label("Models per size").input_value() == "20"
    page.get_by_label("Models per size").fill("a million")
    page.get_by_role("button", name="Run experiment").click()
    expect(page.locator("[data-field=models] .field-error")).to_be_visible()
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.get_by_label("Title").input_value() == "From the form", "nothing is lost"
    page.get_by_label("Models per size").fill("30")
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f]{12}"))
    expect(page.locator("h1")).to_have_text("From the form")
    expect(page.locator(".experiment-header")).to_contain_text("done", timeout=30_000)
    page.get_by_text("More", exact=True).click()
    clone = page.get_by_role("link", name="Clone").get_attribute("href") or ""
    assert parse_qs(urlsplit(clone).query)["models"] == ["30"]


def test_published_scores_are_added_and_held_against_ours(page: Page, server: Server) -> None:
    experiment = finished(server)
    labels = load_digits_dataset().labels[:1437]
    measured = server.http.get(f"/api/experiments/{experiment}/scores.npz").content
    with np.load(io.BytesIO(measured)) as table:
        published, flipped = table["memorization"][-1], table["flipped"]
    page.goto(f"/experiments/{experiment}?tab=published")
    page.wait_for_selector(".published[data-ready=empty]")
    form = page.locator(".published-add")
    expect(form).to_contain_text("TensorFlow Datasets")

    def add(name: str, content: bytes) -> None:
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        form.get_by_label("File with scores").set_input_files(file)
        form.get_by_role("button", name="Add scores").click()

    add("memorization.npz", npz(labels=labels[::-1], scores=published))
    expect(form.get_by_role("alert")).to_contain_text("of the labels")
    assert form.get_by_label("What the score says").input_value() == "memorization"
    assert form.get_by_label("Name").input_value() == "memorization", "nothing is lost"
    add("memorization.npz", npz(labels=labels, scores=published))
    page.wait_for_selector(".published[data-ready=true]")
    assert parse_qs(urlsplit(page.url).query)["published"] == ["memorization"]
    expect(page.locator(".agreement-value")).to_have_text("1.00")
    expect(page.locator(".agreement")).to_contain_text(f"{flipped.sum()}; what was published")
    expect(page.locator(".agreement")).to_contain_text("order not verified")
    page.wait_for_selector("figure[data-figure=published][data-ready=true]")

    page.get_by_label("8", exact=True).check()
    expect(page.locator(".agreement-value")).not_to_have_text("1.00")
    page.wait_for_selector(".published[data-ready=true]")
    here, there = (page.locator(".published .gallery").nth(place) for place in range(2))
    for part, sign in ((here, 1), (there, -1)):
        ours, theirs = (numbers(part.locator(text)) for text in (".example-score", ".example-published > b"))
        assert len(ours) == len(theirs) == 12
        assert all(sign * (a - b) > 0 for a, b in zip(ours, theirs, strict=True))
    here.get_by_role("button", name="Show more").click()
    expect(here.locator(".example")).to_have_count(24)

    page.get_by_role("button", name="Delete this file").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_selector(".published[data-ready=empty]")
    assert "published=" not in page.url


def test_a_shared_view_opens_for_looking_until_it_is_revoked(page: Page, server: Server) -> None:
    experiment = finished(server)
    explore(page, experiment, "&size=64&label=3&label=7")
    shown = pictures(page)
    page.get_by_role("button", name="Share…").press("Enter")
    dialog = page.get_by_role("dialog", name="Share this view")
    expect(dialog).to_contain_text("It shows: Explore · size 64 · 2 labels")
    dialog.get_by_role("radio", name="1 day").press("Space")
    dialog.get_by_role("radio", name="1 day").press("Enter")
    link = dialog.get_by_label("Address of the link").input_value()

    page.goto(link)
    page.wait_for_selector(GALLERY)
    assert pictures(page) == shown
    assert parse_qs(urlsplit(page.url).query)["label"] == ["3", "7"]
    expect(page.locator(".share-banner")).to_contain_text("no longer change")
    targets = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    assert [target for target in targets if not target.startswith(link) and "#" not in target] == []
    changes = page.get_by_role("button", name=re.compile("Cancel|Resume|Extend|Delete|Share"))
    expect(changes).to_have_count(0)
    page.locator(".gallery .example a").first.press("Enter")
    page.wait_for_selector(f".example-page[data-index='{shown[0]}']")
    picture = page.locator(".portrait img")
    eventually(lambda: picture.evaluate("image => image.naturalWidth") == 8, "the picture is there")
    page.go_back()
    page.wait_for_selector(GALLERY)
    assert pictures(page) == shown
    page.get_by_role("link", name="Overview").click()
    page.wait_for_selector("figure[data-figure=histograms][data-ready=true]")
    page.reload()
    page.wait_for_selector("figure[data-figure=histograms][data-ready=true]")

    page.goto(f"/experiments/{experiment}")
    page.get_by_role("button", name="Share…").click()
    dialog.get_by_role("button", name="Revoke the link: Explore").click()
    expect(dialog).to_contain_text("There is no link")
    page.goto(link)
    expect(page.locator("h1")).to_have_text("This link has ended")


def test_a_view_too_long_for_an_address_gets_a_short_one(page: Page, server: Server) -> None:
    explore(page, finished(server), "".join(f"&index={index}" for index in range(0, 1400, 4)))
    page.wait_for_url(re.compile(r"\?v=[0-9a-f]+$"))
    page.get_by_role("link", name="Training curves").click()
    page.wait_for_selector("figure[data-figure=curves][data-ready=true]")
    page.wait_for_url(re.compile(r"\?v=[0-9a-f]+$"))
    page.reload()
    page.go_back()
    page.wait_for_selector(GALLERY)
    expect(page.locator(".gallery-total")).to_contain_text("350 examples")


def test_cancelling_from_the_page_and_the_queue(page: Page, server: Server) -> None:
    page.goto("/new/memorization?models=2000&seed=7")
    page.wait_for_selector(".estimate[data-ready=true]")
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f]{12}"))
    experiment = urlsplit(page.url).path
    page.goto("/queue")
    page.wait_for_selector("[data-ready=true]")
    expect(page.locator("main")).to_contain_text("width=")
    page.goto(experiment)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".experiment-header")).to_contain_text("cancelled", timeout=8_000)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_every_page_fits_the_window(page: Page, server: Server) -> None:
    experiment = finished(server)
    tabs = ("overview", "explore", "trajectories", "influence", "published", "curves", "log")
    paths = [f"/experiments/{experiment}?tab={tab}" for tab in tabs]
    paths += [
        "/",
        "/new/memorization",
        "/queue",
        "/storage",
        f"/compare?a={experiment}",
        f"/experiments/{experiment}/examples/5",
        f"/experiments/{experiment}/examples/1757",
        "/glossary",
        "/nowhere",
    ]
    assert_pages_fit(page, paths)


def test_an_experiment_goes_comes_back_and_travels(page: Page, server: Server, tmp_path: Path) -> None:
    experiment = finished(server)
    page.goto(f"/experiments/{experiment}")
    page.get_by_text("More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download for another Memoscope").click()
    file = tmp_path / "it.memoscope"
    download.value.save_as(file)
    page.get_by_role("button", name="Delete…").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    chosen = page.locator(".import-experiment input")
    chosen.set_input_files({"name": "x.memoscope", "mimeType": "application/zip", "buffer": b"no zip"})
    expect(page.locator(".import-experiment [role=alert]")).to_contain_text("no experiment of Memoscope")
    page.goto("/storage")
    assert_accessible(page)
    page.get_by_role("button", name="Bring back: ").click()
    expect(page.get_by_role("button", name="Bring back: ")).to_have_count(0)
    page.goto("/")
    chosen.set_input_files(file)
    page.wait_for_url(re.compile(r"/experiments/(?!" + experiment + ")[0-9a-f]{12}"))
    expect(page.locator(".header-facts")).to_contain_text("imported from another Memoscope")
    copy = urlsplit(page.url).path.rpartition("/")[2]
    server.http.delete(f"/api/experiments/{copy}")
    server.http.delete(f"/api/storage/deleted/{copy}")


def test_a_missing_experiment_explains_itself(page: Page, server: Server) -> None:
    page.goto("/experiments/000000000000")
    expect(page.locator("main")).to_contain_text("no experiment")


def test_suspects_are_decided_with_the_keyboard(page: Page, server: Server) -> None:
    experiment = finished(server)
    page.goto(f"/experiments/{experiment}?tab=review")
    page.wait_for_selector(".review[data-ready=true] .nearest[data-ready=true]")
    assert_accessible(page)
    review = page.locator(".review")
    expect(review).to_have_attribute("data-rank", "1")
    expect(page.locator(".review-state").first).to_contain_text("Nothing has been looked at yet")
    suspects = server.get(f"/api/experiments/{experiment}/review?limit=4")["items"]
    for key, rank in (("1", "2"), ("4", "3"), ("s", "4"), ("2", "5")):
        page.keyboard.press(key)
        expect(review).to_have_attribute("data-rank", rank)  # at once, whatever the server is at
    expect(page.locator(".review-progress")).to_contain_text("3 of ")
    expect(page.locator(".review-progress")).to_contain_text("1 wrong label found")
    marks = {item["picture"]: item for item in server.get("/api/datasets/digits/marks")["items"]}
    first, second, skipped, fourth = (suspect["score"]["picture"] for suspect in suspects)
    accepted = marks[first]["mark"], marks[first]["suggested_label"]
    assert accepted == ("wrong_label", suspects[0]["suggested_label"])
    assert (marks[second]["mark"], marks[fourth]["mark"], skipped in marks) == ("fine", "ambiguous", False)
    page.keyboard.press("z")
    expect(review).to_have_attribute("data-rank", "4")
    expect(page.locator(".review-progress")).to_contain_text("2 of ")
    page.keyboard.press("n")
    page.keyboard.type("1 or 7?")
    page.keyboard.press("Escape")
    expect(page.locator(".mark-bar [role=status]")).to_contain_text("Noted")
    expect(review).to_have_attribute("data-rank", "4")
    expect(page.get_by_role("button", name="Train again and compare")).to_be_visible()
