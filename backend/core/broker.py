"""What is known of the broker without waiting for it."""

from dataclasses import dataclass
from functools import partial

from redis.exceptions import OutOfMemoryError

from backend.core.broker_names import describe
from backend.core.queue import probe, server_facts
from backend.core.settings import Settings
from backend.core.watch import Watch

EXPLANATION = "units wait in the database until it is back"


@dataclass(frozen=True)
class State:
    """One answer: why messages cannot be sent, and what server it is."""

    problem: str | None = None
    server: str | None = None


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
    except OSError as error:
        full = isinstance(error.__cause__, OutOfMemoryError)
        return State(f"{'out of memory' if full else 'unreachable'}; {EXPLANATION}", server)
    return State(None, server)
