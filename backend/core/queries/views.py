"""Views too long for an address, kept once under the hash of their query string."""

import hashlib
import re

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.core.errors import NotFoundError
from backend.core.models import StoredView

_DIGITS = 24  # hexadecimal: 96 bits of the hash


def store(session: Session, query: str) -> StoredView:
    """Keep a query string, or return what is kept of it already."""
    view_id = hashlib.sha256(query.encode()).hexdigest()[:_DIGITS]
    if session.get(StoredView, view_id) is None:
        try:
            with session.begin_nested():
                session.execute(insert(StoredView).values(id=view_id, query=query))
        except IntegrityError:
            pass  # somebody else has kept it in between
    return session.get_one(StoredView, view_id)


def get(session: Session, view_id: str) -> StoredView:
    """Return a view or raise NotFoundError."""
    found = session.get(StoredView, view_id) if re.fullmatch(rf"[0-9a-f]{{{_DIGITS}}}", view_id) else None
    if found is None:
        raise NotFoundError("There is no such view; its address may be incomplete.")
    return found
