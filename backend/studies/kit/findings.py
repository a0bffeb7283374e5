"""What papers found and how ours is measured: the common form of all studies' claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import t_interval


@dataclass(frozen=True)
class Measurement:
    """Our side of a claim; `low` and `high` bound the measured value.

    `answer` says the outcome in a short phrase that follows "Yes:", "No:" or "Undecided:"; `note` has the
    details.
    """

    verdict: ClaimVerdict
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Claim:
    """A finding of a paper beside our measurement; `setting` says whose numbers ours are.

    `question` and `answer` tell the outcome in a sentence, `rule` when the claim holds and when it differs.
    `arithmetic`: a check that cannot fail short of a fault in the code, and so counts among no findings.
    """

    key: str
    statement: str
    source: str
    paper_value: str
    measured: float | None
    low: float | None
    high: float | None
    unit: str
    verdict: ClaimVerdict
    setting: str
    note: str = ""
    arithmetic: bool = False
    question: str = ""
    answer: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Finding:
    """The paper's side of a claim, and how to measure ours.

    `paper` is the paper's value in words, "not available" where nobody could recover it. `unit` is that of
    the measured value, "" of a number without one. `needs` says what is missing before it can be measured,
    "" when nothing is. `setting` says whose numbers ours are where no parameter changes them, "" elsewhere.
    `arithmetic`, `question` and `rule` as in `Claim`. `of` says with which parameters there is such a claim:
    none is made about what an experiment cannot have. `number` is the paper's value in that unit, None where
    words alone tell it.
    """

    key: str
    statement: str
    source: str
    paper: str
    unit: str
    measure: Callable[[Any], Measurement]
    needs: Callable[[Any], str] = lambda _: ""
    setting: str = ""
    arithmetic: bool = False
    question: str = ""
    rule: str = ""
    of: Callable[[Any], bool] = lambda _: True
    number: float | None = None

    def claim(self, found: Any, setting: str) -> Claim:
        """Hold it against what was found; `setting` is that of the experiment or laboratory."""
        missing = self.needs(found)
        ours = not_run(missing) if missing else self.measure(found)
        return Claim(
            key=self.key,
            statement=self.statement,
            source=self.source,
            paper_value=self.paper,
            unit=self.unit,
            measured=_told(ours.measured),
            low=_told(ours.low),
            high=_told(ours.high),
            verdict=ours.verdict,
            setting=self.setting or setting,
            note=ours.note,
            arithmetic=self.arithmetic,
            question=self.question,
            answer=ours.answer,
            rule=self.rule,
        )


def _told(value: float | None) -> float | None:
    """Return a number for JSON, which has neither NaN nor infinite limits."""
    return value if value is not None and np.isfinite(value) else None


def finding(
    statement: str,
    source: str,
    paper: str,
    unit: str = "",
    needs: Callable[[Any], str] = lambda _: "",
    setting: str = "",
    *,
    arithmetic: bool = False,
    question: str = "",
    rule: str = "",
    of: Callable[[Any], bool] = lambda _: True,
) -> Callable[[Callable[[Any], Measurement]], Finding]:
    """Make a function, which measures ours from `Found`, the finding of its name."""

    def made(measure: Callable[[Any], Measurement]) -> Finding:
        name = measure.__name__
        return Finding(
            name, statement, source, paper, unit, measure, needs, setting, arithmetic, question, rule, of
        )

    return made


def not_run(note: str) -> Measurement:
    """Return that nothing was measured, and what it would take."""
    return Measurement(ClaimVerdict.NOT_RUN, note=note)


def above(threshold: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity exceeds the threshold by its interval."""
    if low > threshold:
        return ClaimVerdict.HOLDS
    return ClaimVerdict.DIFFERS if high < threshold else ClaimVerdict.UNDECIDED


def below(threshold: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity stays below the threshold by its interval."""
    return above(-threshold, -high, -low)


def within(least: float, most: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity lies in a range: its interval must lie there, or wholly outside."""
    if least <= low and high <= most:
        return ClaimVerdict.HOLDS
    return ClaimVerdict.DIFFERS if high < least or low > most else ClaimVerdict.UNDECIDED


def near(value: float, tolerance: float, low: float, high: float) -> ClaimVerdict:
    """Judge the claim that a quantity is at most the tolerance away from a value."""
    return within(value - tolerance, value + tolerance, low, high)


def ordered(steps: Sequence[tuple[float, float]]) -> ClaimVerdict:
    """Judge the claim that quantities ascend by the interval of each step from one to the next."""
    return all_hold(*(above(0, low, high) for low, high in steps))


def all_hold(*verdicts: ClaimVerdict) -> ClaimVerdict:
    """Judge the claim that several things hold at once: one that differs decides, one undecided does not."""
    for verdict in (ClaimVerdict.DIFFERS, ClaimVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return ClaimVerdict.HOLDS


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean and its 95 % t-interval, which a single value leaves without limits."""
    low, high = t_interval(values)
    return float(np.mean(values)), low, high
