"""What is known of the broker without waiting for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from redis.exceptions import OutOfMemoryError

from backend.core.broker_names import describe
from backend.core.contracts import Queue
from backend.core.queue import depth, probe, server_facts
from backend.core.settings import Settings
from backend.core.watch import Watch

EXPLANATION = "units wait in the database until it is back"


@dataclass(frozen=True)
class State:
    """One answer: why messages cannot be sent, what server it is, and how many wait there by queue."""

    problem: str | None = None
    server: str | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)


class BrokerWatch(Watch[State]):
    """Asks the broker."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("broker-watch", partial(_ask, settings), State())

    @property
    def problem(self) -> str | None:
        """Why messages cannot be sent, or None."""
        return self.latest().problem

    @property
    def server(self) -> str | None:
        """What server it is, or None where it cannot be reached."""
        return self.latest().server


def _ask(settings: Settings) -> State:
    server = None
    try:
        server = describe(server_facts(settings))
        probe(settings)
        waiting = {queue.value: depth(settings, queue) for queue in Queue}
    except OSError as error:
        full = isinstance(error.__cause__, OutOfMemoryError)
        return State(f"{'out of memory' if full else 'unreachable'}; {EXPLANATION}", server)
    return State(None, server, waiting)
