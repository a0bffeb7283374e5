"""The exported page, opened from disk without a network."""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from backend.export.page import MAX_BUDGET_MB
from tests.browser.accessibility import assert_accessible
from tests.browser.layout import WIDTHS
from tests.deployment import Deployment
from tests.services import eventually

MAKER = "backend.export.page"
SMALL = "small.html"
Explored = tuple[Deployment, dict[str, Any]]


@pytest.fixture(scope="module")
def file(explored: Explored, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a finished experiment."""
    deployment, experiment = explored
    answer = deployment.client.get(f"/api/experiments/{experiment['id']}/export.html")
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="memoscope-{experiment["id"]}.html"'
    )
    path = tmp_path_factory.mktemp("export") / "experiment.html"
    path.write_bytes(answer.content)
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """A tab without a network; the test fails if more than the file is asked for, or an error is logged."""
    asked: list[str] = []
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_offline(True)
    context.set_default_timeout(60_000)
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.on(
        "console",
        lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None,
    )
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []
    loaded = {url.partition("#")[0] for url in asked if not url.startswith(("data:", "blob:"))}
    assert loaded <= {file.as_uri(), file.with_name(SMALL).as_uri()}


def opened(page: Page, file: Path, view: str = "") -> None:
    page.goto("about:blank")  # a change of the hash alone would not load the file again
    page.goto(file.as_uri() + view)
    expect(page.locator(".histogram svg")).to_be_visible()


def cards(page: Page) -> list[float]:
    return [
        float(text.replace("\N{MINUS SIGN}", "-"))
        for text in page.locator(".example-score").all_text_contents()
    ]


def test_brushing_filters_and_the_hash(page: Page, file: Path, explored: Explored) -> None:
    deployment, experiment = explored
    opened(page, file)
    expect(page.get_by_role("heading", level=1)).to_have_text(experiment["title"])
    expect(page.locator(".export-note")).to_have_text(
        "All 1,437 examples at 2 sizes are in the data. So are all their pictures."
    )
    scores = deployment.get(f"/api/experiments/{experiment['id']}/histogram?size=16")
    expect(page.locator(".histogram-facts")).to_contain_text(f"{100 * scores['below_01']:.1f} % below 0.1")

    # A handle of the brush by keyboard: whole bins, in the hash and in the gallery.
    low = page.get_by_role("slider", name="Lowest score")
    low.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    edge = scores["edges"][4]
    expect(page).to_have_url(re.compile(r"#\?memorization_gte="))
    found = deployment.get(f"/api/experiments/{experiment['id']}/examples?size=16&memorization_gte={edge}")
    expect(page.locator(".gallery-facts")).to_have_text(f"{found['total']:,} examples.")
    first = [item["memorization"] for item in found["items"][:20]]
    np.testing.assert_allclose(cards(page)[:20], first, rtol=0, atol=0.0051)
    assert page.locator(".example").first.get_attribute("data-index") == str(found["items"][0]["index"])

    # A click on the tallest bar, then a filter on top of it, then the way back.
    bar = max(
        (one.bounding_box() for one in page.locator(".histogram rect:not([data-end])").all()),
        key=itemgetter("height"),
    )
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(page).to_have_url(re.compile(r"memorization_lte="))
    brushed = page.url
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Flipped labels").select_option("true")
    expect(page).to_have_url(re.compile(r"flipped=true"))
    expect(page.locator(".example:not(:has(.flipped))")).to_have_count(0)
    expect(page.locator(".example:has(.flipped)")).not_to_have_count(0)
    page.go_back()
    expect(page.get_by_label("Flipped labels")).to_have_value("")
    assert page.url == brushed

    shown = page.locator(".gallery-facts").inner_text(), cards(page)
    opened(page, file, "#" + brushed.partition("#")[2])
    assert (page.locator(".gallery-facts").inner_text(), cards(page)) == shown


def test_pictures_and_scores_are_those_of_the_experiment(page: Page, file: Path, explored: Explored) -> None:
    deployment, experiment = explored
    opened(page, file, "#?size=2&index=3&index=1400")
    expect(page.locator(".example")).to_have_count(2)
    picture = page.locator(".example canvas").first

    def pixels() -> np.ndarray[Any, Any]:
        data = picture.evaluate("canvas => canvas.toDataURL()").partition(",")[2]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))

    eventually(lambda: bool(pixels()[..., 3].all()), "the picture is drawn")
    index = int(page.locator(".example").first.get_attribute("data-index"))
    found = deployment.client.get(
        deployment.get(f"/api/experiments/{experiment['id']}/examples/{index}")["image"]
    )
    expected = np.asarray(Image.open(io.BytesIO(found.content)).convert("RGBA"))
    np.testing.assert_array_equal(pixels(), expected)

    with page.expect_download() as download:
        page.get_by_role("button", name="Scores as CSV").click()
    ours = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    text = deployment.client.get(f"/api/experiments/{experiment['id']}/scores.csv").text
    theirs = list(csv.DictReader(io.StringIO(text)))
    assert len(ours) == len(theirs)
    numbers = {"in_accuracy", "heldout_accuracy", "memorization", "low", "high"}
    assert set(theirs[0]) - set(ours[0]) == {"slowness", "heldout_error", "suspicion"}  # which a file has not
    for name in ours[0]:
        mine, server = ([row[name] for row in rows] for rows in (ours, theirs))
        if name in numbers:
            np.testing.assert_allclose(np.array(mine, float), np.array(server, float), rtol=0, atol=1e-9)
        else:
            assert mine == server


def test_the_page_fits_reads_well_and_tells_where_it_comes_from(
    page: Page, file: Path, explored: Explored
) -> None:
    _, experiment = explored
    opened(page, file, "#?scale=log&memorization_gte=0&index=3&index=1400&index=1401")
    text = page.locator("main").inner_text()
    assert experiment["reproduce"] in text
    assert experiment["provenance"]["code"] in text
    assert "@article{lukasik2024what" in text
    assert page.locator(".claim").count() > 3
    few = page.locator(".claims > .claim-list .claim-few")
    assert set(few.all_inner_texts()) == {f"only {experiment['few_models']} models of each size"}
    expect(page.locator(".histogram-facts")).to_contain_text(few.first.inner_text())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, "contrast")


def test_a_page_says_what_its_size_left_out(
    page: Page, file: Path, explored: Explored, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, experiment = explored
    found = re.search(r'id="data">(.*?)</script>', file.read_text(), re.DOTALL)
    table, gallery = (len(json.dumps(json.loads(found[1])[part])) for part in ("table", "gallery"))
    whole = file.stat().st_size
    for left_out, note in (
        (
            gallery // 2,
            r"^All 1,437 examples at 2 sizes are in the data\. Pictures are those of the (\d+) most",
        ),
        (gallery + table // 4, r"more than fits into the .* scores and pictures of the (\d+) most"),
    ):
        monkeypatch.setattr(MAKER + ".MB", (whole - left_out) // MAX_BUDGET_MB)
        path = f"/api/experiments/{experiment['id']}/export.html?budget_mb={MAX_BUDGET_MB}"
        small = file.with_name(SMALL)
        small.write_bytes(deployment.client.get(path).content)
        opened(page, small)
        said = page.locator(".export-note").inner_text()
        per_end = int(re.search(note, said)[1])
        assert page.locator(".example").count() == min(60, pictured(page, per_end))
        expect(page.locator(".histogram-facts")).to_contain_text("1,437 scores")


def pictured(page: Page, per_end: int) -> int:
    """Return how many of the chosen examples have a picture, by what the page says of those without."""
    said = page.locator(".gallery-facts").inner_text().replace(",", "")
    numbers = [int(number) for number in re.findall(r"\d+", said)]
    shown = numbers[0] - (numbers[1] if len(numbers) > 1 else 0)
    assert 2 * per_end <= shown <= 4 * per_end  # two ends, two sizes
    return shown


def test_a_size_out_of_bounds_is_refused(explored: Explored) -> None:
    deployment, experiment = explored
    for size in ("0", "51", "many"):
        path = f"/api/experiments/{experiment['id']}/export.html?budget_mb={size}"
        problem = deployment.problem("GET", path, 422)
        assert json.dumps(problem["errors"]).count("/query/budget_mb") == 1
