"""Verdicts of two reports held against each other: a change needs a line that says so."""

import re
from collections.abc import Mapping
from typing import NamedTuple

GONE = "gone"  # the verdict of a claim that is no longer made

# A row of the table of claims: `study/key` in its first cell, the verdict in its second.
_ROW = re.compile(r"^\| `([a-z_]+/[a-z0-9_]+)` \| ([a-z ]+?) \|", re.MULTILINE)


class Change(NamedTuple):
    """A claim whose verdict is another one than before."""

    claim: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"`{self.claim}`: {self.before} -> {self.after}"


def written(document: str) -> dict[str, str]:
    """Return the verdict of each claim that a report tells, by `study/key`."""
    return dict(_ROW.findall(document))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return what came out otherwise; a claim that was not there before is no change, one that is gone is."""
    return [
        Change(claim, verdict, after.get(claim, GONE))
        for claim, verdict in before.items()
        if after.get(claim, GONE) != verdict
    ]


def untold(found: list[Change], findings: str) -> list[Change]:
    """Return the changes that no line of the findings tells: one that names the claim and its new verdict."""
    lines = findings.splitlines()
    return [
        change
        for change in found
        if not any(f"`{change.claim}`" in line and change.after in line for line in lines)
    ]
