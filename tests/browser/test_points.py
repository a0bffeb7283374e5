"""Points of a field: dragged, moved by keyboard, number field and finger, and kept in the address."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.serving import Served, serving
from tests.deployment import Deployment
from tests.services import RedisServer

STUDY = "/studies/separable"
TWO = "?lab=plane&points=a1_0.2*a0.2_2"
HANDLE = "[data-lab=plane] .point-handle"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("points")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    with serving(made, {}) as served:
        yield served


def settled(page: Page) -> Locator:
    lab = page.locator("[data-lab=plane]")
    lab.and_(page.locator("[data-ready=true]")).wait_for()
    return lab


def opened(page: Page, query: str = TWO) -> Locator:
    page.goto(STUDY + query)
    return settled(page)


def told(page: Page) -> str:
    """Return what the address says of the points."""
    page.wait_for_timeout(250)  # an address is replaced a moment later
    return parse_qs(urlsplit(page.url).query).get("points", [""])[0]


def middle(handle: Locator) -> tuple[float, float]:
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drawn(page: Page) -> list[list[float]]:
    """Return where the figure draws the points of the first class."""
    found: list[list[float]] = page.evaluate(
        "(() => { const t = document.querySelector('[data-lab=plane] [data-figure] .plot')._fullData"
        ".find(({ name }) => name === 'class +1'); return Array.from(t.x, (x, i) => [x, t.y[i]]); })()"
    )
    return found


def test_a_point_is_dragged_and_everything_follows(page: Page, server: Served) -> None:
    lab = opened(page)
    handle = page.locator(HANDLE).first
    expect(handle).to_have_attribute("aria-label", "Point 1 of 2, class +1, at 1, 0.2")
    before = lab.locator(".claim-measured").all_inner_texts()
    x, y = middle(handle)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + 8 * step, y - 10 * step)
        page.wait_for_timeout(15)
    page.mouse.up()
    settled(page)
    now = middle(handle)
    assert now == (pytest.approx(x + 64, abs=4), pytest.approx(y - 80, abs=4))
    (first, second) = told(page).split("*")
    assert second == "a0.2_2"
    moved = [float(number) for number in first.removeprefix("a").split("_")]
    assert moved[0] > 1
    assert moved[1] > 0.2
    assert drawn(page) == [pytest.approx(moved), [0.2, 2]]
    assert lab.locator(".claim-measured").all_inner_texts() != before
    page.reload()
    settled(page)
    assert told(page) == f"{first}*{second}"
    assert drawn(page)[0] == pytest.approx(moved)


def test_the_keyboard_moves_turns_and_removes(page: Page, server: Served) -> None:
    lab = opened(page, "?lab=plane&points=a1_0.2*a0.2_2*b-3_-1")
    handles = page.locator(HANDLE)
    assert [handle.get_attribute("tabindex") for handle in handles.all()] == ["0", "-1", "-1"]
    handles.first.focus()
    said = lab.locator(".points [role=status]").first
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Point 1, class +1, at 1.1, 0.2.")
    page.keyboard.press("Shift+ArrowUp")
    expect(said).to_have_text("Point 1, class +1, at 1.1, 1.2.")
    page.keyboard.press("PageDown")
    expect(handles.nth(1)).to_be_focused()
    page.keyboard.press("c")
    expect(said).to_have_text("Point 2, class -1, at 0.2, 2.")
    page.keyboard.press("Delete")
    expect(said).to_have_text("Point 2 removed, 2 left.")
    expect(handles.nth(1)).to_be_focused()
    settled(page)
    assert told(page) == "a1.1_1.2*b-3_-1"
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(said).to_have_text("It takes at least 1.")
    assert handles.count() == 1


def test_numbers_text_and_sets_are_ways_to_the_same_points(page: Page, server: Served) -> None:
    lab = opened(page)
    lab.get_by_text("2 points as numbers").click()
    lab.get_by_role("textbox", name="Point 2, y").fill("2,5")
    page.keyboard.press("Tab")
    settled(page)
    assert told(page) == "a1_0.2*a0.2_2.5"
    lab.get_by_role("combobox", name="Point 1, class").select_option("-1")
    lab.get_by_role("button", name="Add a point").click()
    settled(page)
    assert told(page) == "b1_0.2*a0.2_2.5*a0_1"
    lab.get_by_role("button", name="Remove point 1").click()
    settled(page)
    assert told(page) == "a0.2_2.5*a0_1"
    whole = lab.get_by_role("textbox", name="Points as text")
    expect(whole).to_have_value("a0.2_2.5*a0_1")
    whole.fill("a0.2_2.5*z")
    expect(lab.locator("[data-field=points] .field-error")).to_contain_text("Point 2, 'z', cannot be read")
    lab.get_by_role("button", name="The paper's").click()
    settled(page)
    assert told(page) == ""  # the default
    assert page.locator(HANDLE).count() == 16
    page.locator("[data-lab=plane] .plot").first.dblclick(position={"x": 330, "y": 330})
    settled(page)
    assert page.locator(HANDLE).count() == 17


def test_points_that_nothing_separates_are_told_so(page: Page, server: Served) -> None:
    lab = opened(page)
    lab.get_by_role("button", name="Not separable").click()
    settled(page)
    expect(lab.locator(".plot").first).to_contain_text("descent ends at the finite minimizer")
    expect(lab.locator(".claim-list").first).to_contain_text(
        "needs points that a line through the origin separates"
    )


def test_it_serves_everybody(page: Page, server: Served) -> None:
    lab = opened(page)
    lab.get_by_text("2 points as numbers").click()
    assert_accessible(page)
    lab.get_by_role("button", name="y times 20").click()  # points that overlap
    settled(page)
    assert_accessible(page)


def test_a_finger_moves_a_point_on_a_small_screen(browser: Browser, server: Served) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    opened(page)
    x, y = middle(page.locator(HANDLE).first)
    touches = context.new_cdp_session(page)

    def touch(kind: str, *at: dict[str, float]) -> None:
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(at)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 6):
        touch("touchMove", {"x": x + 6 * step, "y": y - 6 * step})
        page.wait_for_timeout(20)
    touch("touchEnd")
    settled(page)
    moved = [float(number) for number in told(page).split("*")[0].removeprefix("a").split("_")]
    assert moved[0] > 1
    assert moved[1] > 0.2
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()
