"""A worker ends itself when messages wait and none arrives; never while it works or nothing waits."""

import pytest

from backend.core.contracts import Queue
from backend.core.settings import Settings
from workers import consumption
from workers.consumption import PATIENCE_S, Consumption, Watchdog


@pytest.fixture
def taken() -> Consumption:
    return Consumption()


@pytest.fixture
def watchdog(taken: Consumption) -> Watchdog:
    return Watchdog(Settings(_env_file=None), taken, [Queue.UNITS], lambda: None)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """How many messages wait in each queue; None where the broker cannot be reached."""
    queue: dict[str, int | None] = {"messages": 3}

    def depth(*_: object) -> int:
        if queue["messages"] is None:
            raise OSError
        return queue["messages"]

    monkeypatch.setattr(consumption, "depth", depth)
    return queue


def test_starves_when_messages_wait_and_none_arrives(watchdog: Watchdog, waiting: object) -> None:
    assert not watchdog.starving(100)
    assert not watchdog.starving(100 + PATIENCE_S - 0.1)
    assert watchdog.starving(100 + PATIENCE_S)


def test_a_message_that_came_just_now_has_not_waited(
    watchdog: Watchdog, waiting: dict[str, int | None]
) -> None:
    waiting["messages"] = 0
    assert not watchdog.starving(100)
    waiting["messages"] = 1
    assert not watchdog.starving(1000), "idle for long, but nothing was waiting"
    assert watchdog.starving(1000 + PATIENCE_S)


def test_work_counts_as_consumption_however_long_it_takes(
    watchdog: Watchdog, taken: Consumption, waiting: object
) -> None:
    taken.take()
    for now in (100.0, 200.0, 300.0):
        assert not watchdog.starving(now)
    taken.finish()
    assert not watchdog.starving(400)
    assert watchdog.starving(400 + PATIENCE_S)


def test_a_short_task_between_two_looks_counts(
    watchdog: Watchdog, taken: Consumption, waiting: object
) -> None:
    assert not watchdog.starving(100)
    taken.take()
    taken.finish()
    assert not watchdog.starving(100 + PATIENCE_S)
    assert not watchdog.starving(101 + PATIENCE_S)


def test_a_broker_that_is_away_starves_nobody(watchdog: Watchdog, waiting: dict[str, int | None]) -> None:
    assert not watchdog.starving(100)
    waiting["messages"] = None
    assert not watchdog.starving(200)
    waiting["messages"] = 3
    assert not watchdog.starving(201)


def test_the_watchdog_ends_the_process(
    taken: Consumption, waiting: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumption, "PATIENCE_S", 0.02)
    monkeypatch.setattr(consumption, "EVERY_S", 0.01)
    ended: list[bool] = []
    Watchdog(Settings(_env_file=None), taken, [Queue.UNITS], lambda: ended.append(True)).run()
    assert ended == [True]
