"""Checks of a page's form that all browser tests share."""

from collections.abc import Iterable
from typing import Literal

from playwright.sync_api import Page

from tests.browser.accessibility import assert_accessible

WIDTHS = (1440, 400)


def assert_pages_fit(page: Page, paths: Iterable[str], scheme: Literal["light", "dark"]) -> None:
    """Visit each path and assert that it serves everybody and, light, fits a wide and a narrow window.

    Dark pages differ in colors alone.
    """
    page.emulate_media(color_scheme=scheme)
    for path in paths:
        page.goto(path)
        page.wait_for_selector("h1")
        page.wait_for_load_state("networkidle")
        assert_accessible(page, "all" if scheme == "light" else "contrast")
        for width in WIDTHS if scheme == "light" else ():
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)  # figures are drawn anew
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
