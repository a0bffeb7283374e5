"""Few at work at once, clients in turn, guests with one slot, and nobody beyond what may wait."""

import asyncio

import pytest

from backend.api.lanes import BusyError, Client, Lane
from tests.story import run

ANN, BOB = Client("10.0.0.1", None), Client("10.0.0.2", None)
GUEST, OTHER_GUEST = Client("10.0.0.1", "link"), Client("10.0.0.9", "link")


class Work:
    """Requests in a lane; each works until it is told to end."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.at_work: list[str] = []
        self.begun: list[str] = []
        self.refused: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, client: Client) -> None:
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._work(name, client))
        await settle()

    async def _work(self, name: str, client: Client) -> None:
        try:
            async with self.lane.turn(client):
                self.begun.append(name)
                self.at_work.append(name)
                await self._ends[name].wait()
                self.at_work.remove(name)
        except BusyError:
            self.refused.append(name)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settle()

    async def give_up(self, name: str) -> None:
        self._tasks[name].cancel()
        await settle()

    async def end_all(self) -> list[str]:
        """End what is at work, one after the other, and return the order in which requests began."""
        while self.at_work:
            await self.end(self.at_work[0])
        return self.begun


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_no_more_than_the_slots_are_at_work() -> None:
    async def story() -> None:
        work = Work(Lane(2, 10))
        for name in "abc":
            await work.ask(name, ANN)
        assert work.at_work == ["a", "b"]
        await work.end("a")
        assert work.at_work == ["b", "c"]
        assert await work.end_all() == ["a", "b", "c"]

    run(story())


def test_clients_take_turns_however_many_requests_each_has() -> None:
    async def story() -> None:
        work = Work(Lane(1, 100))
        for i in range(5):
            await work.ask(f"ann{i}", ANN)
        await work.ask("bob0", BOB)
        await work.ask("bob1", BOB)
        assert await work.end_all() == ["ann0", "ann1", "bob0", "ann2", "bob1", "ann3", "ann4"]

    run(story())


def test_one_too_many_is_refused_at_once_and_the_next_is_welcome_when_there_is_room() -> None:
    async def story() -> None:
        work = Work(Lane(1, 2))
        for name in "abcd":
            await work.ask(name, ANN)
        assert work.refused == ["d"]
        await work.end("a")
        await work.ask("e", ANN)
        assert work.refused == ["d"]
        assert await work.end_all() == ["a", "b", "c", "e"]

    run(story())


def test_guests_have_one_slot_between_them_and_leave_the_rest_to_others() -> None:
    async def story() -> None:
        work = Work(Lane(3, 100))
        for i in range(3):
            await work.ask(f"guest{i}", GUEST)
        await work.ask("other guest", OTHER_GUEST)
        assert work.at_work == ["guest0"]
        await work.ask("ann", ANN)
        assert work.at_work == ["guest0", "ann"], "the guests who wait do not stand in her way"
        await work.end("guest0")
        await work.end("guest1")
        assert work.at_work == ["ann", "other guest"], "guests take turns too"
        await work.end_all()

    run(story())


def test_a_guest_may_have_no_more_than_so_many_waiting() -> None:
    async def story() -> None:
        work = Work(Lane(3, 100, guest_waiting=2))
        for i in range(4):
            await work.ask(f"guest{i}", GUEST)
        assert work.refused == ["guest3"]
        await work.ask("other guest", OTHER_GUEST)
        assert work.refused == ["guest3"], "another address has a limit of its own"
        await work.end_all()

    run(story())


def test_guests_of_many_links_fill_no_more_than_half_of_what_may_wait() -> None:
    async def story() -> None:
        work = Work(Lane(3, 10))
        for i in range(7):
            await work.ask(f"guest{i}", Client("10.0.0.1", f"link{i}"))
        assert work.refused == ["guest6"], "one at work, five wait"
        await work.ask("ann", ANN)
        assert "ann" in work.at_work
        await work.end_all()
        await work.ask("guest7", GUEST)
        assert work.at_work == ["guest7"]
        await work.end_all()

    run(story())


@pytest.mark.parametrize("who", ["b", "a"])
def test_a_client_that_goes_leaves_its_place(who: str) -> None:
    async def story() -> None:
        work = Work(Lane(1, 2))
        for name in "abc":
            await work.ask(name, ANN)
        await work.give_up(who)
        await work.ask("d", ANN)
        assert not work.refused, "the place in the line is free again"
        work.at_work = [name for name in work.at_work if name != who]
        assert "d" in await work.end_all()

    run(story())
