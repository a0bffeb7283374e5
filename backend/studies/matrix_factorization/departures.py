"""Where experiments depart from Arora et al. 2019."""

from backend.studies.kit.departures import Departure, Departures
from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part
from backend.studies.matrix_factorization.presets import PRESETS


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _instead(ours: tuple[float, ...], paper: tuple[float, ...]) -> str:
    return f"{_listed(ours)} instead of {_listed(paper)}"


def _drawn(ours: MatrixFactorizationParams, _paper: MatrixFactorizationParams) -> bool:
    return bool(ours.parts)


def _recovers(ours: MatrixFactorizationParams, _paper: MatrixFactorizationParams) -> bool:
    return not set(ours.parts) <= {Part.DYNAMICS}


def _swept(ours: MatrixFactorizationParams, _paper: MatrixFactorizationParams) -> bool:
    return Part.CONJECTURE in ours.parts


def _dynamic(ours: MatrixFactorizationParams, _paper: MatrixFactorizationParams) -> bool:
    return Part.DYNAMICS in ours.parts


def _scope(params: MatrixFactorizationParams) -> tuple[str, ...]:
    said = [
        "MovieLens (the second row of Fig. 3) is not run",
        "the paper's matrices and masks are not published: ours are drawn alike",
        "the least nuclear norm agrees with all observations exactly, where the paper allows 0.001",
    ]
    if Part.CONJECTURE in params.parts:
        said.append("the sweep over observations is ours")
    if missing := [part for part in Part if part not in params.parts]:
        said.append(f"not run: {', '.join(missing)}")
    return tuple(said)


DEPARTURES = Departures(
    paper=MatrixFactorizationParams.model_validate(PRESETS["paper"]),
    settings=(
        Departure(
            ("matrix",), lambda _ours, _paper: "a matrix of your own", of=lambda ours, _: not ours.parts
        ),
        Departure(
            ("size",), lambda ours, paper: f"{ours.size} instead of {paper.size} rows and columns", of=_drawn
        ),
        Departure(("rank",), lambda ours, paper: f"rank {ours.rank} instead of {paper.rank}", of=_drawn),
        Departure(
            ("observed",),
            lambda ours, paper: f"observed shares of {_instead(ours.observed, paper.observed)}",
            of=_drawn,
        ),
        Departure(
            ("depths",), lambda ours, paper: f"depths {_instead(ours.depths, paper.depths)}", of=_recovers
        ),
        Departure(
            ("inits",),
            lambda ours, paper: f"initializations {_instead(ours.inits, paper.inits)}",
            of=_recovers,
        ),
        Departure(
            ("learning_rates",),
            lambda ours, paper: f"learning rates {_instead(ours.learning_rates, paper.learning_rates)}",
            of=_recovers,
        ),
        Departure(
            ("most_steps",),
            lambda ours, paper: f"at most {ours.most_steps:,} steps instead of {paper.most_steps:,}",
            of=_recovers,
        ),
        Departure(("sweep",), lambda ours, _: f"a sweep over {_listed(ours.sweep)}", of=_swept),
        Departure(
            ("dynamics_rate",),
            lambda ours, paper: (
                f"dynamics with a rate of {ours.dynamics_rate:g} instead of {paper.dynamics_rate:g}"
            ),
            of=_dynamic,
        ),
        Departure(
            ("dynamics_steps",),
            lambda ours, paper: (
                f"dynamics of {ours.dynamics_steps:,} instead of {paper.dynamics_steps:,} steps at depth 1"
            ),
            of=_dynamic,
        ),
    ),
    scope=_scope,
)
