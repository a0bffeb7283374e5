"""Tokens, sign-ins and the audit: who may do what, and who has done what."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import Right
from backend.core.errors import ConflictError, NotFoundError
from backend.core.people import AccessToken, AuditLine, SignIn

ADMINISTRATOR = "administrator"  # whoever has the token of the settings
LONGEST_S = 30 * 86_400.0  # that a sign-in lasts
IDLE_S = 7 * 86_400.0  # after which it ends unused
SEEN_EVERY_S = 3600.0  # a use is noted no more often
_BYTES = 32


@dataclass(frozen=True)
class Person:
    """Who asks, and what they may."""

    name: str
    right: Right


def digest(secret: str) -> str:
    """Return what is kept of a secret; ours are random and long, so nobody finds it by guessing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_token(session: Session, name: str, right: Right) -> str:
    """Make a token and return it: it is shown this once; ConflictError where one of that name is live."""
    if name == ADMINISTRATOR or _live(session, name) is not None:
        raise ConflictError(f"There is a token {name!r} already; revoke it first, or take another name.")
    token = secrets.token_urlsafe(_BYTES)
    session.add(AccessToken(name=name, digest=digest(token), right=right))
    return token


def tokens(session: Session) -> Sequence[AccessToken]:
    """Return all tokens there ever were, the newest first."""
    return session.scalars(select(AccessToken).order_by(AccessToken.id.desc())).all()


def revoke_token(session: Session, name: str) -> None:
    """End a token and every sign-in with it; NotFoundError where none of that name is live."""
    row = _live(session, name)
    if row is None:
        raise NotFoundError(f"There is no live token {name!r}.")
    row.revoked_at = clock.now(session)
    session.execute(delete(SignIn).where(SignIn.token_id == row.id))


def _live(session: Session, name: str) -> AccessToken | None:
    return session.scalar(
        select(AccessToken).where(AccessToken.name == name, AccessToken.revoked_at.is_(None))
    )


def of_token(session: Session, token: str, own: str) -> Person | None:
    """Return who has that token; `own` is the administrator's, which stands in the settings."""
    if hmac.compare_digest(token.encode(), own.encode()):
        return Person(ADMINISTRATOR, Right.ADMINISTER)
    row = _of_digest(session, token)
    return None if row is None else Person(row.name, row.right)


def _of_digest(session: Session, token: str) -> AccessToken | None:
    return session.scalar(
        select(AccessToken).where(AccessToken.digest == digest(token), AccessToken.revoked_at.is_(None))
    )


def sign_in(session: Session, token: str, own: str) -> tuple[Person, str] | None:
    """Remember a browser that has shown a right token; return who it is and its cookie's value."""
    person = of_token(session, token, own)
    if person is None:
        return None
    ended = or_(SignIn.created_at < clock.ago(LONGEST_S), SignIn.seen_at < clock.ago(IDLE_S))
    session.execute(delete(SignIn).where(ended))
    cookie = secrets.token_urlsafe(_BYTES)
    row = None if person.name == ADMINISTRATOR else _of_digest(session, token)
    session.add(SignIn(digest=digest(cookie), token_id=row and row.id, proof=digest(cookie + token)))
    return person, cookie


def of_cookie(session: Session, cookie: str, own: str) -> tuple[Person, bool] | None:
    """Return who has signed in with that cookie, and whether it is time to note its use."""
    row = session.scalar(
        select(SignIn).where(
            SignIn.digest == digest(cookie),
            SignIn.created_at > clock.ago(LONGEST_S),
            SignIn.seen_at > clock.ago(IDLE_S),
        )
    )
    if row is None:
        return None
    due = (clock.now(session) - row.seen_at).total_seconds() > SEEN_EVERY_S
    if row.token_id is None:  # ends when the setting is another
        proven = hmac.compare_digest(row.proof, digest(cookie + own))
        return (Person(ADMINISTRATOR, Right.ADMINISTER), due) if proven else None
    token = session.get_one(AccessToken, row.token_id)
    return None if token.revoked_at is not None else (Person(token.name, token.right), due)


def note_use(session: Session, cookie: str) -> None:
    """Keep a sign-in that is used."""
    session.execute(update(SignIn).where(SignIn.digest == digest(cookie)).values(seen_at=clock.current()))


def sign_out(session: Session, cookie: str) -> None:
    """Forget a browser."""
    session.execute(delete(SignIn).where(SignIn.digest == digest(cookie)))


def audit(session: Session, limit: int, before: int | None, who: str | None) -> Sequence[AuditLine]:
    """Return the newest changes, of one person or of all, from before a line's id on."""
    statement = select(AuditLine).order_by(AuditLine.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditLine.id < before)
    if who is not None:
        statement = statement.where(AuditLine.who == who)
    return session.scalars(statement).all()
