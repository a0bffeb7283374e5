"""Yang et al. 2023: learn what a small network can, and memorize the rest."""

from backend.datasets.base import Shape
from backend.networks.ladders import LADDERS, cost
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Related, Study
from backend.studies.resmem.cases import CASES
from backend.studies.resmem.claims import FINDINGS
from backend.studies.resmem.facts import ResMemFacts
from backend.studies.resmem.figures import FIGURES, preview
from backend.studies.resmem.labs import LABS
from backend.studies.resmem.params import ResMemParams
from backend.studies.resmem.plan import UNITS_WIDE, plan
from backend.studies.resmem.presets import DEPARTURES, PRESETS, TITLES
from backend.studies.resmem.terms import TERMS


def _extended(params: ResMemParams, more: int) -> ResMemParams:
    return ResMemParams.model_validate(params.model_dump() | {"runs": params.runs + more})


def _described(params: ResMemParams, _facts: ResMemFacts) -> str:
    sizes = ", ".join(f"{size:,}" for size in params.sizes)
    return f"{params.dataset}, {LADDERS[params.family].title} {sizes}, {params.runs} of each"


def _notes(params: ResMemParams, shape: Shape) -> tuple[str, ...]:
    each, left = params.split(shape.n_train)
    weights = ", ".join(
        f"{size:,}: {cost(params.family, size, shape, units=UNITS_WIDE).parameters:,}"
        for size in params.sizes
    )
    return (
        f"Each network is trained on {left:,} examples; {each:,} choose k, sigma and T, and {each:,} are"
        f" only looked at. Weights and biases by size {weights}.",
    )


def _related(params: ResMemParams) -> tuple[Related, ...]:
    return (
        Related(
            title="Which of these examples are memorized",
            detail="The main study scores the same training examples. Once it is finished, a new experiment"
            " here can tell by its scores whom memory rescues.",
            study="memorization",
            params={**params.data().model_dump(), "family": params.family, "sizes": params.sizes},
        ),
    )


STUDY = Study(
    name="resmem",
    title="Learn what you can, memorize the rest",
    question="Can a small network do better if what it has not learned is looked up instead?",
    summary=(
        "Trains networks, remembers what they leave of each training label, and adds what near neighbors"
        " left to their answers. Helps where networks do not fit their training set, and has nothing to add"
        " where they do."
    ),
    answer=(
        "A small network learns what it can, and a memory of nearest neighbors then adds what the"
        " network had left of the training labels.",
        "The two together are right more often on new pictures than the network alone, by most where"
        " the network does not fit its training set and where examples are many.",
        "A large network that fits its training set leaves nothing to remember, and gains nothing.",
    ),
    paper=Paper(
        title="ResMem: Learn what you can and memorize the rest",
        authors=(
            "Zitong Yang",
            "Michal Lukasik",
            "Vaishnavh Nagarajan",
            "Zonglin Li",
            "Ankit Singh Rawat",
            "Manzil Zaheer",
            "Aditya Krishna Menon",
            "Sanjiv Kumar",
        ),
        year=2023,
        venue="Advances in Neural Information Processing Systems",
        appeared="NeurIPS 2023",
        url="https://arxiv.org/abs/2302.01576",
    ),
    params=ResMemParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="networks"),
    facts=ResMemFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    cases=CASES,
    labs=LABS,
    related=_related,
    notes=_notes,
    preview=preview,
    extension=Extension(
        label="Further networks",
        detail="A new experiment reuses all networks of this one and trains more of each size, which narrows"
        " the intervals.",
        default=10,
        least=1,
        most=90,
        extended=_extended,
        noun="networks of each size",
    ),
    terms=TERMS,
)
