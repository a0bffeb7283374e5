"""The tables: data sets, experiments, units and their results, and what summaries make of them."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from backend.core import clock
from backend.core.clock import UtcDateTime
from backend.core.contracts import (
    Alignment,
    ClaimVerdict,
    DatasetSource,
    DatasetState,
    EventKind,
    ExperimentStatus,
    Mark,
    MatrixLayout,
    PublishedMeaning,
    Right,
    RowOrder,
    UnitStatus,
)


class StrEnumType(TypeDecorator[Any]):
    """A StrEnum kept as a plain string, so that a new member needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[Any]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Store the value; an unknown one is refused here."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the member."""
        return None if value is None else self.enum(value)


_ENUMS = (
    ExperimentStatus,
    UnitStatus,
    ClaimVerdict,
    EventKind,
    DatasetSource,
    DatasetState,
    Mark,
    PublishedMeaning,
    Alignment,
    MatrixLayout,
    RowOrder,
    Right,
)


class Base(DeclarativeBase):
    """Base of all tables; named constraints so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        bytes: LargeBinary(),
        **{enum: StrEnumType(enum) for enum in _ENUMS},
    }


def _of_experiment(**kwargs: Any) -> Mapped[str]:
    return mapped_column(String(32), ForeignKey("experiments.id", ondelete="CASCADE"), **kwargs)


class DatasetRow(Base):
    """A data set; its content lies in the artifact store under the fingerprint, null until it is there."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    n_train: Mapped[int]
    n_test: Mapped[int]
    height: Mapped[int]
    width: Mapped[int]
    classes: Mapped[list[str]]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    source: Mapped[DatasetSource] = mapped_column(server_default="builtin")
    state: Mapped[DatasetState] = mapped_column(server_default="ready")
    progress: Mapped[float | None]
    error: Mapped[str | None] = mapped_column(Text)
    channels: Mapped[int] = mapped_column(server_default="1")
    download_bytes: Mapped[int | None] = mapped_column(BigInteger)
    upload: Mapped[dict[str, Any] | None]  # how an upload is read, and what was said of it
    attempt: Mapped[int] = mapped_column(server_default="0")
    claim: Mapped[str | None] = mapped_column(String(32))
    sent_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]


class LabelSet(Base):
    """Labels to train on instead of a data set's own; they lie in the artifact store."""

    __tablename__ = "label_sets"

    dataset_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    differ: Mapped[int]  # training labels that are not the data set's own
    alignment: Mapped[Alignment] = mapped_column(server_default="position")
    row_order: Mapped[RowOrder | None]  # of rows that no name tells
    order_verified: Mapped[bool] = mapped_column(server_default=false())
    note: Mapped[str] = mapped_column(Text, server_default="")  # how the file was read
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class PublishedScores(Base):
    """Other people's scores of a data set's training images, in its order; they lie in the artifact store."""

    __tablename__ = "published_scores"

    dataset_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    meaning: Mapped[PublishedMeaning]
    alignment: Mapped[Alignment]
    labels_checked: Mapped[bool]
    n: Mapped[int]  # images that have a score
    row_order: Mapped[RowOrder | None]  # of rows that no name tells
    order_verified: Mapped[bool] = mapped_column(server_default=false())
    note: Mapped[str] = mapped_column(Text, server_default="")  # how the file was read
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class MarkChange(Base):
    """All that somebody said about one picture of a data set, of which the last row counts.

    What was said stays: two people who mark at once lose nothing, and undoing is one more row. `stands` is
    true of the last row about a picture, unless that says nothing.
    """

    __tablename__ = "mark_changes"
    __table_args__ = (
        Index(None, "dataset_id", "picture", "id"),
        Index(None, "dataset_id", "id"),  # pages, the last mark first
        # Counts by mark are read from this alone.
        Index("ix_mark_changes_standing", "dataset_id", "stands", "mark", "label", "picture"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    dataset_id: Mapped[str] = mapped_column(String(64), ForeignKey("datasets.id", ondelete="CASCADE"))
    picture: Mapped[int]  # of the data set, training pictures first
    change: Mapped[str] = mapped_column(String(16), index=True)  # the same for all that were said at once
    mark: Mapped[Mark | None]
    label: Mapped[int]  # the class that was judged: experiments may train on others than the data set's own
    suggested_label: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    stands: Mapped[bool] = mapped_column(server_default=false())


class MatrixRow(Base):
    """A matrix with missing entries that somebody brought; its entries lie in the artifact store.

    The id is the beginning of the fingerprint, so that an experiment names what it was run on for ever.
    """

    __tablename__ = "matrices"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    rows: Mapped[int]
    columns: Mapped[int]
    observed: Mapped[int]
    layout: Mapped[MatrixLayout]
    note: Mapped[str] = mapped_column(Text)  # how its file was read
    fingerprint: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class Experiment(Base):
    """One submitted run of a study; immutable once terminal, but for resume."""

    __tablename__ = "experiments"
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "spec_hash", "status"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[ExperimentStatus] = mapped_column(index=True)
    params: Mapped[dict[str, Any]]
    spec_hash: Mapped[str] = mapped_column(String(64))
    dataset_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("datasets.id"))
    parent_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("experiments.id", ondelete="SET NULL")
    )
    provenance: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(Text)
    summary_due: Mapped[bool] = mapped_column(default=False)
    summary_sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # Where it was run, if that was another Memoscope: the experiment's id there, version, time of submission.
    imported: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    deleted_at: Mapped[datetime | None]


