"""The order of things in `memoscope up`: check, start, follow, stop."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from backend.client import Client, ServerError, UnreachableError
from backend.core.migrate import migrate
from backend.core.schema import SchemaError
from backend.core.settings import Settings
from backend.datasets import builtin
from backend.launcher import embedded_redis
from backend.launcher.checks import StartError, check_doors, check_port, lock_data_dir, prepare_data_dir
from backend.launcher.progress import Console, Ticker
from backend.launcher.supervisor import Pace, Service, Supervisor

STOP_GRACE_S = 8.0
# A worker in the middle of a unit finishes it before it obeys. Units are idempotent and are sent again.
WORKER_GRACE_S = 2.0


class Stopper:
    """Counts what has been asked: one signal stops, a second Ctrl-C kills."""

    def __init__(self, parent: int | None) -> None:
        self._parent = parent
        self._asked = False
        self._interrupts = 0
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_signal)

    def stopping(self) -> bool:
        """Whether to stop: a signal came, or the parent process that was to be watched is gone."""
        return self._asked or (self._parent is not None and os.getppid() != self._parent)

    def stop(self) -> None:
        """Stop from inside."""
        self._asked = True

    def hurry(self) -> bool:
        """Whether the person at the terminal has lost patience."""
        return self._interrupts > 1

    def _on_signal(self, signum: int, _frame: object) -> None:
        # `make` forwards SIGTERM to a child that may have had it already: only Ctrl-C counts twice.
        self._asked = True
        self._interrupts += signum == signal.SIGINT


def up(settings: Settings, *, quick_start: bool, parent: int | None, pace: Pace = Pace()) -> None:
    """Run Memoscope on this machine until it is told to stop.

    Raises:
        StartError: something stands in the way, at once or when a child fails to start again and again;
            nothing has been left running.
    """
    stopper = Stopper(parent)
    console = Console(sys.stdout)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    check_doors(settings)
    prepare_data_dir(settings.data_dir)
    with lock_data_dir(settings.data_dir), embedded_redis.socket_path(settings.data_dir) as socket:
        check_port(settings.host, settings.port)
        supervisor = Supervisor(console.say, pace)
        try:
            _start(settings, supervisor, socket)
            console.say(f"Starting Memoscope; data and logs are in {settings.data_dir}")
            client = Client.of(settings, timeout_s=5)
            follow = (client, console, quick_start, stopper.stopping)
            threading.Thread(target=_follow, args=follow, daemon=True).start()
            while not stopper.stopping():
                supervisor.check()
                time.sleep(0.1)
            console.say("Stopping ...")
        finally:
            stopper.stop()  # also those who only watch it
            console.show("")
            supervisor.stop(stopper.hurry)
        console.say("Stopped.")


def prepare_database(settings: Settings) -> None:
    """Bring the schema up to date and register the built-in data sets.

    Raises:
        StartError: the database does not answer or refuses.
    """
    with _database_in_use():
        migrate(settings.database)
        _register(settings)


def _register(settings: Settings) -> None:
    """Make known what everybody has: built-in data sets, and samples where they are asked for."""
    builtin.register(settings)
    if settings.samples:
        from backend.portable.samples import take_samples  # and all studies with it

        take_samples(settings)


@contextmanager
def _database_in_use() -> Iterator[None]:
    try:
        yield
    except SchemaError as error:
        raise StartError(f"The database cannot be used: {error}.") from error
    except (SQLAlchemyError, ImportError) as error:
        reason = type(error).__name__  # its text may hold the password
        message = f"The database cannot be prepared ({reason}): check MEMOSCOPE_DATABASE_URL."
        raise StartError(message) from error


def _start(settings: Settings, supervisor: Supervisor, socket: Path) -> None:
    logs = settings.data_dir / "logs"
    environment = {**os.environ, "MEMOSCOPE_DATA_DIR": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}
    if settings.redis_url is None:
        command = embedded_redis.command(socket)
        environment["MEMOSCOPE_REDIS_URL"] = embedded_redis.url(socket)
        log = logs / "redis.log"
        supervisor.start(Service("redis", command, log, environment, STOP_GRACE_S, stops_last=True))
    with _database_in_use():
        migrate(settings.database)

    def start(name: str, grace_s: float) -> None:
        # Without -P, a folder `backend` where the person is would be taken for ours.
        command = [sys.executable, "-P", "-m", "backend.cli", name]
        supervisor.start(Service(name, command, logs / f"{name}.log", environment, grace_s))

    start("worker", WORKER_GRACE_S)
    with _database_in_use():
        _register(settings)  # while the worker loads torch; a page must never see an empty list
    start("web", STOP_GRACE_S)


def _follow(client: Client, console: Console, quick_start: bool, stopping: Callable[[], bool]) -> None:
    """Wait for the web server, queue the first experiment, and show progress until the end."""
    ticker = Ticker(console, client)
    ready = False
    complained = ""
    while not stopping():
        try:
            if not ready:
                client.get("/healthz")
                ready = True
                console.say(f"\n  Memoscope is ready:  {client.server}\n\nStop it with Ctrl-C.")
            if quick_start:
                _queue_quick_start(client)
                quick_start = False
            ticker.update()
        except ServerError as error:
            # UnreachableError is what a start or a restart looks like, and the supervisor speaks of those.
            if not isinstance(error, UnreachableError) and str(error) != complained:
                complained = str(error)
                console.say(complained)
        time.sleep(1.0 if ready else 0.1)


def _queue_quick_start(client: Client) -> None:
    if not client.experiments():
        study = next(study for study in client.get("/api/studies")["items"] if study["starter"])
        client.post("/api/experiments", {"study": study["name"], "params": {}, "title": "Quick start"})
