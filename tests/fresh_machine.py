"""Tries `make run` on a Debian that has nothing but Python, make and git, as a person without root.

    make fresh-machine
    make fresh-machine SUITES=sid

Needs root, debootstrap and the network. Each system is made in a folder of its own, the commit that is
checked out is cloned into it, and `make run` goes on until the first experiment is done. The mirror and pip's
configuration are those of this machine.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
PACKAGES = "ca-certificates,git,make,python3,python3-venv"
PERSON, UID = "person", 1000
HOME = Path("/home") / PERSON
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CARRIED = ("PIP_", "SSL_CERT_", "REQUESTS_CA_", "http_proxy", "https_proxy", "no_proxy")
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"
INSTALL_S, QUICK_START_S = 3600, 900


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def mirror() -> str:
    """Return where this machine's apt gets Debian's packages from."""
    sites = run("apt-get", "indextargets", "--format", "$(SITE)", "Origin: Debian", "Label: Debian").split()
    if not sites:
        sys.exit("apt knows no Debian mirror: run apt-get update")
    return sites[0]


class Machine:
    """A Debian in a folder."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.root = folder / suite
        self._shared: list[Path] = []
        with (folder / "debootstrap.log").open("w") as log:
            options = ["--variant=minbase", f"--include={PACKAGES}"]
            bootstrap = ["debootstrap", *options, suite, str(self.root), mirror()]
            subprocess.run(bootstrap, check=True, stdout=log, stderr=log)
        shutil.copy("/etc/resolv.conf", self.inside("/etc"))
        shutil.copy(CERTIFICATES, self.inside(CERTIFICATES))
        run("chroot", self.root, "useradd", "--create-home", "--uid", str(UID), PERSON)
        self._carry_pip_configuration()
        run("git", "clone", "--quiet", "--no-hardlinks", ROOT, self.inside(HOME / "memoscope"))
        run("chown", "--recursive", f"{UID}:{UID}", self.inside(HOME))

    def inside(self, path: str | Path) -> Path:
        """Return where a path of the machine lies outside."""
        return self.root / str(path).lstrip("/")

    def start(self, script: str, output: Path, **settings: str) -> subprocess.Popen[bytes]:
        """Run a shell script as the person, in the clone."""
        mounts = [f"mount -t proc proc {self.inside('/proc')}", f"mount --rbind /dev {self.inside('/dev')}"]
        mounts += [f"mount --bind {path} {self.inside(path)}" for path in self._shared]
        carried = {name: value for name, value in os.environ.items() if name.startswith(CARRIED)}
        variables = {"HOME": str(HOME), "PATH": PATH, "LANG": "C.UTF-8"} | carried | settings
        enter = ["chroot", f"--userspec={UID}:{UID}", self.root, "sh", "-c", f"cd {HOME}/memoscope; {script}"]
        # Mounts and processes are in namespaces that end with the first process in them.
        isolated = ["unshare", "--mount", "--pid", "--fork"]
        inner = ["sh", "-ec", "; ".join([*mounts, 'exec "$@"']), "sh", *map(str, enter)]
        with output.open("wb") as out:
            return subprocess.Popen(
                [*isolated, *inner],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _carry_pip_configuration(self) -> None:
        """Let pip find there what it finds here: its settings, and the files and folders they name."""
        pip = (sys.executable, "-m", "pip", "config")
        for line in run(*pip, "debug").splitlines():
            file, exists, _ = line.strip().partition(", exists: True")
            if exists:
                own = Path(file).is_relative_to(Path.home())
                self._copy(Path(file), HOME / ".config/pip/pip.conf" if own else Path(file))
        for value in run(*pip, "list").replace("'", " ").split():
            path = Path(value.removeprefix("file://"))
            if path.is_absolute() and path.is_file():
                self._copy(path, path)
            elif path.is_absolute() and path.is_dir():
                self._share(path)

    def _copy(self, path: Path, target: Path) -> None:
        self.inside(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, self.inside(target))

    def _share(self, folder: Path) -> None:
        top = Path("/", folder.parts[1])  # an index leads to files beside it
        if top not in self._shared:
            self.inside(top).mkdir(exist_ok=True)
            self._shared.append(top)


def ask(url: str) -> Any:
    """Return the JSON at a URL, None while nothing answers there."""
    try:
        with urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (URLError, OSError):
        return None


def wait(running: subprocess.Popen[bytes], probe: Callable[[], Any], timeout_s: float) -> Any:
    """Return the first true value of `probe`."""
    deadline = time.monotonic() + timeout_s
    while not (value := probe()):
        if running.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.5)
    return value


def quick_start(machine: Machine, output: Path) -> str:
    """Run `make run` until its first experiment is done; say how that went."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    server = f"http://127.0.0.1:{port}"
    begun = time.monotonic()
    running = machine.start("exec make run", output, MEMOSCOPE_PORT=port)
    try:
        wait(running, lambda: ask(f"{server}/healthz"), INSTALL_S)
        ready = time.monotonic()
        wait(running, lambda: over(ask(f"{server}/api/experiments")), QUICK_START_S)
        done = time.monotonic()
        broker = ask(f"{server}/api/queue")["broker"]
        (experiment,) = ask(f"{server}/api/experiments")["items"]
        python = ask(f"{server}/api/experiments/{experiment['id']}")["provenance"]["python"]
    finally:
        # Not `unshare` alone: it would leave the namespace's first process, and so all of them.
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        time.sleep(1)  # the kernel ends the others
    assert experiment["status"] == "done", experiment
    return (
        f"Python {python}; {broker}; address after {ready - begun:.0f} s, "
        f"first experiment done {done - ready:.0f} s later"
    )


def over(answer: Any) -> bool:
    items = answer["items"] if answer else []
    return bool(items) and all(item["status"] in {"done", "failed"} for item in items)


def main(suites: list[str]) -> int:
    """Try each suite; return how many failed."""
    failed = 0
    for suite in suites:
        with tempfile.TemporaryDirectory(prefix="fresh-machine-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            output = folder / "output"
            try:
                print(f"{suite}: {quick_start(Machine(suite, folder), output)}", flush=True)
            except (AssertionError, OSError, subprocess.CalledProcessError) as error:
                failed += 1
                logs = [output, folder / "debootstrap.log"]
                end = next((log.read_text(errors="replace")[-3000:] for log in logs if log.exists()), "")
                print(f"{suite}: failed ({type(error).__name__}: {error})\n{end}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["trixie", "sid"]))
