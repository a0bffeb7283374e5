"""Cursors of lists that are ordered by time, newest first."""

import base64
from datetime import datetime

from backend.core.errors import FieldError, InvalidError
from backend.core.models import Experiment


def encode(row: Experiment) -> str:
    """Return the cursor of what follows this row."""
    return base64.urlsafe_b64encode(f"{row.created_at.isoformat()} {row.id}".encode()).decode()


def decode(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the (time, id) behind which a page starts, None for the first one; InvalidError if broken."""
    if cursor is None:
        return None
    try:
        time, _, row_id = base64.urlsafe_b64decode(cursor).decode("ascii").partition(" ")
        created_at = datetime.fromisoformat(time)
        if created_at.tzinfo is None or not row_id.isalnum():
            raise ValueError
    except ValueError:
        detail = "The cursor is broken; start again without `after`."
        raise InvalidError(detail, (FieldError("/query/after", detail),)) from None
    return created_at, row_id
