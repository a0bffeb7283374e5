"""Runs docker-compose.yml without containers: its services as processes, with exactly its environment.

    unshare --net --mount .venv/bin/python tests/soak/compose_up.py

In a network and a view of the file system of their own, so that `postgres` and `redis` are names and every
port is free. Services start as `depends_on` says, when the health checks of the others pass. Two workers end
an experiment; one is cut off in the middle of a unit and comes back. Prints what happened, and when.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil
import yaml

from tests.services import ROOT, PostgresServer, eventually

TOKEN = "a-token-for-this-run-alone"
SHELL = {"MEMOSCOPE_ACCESS_TOKEN": TOKEN, "WORKERS": "2"}  # what stands in .env and before the command
EXPERIMENT = {"study": "memorization", "params": {"sizes": [8, 32], "models": 1200, "epochs": 20}}
CUT_OFF_S = 20  # longer than a unit may be silent
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def resolved(text: str) -> str:
    """Replace variables as Compose does."""

    def value(found: re.Match[str]) -> str:
        given = SHELL.get(found[1], "")
        if not given and found[2] == "?":
            raise SystemExit(f"{found[1]}: {found[3]}")
        return given or (found[3] if found[2] == "-" else "")

    return _VARIABLE.sub(value, text)


def environment(name: str, data: Path) -> dict[str, str]:
    """Return what a service of ours is given: by its image, then by Compose; nothing of this shell's own."""
    image = dict(re.findall(r"(MEMOSCOPE_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))
    given = {key: resolved(str(value)) for key, value in SERVICES[name]["environment"].items() if value}
    mounts = dict(volume.split(":") for volume in SERVICES[name]["volumes"])
    folder = {mounts["data"]: str(data)}
    image = {key: folder.get(value, value) for key, value in image.items()}
    return {"PATH": os.environ["PATH"], "HOME": str(data), "PYTHONPATH": str(ROOT)} | image | given


def command(name: str, default: list[str]) -> list[str]:
    """Return a service's command, its `memoscope` being that of these sources."""
    words = SERVICES[name].get("command", default)
    return [sys.executable, "-P", "-m", "backend.cli", *words[1:]] if words[0] == "memoscope" else words


def own_names() -> None:
    """Let the names of services mean this machine, for this process and its children alone."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    hosts = Path(tempfile.mkdtemp()) / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(SERVICES)}\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)


@contextmanager
def running(name: str, words: list[str], env: dict[str, str], log: Path) -> Iterator[psutil.Popen]:
    with log.open("wb") as out:
        process = psutil.Popen(
            words, env=env, cwd=log.parent, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def passes(name: str, env: dict[str, str]) -> bool:
    """Run a service's own health check."""
    kind, *words = SERVICES[name]["healthcheck"]["test"]
    if words[0] == "memoscope":
        words = [sys.executable, "-P", "-m", "backend.cli", *words[1:]]
    done = subprocess.run(words[0] if kind == "CMD-SHELL" else words, shell=kind == "CMD-SHELL", env=env,
                          capture_output=True, check=False)  # fmt: skip
    return done.returncode == 0


def main() -> None:
    own_names()
    folder = Path(tempfile.mkdtemp(prefix="memoscope-compose-"))
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)

    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = PostgresServer("localhost")
        stack.callback(postgres.close)
        given = {key: resolved(value) for key, value in SERVICES["postgres"]["environment"].items()}
        postgres.create_owner(given["POSTGRES_USER"], given["POSTGRES_PASSWORD"], given["POSTGRES_DB"])
        path = {"PATH": f"{postgres.programs}:{os.environ['PATH']}", "PGHOST": "postgres"}
        stack.enter_context(running("redis", SERVICES["redis"]["command"], path, folder / "redis.log"))
        for name in ("postgres", "redis"):
            eventually(lambda name=name: passes(name, path), f"{name} is healthy")  # type: ignore[misc]
        say("postgres and redis are healthy")
        migrate = subprocess.run(
            command("migrate", []),
            env=environment("migrate", folder),
            cwd=folder,
            check=False,
            capture_output=True,
        )
        assert migrate.returncode == 0, migrate.stderr.decode()
        say("migrate has completed")
        web = ["memoscope", "web"]  # the image's own command
        stack.enter_context(
            running("web", command("web", web), environment("web", folder), folder / "web.log")
        )
        workers = [
            stack.enter_context(
                running(
                    "worker", command("worker", []), environment("worker", folder), folder / f"worker{n}.log"
                )
            )
            for n in range(int(resolved(str(SERVICES["worker"]["deploy"]["replicas"]))))
        ]
        headers = {"Authorization": f"Bearer {TOKEN}"}
        client = stack.enter_context(
            httpx2.Client(base_url="http://127.0.0.1:8000", headers=headers, trust_env=False)
        )
        eventually(lambda: answers(client, "/readyz"), "web is ready", 60)
        say("web is ready")
        eventually(lambda: passes("worker", environment("worker", folder)), "the worker is healthy", 90)
        eventually(lambda: len(client.get("/api/queue").json()["workers"]) == 2, "two workers are there", 90)
        say("both workers are there")
        story(client, workers, say)
        logs = "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
        assert TOKEN not in logs, "no secret in a log"
        assert "Traceback" not in logs, logs[-3000:]
    say("all have stopped")


def answers(client: httpx2.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx2.TransportError:
        return False


def story(client: httpx2.Client, workers: list[psutil.Popen], say: Any) -> None:
    submitted = client.post("/api/experiments", json=EXPERIMENT)
    assert submitted.status_code == 202, submitted.text
    path = f"/api/experiments/{submitted.json()['id']}"

    def on(worker: psutil.Popen) -> bool:
        units = client.get("/api/queue").json()["running"]
        return any(f"-{worker.pid}-" in unit["worker_id"] for unit in units)

    victim = workers[0]
    eventually(lambda: on(victim), "the first worker has a unit", 60)
    victim.send_signal(signal.SIGSTOP)
    say("the first worker is cut off in the middle of a unit")
    time.sleep(CUT_OFF_S)
    victim.send_signal(signal.SIGCONT)
    say("it is back")
    eventually(lambda: client.get(path).json()["status"] == "done", "the experiment is done", 300)
    progress = client.get(path).json()["progress"]
    say(f"done: {progress['done']} of {progress['units']} units, {progress['failed']} failed")
    assert (progress["done"], progress["failed"]) == (progress["units"], 0)
    lines = [line["text"] for line in client.get(f"{path}/log").json()["items"]]
    done = [line for line in lines if " done in " in line]
    assert len(done) == progress["units"], "each unit once"
    by = {
        line.rpartition(" ")[2]: sum(line.endswith(other.rpartition(" ")[2]) for other in done)
        for line in done
    }
    say(f"units by worker: {by}; lost and sent again: {sum('lost' in line for line in lines)}")


if __name__ == "__main__":
    main()
