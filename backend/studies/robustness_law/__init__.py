"""Bubeck & Sellke 2021: fitting noisy labels smoothly takes many more weights than fitting them."""

from backend.datasets.base import Shape
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Study
from backend.studies.robustness_law.claims import FINDINGS
from backend.studies.robustness_law.departures import DEPARTURES
from backend.studies.robustness_law.facts import RobustnessFacts
from backend.studies.robustness_law.figures import FIGURES
from backend.studies.robustness_law.figures.preview import preview
from backend.studies.robustness_law.labs import LABS
from backend.studies.robustness_law.params import Part, RobustnessParams
from backend.studies.robustness_law.plan import plan
from backend.studies.robustness_law.presets import PRESETS, TITLES
from backend.studies.robustness_law.terms import TERMS


def _extended(params: RobustnessParams, more: int) -> RobustnessParams:
    return RobustnessParams.model_validate(params.model_dump() | {"networks": params.networks + more})


def _described(params: RobustnessParams, _facts: RobustnessFacts) -> str:
    said = []
    if Part.LAW in params.parts:
        said.append(f"n up to {params.examples[-1]:,}, d up to {params.dimensions[-1]:,}")
    if Part.IMAGES in params.parts:
        said.append(params.dataset)
    return ", ".join(said)


def _notes(params: RobustnessParams, shape: Shape) -> tuple[str, ...]:
    if Part.IMAGES not in params.parts:
        return ("No part that is asked for looks at images: the data set does not matter.",)
    n = min(params.images, shape.n_train)
    return (
        f"{n:,} images of {shape.features:,} numbers get random labels; every other part draws its own"
        " points.",
    )


STUDY = Study(
    name="robustness_law",
    title="A law of robustness",
    question="Networks can fit noise with few weights. What does it take to fit it smoothly?",
    summary=(
        "Trains small networks on random labels and measures how steep they get. With n examples in d"
        " dimensions and p weights, fits are about √(nd/p) steep: a smooth one takes d times as many weights"
        " as a fit."
    ),
    answer=(
        "Fitting n examples takes about n weights; Bubeck and Sellke prove that fitting noisy labels"
        " smoothly takes about n times d, where d is the number of dimensions.",
        "With p weights the steepness of what fits below the noise is at least about √(nd/p).",
        "So networks far larger than fitting asks for may be what robustness takes; experiments with"
        " small networks show steepness in line with the law.",
    ),
    paper=Paper(
        title="A Universal Law of Robustness via Isoperimetry",
        authors=("Sébastien Bubeck", "Mark Sellke"),
        year=2021,
        venue="Advances in Neural Information Processing Systems",
        appeared="NeurIPS 2021, with A Law of Robustness for Two-Layers Neural Networks, COLT 2021",
        url="https://arxiv.org/abs/2105.12806",
    ),
    params=RobustnessParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="networks"),
    facts=RobustnessFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    labs=LABS,
    extension=Extension(
        label="Further networks",
        detail="A new experiment reuses all networks of this one and trains more of each kind, which narrows"
        " the intervals.",
        default=8,
        least=1,
        most=92,
        extended=_extended,
        noun="networks of each kind",
    ),
    notes=_notes,
    preview=preview,
    terms=TERMS,
)
