"""Keeps the children running, and ends them together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.checks import StartError

LIFELINE = Path(__file__).with_name("lifeline.py")
TAIL_LINES = 15
MOST_LOG_BYTES = 5_000_000  # of a service's log, and as many of what was written before
LOOK_AT_LOGS_S = 1.0


@dataclass(frozen=True)
class Pace:
    """How soon a dead child is restarted, and when that is no longer tried."""

    first_delay_s: float = 0.5
    longest_delay_s: float = 10.0
    steady_s: float = 30.0
    attempts: int = 5


@dataclass(frozen=True)
class Service:
    """One long-running command: where it logs, and how long it may take to stop by itself."""

    name: str
    command: list[str]
    log: Path
    env: Mapping[str, str]
    grace_s: float
    stops_last: bool = False


class Backoff:
    """Delay before the next restart: doubles up to the longest, and starts over after a steady life."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._delay_s = pace.first_delay_s

    def after(self, lived_s: float) -> float:
        """Return how long to wait after a life of `lived_s` seconds."""
        current = self._pace.first_delay_s if lived_s >= self._pace.steady_s else self._delay_s
        self._delay_s = min(2 * current, self._pace.longest_delay_s)
        return current


@dataclass
class Child:
    """A service and its current process, which is the service's lifeline guard."""

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    backoff: Backoff
    restart_at: float | None = None
    was_steady: bool = False
    failures: int = 0  # in a row

    def signal_group(self, signum: int) -> None:
        """Signal everything the guard has started and the guard itself; gone already is fine."""
        with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            os.killpg(self.process.pid, signum)


class Supervisor:
    """Starts services, restarts those that die, stops all."""

    def __init__(self, say: Callable[[str], None], pace: Pace) -> None:
        self._say = say
        self._pace = pace
        self._children: list[Child] = []
        self._bounded_at = 0.0
        self._lifeline, self._held_end = os.pipe()

    def start(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        rotate(service.log)
        process = self._spawn(service)
        self._children.append(Child(service, process, time.monotonic(), Backoff(self._pace)))

    def check(self) -> None:
        """Notice children that have died and restart those whose delay is over.

        Raises:
            StartError: a child that has never been steady fails again and again; the others still run.
        """
        now = time.monotonic()
        if now - self._bounded_at >= LOOK_AT_LOGS_S:
            self._bounded_at = now
            for child in self._children:
                bound(child.service.log)
        for child in self._children:
            if child.restart_at is None:
                self._notice_death(child, now)
            elif now >= child.restart_at:
                child.process, child.started, child.restart_at = self._spawn(child.service), now, None

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Ask every child to stop, and kill what is left after its grace or when `hurry()` turns true."""
        living = [child for child in self._children if child.restart_at is None]
        for last in (False, True):
            _stop_together([child for child in living if child.service.stops_last is last], hurry)
        for descriptor in (self._lifeline, self._held_end):
            os.close(descriptor)

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        guard = [sys.executable, "-I", "-S", str(LIFELINE), str(self._lifeline)]
        with service.log.open("ab") as log:
            return subprocess.Popen(
                [*guard, *service.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=service.env,
                pass_fds=(self._lifeline,),
                start_new_session=True,  # the terminal's Ctrl-C is for the launcher alone
            )

    def _notice_death(self, child: Child, now: float) -> None:
        code = child.process.poll()
        if code is None:
            return
        child.signal_group(signal.SIGKILL)  # a guard that was killed leaves its command behind
        lived_s, service = now - child.started, child.service
        delay = child.backoff.after(lived_s)
        child.restart_at = now + delay
        child.was_steady |= lived_s >= self._pace.steady_s
        child.failures = child.failures + 1 if _failed(code) else 0
        if child.failures >= self._pace.attempts and not child.was_steady:
            raise StartError(_why_given_up(child, code))
        self._say(f"{service.name} {_ending(code)}; restarting in {delay:g} s (log: {service.log})")
        if delay == self._pace.first_delay_s:  # the first death in a row
            for line in tail(service.log):
                self._say(f"  {service.name}: {line}")


def rotate(log: Path) -> None:
    """Keep the previous run's log beside the one to come."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def bound(log: Path) -> None:
    """Keep a log that has grown large beside itself, and empty it; its writer appends and notices nothing."""
    if log.stat().st_size <= MOST_LOG_BYTES:
        return
    before = log.with_name(log.name + ".1")
    try:
        shutil.copyfile(log, before)
    except OSError:  # no room: better no old lines than no new ones
        before.unlink(missing_ok=True)
    os.truncate(log, 0)


def tail(log: Path) -> list[str]:
    """Return the last lines of a log."""
    return log.read_text(errors="replace").splitlines()[-TAIL_LINES:]


def _signal(code: int) -> signal.Signals | None:
    """Return what signal a guard's exit code stands for; the shell's way of saying so is 128 + n."""
    try:
        return signal.Signals(-code if code < 0 else code - 128)
    except ValueError:
        return None


def _ending(code: int) -> str:
    signum = _signal(code)
    return f"was ended by {signum.name}" if signum else f"ended with exit code {code}"


def _failed(code: int) -> bool:
    """Whether a child ended because something is wrong with it; EX_TEMPFAIL asks for a new start."""
    return code not in {os.EX_OK, os.EX_TEMPFAIL} and _signal(code) is None


def _why_given_up(child: Child, code: int) -> str:
    said = [line.strip() for line in tail(child.service.log) if line.strip()]
    reason = f": {said[-1]}" if said else ""
    name, log = child.service.name, child.service.log
    return f"Starting {name} has failed {child.failures} times; it {_ending(code)}{reason} (log: {log})"


def _stop_together(children: list[Child], hurry: Callable[[], bool]) -> None:
    waiting = list(children)
    for child in waiting:
        child.process.terminate()
    begun = time.monotonic()
    while waiting:
        for child in list(waiting):
            overdue = hurry() or time.monotonic() - begun > child.service.grace_s
            if overdue:
                child.signal_group(signal.SIGKILL)
                child.process.wait()
            if child.process.poll() is not None:
                child.signal_group(signal.SIGKILL)
                waiting.remove(child)
        if waiting:
            time.sleep(0.02)
