"""The numbers that the paper gives as examples, which its own formulas must give again."""

from dataclasses import dataclass

from backend.studies.kit.findings import Finding, Measurement, near, not_run
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.numbers import SUBGROUPS

SOURCE = "Feldman 2019, examples under Zipf's law"
SETTING = "ours, paper settings: closed form"


@dataclass(frozen=True)
class Printed:
    """A number as the paper prints it; `digit` is one unit of its last digit, in the unit of `value`."""

    key: str
    statement: str
    value: float
    digit: float
    text: str
    question: str
    unit: str = ""


def _of_subgroup(number: int, best: float, extra: float) -> tuple[Printed, Printed]:
    points, n = SUBGROUPS[number]
    where = f"with N = {points:,} and n = {n:,}"
    return (
        Printed(
            f"subgroup_{number + 1}_opt",
            f"The smallest possible error {where}.",
            best,
            0.001,
            f"{best:g}",
            f"Is the best error with N = {points:,}, n = {n:,} {best:g}?",
            "error",
        ),
        Printed(
            f"subgroup_{number + 1}_cost",
            f"What a limit of 1/2 on memorization adds {where}.",
            extra,
            0.001,
            f"{extra:g}",
            f"Does the limit cost {extra:g} with N = {points:,}, n = {n:,}?",
            "error",
        ),
    )


PRINTED: tuple[Printed, ...] = (
    Printed(
        "scaled_tau",
        "What a point seen once is worth, n tau_1.",
        0.47,
        0.01,
        "about 0.47",
        "Is a point seen once worth about 0.47?",
    ),
    Printed(
        "least_frequency",
        "The frequency of the rarest point, times n.",
        0.09,
        0.01,
        "about 0.09",
        "Is the rarest point seen about 0.09 times?",
    ),
    Printed(
        "singletons",
        "The share of examples whose point is seen once.",
        0.17,
        0.01,
        "about 17 %",
        "Are about 17 % singletons?",
        "share",
    ),
    Printed(
        "opt",
        "The smallest possible error with 10 classes.",
        0.15,
        0.01,
        "about 15 %",
        "Is the smallest error about 15 %?",
        "error",
    ),
    Printed(
        "excess",
        "What leaving all points seen once unfitted adds to it.",
        0.07,
        0.01,
        "about 7 %",
        "Does not fitting them add about 7 %?",
        "error",
    ),
    *_of_subgroup(0, 0.018, 0.015),
    *_of_subgroup(1, 0.113, 0.035),
    *_of_subgroup(2, 0.107, 0.031),
)


def ours(found: Sampled) -> dict[str, float]:
    """Return our numbers by key; empty before they are computed."""
    return {number.key: number.ours for number in found.facts.numbers}


def _finding(printed: Printed) -> Finding:
    def measure(found: Sampled) -> Measurement:
        if (value := ours(found).get(printed.key)) is None:
            return not_run("waits until it is computed")
        # A closed form has no interval.
        verdict = near(printed.value, printed.digit, value, value)
        note = (
            "Zipf's law with s = 1; equal to one unit of the last printed digit, as some are cut off there."
        )
        return Measurement(verdict, value, note=note, answer=f"the formula gives {value:.4g}")

    return Finding(
        printed.key,
        printed.statement,
        SOURCE,
        printed.text,
        printed.unit,
        measure,
        setting=SETTING,
        question=printed.question,
        rule=(
            "Holds if the closed form gives the printed number up to one unit of its last digit, differs if"
            " not. A closed form has no interval."
        ),
        number=printed.value,
    )


FINDINGS: tuple[Finding, ...] = tuple(map(_finding, PRINTED))
