"""Soudry et al. 2018: gradient descent on separable data goes on, toward the maximum margin."""

from typing import Any

from backend.datasets.base import Shape
from backend.networks.ladders import LADDERS, cost
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Related, Study
from backend.studies.separable.claims import FINDINGS
from backend.studies.separable.departures import DEPARTURES
from backend.studies.separable.facts import SeparableFacts
from backend.studies.separable.figures import FIGURES
from backend.studies.separable.figures.networks import preview
from backend.studies.separable.labs import LABS
from backend.studies.separable.params import UNITS, Part, SeparableParams
from backend.studies.separable.plan import plan
from backend.studies.separable.presets import PRESETS, TITLES
from backend.studies.separable.terms import TERMS


def _extended(params: SeparableParams, more: int) -> SeparableParams:
    extended = {"draws": params.draws + more, "networks": params.networks + more}
    return SeparableParams.model_validate(params.model_dump() | extended)


def _described(params: SeparableParams, facts: SeparableFacts) -> str:
    if Part.NETWORKS not in params.parts and Part.PAIR not in params.parts:
        return f"points of the plane, {params.steps:,} steps"
    return f"{params.dataset}, {facts.n_train:,} training examples"


def _notes(params: SeparableParams, shape: Shape) -> tuple[str, ...]:
    if Part.NETWORKS not in params.parts:
        return ()
    weights = cost(params.family, params.size, shape, params.hidden_layers, UNITS).parameters
    return (
        f"{LADDERS[params.family].title}: size {params.size} has {weights:,} weights and biases for"
        f" {shape.n_train:,} training examples.",
    )


def _related(params: SeparableParams) -> tuple[Related, ...]:
    """Return what else networks do on the same data once they fit it."""
    if Part.NETWORKS not in params.parts:
        return ()
    data: dict[str, Any] = params.data().model_dump()
    return (
        Related(
            title="Memorization scores of the same examples",
            detail="Which training examples a network is right about only because it has seen them.",
            study="memorization",
            params=data,
        ),
    )


STUDY = Study(
    name="separable",
    title="The implicit bias of gradient descent on separable data",
    question="Many classifiers make no training error. Which one does gradient descent choose?",
    summary=(
        "Follows linear models and networks long after they are right about every training example. Weights"
        " grow as the logarithm of time and turn toward the maximum margin, while the validation loss rises."
    ),
    answer=(
        "Gradient descent on separable data turns toward the separator with the largest margin, though"
        " nothing in the loss asks for it.",
        "It turns very slowly, as one over the logarithm of time, while the weights grow as the"
        " logarithm of time.",
        "So it pays to go on long after every training example is right, and to watch the validation"
        " error rather than the validation loss, which rises.",
    ),
    paper=Paper(
        title="The Implicit Bias of Gradient Descent on Separable Data",
        authors=(
            "Daniel Soudry",
            "Elad Hoffer",
            "Mor Shpigel Nacson",
            "Suriya Gunasekar",
            "Nathan Srebro",
        ),
        year=2017,
        published=2018,
        venue="Journal of Machine Learning Research",
        appeared="ICLR 2018; JMLR 19(70), 2018",
        url="https://arxiv.org/abs/1710.10345",
        kind="article",
    ),
    params=SeparableParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="runs"),
    facts=SeparableFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    labs=LABS,
    extension=Extension(
        label="Further networks and draws",
        detail="A new experiment reuses all runs of this one and adds networks with other initial weights,"
        " and draws of points and batches, which narrows the intervals.",
        default=5,
        least=1,
        most=45,
        extended=_extended,
        noun="runs of each kind",
    ),
    related=_related,
    notes=_notes,
    preview=preview,
    terms=TERMS,
)
