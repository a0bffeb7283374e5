"""Laboratories: sliders in, figures and findings out, from a closed form and at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from backend.studies.kit.figures import Figure
from backend.studies.kit.findings import Claim, Finding
from backend.studies.kit.found import Found
from backend.studies.kit.params import StudyParams


class LabParams(StudyParams):
    """Base of a laboratory's parameters: every field is a slider or a choice, and has a default.

    Bounds of the fields are the cap on cost: within them, an answer takes less than 150 ms. A slider's
    `json_schema_extra` may say `"scale": "log"` and a `step`.
    """


@dataclass(frozen=True)
class Lab:
    """A part of a study that needs no queue: `compute` is a pure function of the parameters.

    Figures and findings see what it returns as `found.facts`.
    """

    name: str
    title: str
    description: str
    params: type[LabParams]
    compute: Callable[[Any], Any]
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...] = ()

    SETTING: ClassVar[str] = "closed form, at the position of the sliders"

    def found(self, params: LabParams) -> Found[Any, Any]:
        """Compute everything that figures and findings look at."""
        return Found(params, self.compute(params))

    def claims(self, found: Found[Any, Any]) -> tuple[Claim, ...]:
        """Hold every finding against what was computed."""
        return tuple(finding.claim(found, self.SETTING) for finding in self.findings)
