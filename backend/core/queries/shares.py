"""Shares: links that open one view of one experiment to whoever has them, until they end."""

import re
import secrets
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.errors import GoneError, NotFoundError
from backend.core.models import Experiment, Share
from backend.core.queries.experiments import get as get_experiment
from backend.core.queries.units import lock

_TOKEN_BYTES = 24


def create(session: Session, experiment_id: str, view: str, expires_at: datetime | None) -> Share:
    """Make a share with a token that nobody can guess; NotFoundError if there is no such experiment."""
    if lock(session, experiment_id) is None:  # locked, or it could be deleted in between
        get_experiment(session, experiment_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    share = Share(token=token, experiment_id=experiment_id, view=view, expires_at=expires_at)
    session.add(share)
    session.flush()
    return share


def live(session: Session, experiment_id: str) -> list[Share]:
    """Return the shares of an experiment that open, newest first."""
    statement = select(Share).where(
        Share.experiment_id == experiment_id,
        Share.revoked_at.is_(None),
        or_(Share.expires_at.is_(None), Share.expires_at > clock.current()),
    )
    return list(session.scalars(statement.order_by(Share.created_at.desc(), Share.token)))


def get(session: Session, token: str) -> Share:
    """Return a share that opens; GoneError if it has ended, NotFoundError if there is none."""
    share = _find(session, token)
    if share.revoked_at is not None:
        raise GoneError(
            f"This link was withdrawn on {_day(share.revoked_at)}. Ask whoever sent it for a new one."
        )
    if share.expires_at is not None and share.expires_at <= clock.now(session):
        raise GoneError(f"This link ended on {_day(share.expires_at)}. Ask whoever sent it for a new one.")
    return share


def revoke(session: Session, token: str) -> None:
    """End a share now; nothing happens to one that has been revoked before."""
    share = _find(session, token)
    share.revoked_at = share.revoked_at or clock.now(session)


def _find(session: Session, token: str) -> Share:
    share = session.get(Share, token) if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token) else None
    if share is None or session.get(Experiment, share.experiment_id) is None:
        raise NotFoundError("There is no such link. It is incomplete, or its experiment has been deleted.")
    return share


def _day(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"
