"""Lanes: threads that each train their own models, so that every core works on whole matrices."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Generic, TypeVar

import torch

from workers.engine.memory import OUT_OF_MEMORY, out_of_memory, release, return_cached

TICK_S = 0.5

T = TypeVar("T")

OnStep = Callable[[float], None]


class StoppedError(Exception):
    """Ends a lane because another one has failed or was told to stop."""


class Relay:
    """Adds up what all models report; one thread speaks at a time, and nobody goes on after a failure."""

    def __init__(self, on_step: OnStep, models: int) -> None:
        self._on_step = on_step
        self._done = [0.0] * models
        self._highest = 0.0
        self._lock = threading.Lock()
        self._stopped = False

    def report(self, models: range, fraction: float) -> None:
        """Set the finished fraction of these models; after a failure, raises StoppedError for ever."""
        with self._lock:
            if self._stopped:
                raise StoppedError
            self._done[models.start : models.stop] = [fraction] * len(models)
            # Models that run again with less memory must not turn the progress back.
            self._highest = max(self._highest, sum(self._done) / len(self._done))
            self._speak()

    def tick(self) -> None:
        """Report what is known already, so that a long step neither hides a cancellation nor looks dead."""
        with self._lock:
            if not self._stopped:
                self._speak()

    def _speak(self) -> None:
        try:
            self._on_step(min(self._highest, 1.0))
        except BaseException:
            self._stopped = True
            raise

    def stop(self) -> None:
        """Let every lane end at its next step."""
        with self._lock:
            self._stopped = True


def run_lanes(
    train: Callable[[range], T],
    chunks: Sequence[range],
    lanes: int,
    device: torch.device,
    relay: Relay,
) -> list[tuple[range, T]]:
    """Train every chunk of models, `lanes` at a time; a chunk that needs too much memory is cut in half.

    Returns (models, result) in the order of the models. The first error ends all lanes and is raised.
    """
    work = _Work(train, deque(chunks), device, relay)
    aside(work.lane, lanes, device, relay)
    if work.errors:
        raise work.errors[0]
    return sorted(work.finished, key=lambda item: item[0].start)


def aside(work: Callable[[], T], lanes: int, device: torch.device, relay: Relay) -> list[T]:
    """Do the same work in that many lanes, while this thread lets the relay tick."""
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(lanes, initializer=_enter, initargs=(device,)) as pool:
            futures = [pool.submit(work) for _ in range(lanes)]
            while wait(futures, TICK_S).not_done:
                relay.tick()
            return [future.result() for future in futures]
    finally:
        torch.set_num_threads(threads)  # a lane's 1 holds for the matrix library of the whole process
        return_cached(device)


class _Work(Generic[T]):
    """What the lanes share: chunks that wait, results, errors; appending and popping is safe in threads."""

    def __init__(
        self, train: Callable[[range], T], waiting: deque[range], device: torch.device, relay: Relay
    ) -> None:
        self._train = train
        self._waiting = waiting
        self._device = device
        self._relay = relay
        self.finished: list[tuple[range, T]] = []
        self.errors: list[BaseException] = []

    def lane(self) -> None:
        """Train chunk after chunk until none waits or somebody failed."""
        while not self.errors:
            try:
                models = self._waiting.popleft()
            except IndexError:
                return
            try:
                if not self._trained(models):
                    # Out here the error, and with it what it held of the failed bank, is gone.
                    release(self._device)
                    middle = models.start + len(models) // 2
                    self._waiting.extendleft([range(middle, models.stop), range(models.start, middle)])
            except StoppedError:
                return
            except BaseException as error:
                self.errors.append(error)
                self._relay.stop()

    def _trained(self, models: range) -> bool:
        """Train one chunk; returns False if it needs too much memory and can be cut."""
        try:
            self.finished.append((models, self._train(models)))
        except OUT_OF_MEMORY as error:
            if not out_of_memory(error) or len(models) == 1:
                raise
            return False
        return True


def _enter(device: torch.device) -> None:
    """One thread per lane: results then depend neither on the number of cores nor on other lanes."""
    if device.type == "cpu":
        torch.set_num_threads(1)
    torch.backends.cudnn.deterministic = True  # else two runs of one model differ in bits on a GPU
    torch.set_flush_denormal(True)  # denormal gradients of saturated nets cost up to 100x on a CPU
