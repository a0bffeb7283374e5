"""Matrices that people brought: kept, listed, found, deleted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.errors import ConflictError, NotFoundError
from backend.core.models import Experiment, MatrixRow
from backend.core.queries import deletion


def everything(session: Session) -> Sequence[MatrixRow]:
    """Return all matrices, newest first."""
    return session.scalars(select(MatrixRow).order_by(MatrixRow.created_at.desc(), MatrixRow.id)).all()


def get(session: Session, matrix_id: str) -> MatrixRow:
    """Return a matrix or raise NotFoundError."""
    row = session.get(MatrixRow, matrix_id)
    if row is None:
        raise NotFoundError(f"There is no matrix {matrix_id[:40]!r}; it may have been deleted.")
    return row


def remove(session: Session, row: MatrixRow) -> None:
    """Delete a matrix; ConflictError while experiments were run on it."""
    session.refresh(row, with_for_update=True)  # nobody submits one on it in between
    on_it = Experiment.params["matrix"].as_string() == row.id
    used = len(session.scalars(select(Experiment.id).where(on_it)).all())
    if used:
        what = "An experiment was" if used == 1 else f"{used:,} experiments were"
        raise ConflictError(f"{what} run on {row.name!r}; delete {'it' if used == 1 else 'them'} first.")
    deletion.purge_on(session, on_it)
    session.delete(row)
    session.flush()
