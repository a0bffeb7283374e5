"""Data sets in a real browser: upload, look, try label noise, train; and what goes wrong.

The tests of this module share one server, whose way to other machines is blocked, and run in order.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.layout import WIDTHS, assert_pages_fit
from tests.services import Server, eventually

NOWHERE = "http://127.0.0.1:9"
CLASSES = {"big cat, striped": (220, 120, 20), "dog": (90, 60, 30), "fish": (20, 80, 200)}
TRAIN, TEST = 12, 4
READY = "[data-ready=true]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole Memoscope without the quick start; downloads fail at once."""
    blocked = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": "127.0.0.1"}
    with Server(tmp_path_factory.mktemp("server"), "--no-quick-start", **blocked) as running:
        yield running.wait_until_healthy()


def picture(color: tuple[int, int, int], index: int) -> bytes:
    """Return a PNG of one color that differs a little from the next."""
    buffer = io.BytesIO()
    Image.new("RGB", (12, 12), (color[0], color[1], color[2] + index)).save(buffer, "png")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of class folders with both parts."""
    path = tmp_path_factory.mktemp("upload") / "animals.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, color in CLASSES.items():
            for part, count in (("train", TRAIN), ("test", TEST)):
                for index in range(count):
                    made.writestr(f"{part}/{name}/{index}.png", picture(color, index))
    return path


@pytest.fixture
def animals(server: Server, archive: Path) -> str:
    """The id of the uploaded data set, ready."""

    def found() -> list[dict[str, Any]]:
        return [item for item in server.get("/api/datasets")["items"] if item["source"] == "upload"]

    if not found():
        address = "/api/datasets?title=Animals&filename=animals.zip"
        server.http.post(address, content=archive.read_bytes()).raise_for_status()
    eventually(lambda: found()[0]["state"] == "ready", "the upload is ready")
    identity: str = found()[0]["id"]
    return identity


def test_an_upload_is_shown_and_trained_on(page: Page, server: Server, archive: Path) -> None:
    page.goto("/datasets")
    page.wait_for_selector(".dataset-grid[data-ready=true]")
    expect(page.locator("[data-dataset=digits]")).to_contain_text("ready")
    expect(page.locator("[data-dataset=digits] canvas")).to_have_count(10)
    page.get_by_label("File with pictures").set_input_files(archive)
    page.get_by_label("Title").fill("Animals")
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(re.compile(r"/datasets/animals-"))
    page.wait_for_selector(f".sample{READY}")
    expect(page.locator("h1")).to_have_text("Animals")

    page.wait_for_selector(f".counts{READY}")
    rows = [row.split() for row in page.locator(".count-values").all_inner_texts()]
    assert [row[0] for row in rows] == [str(TRAIN)] * len(CLASSES)
    assert page.locator(".count-name").all_inner_texts() == list(CLASSES)
    assert page.locator(".sample canvas").count() == TRAIN * len(CLASSES)
    pixel = page.locator(".sample canvas").first.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 1, 1).data].slice(0, 2)"
    )
    assert pixel == list(CLASSES["big cat, striped"][:2])

    page.wait_for_selector(f".noise-result{READY}")
    expect(page.locator(".noise-facts")).to_contain_text("None of the 36 training labels is changed")
    page.get_by_role("textbox", name="Label noise").fill("0.1")
    expect(page.locator(".noise-facts")).to_contain_text("4 of 36 training labels are changed")
    expect(page.locator(".changed-list li")).to_have_count(4)
    page.get_by_role("textbox", name="Label noise").fill("0.5")
    expect(page.locator(".noise-facts")).to_contain_text("18 of 36")
    assert parse_qs(urlsplit(page.url).query)["label_noise"] == ["0.5"]
    page.get_by_role("button", name="Another sample").click()
    page.wait_for_url(re.compile("sample=1"))
    page.reload()
    expect(page.locator(".noise-facts")).to_contain_text("18 of 36")
    page.get_by_role("combobox", name="Kind of label noise").select_option(
        "uniform, redrawn from all classes"
    )
    expect(page.locator(".noise-facts")).to_contain_text("About 1 redrawn label in 3 stays what it was")

    page.get_by_role("link", name="New experiment on this data").click()
    page.wait_for_selector(f".estimate{READY}")
    facts = page.locator(".picker-facts")
    expect(facts).to_contain_text("36 training pictures, 12 \N{MULTIPLICATION SIGN} 12 color, 3 classes")
    for label in ("big cat, striped", "fish"):
        page.get_by_label(label, exact=True).check(force=True)
    page.get_by_label("Models per size").fill("10")
    page.get_by_label("Epochs", exact=True).fill("2")
    page.get_by_label("Sizes", exact=True).fill("4")
    page.get_by_label("width 8", exact=True).check(force=True)
    page.wait_for_selector(f".estimate{READY}")
    query = parse_qs(urlsplit(page.url).query)
    assert query["classes"] == ["big cat, striped", "fish"], "a name may hold a comma"
    assert query["sizes"] == ["4", "8"]
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f]{12}"))
    expect(page.locator(".experiment-header")).to_contain_text("done", timeout=40_000)
    page.goto(urlsplit(page.url).path + "?tab=log")
    expect(page.locator(f".engines{READY} tbody tr")).not_to_have_count(0)
    params = server.get(f"/api{urlsplit(page.url).path}")["params"]
    assert (params["classes"], params["sizes"]) == (["big cat, striped", "fish"], [4, 8])

    page.goto(f"/datasets/{params['dataset']}?budget=hour")
    find = page.locator(f".find-errors{READY}")
    expect(find).to_contain_text("Looks at the labels of all 36 training pictures, by 100 models")
    find.get_by_role("button").click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f]{12}\?tab=review"))
    page.wait_for_selector(f".review{READY}", timeout=40_000)
    assert server.get(f"/api{urlsplit(page.url).path}")["title"] == "Label errors in Animals"


def test_every_kind_of_data_is_shown_with_its_labels(page: Page, server: Server, animals: str) -> None:
    def labels(corruption: float) -> list[tuple[str, str]]:
        query = f"noise=uniform&label_noise={corruption}&count=10"
        found = server.get(f"/api/datasets/{animals}/labels?{query}")
        names = found["classes"]
        return [(names[each["true"]], names[each["given"]]) for each in found["examples"]]

    def words(pairs: list[tuple[str, str]]) -> list[str]:
        return [
            f"True label {true}" + ("" if true == given else f", trained on as {given}")
            for true, given in pairs
        ]

    def shown(mode: str) -> list[str]:
        items = page.locator(f".mode-list{READY} [data-mode={mode}] li")
        return [item.get_attribute("title") or "" for item in items.all()]

    page.goto(f"/datasets/{animals}")
    page.wait_for_selector(f".mode-list{READY}")
    rows = ("true-labels", "corrupted-labels", "random-labels", "shuffled-pixels", "random-pixels")
    modes = page.locator(".mode-list > li").evaluate_all("rows => rows.map(row => row.dataset.mode)")
    assert modes == [*rows, "gaussian-noise"]
    for mode, corruption in zip(modes, (0, 0.5, 1, 0, 0, 0), strict=True):
        row = page.locator(f"[data-mode={mode}]")
        assert shown(mode) == words(labels(corruption))
        assert row.locator(".mode-label").all_inner_texts() == [given for _, given in labels(corruption)]
        assert row.locator("canvas").evaluate_all("all => all.map(one => one.width)") == [12] * 10
    corners = page.locator(".mode-list li:first-child > canvas").evaluate_all(
        "all => all.map(c => [...c.getContext('2d').getImageData(0, 0, 1, 1).data].slice(0, 2))"
    )
    # Pictures of one color stay what they are, however their pixels are moved.
    color = list(CLASSES["big cat, striped"][:2])
    assert [corner == color for corner in corners] == [True] * 5 + [False]

    changed, fewer = ([f"was {true}" for true, given in labels(p) if true != given] for p in (0.5, 0.2))
    assert 0 < len(fewer) < len(changed)
    marks = page.locator("[data-mode=corrupted-labels] .flipped")
    assert [mark.strip() for mark in marks.all_inner_texts()] == changed
    page.get_by_label("Probability").fill("0.2")
    expect(page.locator("[data-mode=corrupted-labels] [data-changed]")).to_have_count(len(fewer))
    assert [mark.strip() for mark in marks.all_inner_texts()] == fewer
    assert parse_qs(urlsplit(page.url).query) == {"corruption": ["0.2"]}
    page.reload()
    page.wait_for_selector(f".mode-list{READY}")
    assert shown("corrupted-labels") == words(labels(0.2))
    page.locator("[data-mode=random-labels]").get_by_role("link", name="Train on these").click()
    page.wait_for_selector(f".estimate{READY}")
    expect(page.get_by_label("Label noise", exact=True)).to_have_value("1")
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"dataset": [animals], "label_noise": ["1"], "noise": ["uniform"]}


def test_a_refused_upload_says_why_and_loses_nothing(page: Page, tmp_path: Path) -> None:
    lone = tmp_path / "lone.zip"
    with zipfile.ZipFile(lone, "w") as made:
        made.writestr("only/0.png", picture((1, 2, 3), 0))
    page.goto("/datasets")
    page.get_by_label("File with pictures").set_input_files(lone)
    page.get_by_label("Title").fill("Alone")
    page.get_by_label("Test fraction").fill("0.9")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".upload .field-error")).to_contain_text("Test fraction")
    page.get_by_label("Test fraction").fill("0.3")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".upload .field-error")).to_contain_text("a classifier needs two")
    assert page.get_by_label("Title").input_value() == "Alone"
    assert page.get_by_label("Test fraction").input_value() == "0.3"
    expect(page.locator(".drop-name")).to_contain_text("lone.zip")


def test_sizes_are_offered_taken_and_told(page: Page, tmp_path: Path) -> None:
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w") as made:
        made.writestr("README.md", "hello")
        for name in ("a", "b"):
            for index in range(6):
                side = 12 if index else 16
                buffer = io.BytesIO()
                Image.new("RGBA", (side, side), (0, 0, 0, 40 * index if name == "a" else 7)).save(
                    buffer, "png"
                )
                made.writestr(f"{name}/{index}.png", buffer.getvalue())
    page.goto("/datasets")
    page.get_by_label("File with pictures").set_input_files(odd)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".upload .field-error")).to_contain_text(
        "10 are 12 x 12, 2 are not, such as 'a/0.png'"
    )
    page.get_by_role("button", name="Resize to 12 x 12, and upload").click()
    page.wait_for_url(re.compile("/datasets/odd-"))
    page.wait_for_selector(f".identical{READY}")
    expect(page.locator(".reading")).to_contain_text("2 pictures of another size were resized to 12 x 12.")
    expect(page.locator(".reading")).to_contain_text("Transparent parts of pictures lie on white")
    expect(page.locator(".reading")).to_contain_text("6 of 12 pictures are identical to another one")
    page.get_by_text("1 skipped file").click()
    expect(page.locator(".reading-skipped")).to_have_text("README.md")
    expect(page.locator(".identical-groups canvas")).to_have_count(6)
    assert_pages_fit(page, [page.url])


def test_a_download_that_fails_says_what_to_do(page: Page, server: Server) -> None:
    page.goto("/datasets")
    card = page.locator("[data-dataset=mnist]")
    card.get_by_role("button", name="Download (12 MB)").click()
    expect(card).to_contain_text("MEMOSCOPE_DATASETS_DIR", timeout=30_000)
    expect(card.get_by_role("button", name="Try again")).to_be_visible()

    page.goto("/new/memorization?dataset=fashion_mnist&per_class=50&models=10&sizes=4&epochs=1")
    expect(page.locator(".picker-facts")).to_contain_text("downloaded first (31 MB)")
    page.wait_for_selector(f".estimate{READY}")
    page.get_by_role("button", name="Run experiment").click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f]{12}"))
    header = page.locator(".experiment-header")
    expect(header).to_contain_text("could not be prepared", timeout=30_000)
    expect(header).to_contain_text("Resume tries again")
    expect(header.get_by_role("button", name="Resume")).to_be_visible()


def test_label_files_come_and_go(page: Page, animals: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    names = [name for name in CLASSES for _ in range(TRAIN)]
    names[0] = "dog"
    file.write_text("label\n" + "\n".join(f'"{name}"' for name in names))
    page.goto(f"/datasets/{animals}")
    page.get_by_label("File with labels").set_input_files(file)
    assert page.get_by_label("Name", exact=True).input_value() == "people"
    page.get_by_role("button", name="Add label file").click()
    section = page.locator("[aria-labelledby=labels-title]")
    expect(section.locator(".unit")).to_contain_text("1 of 36 labels differ")
    expect(section.locator(".unit")).to_contain_text("order not verified")

    # Twelve files 0 to 11 a class: 10 and 11 stand behind 9 here, and before 2 as text.
    names[0], names[2] = names[1], "dog"
    file.with_name("others.csv").write_text("label\n" + "\n".join(f'"{name}"' for name in names))
    page.get_by_label("File with labels").set_input_files(file.with_name("others.csv"))
    page.get_by_role("button", name="Add label file").click()
    choice = page.get_by_role("group", name="In which order do the rows stand?")
    expect(choice.get_by_role("radio")).to_have_count(3)
    expect(choice.locator("li").nth(2)).to_contain_text("train/big cat, striped/2.png")
    choice.get_by_role("radio", name="Text").check()
    choice.get_by_role("button", name="Take the file so").click()
    expect(section.locator(".unit")).to_have_count(2)
    expect(choice).to_be_hidden()
    page.get_by_role("button", name="Delete the label file others").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(section.locator(".unit")).to_have_count(1)
    page.get_by_role("textbox", name="Label noise").fill("0")
    page.get_by_role("combobox", name="Label file").select_option("people")
    expect(page.locator(".noise-facts")).to_contain_text("1 of 36")
    expect(page.locator(".changed-list")).to_contain_text("big cat, striped")
    page.get_by_role("button", name="Delete the label file people").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("[aria-labelledby=labels-title]")).to_contain_text("No label file yet")


def test_a_family_brings_its_sizes_and_hides_what_means_nothing(page: Page, server: Server) -> None:
    page.goto("/new/memorization")
    page.wait_for_selector(f".estimate{READY}")
    expect(page.get_by_label("Hidden layers")).to_be_visible()
    page.get_by_label("Family").select_option("CIFAR ResNets by depth")
    assert page.get_by_label("Sizes", exact=True).input_value() == "8, 14, 20, 32, 44, 56, 110"
    expect(page.get_by_label("ResNet-8", exact=True)).to_be_checked()
    expect(page.get_by_label("Hidden layers")).to_be_hidden()
    expect(page.get_by_label("Weight decay")).to_be_hidden()
    page.get_by_role("button", name="Paper").click()
    page.wait_for_selector(f".estimate{READY}")
    expect(page.get_by_label("Weight decay")).to_have_value("0.0001")
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("cifar100")
    expect(page.locator(".estimate")).to_contain_text("days: use a GPU")


def test_presets_and_budgets_leave_chosen_data_and_their_labels_alone(
    page: Page, server: Server, animals: str
) -> None:
    page.goto(f"/new/memorization?dataset={animals}")
    chosen, noise = (
        page.get_by_role("combobox", name="Data set"),
        page.get_by_label("Label noise", exact=True),
    )
    expect(noise).to_have_value("0")
    expect(page.locator(".starts")).to_contain_text("Presets keep your data, Animals")
    page.get_by_role("button", name="Paper").click()
    expect(page.get_by_label("Weight decay")).to_have_value("0.0001")
    expect(chosen).to_have_value(animals)
    expect(noise).to_have_value("0")

    body = {"params": {"dataset": animals}}
    hour = server.http.post("/api/studies/memorization/budgets", json=body).json()["items"][1]
    page.get_by_role("button", name="1 hour").click()
    page.wait_for_selector(f".estimate{READY}")
    query = parse_qs(urlsplit(page.url).query)
    assert query["dataset"] == [animals]
    assert "label_noise" not in query
    for label, name in (("Sizes", "sizes"), ("Models per size", "models"), ("Epochs", "epochs")):
        value = hour["params"][name]
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        expect(page.get_by_label(label, exact=True)).to_have_value(shown)
    expect(page.locator(".precision")).to_contain_text(f"±{hour['half_width']:.2f}")

    chosen.select_option("digits")
    expect(noise).to_have_value("0.1")
    noise.fill("0.3")
    chosen.select_option(animals)
    expect(noise).to_have_value("0.3")  # which somebody has asked for
    expect(page.locator(".starts")).to_contain_text("Presets keep your data, Animals")


LONG = "Averylongname" * 7 + "oftwohundr"
STRANGE = (LONG[:100], "قطة صغيرة سوداء", "🐈‍⬛ 🏳️‍🌈", "<b>x</b>", "=1+1")


def test_strange_names_stand_whole_and_nothing_scrolls_sideways(page: Page, server: Server) -> None:
    rows = [(f"{label}{LONG if n == 0 else ''}{n}.png", label, n) for label in range(5) for n in range(8)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for file, label, n in rows:
            made.writestr(file, picture((40 * label, 90, 20), n))
        made.writestr(
            "labels.csv", "file_name,label\n" + "".join(f"{f},{STRANGE[at]}\n" for f, at, _ in rows)
        )
    title = f"=1+1 <i>قطة</i> 🐈‍⬛ {LONG}"
    asked = server.http.post("/api/datasets", params={"title": title}, content=buffer.getvalue())
    made_of = asked.raise_for_status().json()["id"]
    eventually(lambda: server.get(f"/api/datasets/{made_of}")["state"] == "ready", "the upload is ready")
    params = {"dataset": made_of, "models": 10, "sizes": [2, 4], "epochs": 1}
    body = {"study": "memorization", "params": params}
    made_by = server.http.post("/api/experiments", json=body).raise_for_status().json()["id"]
    eventually(
        lambda: server.get(f"/api/experiments/{made_by}")["status"] == "done", "the experiment is done"
    )
    experiment = f"/experiments/{made_by}"
    paths = ("/", "/datasets", f"/datasets/{made_of}", f"/new/memorization?dataset={made_of}", "/queue")
    tabs = ("overview", "explore&stack=label&label=0&label=1", "trajectories", "curves", "log")
    compared = f"/compare?a={made_by}&b={made_by}&size_a=2&size_b=4"
    for path in (*paths, *(f"{experiment}?tab={tab}" for tab in tabs), f"{experiment}/examples/3", compared):
        page.goto(path)
        page.wait_for_selector("h1")
        page.wait_for_load_state("networkidle")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(100)
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
    page.goto(experiment)
    expect(page.locator("h1")).to_have_text(f"Memorization on {title}")
    expect(page.locator(".header-facts")).to_contain_text(title)
    page.goto(f"/datasets/{made_of}")
    page.wait_for_selector(f".counts{READY}")
    assert sorted(page.locator(".count-name").all_inner_texts()) == sorted(STRANGE)


def test_a_used_data_set_stays_and_says_why(page: Page, server: Server, animals: str) -> None:
    params = {"dataset": animals, "models": 10, "sizes": [2], "epochs": 1}
    body = {"study": "memorization", "params": params, "title": "On animals"}
    server.http.post("/api/experiments", json=body).raise_for_status()
    page.goto(f"/datasets/{animals}")
    expect(page.locator("[aria-labelledby=usage-title]")).to_contain_text("On animals")
    page.get_by_role("button", name="Delete…", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("delete them first")


def test_every_page_fits_the_window(page: Page, animals: str) -> None:
    crowded = "/new/memorization?dataset=cifar100&noise=class-dependent&family=resnet_depth&crop=4"
    paths = ("/datasets", f"/datasets/{animals}?noise=class-dependent", "/datasets/cifar100", crowded)
    assert_pages_fit(page, paths)


def test_a_missing_data_set_explains_itself(page: Page) -> None:
    page.goto("/datasets/nothing")
    expect(page.locator("main")).to_contain_text("There is no data set")
