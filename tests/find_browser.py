"""Finds a Chromium for the browser tests; run as a script, it installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from backend.launcher.doctor import find_browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = (
    "make test needs a Chromium: install one (for example apt-get install chromium), "
    "or set CHROMIUM to the path of a Chromium or Chrome."
)


def find() -> Path | None:
    """Return $CHROMIUM, a browser of the system, or the one that Playwright has installed."""
    if found := find_browser():
        return found
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def starts(executable: Path) -> bool:
    """Whether the browser runs here: a downloaded one may lack system libraries."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=executable, args=FLAGS).close()
    except Error:
        return False
    return True


def _install() -> None:
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(playwright, check=False).returncode == 0 and (found := find()) and starts(found):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], check=False)
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], check=False)


if __name__ == "__main__":
    if find() is None:
        _install()
    browser = find()
    if browser is None or not starts(browser):
        sys.exit(ADVICE)
