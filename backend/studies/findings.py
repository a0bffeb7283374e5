"""What papers found and how ours is measured: the common form of all studies' claims."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.core.contracts import ClaimVerdict
from backend.studies.base import Claim

E = TypeVar("E")


@dataclass(frozen=True)
class Measurement:
    """Our side of a claim."""

    verdict: ClaimVerdict
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Finding(Generic[E]):
    """The papers' side of a claim, and how to measure ours."""

    key: str
    statement: str
    source: str
    paper_value: str
    measure: Callable[[E], Measurement]

    def claim(self, ours: Measurement, setting: str) -> Claim:
        """Return both sides; `setting` says whose numbers ours are."""
        return Claim(
            key=self.key,
            statement=self.statement,
            source=self.source,
            paper_value=self.paper_value,
            setting=setting,
            **vars(ours),
        )


def not_run(note: str) -> Measurement:
    """Return that nothing was measured, and what it would take."""
    return Measurement(ClaimVerdict.NOT_RUN, note=note)


def above(threshold: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity exceeds the threshold by its interval."""
    if low > threshold:
        return ClaimVerdict.HOLDS
    return ClaimVerdict.FAILS if high < threshold else ClaimVerdict.UNDECIDED


def below(threshold: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity stays below the threshold by its interval."""
    return above(-threshold, -high, -low)
