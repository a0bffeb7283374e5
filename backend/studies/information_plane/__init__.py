"""Shwartz-Ziv & Tishby 2017 with Saxe et al. 2018: do layers compress, and does it matter?"""

from collections.abc import Mapping
from typing import Any

from backend.studies.information_plane.claims import FINDINGS
from backend.studies.information_plane.departures import DEPARTURES, PAPER
from backend.studies.information_plane.facts import PlaneFacts
from backend.studies.information_plane.figures import FIGURES
from backend.studies.information_plane.figures.plane import preview
from backend.studies.information_plane.labs import LABS
from backend.studies.information_plane.params import ACTIVATION_TITLES, PlaneParams
from backend.studies.information_plane.plan import plan
from backend.studies.information_plane.terms import TERMS
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Study

DEPTHS = {"activations": ["tanh"], "optimizers": ["adam"], "percents": [80], "rules": ["icosahedron"]}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "depths": {**DEPTHS, "widths": [12, 10, 8, 6, 4, 2], "depths": [5, 4, 3, 2, 1], "epochs": 3000},
    "activations": {
        "activations": ["tanh", "relu", "softsign", "softplus", "linear"],
        "optimizers": ["adam", "sgd", "full_batch"],
        "percents": [80, 5, 45, 85],
        "rules": ["icosahedron", "random", "committee"],
    },
    "paper": PAPER,
}


def _extended(params: PlaneParams, more: int) -> PlaneParams:
    return PlaneParams.model_validate(params.model_dump() | {"networks": params.networks + more})


def _described(params: PlaneParams, _facts: PlaneFacts) -> str:
    words = ", ".join(ACTIVATION_TITLES[activation] for activation in params.activations)
    return f"{words}, {params.networks} networks in each of {len(params.arms())} settings"


STUDY = Study(
    name="information_plane",
    title="The information plane of deep networks",
    question="Do layers forget their input in order to generalize?",
    summary=(
        "Trains small networks on patterns of a sphere and follows how much each layer tells about its input"
        " and about the label. Weights are kept, so that any other estimator can measure them again."
    ),
    answer=(
        "Shwartz-Ziv and Tishby saw layers first learn about the label and then, for most of the"
        " training, forget about the input, and held this forgetting to be why networks generalize.",
        "Saxe and others repeated it with further activations: tanh networks seem to compress because"
        " their units saturate, ReLU networks generalize as well and do not.",
        "So compression is neither needed nor what the noise of gradient descent brings about.",
    ),
    paper=Paper(
        title="Opening the Black Box of Deep Neural Networks via Information",
        authors=("Ravid Shwartz-Ziv", "Naftali Tishby"),
        year=2017,
        venue="arXiv",
        url="https://arxiv.org/abs/1703.00810",
    ),
    params=PlaneParams,
    presets=PRESETS,
    preset_titles={
        "depths": "One to six hidden layers",
        "activations": "Every activation, optimizer and rule",
    },
    plan=Plan(plan, counted="networks"),
    facts=PlaneFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    labs=LABS,
    preview=preview,
    extension=Extension(
        label="Further networks",
        detail="A new experiment reuses every ten networks of this one and trains further ones, which narrows"
        " the intervals.",
        default=10,
        least=1,
        most=90,
        extended=_extended,
        noun="networks in each setting",
    ),
    terms=TERMS,
)
