"""What takes room: the database, experiments in it, data sets in the artifact store, and what is left."""

import shutil
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.models import DatasetRow, Experiment
from backend.core.queries import deletion, storage
from backend.core.settings import Settings
from backend.datasets import store

LISTED = 50  # of experiments and of data sets, the largest first


@dataclass(frozen=True)
class Occupant:
    """An experiment or a data set, and the bytes that are its own; `until`: a deleted one goes then."""

    id: str
    title: str
    bytes: int
    until: datetime | None = None


@dataclass(frozen=True)
class Room:
    """Bytes; `other` are artifacts of no data set: label files, published scores, matrices, uploads."""

    free: int
    database: int
    artifacts: int
    other: int
    experiments: list[Occupant]
    deleted: list[Occupant]
    datasets: list[Occupant]


def room(settings: Settings, session: Session) -> Room:
    """Measure what takes room now."""
    sizes = storage.bytes_by_experiment(session)
    largest = [experiment_id for experiment_id, _ in sizes.most_common(LISTED)]
    titles = dict(
        session.execute(select(Experiment.id, Experiment.title).where(Experiment.id.in_(largest))).all()
    )
    artifacts = store.sizes(settings)
    held = [
        Occupant(row.id, row.title, artifacts.get(f"datasets/{row.fingerprint}", 0))
        for row in session.scalars(select(DatasetRow).where(DatasetRow.fingerprint.is_not(None)))
    ]
    total = sum(artifacts.values())
    return Room(
        free=shutil.disk_usage(settings.data_dir).free,
        database=storage.database_bytes(session, settings.database),
        artifacts=total,
        other=total - sum(size for place, size in artifacts.items() if place.startswith("datasets/")),
        experiments=[Occupant(key, titles[key], sizes[key]) for key in largest if key in titles],
        deleted=[
            Occupant(row.id, row.title, sizes[row.id], row.deleted_at and deletion.until(row.deleted_at))
            for row in deletion.everything(session)
        ],
        datasets=sorted(held, key=lambda one: -one.bytes)[:LISTED],
    )
