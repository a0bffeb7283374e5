"""What the report is made from: finished experiments and what they say of the papers' findings."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from backend.core.contracts import ExperimentStatus
from backend.core.models import ClaimRow, Experiment, Summary


def finished(
    session: Session, most: int, dataset: str | None = None, studies: Collection[str] = ()
) -> dict[str, list[Experiment]]:
    """Return the newest finished experiments of each study, at most so many, newest first.

    Of the studies named, or of all; with a data set, only those on it.
    """
    newest = (Experiment.created_at.desc(), Experiment.id.desc())
    ranked = (
        select(
            Experiment, func.row_number().over(partition_by=Experiment.study, order_by=newest).label("rank")
        )
        .join(Summary, Summary.experiment_id == Experiment.id)
        .where(Experiment.status == ExperimentStatus.DONE)
    )
    if dataset is not None:
        ranked = ranked.where(Experiment.dataset_id == dataset)
    if studies:
        ranked = ranked.where(Experiment.study.in_(studies))
    rows = ranked.subquery()
    ordered = select(aliased(Experiment, rows)).where(rows.c.rank <= most).order_by(rows.c.study, rows.c.rank)
    found: dict[str, list[Experiment]] = defaultdict(list)
    for experiment in session.scalars(ordered):
        found[experiment.study].append(experiment)
    return dict(found)


def datasets_used(session: Session) -> list[str]:
    """Return the data sets that finished experiments are on."""
    used = select(Experiment.dataset_id).where(
        Experiment.status == ExperimentStatus.DONE, Experiment.dataset_id.is_not(None)
    )
    return [dataset for dataset in session.scalars(used.distinct()) if dataset is not None]


def claims_of(session: Session, experiment_ids: Sequence[str]) -> dict[str, list[ClaimRow]]:
    """Return the claims of each experiment in their study's order."""
    found: dict[str, list[ClaimRow]] = {experiment_id: [] for experiment_id in experiment_ids}
    statement = select(ClaimRow).where(ClaimRow.experiment_id.in_(experiment_ids))
    for claim in session.scalars(statement.order_by(ClaimRow.position)):
        found[claim.experiment_id].append(claim)
    return found
