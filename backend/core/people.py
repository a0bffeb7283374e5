"""The tables of who may do what and who has done what; of tokens and cookies they have digests only."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import clock
from backend.core.contracts import Right
from backend.core.models import Base


class AccessToken(Base):
    """A token that opens this server to somebody or some script, until it is revoked."""

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    right: Mapped[Right]
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    revoked_at: Mapped[datetime | None]


class SignIn(Base):
    """A browser that has shown a token; the administrator's is none of the table's."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[int | None] = mapped_column(
        ForeignKey("access_tokens.id", ondelete="CASCADE"), index=True
    )
    proof: Mapped[str] = mapped_column(String(64))  # of the token, with the cookie's value mixed in
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    seen_at: Mapped[datetime] = mapped_column(default=clock.current())


class AuditLine(Base):
    """One change: who has asked for it, what it was, and when."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "who", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(default=clock.current())
    who: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100))
    path: Mapped[str] = mapped_column(Text)
    made: Mapped[str] = mapped_column(String(200))  # the id of what the change has made, or empty
    client: Mapped[str] = mapped_column(String(100))
    request: Mapped[str] = mapped_column(String(64))
