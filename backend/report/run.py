"""Runs the quick preset of every study on an empty database, as people do, and writes what came out."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.client import Client, ServerError, is_terminal
from backend.core.printable import printable
from backend.launcher.progress import Console, describe
from backend.report.document import FIGURES, document, table, within
from backend.report.verdicts import changes, untold, written

START_S = 120.0
PRESET = "quick"


class ReportError(Exception):
    """Why there is no report, in a sentence."""


def make(root: Path, data: Path, console: Console) -> None:
    """Run everything in `data`, which is emptied, and rewrite the report in the checkout `root`.

    Raises:
        ReportError: an experiment failed, or a verdict is another one and no finding says so; nothing has
            been written then.
    """
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    began = time.monotonic()
    with _memoscope(data) as client:
        names = [study["name"] for study in client.get("/api/studies")["items"] if study["counted"]]
        for place, name in enumerate(names, 1):
            _run(client, name, f"{place}/{len(names)}", console)
        write(root, client, console)
    console.say(f"Done after {(time.monotonic() - began) / 60:.1f} minutes.")


def write(root: Path, client: Client, console: Console) -> None:
    """Write a server's report into the checkout, unless a verdict changed that no finding tells."""
    report = client.get("/api/report")
    page, text = root / "docs" / "report.md", document(report)
    before = page.read_text() if page.exists() else ""
    found = changes(written(before), written(text))
    for change in found:
        console.say(f"changed: {change}")
    if missing := untold(found, (root / "docs" / "findings.md").read_text()):
        lines = "\n".join(f"  {change}" for change in missing)
        raise ReportError(f"These verdicts changed, and no line of docs/findings.md says so:\n{lines}")
    figures = root / "docs" / FIGURES
    figures.mkdir(exist_ok=True)
    for study in report["studies"]:
        for experiment in study["experiments"]:
            client.download(f"/experiments/{experiment['id']}/preview.png", figures / f"{study['name']}.png")
    page.write_text(text)
    readme = root / "README.md"
    readme.write_text(within(readme.read_text(), table(report)))
    console.say(f"{report['words']} Written to {page.relative_to(root)}.")


def _run(client: Client, study: str, place: str, console: Console) -> None:
    params = client.get(f"/api/studies/{study}")["presets"][PRESET]
    experiment: dict[str, Any] = client.post("/api/experiments", {"study": study, "params": params})
    while not is_terminal(experiment):
        console.show(f"[{place}] {describe(experiment)}")
        time.sleep(0.5)
        experiment = client.get(f"/api/experiments/{experiment['id']}")
    console.show("")
    console.say(f"[{place}] {describe(experiment)}")
    if experiment["status"] != "done":
        raise ReportError(f"The experiment of {study} is {experiment['status']}: {experiment['error']}")


@contextmanager
def _memoscope(data: Path) -> Iterator[Client]:
    """Run `memoscope up` with a data folder and a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {"MEMOSCOPE_DATA_DIR": str(data), "MEMOSCOPE_PORT": str(port), "MEMOSCOPE_HOST": "127.0.0.1"}
    others = {name: value for name, value in os.environ.items() if not name.startswith("MEMOSCOPE_")}
    command = [sys.executable, "-m", "backend.cli", "up", "--no-quick-start", "--parent", str(os.getpid())]
    with (data / "up.log").open("w") as log:
        running = subprocess.Popen(command, env=others | ours, stdout=log, stderr=log)  # noqa: S603 - ours
        try:
            with Client(f"http://127.0.0.1:{port}") as client:
                _wait(client, running, data / "up.log")
                yield client
        finally:
            running.send_signal(signal.SIGINT)
            running.wait()


def _wait(client: Client, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            client.get("/healthz")
        except ServerError as error:
            if running.poll() is not None or time.monotonic() > deadline:
                said = printable(log.read_text().strip()[-500:])
                raise ReportError(f"Memoscope did not start: {said}") from error
            time.sleep(0.5)
        else:
            return
