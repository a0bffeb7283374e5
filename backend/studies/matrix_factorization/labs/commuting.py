"""The laboratory of commuting measurements: there all depths find the least nuclear norm."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import plotly.graph_objects as go
from pydantic import Field, ValidationInfo, field_validator

from backend.figures.curves import here, line, log_axis
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize
from backend.statistics.seeds import generator, governs
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, finding, not_run, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.matrix_factorization.figures.recovery import colored
from backend.theory.commuting import flow_limits, least_nuclear, least_quasi_norm
from backend.theory.deep_linear import Floats

DEPTHS = (2, 3, 4)
PATH = np.geomspace(1, 1e-3, 13)  # initial scales over which limits are drawn
SMALL = 1e-2  # scale from which on a limit is judged
CLOSE = 0.01  # of the least nuclear norm
LARGE = (0.5, 2.0)  # eigenvalues that make the low rank,
REST = 0.02  # and all others


class Purpose(IntEnum):
    """What is drawn here."""

    MEASUREMENTS = 150


class CommutingParams(LabParams):
    """A positive semidefinite matrix of nearly low rank, and what is measured of it."""

    eigenvalues: int = Field(
        8,
        ge=3,
        le=10,
        title="Eigenvalues n",
        description="Of the matrix to find, in the basis that all share.",
    )
    rank: int = Field(2, ge=1, le=4, title="Large ones", description="From .5 to 2; the others are .02.")
    measurements: int = Field(
        4,
        ge=1,
        le=4,
        title="Measurements m",
        description="Random weighted sums of the eigenvalues; fewer than there are eigenvalues.",
        validate_default=True,
    )
    alpha: float = Field(
        1e-3,
        ge=1e-3,
        le=1,
        title="Initial scale alpha",
        description="Every factor begins at alpha times the identity.",
        json_schema_extra={"scale": "log"},
    )
    seed: int = Field(
        3,
        ge=0,
        le=99,
        title="Problem",
        description="Which matrix and measurements are drawn.",
        json_schema_extra=governs(Purpose.MEASUREMENTS),
    )

    @field_validator("measurements")
    @classmethod
    def _fewer(cls, measurements: int, info: ValidationInfo) -> int:
        if measurements >= (most := info.data.get("eigenvalues", 10)):
            raise ValueError(f"must be fewer than the {most} eigenvalues, or there is one solution only")
        return measurements


@dataclass(frozen=True)
class Commuting:
    """Everything the laboratory shows; lists of eigenvalues are (n,).

    `nuclear` has the least nuclear norm, `quasi` the least Schatten-1/2 quasi-norm, which depth 4 would
    prefer if depth N were a preference for Schatten-2/N. `alphas` descend, `excess` (depths, alphas) is the
    nuclear norm of the limit over the least, less 1; `limits` (depths, n) are those of the chosen scale.
    """

    truth: Floats
    nuclear: Floats
    quasi: Floats
    alphas: Floats
    excess: Floats
    limits: Floats

    def here(self, alpha: float) -> Floats:
        """Return the excess at a scale, by depth."""
        return np.asarray(self.excess[:, int(np.argmin(abs(np.log(self.alphas / alpha))))])


Here = Found[CommutingParams, Commuting]


def commuting(params: CommutingParams) -> Commuting:
    """Compute everything at one position of the sliders."""
    rng = generator(params.seed, Purpose.MEASUREMENTS)
    truth = np.full(params.eigenvalues, REST)
    large = rng.choice(params.eigenvalues, min(params.rank, params.eigenvalues), replace=False)
    truth[large] = rng.uniform(*LARGE, size=len(large))
    rows = rng.uniform(0.05, 1, size=(params.measurements, params.eigenvalues))
    nuclear = least_nuclear(rows, rows @ truth)
    alphas = np.unique(np.append(PATH, params.alpha))[::-1]
    limits = np.array([flow_limits(rows, truth, alphas, depth) for depth in DEPTHS])
    return Commuting(
        truth=truth,
        nuclear=nuclear,
        quasi=least_quasi_norm(rows, rows @ truth, 0.5),
        alphas=alphas,
        excess=limits.sum(axis=2) / nuclear.sum() - 1,
        limits=limits[:, int(np.argmin(abs(alphas - params.alpha)))],
    )


@figure(
    "How far from the least nuclear norm",
    "Nuclear norm of the matrix that gradient flow finds, above the least one that fits the measurements,"
    " over the initial scale. All depths go to 0, the deeper the faster: where measurements commute, depth"
    " does not change what is preferred.",
)
def excess_over_scale(found: Here) -> go.Figure:
    """Draw the excess over the initial scale, one line per depth."""
    facts, alpha = found.facts, found.params.alpha
    shown = np.maximum(facts.excess, 1e-7)  # below it, only rounding is left
    drawn = blank(
        "Nuclear norm above the least one",
        "excess-over-scale",
        xaxis=log_axis("initial scale alpha"),
        yaxis={**log_axis("relative excess"), "range": [-7.2, 1]},
    )
    drawn.add_trace(line("1 %", [facts.alphas[-1], 1], [CLOSE] * 2, NEUTRAL, dash="dot"))
    at = facts.here(alpha)
    for depth, values, now in zip(DEPTHS, shown, at, strict=True):
        color = colored(depth)["line"]["color"]
        drawn.add_trace(line(f"depth {depth}", facts.alphas, values, color))
        drawn.add_trace(here(f"depth {depth}, here", alpha, max(now, 1e-7), color, showlegend=False))
    told = ", ".join(f"{max(now, 0):.2%} at depth {depth}" for depth, now in zip(DEPTHS, at, strict=True))
    summarize(drawn, f"From scale {alpha:.2g} the flow ends above the least nuclear norm by {told}.")
    return drawn


@figure(
    "Which eigenvalues are found",
    "The true eigenvalues, those with the least nuclear norm, and where gradient flow ends at each depth; all"
    " fit the measurements. Crosses have the least Schatten-1/2 quasi-norm: if depth 4 were a preference for"
    " it, its flow would end there.",
)
def eigenvalues_found(found: Here) -> go.Figure:
    """Draw the lists of eigenvalues side by side."""
    facts, n = found.facts, found.params.eigenvalues
    drawn = blank(
        f"Eigenvalues · {found.params.measurements} measurements of {n}",
        "eigenvalues-found",
        xaxis={"title": {"text": "eigenvalue"}, "dtick": 1},
        yaxis={"title": {"text": "value"}, "rangemode": "tozero"},
        bargroupgap=0.1,
    )
    order = np.argsort(-facts.truth)
    places = np.arange(1, n + 1)
    drawn.add_bar(x=places, y=facts.truth[order], name="truth", marker={"color": NEUTRAL})
    drawn.add_bar(
        x=places, y=facts.nuclear[order], name="least nuclear", marker={"color": COLORS["memorized"]}
    )
    for depth, values in zip(DEPTHS, facts.limits, strict=True):
        color = colored(depth)["line"]["color"]
        drawn.add_bar(x=places, y=values[order], name=f"depth {depth}", marker={"color": color})
    drawn.add_scatter(
        x=places,
        y=facts.quasi[order],
        name="least Schatten-1/2",
        mode="markers",
        marker={"color": SERIES[4], "symbol": "x", "size": 9},
    )
    summarize(
        drawn,
        f"Nuclear norms: truth {facts.truth.sum():.3f}, least {facts.nuclear.sum():.3f}, gradient flow"
        f" {', '.join(f'{values.sum():.3f}' for values in facts.limits)} at depths 2, 3 and 4, least"
        f" Schatten-1/2 {facts.quasi.sum():.3f}.",
    )
    return drawn


@finding(
    "Where measurements commute, every depth finds the least nuclear norm as the initial scale goes to 0.",
    "Arora et al. 2019, Theorems 1 and 2 (the first is Gunasekar et al. 2017)",
    "0 % in the limit",
    unit="relative excess, largest over depths 2, 3 and 4",
    arithmetic=True,
    question="The least nuclear norm at every depth?",
    rule=(
        "Holds if no depth ends more than 1 % above the least nuclear norm, differs if one's excess grows as"
        " the scale falls; undecided while the scale is too large to tell."
    ),
)
def least_norm(found: Here) -> Measurement:
    """In the limit the excess lies between 0 and what it is now, as it falls with the scale."""
    facts, alpha = found.facts, found.params.alpha
    smaller = facts.alphas <= alpha
    now, after = float(facts.here(alpha).max()), float(facts.excess[:, smaller][:, -1].max())
    low = 0.0 if after <= now + 1e-6 else after
    answer = f"at most {max(now, 0):.2%} above it from scale {alpha:.2g}"
    return Measurement(within(-1e-6, CLOSE, low, max(now, low)), now, low, max(now, low), answer=answer)


@finding(
    "Depth N is not a preference for the Schatten-2/N quasi-norm.",
    "Arora et al. 2019, Proposition 1",
    "measurements exist at which no such quasi-norm is least where the nuclear norm is",
    unit="distance of depth 4 to the least nuclear norm over that to the least Schatten-1/2",
    question="Does depth 4 go to the nuclear norm where the quasi-norm would go elsewhere?",
    rule=(
        "Holds if the two solutions differ and depth 4 ends at most a tenth as far from that of the least"
        f" nuclear norm, differs if it ends nearer to the other. Judged from scale {SMALL:g} down."
    ),
)
def not_a_quasi_norm(found: Here) -> Measurement:
    """Measure to which of the two solutions depth 4 goes."""
    facts = found.facts
    apart = float(np.abs(facts.nuclear - facts.quasi).max())
    if found.params.alpha > SMALL:
        return not_run(f"needs a scale of at most {SMALL:g}: the statement is about small ones")
    if apart < 0.05:
        return not_run("here both norms are least at the same matrix: try another problem")
    to_nuclear, to_quasi = (
        float(np.linalg.norm(facts.limits[-1] - other)) for other in (facts.nuclear, facts.quasi)
    )
    ratio = to_nuclear / to_quasi
    low = 0.0 if ratio < 1 else ratio  # the flow still goes on towards the nearer one as the scale falls
    return Measurement(
        within(0, 0.1, low, ratio),
        ratio,
        note=f"The two solutions are up to {apart:.2f} apart.",
        answer=f"{ratio:.1g} times as far",
    )


LAB = Lab(
    "commuting",
    "Where all depths agree",
    "If all measured matrices commute, gradient flow from a small start finds the least nuclear norm at"
    " every depth. Make the initial scale smaller, then try other problems. In matrix completion measurements"
    " do not commute, and depth matters: that is what experiments show.",
    CommutingParams,
    commuting,
    (excess_over_scale, eigenvalues_found),
    (least_norm, not_a_quasi_norm),
)
