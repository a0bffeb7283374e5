"""Fixtures that need a real server, and the browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import find_browser
from tests.deployment import Deployment
from tests.services import PostgresServer, RedisServer, Server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for the session; a test may `kill()` it, the next one gets it running again."""
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Return the URL of a running, empty Redis."""
    if not redis_server.alive():
        redis_server.restart()
    redis_server.client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL cluster for the session."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database of this test's own."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Run the test twice: on an empty SQLite file and on an empty PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'memoscope.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole Memoscope with the quick-start experiment, shared by the tests of one module."""
    failed_before = request.session.testsfailed
    with Server(tmp_path_factory.mktemp("server")) as running:
        try:
            yield running.wait_until_healthy()
        finally:
            if request.session.testsfailed > failed_before:
                print(running.logs())  # noqa: T201 - pytest shows it beside the failure


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window."""
    executable = find_browser.find()
    assert executable is not None, find_browser.ADVICE
    expect.set_options(
        timeout=20_000
    )  # how long a machine takes that is busy is not what these tests are about
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=find_browser.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def deployment(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Deployment]:
    """A deployment of this test's own, once on each database."""
    made = Deployment.create(tmp_path, database_url, redis_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def explored(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[tuple[Deployment, dict[str, Any]]]:
    """A deployment with one finished experiment, for tests that only read."""
    folder = tmp_path_factory.mktemp("explored")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    yield made, made.finished()
    made.close()
