"""Where experiments depart from Feldman 2019, whose numbers are of Zipf's law with N = n = 50,000."""

from backend.studies.kit.departures import Departure, Departures
from backend.studies.long_tail.params import LongTailParams
from backend.studies.long_tail.presets import PRESETS
from backend.studies.long_tail.priors import Kind


def _has_points(ours: LongTailParams, _paper: LongTailParams) -> bool:
    return ours.prior is not Kind.CUSTOM


def _is_zipf(ours: LongTailParams, _paper: LongTailParams) -> bool:
    return ours.prior is Kind.ZIPF


def _scope(params: LongTailParams) -> tuple[str, ...]:
    said = [
        "the paper trains nothing: learners, samples and mixtures that theorems are tried on are ours",
        "its Fig. 1 (object frequencies in SUN, by Zhu et al.) and Fig. 2 (examples that are hard for private"
        " networks, by Carlini et al.) are not drawn",
        "accuracies of private networks that it quotes are not reproduced",
    ]
    if not params.redraw:
        said.append("frequencies are those of the list itself, as in the paper's numbers, not drawn from it")
    return tuple(said)


DEPARTURES = Departures(
    paper=LongTailParams.model_validate(PRESETS["paper"]),
    settings=(
        Departure(("prior",), lambda ours, _: f"{ours.named} instead of Zipf's law"),
        Departure(
            ("points",),
            lambda ours, paper: f"{ours.points:,} instead of {paper.points:,} points",
            of=_has_points,
        ),
        Departure(
            ("exponent",), lambda ours, _: f"an exponent of {ours.exponent:g} instead of 1", of=_is_zipf
        ),
        Departure(("samples",), lambda ours, paper: f"{ours.samples:,} instead of {paper.samples:,} samples"),
        Departure(("classes",), lambda ours, paper: f"{ours.classes} instead of {paper.classes} classes"),
    ),
    scope=_scope,
)
