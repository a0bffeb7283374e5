"""Coroutines in tests: a browser in the same process keeps an event loop running, so each gets a thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(story: Coroutine[Any, Any, T], timeout_s: float = 5) -> T:
    """Return what the coroutine returns; TimeoutError if it takes too long."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(story, timeout_s)).result()
