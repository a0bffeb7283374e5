"""What must be true before anything is started; each failure is one line that says what to do."""

import errno
import fcntl
import resource
import socket
from pathlib import Path
from typing import TextIO

from backend.core.settings import Settings, is_loopback

MOST_FILES = 10_000  # macOS refuses more than 10,240
OTHER_FILES = 200  # what a web server opens beside connections: the database, pictures, uploads

SHORTEST_TOKEN = 16
MAKE_TOKEN = """echo "MEMOSCOPE_ACCESS_TOKEN=$(openssl rand -hex 24)" >> .env"""  # noqa: S105 - a command


class StartError(Exception):
    """Memoscope cannot start; the message is the one line to show."""


def prepare_data_dir(data_dir: Path) -> None:
    """Create the data folder and its log folder.

    Raises:
        StartError: the folder cannot be created or written.
    """
    probe = data_dir / ".writable"
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = (
            f"The data folder {data_dir} is not writable ({error.strerror}): "
            "fix its permissions or set MEMOSCOPE_DATA_DIR to a folder you can write."
        )
        raise StartError(message) from error


def lock_data_dir(data_dir: Path) -> TextIO:
    """Take the folder's lock; it is held until the returned file is closed or the process ends.

    Raises:
        StartError: another launcher holds it.
    """
    lock = (data_dir / "memoscope.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        message = (
            f"Another Memoscope is running on the data folder {data_dir}: "
            "stop it, or set MEMOSCOPE_DATA_DIR (and MEMOSCOPE_PORT) for a second one."
        )
        raise StartError(message) from error
    return lock


def check_port(host: str, port: int) -> None:
    """Bind the address the web server will bind, and let it go again.

    Raises:
        StartError: the port is busy, needs privileges, or the host is not an address of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        message = f"The host name {host!r} is unknown: set MEMOSCOPE_HOST to an address of this machine."
        raise StartError(message) from error
    except OSError as error:
        raise StartError(_port_advice(host, port, error)) from error


def check_doors(settings: Settings) -> None:
    """Let nobody in from other machines without a token that cannot be guessed.

    Raises:
        StartError: the server would listen beyond this machine, and has no such token.
    """
    token = settings.access_token.get_secret_value() if settings.access_token else ""
    if len(token) >= SHORTEST_TOKEN or _stays_here(settings.host):
        return
    have = "is shorter" if token else "is not set"
    message = (
        f"MEMOSCOPE_HOST={settings.host} lets other machines in, which takes a MEMOSCOPE_ACCESS_TOKEN of "
        f"{SHORTEST_TOKEN} characters or more (it {have}): {MAKE_TOKEN}"
    )
    raise StartError(message)


def _stays_here(host: str) -> bool:
    """Whether a server on that host is reached from this machine alone."""
    if is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return False
    return all(is_loopback(str(address[0])) for *_, address in found)


def allow_connections() -> int:
    """Raise this process's limit of open files as far as it may, and return how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted - OTHER_FILES, OTHER_FILES)


def _port_advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is busy: stop the program that uses it, or set MEMOSCOPE_PORT to a free port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs privileges: set MEMOSCOPE_PORT to a port above 1023."
    return f"Cannot listen on {host} ({error.strerror}): set MEMOSCOPE_HOST to an address of this machine."
