"""Does the jobs of one unit in lanes, each on one core."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from backend.studies.kit.runner import Context
from workers.engine.choice import lanes_of
from workers.engine.device import default_device
from workers.engine.lanes import Relay, run_lanes

J = TypeVar("J")
R = TypeVar("R")
Report = Callable[[float], None]


def side_by_side(work: Callable[[J, Report], Sequence[R]], jobs: Sequence[J], context: Context) -> list[R]:
    """Return what comes of all jobs in their order; those that take long should come first."""
    device = default_device()
    relay = Relay(context.progress, len(jobs))

    def done(places: range) -> list[R]:
        return list(work(jobs[places.start], lambda fraction: relay.report(places, fraction)))

    chunks = [range(place, place + 1) for place in range(len(jobs))]
    found = run_lanes(done, chunks, lanes_of(device, len(jobs)), device, relay)
    return [result for _, results in found for result in results]
