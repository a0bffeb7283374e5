"""Zhang et al. 2017/2021: networks fit random labels, so what makes them generalize?"""

from backend.datasets.base import Shape
from backend.datasets.options import NoiseKind
from backend.networks.architectures import cost, title
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Pictured, Plan, Related, Study
from backend.studies.randomization.claims import FINDINGS
from backend.studies.randomization.departures import DEPARTURES, is_reduced
from backend.studies.randomization.facts import RandomizationFacts
from backend.studies.randomization.figures import FIGURES
from backend.studies.randomization.figures.fitting import preview
from backend.studies.randomization.params import NETWORK_PARTS, Part, RandomizationParams, has, seen
from backend.studies.randomization.plan import plan
from backend.studies.randomization.presets import PRESETS, TITLES
from backend.studies.randomization.terms import TERMS

LOOKED_AT = (0.2, 0.5)  # probabilities of corruption at which clean and changed labels are told apart


def _extended(params: RandomizationParams, runs: int) -> RandomizationParams:
    return RandomizationParams.model_validate(params.model_dump() | {"runs": params.runs + runs})


def _notes(params: RandomizationParams, shape: Shape) -> tuple[str, ...]:
    """Say how many weights each network has on these images."""
    if not has(*NETWORK_PARTS)(params):
        return ()
    window = seen(shape)
    return tuple(
        f"{title(a, params.reduction)}: {cost(a, window, params.reduction).parameters:,} weights and"
        f" biases on {window.height} x {window.width} pixels."
        for a in params.architectures
    )


def _described(params: RandomizationParams, facts: RandomizationFacts) -> str:
    said = f"{params.dataset}, {facts.n_train:,} training examples"
    if is_reduced(params):
        said += f", convolutional networks width-reduced to 1/{params.reduction}"
    return said


def _related(params: RandomizationParams) -> tuple[Related, ...]:
    """Return the main study under the very labels that the part about memorization trains on."""
    if Part.MEMORIZATION not in params.parts:
        return ()
    data = params.data().model_dump()
    return tuple(
        Related(
            title=f"Scores of every example with p = {p:g} of the labels redrawn",
            detail="The main study trains on the same pictures and labels, and shows the examples behind"
            " each score.",
            study="memorization",
            params=data | {"noise": NoiseKind.UNIFORM, "label_noise": p},
        )
        for p in LOOKED_AT
    )


STUDY = Study(
    name="randomization",
    title="Understanding deep learning requires rethinking generalization",
    question="Networks fit random labels without a mistake. So why do they generalize on true ones?",
    summary=(
        "Trains networks on random labels, shuffled pixels and noise, which they fit as well as true labels."
        " Then asks what does not explain why they generalize: regularizers, complexity, norms."
    ),
    answer=(
        "Common networks fit random labels, and even pure noise, without a mistake and with the"
        " settings that serve true labels.",
        "So whatever makes them generalize on true labels, it is not that they could not have learned"
        " anything else by heart.",
        "Weight decay, dropout and augmentation help a little, and networks without any of them still"
        " generalize.",
    ),
    paper=Paper(
        title="Understanding deep learning requires rethinking generalization",
        authors=("Chiyuan Zhang", "Samy Bengio", "Moritz Hardt", "Benjamin Recht", "Oriol Vinyals"),
        year=2017,
        venue="International Conference on Learning Representations",
        appeared="ICLR 2017; extended in Communications of the ACM 64(3), 2021",
        url="https://arxiv.org/abs/1611.03530",
    ),
    params=RandomizationParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="networks"),
    facts=RandomizationFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    extension=Extension(
        label="Further runs of every curve",
        detail="A new experiment reuses all networks of this one and adds runs with other initial weights and"
        " orders, which narrows the bands.",
        default=2,
        least=1,
        most=50,
        extended=_extended,
        noun="runs",
    ),
    related=_related,
    notes=_notes,
    preview=preview,
    pictured=(
        Pictured(
            "true-labels",
            "True labels",
            "What networks usually learn from: pictures, and the classes they show.",
        ),
        Pictured(
            "corrupted-labels",
            "Partly corrupted labels",
            "Each label is redrawn with this probability, from all classes: now and then it stays as it was.",
            corruption=None,
        ),
        Pictured(
            "random-labels",
            "Random labels",
            "Every label is redrawn. Pictures say nothing about it, so that it can only be memorized.",
            corruption=1.0,
        ),
        Pictured(
            "shuffled-pixels",
            "Shuffled pixels",
            "One order of the pixels for all pictures: what is alike stays alike, but neighbors part.",
            pixels="shuffled",
        ),
        Pictured(
            "random-pixels",
            "Random pixels",
            "An order of its own for every picture: only brightness and colors are left.",
            pixels="random",
        ),
        Pictured(
            "gaussian-noise",
            "Gaussian noise",
            "Noise with the mean and spread of the data set: nothing of the pictures is left but labels.",
            pixels="gaussian",
        ),
    ),
    terms=TERMS,
)
