"""Runs the parts of the randomization study and joins what they measured."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from backend.datasets.examples import Examples
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.randomization.facts import RandomizationFacts
from backend.studies.randomization.params import RandomizationParams
from backend.studies.randomization.plan import Work
from workers.studies.randomization import complexity, finite_sample, fits, linear, memorization

RunPart = Callable[
    [Mapping[str, Any], RandomizationParams, Context], tuple[RandomizationFacts, dict[str, Any]]
]
PARTS: Mapping[str, RunPart] = {
    Work.FITS: fits.run,
    Work.FINITE_SAMPLE: finite_sample.run,
    Work.MINIMUM_NORM: linear.run_minimum_norm,
    Work.KERNEL: linear.run_kernel,
    Work.COMPLEXITY: complexity.run,
    Work.MEMORIZATION: memorization.run,
}


def run(payload: Mapping[str, Any], params: RandomizationParams, context: Context) -> Outcome:
    """Run one part; the arrays are the facts it found."""
    facts, engine = PARTS[payload["part"]](payload, params, context)
    return Outcome(facts.to_arrays(), engine)


def summarize(
    params: RandomizationParams,  # noqa: ARG001 - part of the contract
    examples: Examples,
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Join all facts so far."""
    shape = examples.shape
    facts = RandomizationFacts.joined(
        (RandomizationFacts.from_arrays(arrays) for _, arrays in units),
        n_train=shape.n_train,
        n_test=shape.n_test,
        classes=shape.classes,
    )
    return Results(facts=facts)
