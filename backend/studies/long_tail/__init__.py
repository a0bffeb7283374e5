"""Feldman 2019: if frequencies have a long tail, whoever does not memorize pays for it."""

from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Study
from backend.studies.long_tail.claims import FINDINGS
from backend.studies.long_tail.departures import DEPARTURES
from backend.studies.long_tail.facts import LongTailFacts
from backend.studies.long_tail.figures import FIGURES
from backend.studies.long_tail.figures.samples import preview
from backend.studies.long_tail.labs import LABS
from backend.studies.long_tail.params import LongTailParams
from backend.studies.long_tail.plan import plan
from backend.studies.long_tail.presets import PRESETS, TITLES
from backend.studies.long_tail.terms import TERMS


def _extended(params: LongTailParams, repetitions: int) -> LongTailParams:
    more = {"repetitions": params.repetitions + repetitions}
    return LongTailParams.model_validate(params.model_dump() | more)


def _described(params: LongTailParams, _facts: LongTailFacts) -> str:
    return f"{params.named}, n = {params.samples:,}"


STUDY = Study(
    name="long_tail",
    title="The price of not memorizing",
    question="If most examples are of their kind alone, does learning well require learning them by heart?",
    summary=(
        "Draws samples in which few points are frequent and very many are rare. A point seen once is then"
        " likely to come again, so a learner that does not fit it pays: how much is known in closed form."
    ),
    answer=(
        "In natural data many kinds of examples are so rare that a training set holds a single one of them.",
        "Such an example tells of further ones to come, so a learner that does not fit it, even with a"
        " wrong label among them, pays with a larger error.",
        "How much it pays follows from how often kinds are frequent and rare; limits on memorization,"
        " as privacy asks for, cost the rare groups most.",
    ),
    key_figure="price",
    paper=Paper(
        title="Does Learning Require Memorization? A Short Tale about a Long Tail",
        authors=("Vitaly Feldman",),
        year=2019,
        published=2020,
        venue="Symposium on Theory of Computing",
        appeared="STOC 2020",
        url="https://arxiv.org/abs/1906.05271",
    ),
    params=LongTailParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="repetitions"),
    facts=LongTailFacts,
    described=_described,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    labs=LABS,
    preview=preview,
    extension=Extension(
        label="Further repetitions",
        detail="A new experiment reuses the samples of this one and draws more, which narrows the intervals.",
        default=4000,
        least=100,
        most=50_000,
        extended=_extended,
        noun="repetitions",
    ),
    terms=TERMS,
)
