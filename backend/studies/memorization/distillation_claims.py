"""What Lukasik et al. 2023 say of distillation, held against students and models that learn from labels."""

from dataclasses import replace

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.scores.scores import TRAJECTORIES
from backend.statistics.joint import Joint
from backend.statistics.trajectories import INCREASING, UNRESOLVED
from backend.studies.kit.findings import Finding, Measurement, above, all_hold, below, finding, not_run
from backend.studies.memorization.claims import FEWEST_MODELS
from backend.studies.memorization.distillation import asked
from backend.studies.memorization.facts import Distillation
from backend.studies.memorization.found import Memorized

FEWEST_EXAMPLES = 20  # of a type, below which a few decide


def _students(found: Memorized) -> str:
    d = found.facts.distillation
    if d is None:
        return "waits until there are students and models of every size"
    if len(d.sizes) < 2:
        return "needs a size below the teacher's"
    return f"needs {FEWEST_MODELS} models of each size" if d.models < FEWEST_MODELS else ""


def _of(found: Memorized) -> Distillation:
    if found.facts.distillation is None:
        raise ValueError("there are no students yet")
    return found.facts.distillation


_PAIRED = (
    "Of each model, the average over the sizes below the teacher's of what the student has minus what the"
    " model has that learns from labels: both have one subset and begin alike. It holds if the 95 %"
    " t-interval of that over models lies {where} 0, and differs if it lies {elsewhere}."
)


def _below_the_teacher(d: Distillation, joint: Joint) -> tuple[float, float, float, str]:
    """Return the mean change over sizes below the teacher's with its limits, and what it is at each."""
    count = len(d.sizes)
    each = [{s: -1 / (count - 1), count + s: 1 / (count - 1)} for s in range(count - 1)]
    told = ", ".join(
        f"{size:,}: {value:+.4f} ({low:+.4f} to {high:+.4f})"
        for s, size in enumerate(d.sizes[:-1])
        for value, low, high in [joint.contrast({s: -1, count + s: 1})]
    )
    weights = {place: weight for of_size in each for place, weight in of_size.items()}
    return *joint.contrast(weights), f"By size: {told}. {d.models:,} pairs of models."


def _more(verdict: ClaimVerdict) -> str:
    return "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""


@finding(
    "Distillation lowers average memorization.",
    "Lukasik et al. 2023, abstract, Fig. 5 left",
    "not available (lower)",
    unit="mean score",
    needs=_students,
    question="Does a teacher lower average memorization?",
    rule=_PAIRED.format(where="below", elsewhere="above"),
    of=asked,
)
def distillation_lowers(found: Memorized) -> Measurement:
    d = _of(found)
    value, low, high, told = _below_the_teacher(d, d.memorization)
    verdict = below(0, low, high)
    labels, students = (
        np.mean(d.memorization.mean[start : start + len(d.sizes) - 1]) for start in (0, len(d.sizes))
    )
    answer = f"{students:.3f} instead of {labels:.3f} below the teacher's size{_more(verdict)}"
    return Measurement(verdict, value, low, high, told, answer)


@finding(
    "Distillation improves test accuracy.",
    "Lukasik et al. 2023, abstract",
    "not available (higher)",
    unit="accuracy",
    needs=_students,
    question="Does a teacher improve test accuracy?",
    rule=_PAIRED.format(where="above", elsewhere="below"),
    of=asked,
)
def distillation_improves(found: Memorized) -> Measurement:
    d = _of(found)
    value, low, high, told = _below_the_teacher(d, d.test)
    verdict = above(0, low, high)
    return Measurement(
        verdict, value, low, high, told, f"{value:+.2%} below the teacher's size{_more(verdict)}"
    )


