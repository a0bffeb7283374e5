"""`memoscope doctor`: is everything there that Memoscope needs, and if not, what to do."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import make_url

from backend.backup.saving import LAST
from backend.core import clock, schema
from backend.core.broker_names import describe
from backend.core.queue import server_facts
from backend.core.session import reading
from backend.core.settings import Settings
from backend.core.storage import shortage
from backend.datasets.room import room
from backend.launcher import embedded_redis
from backend.launcher.checks import StartError, prepare_data_dir

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` is empty where all is well."""

    subject: str
    state: str
    advice: str = ""
    needed: bool = True


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield one finding per thing that Memoscope uses."""
    yield Finding("python", platform.python_version())
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _data_dir,
        _redis,
        _database,
        _room,
        _backup,
        _torch,
        _browser,
    )
    for check in checks:
        yield check(settings)


def find_browser() -> Path | None:
    """Return $CHROMIUM, else a Chromium or Chrome of the system, else None."""
    candidates = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in BROWSERS), str(MAC_BROWSER)]
    return next((Path(found) for found in candidates if found and Path(found).is_file()), None)


def _data_dir(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    try:
        prepare_data_dir(folder)
    except StartError as error:
        return Finding("data folder", "not writable", str(error))
    free_gb = shutil.disk_usage(folder).free / 1e9
    advice = f"make room: {words}" if (words := shortage(settings)) else ""
    return Finding("data folder", f"{folder}, {free_gb:.1f} GB free", advice)


def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("redis", f"embedded, {embedded_redis.name()}")
    try:
        facts = server_facts(settings)
    except OSError as error:
        reason = type(error.__cause__).__name__
        return Finding("redis", "does not answer", f"check MEMOSCOPE_REDIS_URL ({reason})")
    return Finding("redis", f"answers ({describe(facts)})")


def _database(settings: Settings) -> Finding:
    try:
        url = make_url(settings.database)
        if _unmade(settings):
            return Finding("database", "SQLite file, made at the first start")
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            problem = schema.mismatch(schema.revision(connection))
            ahead = clock.skew(connection)
        engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        return Finding(
            "database", "does not answer", f"check MEMOSCOPE_DATABASE_URL ({type(error).__name__})"
        )
    if problem is not None:
        return Finding("database", "answers, but is not this program's", problem)
    tables = f"{url.get_backend_name()}, revision {schema.newest()}"
    state = f"answers ({tables}), this machine's clock is {_off(ahead)}"
    advice = "" if abs(ahead) <= clock.TOLERATED_SKEW_S else "set both with NTP; results are not affected"
    return Finding("database", state, advice, needed=False)


def _unmade(settings: Settings) -> bool:
    """Whether the database is a file that is still to be made; a look at it would make it."""
    url = make_url(settings.database)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _room(settings: Settings) -> Finding:
    """Say what takes room, and what of it goes by itself."""
    if _unmade(settings):
        return Finding("room", "nothing is stored yet")
    try:
        with reading(settings.database) as session:
            found = room(settings, session)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, OSError):
        return Finding("room", "not known before the database has its tables")
    state = (
        f"database {_megabytes(found.database)}, data sets and other artifacts {_megabytes(found.artifacts)}"
    )
    if found.deleted:
        size = sum(one.bytes for one in found.deleted)
        state += (
            f"; {len(found.deleted)} deleted experiments ({_megabytes(size)}) go a day after their deletion"
        )
    return Finding("room", state)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _backup(settings: Settings) -> Finding:
    """Say when `memoscope backup` was run last."""
    try:
        last = json.loads((settings.data_dir / LAST).read_text())
        return Finding("backup", f"made {last['made_at'][:16].replace('T', ' ')} UTC, {last['file']}")
    except (OSError, ValueError, KeyError):
        advice = "to keep everything in one file: memoscope backup FILE, also while it runs"
        return Finding("backup", "none yet", advice, needed=False)


def _off(ahead: float) -> str:
    return f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} its own"


def _torch(_settings: Settings) -> Finding:
    # Located, not imported: this process must stay as light as the web server.
    if importlib.util.find_spec("torch") is None:
        advice = "no worker can run here; install one with: pip install -e '.[worker]' -c constraints.txt"
        return Finding("torch", "missing", advice)
    return Finding("torch", importlib.metadata.version("torch"))


def _browser(_settings: Settings) -> Finding:
    if found := find_browser():
        return Finding("browser", str(found))
    advice = "only `make test` needs one: install chromium, or set CHROMIUM to its path"
    return Finding("browser", "missing", advice, needed=False)