class UnitRow(Base):
    """One unit of an experiment and who works on it."""

    __tablename__ = "units"
    __table_args__ = (
        Index(None, "status", "sent_at"),
        # What is asked of one experiment's units after each of them, however many there are.
        Index("ix_units_of_experiment", "experiment_id", "status", "sent_at", "index"),
    )

    experiment_id: Mapped[str] = _of_experiment(primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    models: Mapped[int]
    seconds: Mapped[float]
    look: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[UnitStatus]
    attempt: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(32))
    worker_id: Mapped[str | None] = mapped_column(String(100))
    progress: Mapped[float] = mapped_column(default=0.0)
    error: Mapped[str | None] = mapped_column(Text)
    engine: Mapped[dict[str, Any] | None]  # how and on what it was computed
    sent_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class UnitResult(Base):
    """What a unit returned, as npz; written once, in the transaction that finishes the unit."""

    __tablename__ = "unit_results"

    experiment_id: Mapped[str] = _of_experiment(primary_key=True)
    unit: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class Summary(Base):
    """The latest packed `Results`: scores as columns, which pages, figures and exports read in memory."""

    __tablename__ = "summaries"

    experiment_id: Mapped[str] = _of_experiment(primary_key=True)
    version: Mapped[int]
    units: Mapped[int]
    sizes: Mapped[list[int]] = mapped_column(JSON)
    seconds: Mapped[float]
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    summed: Mapped[list[int] | None] = mapped_column(JSON)  # units in `KeptSums`; None where none are kept
    summed_by: Mapped[str] = mapped_column(String(16), default="", server_default="")  # digest of the code
    # Last: SQLite walks through a long value to reach what is stored behind it.
    data: Mapped[bytes] = mapped_column(deferred=True)


class KeptSums(Base):
    """What finished units add up to, by parts that the study names, so that further ones can be added."""

    __tablename__ = "kept_sums"

    experiment_id: Mapped[str] = _of_experiment(primary_key=True)
    part: Mapped[str] = mapped_column(String(100), primary_key=True)
    data: Mapped[bytes]


class ClaimRow(Base):
    """A finding of the paper beside our measurement."""

    __tablename__ = "claims"

    experiment_id: Mapped[str] = _of_experiment(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int]
    statement: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    paper_value: Mapped[str] = mapped_column(Text)
    measured: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(64), server_default="")
    verdict: Mapped[ClaimVerdict]
    setting: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    arithmetic: Mapped[bool] = mapped_column(default=False, server_default=false())
    question: Mapped[str] = mapped_column(Text, default="", server_default="")
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    rule: Mapped[str] = mapped_column(Text, default="", server_default="")


class Event(Base):
    """One line of an experiment's log; ids grow, so a reader resumes after the last one it saw."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "experiment_id", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    experiment_id: Mapped[str] = _of_experiment()
    kind: Mapped[EventKind]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class WorkerRow(Base):
    """A worker process and its last sign of life."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    hostname: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    device: Mapped[str] = mapped_column(String(200))
    threads: Mapped[int]
    torch_version: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(default=clock.current())
    seen_at: Mapped[datetime] = mapped_column(default=clock.current())
    took_at: Mapped[datetime | None]  # when it last received work or was at it
    gpu: Mapped[bool] = mapped_column(server_default=false())
    skew_s: Mapped[float | None]  # by how much its clock is ahead of the database's


class IdempotencyKey(Base):
    """The experiment a client's key already made, so that a repeated request makes no second one."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    experiment_id: Mapped[str] = _of_experiment()
    created_at: Mapped[datetime] = mapped_column(default=clock.current())


class Share(Base):
    """A link that opens one view of one experiment to whoever has it; a revoked one is remembered."""

    __tablename__ = "shares"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    experiment_id: Mapped[str] = _of_experiment(index=True)
    view: Mapped[str] = mapped_column(Text)  # a page's query string
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class StoredView(Base):
    """A view too long for an address, under the hash of its query string."""

    __tablename__ = "views"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.current())
