"""A page that notices what a person would not: console errors, and requests that leave the machine."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

from tests.services import Server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh tab; the test fails if anything is logged as an error or asked of another host."""
    errors: list[str] = []
    strangers: list[str] = []

    def local(url: str) -> bool:
        return url.startswith(("data:", "blob:")) or urlsplit(url).hostname == "127.0.0.1"

    def guard(route: Route, request: Request) -> None:
        if local(request.url):
            route.continue_()
        else:
            strangers.append(request.url)
            route.abort()

    def logged(message: ConsoleMessage) -> None:
        # Chromium logs every answer of status 4xx as an error, also those that a form asked for and shows.
        refused = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not refused:
            errors.append(message.text)

    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    context.route("**/*", guard)
    tab = context.new_page()
    tab.on("console", logged)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []
    assert strangers == []
