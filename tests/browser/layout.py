"""Checks of a page's form that all browser tests share."""

from collections.abc import Iterable

from playwright.sync_api import Page

from tests.browser.accessibility import assert_accessible

WIDTHS = (1440, 400)


def assert_pages_fit(page: Page, paths: Iterable[str]) -> None:
    """Visit each path and assert that it serves everybody, light and dark, and fits both windows.

    In the dark, contrast alone is looked at: nothing else differs.
    """
    for path in paths:
        page.emulate_media(color_scheme="light")
        page.goto(path)
        page.wait_for_selector("h1")
        page.wait_for_load_state("networkidle")
        assert_accessible(page, "all")
        page.emulate_media(color_scheme="dark")
        assert_accessible(page, "contrast")
        page.emulate_media(color_scheme="light")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)  # figures are drawn anew
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
