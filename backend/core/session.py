"""Engines and transactions for SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from backend.core.models import Experiment

CONNECTIONS = 64  # more than requests, feeds and threads of one process ever hold at once
ASKED_MS, WORKING_MS = 2500, 30_000  # a person is told of another's lock soon; a worker can wait
CONNECT_S, SILENT_MS = 2, 3000  # until a PostgreSQL that does not answer is taken to be away


# An execution option, of the few queries that ask for deleted experiments.
SEES_DELETED = {"sees_deleted": True}


@event.listens_for(Session, "do_orm_execute")
def _pass_over_deleted(state: ORMExecuteState) -> None:
    """Let no query see a deleted experiment that does not ask for it."""
    if state.is_select and not state.execution_options.get("sees_deleted", False):
        state.statement = state.statement.options(
            with_loader_criteria(Experiment, Experiment.deleted_at.is_(None), include_aliases=True)
        )


@dataclass
class Patience:
    """How long connections that this process makes from now on wait for others' locks."""

    ms: int = ASKED_MS


patience = Patience()


@cache
def get_engine(url: str) -> Engine:
    """Return this process's engine for a database URL."""
    return _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgresql(url)


# Parameters stay hidden in both: errors end in logs, and a parameter may be the token of a share.


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_S, "tcp_user_timeout": SILENT_MS},
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=CONNECTIONS - 4,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {patience.ms}")
        connection.commit()

    return engine


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # WAL lets pages read while a worker writes; SQLite ignores foreign keys unless told.
        connection.isolation_level = None
        pragmas = (
            f"busy_timeout={patience.ms}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred BEGIN that reads first and writes later fails at once with "database is locked" when
        # another process wrote in between; taking the write lock first makes it wait its turn instead.
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


@contextmanager
def transaction(url: str) -> Iterator[Session]:
    """Open a session that may write: committed at the end, rolled back on any exception."""
    engine = get_engine(url).execution_options(write=True)
    with sessionmaker(engine, expire_on_commit=False).begin() as session:
        yield session


@contextmanager
def reading(url: str) -> Iterator[Session]:
    """Open a session for reading only."""
    with Session(get_engine(url)) as session:
        yield session
