"""Test examples that memory rescues and breaks, with the training examples that it remembers them by."""

from collections.abc import Sequence

from backend.studies.kit.cases import Case, Cases, Picture
from backend.studies.resmem.facts import Case as Found
from backend.studies.resmem.facts import Neighbor
from backend.studies.resmem.numbers import Remembered

MINUS = "\N{MINUS SIGN}"


def _cases(found: Remembered, kind: str) -> Sequence[Case]:
    return [_case(each, found.classes) for each in found.facts.cases if each.rescued is (kind == "rescued")]


def _case(case: Found, classes: Sequence[str]) -> Case:
    lines = (
        f"is {classes[case.label]}",
        f"alone: {classes[case.base]}",
        f"with memory: {classes[case.resmem]}",
        f"size {case.size:,}",
    )
    others = tuple(_neighbor(each, case, classes) for each in case.neighbors)
    return Case(Picture(case.example, lines), others)


def _neighbor(each: Neighbor, case: Found, classes: Sequence[str]) -> Picture:
    residuals = ((case.resmem, each.raises), (case.base, each.lowers))
    told = [f"{value:+.2f}".replace("-", MINUS) + f" for {classes[label]}" for label, value in residuals]
    return Picture(each.example, (classes[each.label], f"weight {each.weight:.2f}", *told))


CASES = Cases(
    title="Rescued and broken",
    description="Test examples that the first network of each size and its memory answer differently, each"
    " beside the nearest training examples. Below these: the label, the weight (0 beyond the k nearest that"
    " were chosen), and the residual for what ResMem answers and for what the network answers alone. Shown"
    " are the first of each kind and size.",
    kinds={"rescued": "Rescued by memory", "broken": "Broken by memory"},
    of=_cases,
)
