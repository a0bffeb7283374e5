"""Who works on requests at the same time, who waits, and who is sent away.

A request holds a database connection while it waits for threads, so fewer may be at work than there are
connections. More than a few would gain nothing anyway: they share one interpreter.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple


class Client(NamedTuple):
    """Who asks: everybody at an address is one client, and so is everybody there with the same link."""

    address: str
    link: str | None


class BusyError(Exception):
    """More wait already than can be served soon."""


class Lane:
    """At most `slots` requests at work; those that wait come in turn by client, however many each client has.

    Guests, who come through links, have at most `guest_slots` of the slots, one for each client, and half of
    what may wait; a client of theirs at most `guest_waiting` requests of that.
    """

    def __init__(self, slots: int, waiting: int, guest_slots: int = 1, guest_waiting: int = 100) -> None:
        self._free = slots
        self._guests_free = guest_slots
        self._most_waiting = waiting
        self._most_of_guest = guest_waiting
        self._waiting: OrderedDict[Client, deque[asyncio.Future[None]]] = OrderedDict()
        self._n_waiting = 0
        self._guests_waiting = 0
        self._at_work: Counter[Client] = Counter()

    @asynccontextmanager
    async def turn(self, client: Client) -> AsyncIterator[None]:
        """Wait for a slot and keep it; BusyError at once where too many wait."""
        await self._enter(client)
        try:
            yield
        finally:
            self._leave(client)

    async def _enter(self, client: Client) -> None:
        if not self._waiting and self._may_start(client):
            self._start(client)
            return
        if self._is_full(client):
            raise BusyError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        self._count(client, 1)
        self._grant()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(client)
            else:
                self._forget(client, turn)
            raise

    def _is_full(self, client: Client) -> bool:
        if self._n_waiting >= self._most_waiting:
            return True
        of_client = len(self._waiting.get(client, ()))
        most_guests = self._most_waiting // 2
        return client.link is not None and (
            of_client >= self._most_of_guest or self._guests_waiting >= most_guests
        )

    def _count(self, client: Client, more: int) -> None:
        self._n_waiting += more
        self._guests_waiting += more if client.link is not None else 0

    def _leave(self, client: Client) -> None:
        self._free += 1
        self._guests_free += client.link is not None
        self._at_work[client] -= 1
        if not self._at_work[client]:
            del self._at_work[client]
        self._grant()

    def _may_start(self, client: Client) -> bool:
        if client.link is not None and (self._guests_free == 0 or self._at_work[client]):
            return False
        return self._free > 0

    def _start(self, client: Client) -> None:
        self._free -= 1
        self._guests_free -= client.link is not None
        self._at_work[client] += 1

    def _grant(self) -> None:
        """Let the next ones in; a client that got a turn goes to the end of the line."""
        for client in list(self._waiting):
            if not self._free:
                return
            if self._may_start(client):
                queue = self._waiting[client]
                queue.popleft().set_result(None)
                self._count(client, -1)
                self._waiting.move_to_end(client)
                if not queue:
                    del self._waiting[client]
                self._start(client)
        if self._free and any(map(self._may_start, self._waiting)):
            self._grant()

    def _forget(self, client: Client, turn: asyncio.Future[None]) -> None:
        queue = self._waiting[client]
        queue.remove(turn)
        self._count(client, -1)
        if not queue:
            del self._waiting[client]