@finding(
    "The reduction is largest for examples with increasing trajectories.",
    "Lukasik et al. 2023, abstract, Tables 1 and 2",
    "not available (largest for increasing ones)",
    unit="mean score",
    needs=_students,
    question="Does a teacher lower the scores of increasing examples most?",
    rule="One half of the models tells the type of a trajectory without a teacher, the other half the change,"
    " both ways. It holds if the change of increasing examples lies below 0 and below that of every other"
    " resolved type, by 95 % limits over examples, corrected for the number of types, and differs if it lies"
    f" above 0 or above that of one of them. It takes {FEWEST_EXAMPLES} examples of a type. An example that"
    " is not memorized at all has nothing to lose, which is part of this claim.",
    of=asked,
)
def distillation_of_increasing(found: Memorized) -> Measurement:
    types = _of(found).types
    if types is None:
        return not_run("needs models of both halves, 20 of each size")
    known = [
        kind for kind, number in enumerate(types.examples) if number >= FEWEST_EXAMPLES and kind != UNRESOLVED
    ]
    others = [kind for kind in known if kind != INCREASING]
    if INCREASING not in known or not others:
        return not_run(
            f"needs {FEWEST_EXAMPLES} increasing examples and as many of another type; more models do that"
        )
    # As if the examples of the rarest type were all there are: on the safe side.
    change = replace(types.change, freedom=int(min(types.examples[kind] for kind in known)) - 1)
    apart = [change.contrast({INCREASING: 1, kind: -1}, confidence=1 - 0.05 / len(others)) for kind in others]
    own, *limits = change.contrast({INCREASING: 1})
    # The type that comes closest decides.
    value, low, high = (max(each[at] for each in apart) for at in range(3))
    verdict = all_hold(below(0, *limits), below(0, low, high))
    told = ", ".join(
        f"{TRAJECTORIES[kind]} {types.change.mean[kind]:+.3f} ({types.examples[kind]:,.0f})" for kind in known
    )
    note = (
        "Change of increasing examples minus that of the type that comes closest. Change, and number of"
        f" examples, by type: {told}. {types.models:,} models in two halves."
    )
    closest = others[int(np.argmax([each[0] for each in apart]))]
    answer = (
        f"{own:+.3f} among increasing examples, {types.change.mean[closest]:+.3f} among"
        f" {TRAJECTORIES[closest]} ones{_more(verdict)}"
    )
    return Measurement(verdict, value, low, high, note, answer)


@finding(
    "With a teacher, average memorization keeps rising to larger sizes than without.",
    "Lukasik et al. 2023, Fig. 5 left (CIFAR-100)",
    "to about ResNet-56 with a teacher, to about ResNet-20 without (recalled)",
    unit="sizes",
    needs=_students,
    question="Does a teacher move the peak of average memorization to a larger size?",
    rule="A size may be the peak unless another's average is higher, by t-intervals over models that leave"
    " 5 % for all comparisons of both curves. It holds if every size that may be the peak with a teacher is"
    " larger than every one that may be it without, and differs if none is. Where averages without a"
    " teacher may still rise at the largest size, larger ones would tell.",
    of=asked,
)
def distillation_rises_longer(found: Memorized) -> Measurement:
    d = _of(found)
    count = len(d.sizes)
    if count < 3:
        return not_run("needs three sizes")
    labels, students = (_peaks(d.memorization, range(start, start + count)) for start in (0, count))
    mean = np.array(d.memorization.mean).reshape(2, count)
    at = mean.argmax(axis=1)
    low, high = min(students) - max(labels), max(students) - min(labels)
    verdict = above(0.5, low, high)  # they are whole numbers
    may_rise = max(labels) == count - 1
    if may_rise:
        verdict = ClaimVerdict.UNDECIDED
    told = " and ".join(
        f"{' or '.join(f'{d.sizes[size]:,}' for size in peaks)} {how} a teacher"
        for peaks, how in ((labels, "without"), (students, "with"))
    )
    more = "; larger sizes would tell" if may_rise else _more(verdict)
    return Measurement(
        verdict,
        float(at[1] - at[0]),
        low,
        high,
        note=f"Steps from size to size between the peaks. The peak may be at {told}.",
        answer=f"highest at size {d.sizes[at[1]]:,} with a teacher, at {d.sizes[at[0]]:,} without{more}",
    )


def _peaks(joint: Joint, places: range) -> list[int]:
    """Return which of the means at those places may be the highest, counted from the first."""
    confidence = 1 - 0.05 / (len(places) - 1)  # 2.5 % on either side: for each of the two curves
    return [
        place - places.start
        for place in places
        if not any(
            joint.contrast({other: 1, place: -1}, confidence)[1] > 0 for other in places if other != place
        )
    ]


FINDINGS: tuple[Finding, ...] = (
    distillation_lowers,
    distillation_improves,
    distillation_of_increasing,
    distillation_rises_longer,
)
