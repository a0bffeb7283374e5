"""The main study: which examples a classifier memorizes, and how that depends on its size."""

from collections.abc import Mapping

from backend.datasets.base import Shape
from backend.networks.ladders import LADDERS
from backend.statistics.intervals import newcombe
from backend.statistics.precision import KNOWN_SHARE, SETTLED_SHARE, precision
from backend.statistics.subsets import heldout_count
from backend.statistics.surrogate import MOST_EXAMPLES
from backend.studies.kit.paper import Paper
from backend.studies.kit.results import Results
from backend.studies.kit.scores import Review, Scored
from backend.studies.kit.study import Extension, Plan, Study
from backend.studies.memorization.budgets import steps, suspect_steps
from backend.studies.memorization.claims import FINDINGS
from backend.studies.memorization.columns import COLUMNS, CONSISTENCY, PREDICTION_DEPTH, SUSPICION
from backend.studies.memorization.convergence import convergence, gains
from backend.studies.memorization.departures import DEPARTURES
from backend.studies.memorization.distillation import (
    BY_STUDENTS,
    distillation,
    distillation_gain,
    distillation_scores,
    distillation_types,
)
from backend.studies.memorization.distillation_claims import FINDINGS as DISTILLATION
from backend.studies.memorization.facts import MemorizationFacts
from backend.studies.memorization.figures import accuracies, curves, learning_curves, overview
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.halves import FINDINGS as HALVES
from backend.studies.memorization.halves import halves, jaccard
from backend.studies.memorization.pairs import FINDINGS as PAIRS
from backend.studies.memorization.pairs import influence_pairs
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import SURROGATE_CHEAP, model_cost, plan, surrogate_pays
from backend.studies.memorization.presets import PRESETS, TITLES
from backend.studies.memorization.profile import FINDINGS as PROFILES
from backend.studies.memorization.profile import consistency_profile
from backend.studies.memorization.proxies import FINDINGS as PROXIES
from backend.studies.memorization.proxies import proxies, proxy_ranks
from backend.studies.memorization.published import consistency, published_histograms
from backend.studies.memorization.removal import FINDINGS as REMOVAL
from backend.studies.memorization.removal import removal
from backend.studies.memorization.single import SINGLE
from backend.studies.memorization.terms import TERMS
from backend.studies.scored.figures import FIGURES


def _size_name(params: MemorizationParams) -> str:
    return LADDERS[params.family].size_name


def _parameters(params: MemorizationParams, shape: Shape) -> Mapping[int, int]:
    sizes = sorted({*LADDERS[params.family].sizes, *params.sizes})
    return {size: model_cost(params, shape, size).parameters for size in sizes}


def _half_width(params: MemorizationParams, shape: Shape) -> float:
    """Return it for an example that models always get right with it and half of the time without it."""
    heldout = heldout_count(shape.n_train, params.subset_fraction)
    n_out = max(round(params.models * heldout / shape.n_train), 1)
    n_in = params.models - n_out
    low, high = newcombe(n_in, n_in, n_out / 2, n_out, params.confidence)
    return float(high - low) / 2


def _extended(params: MemorizationParams, models: int) -> MemorizationParams:
    return MemorizationParams.model_validate(params.model_dump() | {"models": params.models + models})


def _goes_on(found: Memorized) -> bool:
    """Whether any size misses the target."""
    scores = found.results.scores
    if scores is None or found.params.target == "none":
        return True
    reached = precision(scores.low, scores.high)
    if found.params.target == "known":
        return bool((reached.known < KNOWN_SHARE).any())
    return bool((reached.settled < SETTLED_SHARE).any())


def _gains(results: Results, child: MemorizationParams) -> tuple[str, ...]:
    return () if results.scores is None else gains(results.scores, child)


def _described(params: MemorizationParams, _facts: MemorizationFacts) -> str:
    first, last = params.sizes[0], params.sizes[-1]
    sizes = f"{first}-{last}" if last > first else f"{first}"
    return (
        f"{params.dataset}, {LADDERS[params.family].title} {sizes},"
        f" {params.models} models per {_size_name(params)}"
    )


def _notes(params: MemorizationParams, shape: Shape) -> tuple[str, ...]:
    """Say what the surrogate costs, and whether it is worth that."""
    if shape.n_train > MOST_EXAMPLES:
        return ()
    added, pays = surrogate_pays(params, shape)
    if params.surrogate:
        told = "pays" if pays else "does not pay: as many further models would bring more"
        return (f"The surrogate adds {added:.0%} to the time of training, which {told}.",)
    if pays and added < SURROGATE_CHEAP:
        return (f"A surrogate would add {added:.1%} to the time of training, and pay: see further settings.",)
    return ()


STUDY = Study(
    name="memorization",
    title="What do larger image classifiers memorize?",
    question="Which examples does a classifier learn by heart, and does a larger one learn more of them so?",
    summary=(
        "Trains many models of each size on random subsets of the training set. An example is memorized as"
        " far as models that had it get it right and models that did not have it do not."
    ),
    answer=(
        "Classifiers memorize a part of their examples: these they get right only if they were trained"
        " on them.",
        "Larger networks memorize most examples less, once they fit their training set; the rest they"
        " memorize more, at least for a while, and many of these are mislabeled or ambiguous.",
        "Cheap proxies, such as how fast an example is learned, tell which examples are memorized and"
        " miss what size changes.",
    ),
    paper=Paper(
        title="What do larger image classifiers memorise?",
        authors=(
            "Michal Lukasik",
            "Vaishnavh Nagarajan",
            "Ankit Singh Rawat",
            "Aditya Krishna Menon",
            "Sanjiv Kumar",
        ),
        year=2023,
        published=2024,
        venue="Transactions on Machine Learning Research",
        appeared="Transactions on Machine Learning Research, 2024",
        url="https://arxiv.org/abs/2310.05337",
        kind="article",
    ),
    params=MemorizationParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan),
    facts=MemorizationFacts,
    described=_described,
    notes=_notes,
    departures=DEPARTURES,
    figures=(
        *(overview, convergence, *FIGURES, curves),
        *(removal, proxies, proxy_ranks, consistency_profile, published_histograms),
        *(consistency, halves, jaccard, influence_pairs),
        *(distillation, distillation_gain, distillation_scores, distillation_types),
    ),
    findings=(*FINDINGS, *REMOVAL, *PROXIES, *PROFILES, *HALVES, *PAIRS, *DISTILLATION),
    scores=Scored(
        size_name=_size_name,
        parameters=_parameters,
        half_width=_half_width,
        accuracies=accuracies,
        learning_curves=learning_curves,
        steps=steps,
        columns=(*COLUMNS, PREDICTION_DEPTH, CONSISTENCY, BY_STUDENTS),
        influence=True,
        review=Review(SUSPICION.key, suspect_steps),
        single=SINGLE,
    ),
    extension=Extension(
        label="Further models at every size",
        detail="A new experiment reuses all models of this one, so that this one stays as it is. More models"
        " make every interval narrower.",
        default=200,
        least=10,
        most=4000,
        extended=_extended,
        gains=_gains,
    ),
    goes_on=_goes_on,
    terms=TERMS,
    starter=True,
)
