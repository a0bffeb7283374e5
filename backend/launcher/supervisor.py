"""Keeps the children running, and ends them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LIFELINE = Path(__file__).with_name("lifeline.py")
FIRST_DELAY_S, LONGEST_DELAY_S, STEADY_S = 0.5, 10.0, 30.0
TAIL_LINES = 15


@dataclass(frozen=True)
class Service:
    """One long-running command: where it logs, and how long it may take to stop by itself."""

    name: str
    command: list[str]
    log: Path
    env: Mapping[str, str]
    grace_s: float
    stops_last: bool = False


@dataclass
class Backoff:
    """Delay before the next restart: 0.5 s, doubling to 10 s, and from the start after 30 s of good life."""

    delay_s: float = FIRST_DELAY_S

    def after(self, lived_s: float) -> float:
        """Return how long to wait after a life of `lived_s` seconds."""
        current = FIRST_DELAY_S if lived_s >= STEADY_S else self.delay_s
        self.delay_s = min(2 * current, LONGEST_DELAY_S)
        return current


@dataclass
class Child:
    """A service and its current process, which is the service's lifeline guard."""

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    backoff: Backoff = field(default_factory=Backoff)
    restart_at: float | None = None

    def signal_group(self, signum: int) -> None:
        """Signal everything the guard has started and the guard itself; gone already is fine."""
        with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            os.killpg(self.process.pid, signum)


class Supervisor:
    """Starts services, restarts those that die, stops all."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._lifeline, self._held_end = os.pipe()

    def start(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        rotate(service.log)
        self._children.append(Child(service, self._spawn(service), time.monotonic()))

    def check(self) -> None:
        """Notice children that have died and restart those whose delay is over."""
        now = time.monotonic()
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
        delay = child.backoff.after(now - child.started)
        child.restart_at = now + delay
        service = child.service
        self._say(f"{service.name} {_ending(code)}; restarting in {delay:g} s (log: {service.log})")
        if delay == FIRST_DELAY_S:  # the first death in a row
            for line in tail(service.log):
                self._say(f"  {service.name}: {line}")


def rotate(log: Path) -> None:
    """Keep the previous run's log beside the one to come."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def tail(log: Path) -> list[str]:
    """Return the last lines of a log."""
    return log.read_text(errors="replace").splitlines()[-TAIL_LINES:]


def _ending(code: int) -> str:
    signum = -code if code < 0 else code - 128
    if signum in signal.valid_signals():
        return f"was ended by {signal.Signals(signum).name}"
    return f"ended with exit code {code}"


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
