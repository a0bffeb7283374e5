"""A program and a database of another version: said in one line, and nothing starts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from pydantic import SecretStr
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from backend.api.main import create_app
from backend.cli import app
from backend.core import schema
from backend.core.migrate import alembic_config, migrate
from backend.core.session import get_engine
from backend.core.settings import Settings, get_settings

NEWER = r"it is at revision 9999 and this program knows \d{4} at most: start the newer Memoscope"
OLDER = r"it is at revision 0012 and this program needs \d{4}: run `memoscope migrate`"


def set_revision(url: str, revision: str) -> None:
    with get_engine(url).begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))


@pytest.fixture(params=["9999", "0012"])
def other(request: pytest.FixtureRequest, database_url: str) -> Iterator[tuple[str, str]]:
    """A database of another version, and what must be said of it."""
    migrate(database_url)
    set_revision(database_url, request.param)
    yield database_url, {"9999": NEWER, "0012": OLDER}[request.param]
    get_engine(database_url).dispose()


def test_the_newest_revision_is_the_one_that_alembic_finds(database_url: str) -> None:
    migrate(database_url)
    with get_engine(database_url).connect() as connection:
        assert schema.revision(connection) == schema.newest()
        assert schema.mismatch(schema.revision(connection)) is None
    command.current(alembic_config(database_url), check_heads=True)
    get_engine(database_url).dispose()


def test_readiness_tells_of_another_version(other: tuple[str, str], tmp_path: Path) -> None:
    url, words = other
    web = TestClient(create_app(Settings(_env_file=None, data_dir=tmp_path, database_url=SecretStr(url))))
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert re.match(words, answer.json()["checks"]["database"])


@pytest.mark.parametrize("words", [["web"], ["worker"], ["doctor"], ["migrate"]], ids=" ".join)
def test_commands_refuse_another_version_in_one_line(
    other: tuple[str, str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, said = other
    if words == ["migrate"] and said is OLDER:
        return  # that is what it is for
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMOSCOPE_DATABASE_URL", url)
    get_settings.cache_clear()
    result = CliRunner().invoke(app, words)
    get_settings.cache_clear()
    assert result.exit_code == (1 if words == ["doctor"] else 2)
    (line,) = [line for line in result.output.splitlines() if re.search(said, line)]
    assert words == ["doctor"] or result.output.splitlines() == [line]
