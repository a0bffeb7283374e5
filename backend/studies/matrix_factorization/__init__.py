"""Arora et al. 2019: depth makes gradient descent find matrices of low rank, and no norm explains it."""

from backend.datasets.matrix import MatrixShape
from backend.studies.kit.paper import Paper
from backend.studies.kit.study import Extension, Plan, Study
from backend.studies.matrix_factorization.claims import FINDINGS
from backend.studies.matrix_factorization.departures import DEPARTURES
from backend.studies.matrix_factorization.facts import MatrixFactorizationFacts
from backend.studies.matrix_factorization.figures import FIGURES
from backend.studies.matrix_factorization.figures.recovery import preview
from backend.studies.matrix_factorization.labs import LABS
from backend.studies.matrix_factorization.params import MatrixFactorizationParams
from backend.studies.matrix_factorization.plan import LEAST_SIDE, plan
from backend.studies.matrix_factorization.presets import PRESETS, TITLES
from backend.studies.matrix_factorization.terms import TERMS


def _extended(params: MatrixFactorizationParams, problems: int) -> MatrixFactorizationParams:
    return MatrixFactorizationParams.model_validate(
        params.model_dump() | {"problems": params.problems + problems}
    )


def _described(params: MatrixFactorizationParams, _facts: MatrixFactorizationFacts) -> str:
    many = f"{params.problems} problems" if params.problems > 1 else "1 problem"
    drawn = f"{params.size} x {params.size} of rank {params.rank}, {many}" if params.parts else ""
    own = f"a matrix of your own, {params.splits} splits" if params.matrix is not None else ""
    return "; ".join(part for part in (drawn, own) if part)


def _notes(params: MatrixFactorizationParams, shape: MatrixShape | None) -> tuple[str, ...]:
    said = []
    if params.parts and params.problems == 1:
        said.append("One problem shows every figure and decides no finding: intervals are over problems.")
    if params.parts and (times := params.determined(params.counts()[0])) < 1.2:
        said.append(
            f"The fewest observations are {times:.1f} times the degrees of freedom of a matrix of rank"
            f" {params.rank}: they hardly determine it, whatever fits them."
        )
    if shape is not None and min(shape.rows, shape.columns) > LEAST_SIDE:
        said.append(
            f"Your matrix has more than {LEAST_SIDE} rows and columns: its least nuclear norm is left out."
        )
    return tuple(said)


STUDY = Study(
    name="matrix_factorization",
    title="Depth prefers low rank",
    question="Which of all matrices that fit does gradient descent find, and does a norm explain it?",
    summary=(
        "Recovers a matrix from a few of its entries by descending on products of 2, 3 and 4 factors. Nothing"
        " limits the rank, yet deeper products find lower ranks, and recover where the least nuclear norm"
        " fails."
    ),
    answer=(
        "A matrix written as a product of several factors and fit by gradient descent comes out with"
        " low rank, and the more factors, the lower.",
        "With three factors it is recovered from fewer entries than the matrix of least nuclear norm"
        " needs, so the pull is not toward that norm.",
        "The reason lies in the dynamics: with depth large singular values grow faster and small ones"
        " slower, so that they come in one after the other.",
    ),
    paper=Paper(
        title="Implicit Regularization in Deep Matrix Factorization",
        authors=("Sanjeev Arora", "Nadav Cohen", "Wei Hu", "Yuping Luo"),
        year=2019,
        venue="Advances in Neural Information Processing Systems",
        appeared="NeurIPS 2019",
        url="https://arxiv.org/abs/1905.13655",
    ),
    params=MatrixFactorizationParams,
    presets=PRESETS,
    preset_titles=TITLES,
    plan=Plan(plan, counted="runs"),
    facts=MatrixFactorizationFacts,
    described=_described,
    notes=_notes,
    departures=DEPARTURES,
    figures=FIGURES,
    findings=FINDINGS,
    labs=LABS,
    preview=preview,
    extension=Extension(
        label="Further problems",
        detail="A new experiment reuses these runs and draws more matrices, which narrows intervals.",
        default=8,
        least=1,
        most=100,
        extended=_extended,
        noun="problems",
    ),
    terms=TERMS,
)
