"""What the terminal shows while experiments run: one live line on a terminal, sparse lines elsewhere."""

import shutil
import threading
from collections.abc import Mapping
from typing import Any, TextIO

from backend.client import Client, is_terminal
from backend.core.printable import printable

STEP_PERCENT = 10  # how far an experiment must come before a plain log hears of it again


class Console:
    """Serializes lines from several threads and keeps the live line below them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = ""
        self._lock = threading.Lock()
        self.is_terminal = stream.isatty()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._write(f"{self._clear}{line}\n{self._live}")

    def show(self, line: str) -> None:
        """Replace the live line; nothing happens where there is no terminal."""
        with self._lock:
            if self.is_terminal and line != self._live:
                self._live = line[: shutil.get_terminal_size().columns - 1]
                self._write(f"{self._clear}{self._live}")

    @property
    def _clear(self) -> str:
        return "\r\x1b[2K" if self.is_terminal else ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def describe(experiment: Mapping[str, Any]) -> str:
    """Return one line on how far an experiment is."""
    progress = experiment["progress"]
    parts = [
        f"{title(experiment)}: {experiment['status']}",
        f"{percent(experiment)} %",
        f"{progress['models_done']}/{progress['models']} {experiment['counted']}",
    ]
    if progress["eta_s"] is not None and not is_terminal(experiment):
        parts.append(f"about {_duration(progress['eta_s'])} left")
    if progress["failed"]:
        parts.append(f"{progress['failed']} units failed")
    return ", ".join(parts)


def title(experiment: Mapping[str, Any]) -> str:
    """Return the title without characters that would move the terminal's cursor."""
    return printable(experiment["title"])


def percent(experiment: Mapping[str, Any]) -> int:
    """Return the finished share, rounded down so that 100 means all."""
    return int(100 * experiment["progress"]["fraction"])


class Ticker:
    """Turns successive lists of experiments into what the console shows."""

    def __init__(self, console: Console, client: Client) -> None:
        self._console = console
        self._client = client
        self._said: dict[str, int] = {}  # unfinished experiment -> percent last said in a plain line

    def update(self) -> None:
        """Ask the server once and show what is new."""
        experiments = self._client.experiments()
        active = [experiment for experiment in experiments if not is_terminal(experiment)]
        for experiment in experiments:
            if is_terminal(experiment) and self._said.pop(experiment["id"], None) is not None:
                self._console.say(f"{describe(experiment)} - {self._link(experiment)}")
        for experiment in active:
            self._say_sparsely(experiment)
        # The list is newest first; the oldest unfinished one is the one being worked on.
        waiting = f" (and {len(active) - 1} more)" if len(active) > 1 else ""
        self._console.show(describe(active[-1]) + waiting if active else "")

    def _say_sparsely(self, experiment: Mapping[str, Any]) -> None:
        done = percent(experiment)
        last = self._said.setdefault(experiment["id"], -STEP_PERCENT)
        if done >= last + STEP_PERCENT:
            self._said[experiment["id"]] = done - done % STEP_PERCENT
            if not self._console.is_terminal:
                self._console.say(describe(experiment))

    def _link(self, experiment: Mapping[str, Any]) -> str:
        return f"{self._client.server}/experiments/{experiment['id']}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
