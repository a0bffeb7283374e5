"""Takes an experiment's file in: pictures into the store, then all rows in one transaction, or nothing.

Taken twice, a file gives one experiment: its id is made of what was run and found. Claims and drawings are
made anew from the numbers, by the code that shows them; the numbers stay the bytes that were sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import EventKind, ExperimentStatus, UnitStatus
from backend.core.models import ClaimRow, Event, Experiment, Summary, UnitRow
from backend.core.queries import datasets, deletion
from backend.core.queries.units import log
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets.archive import damage_refused
from backend.datasets.examples import take
from backend.datasets.options import options_among
from backend.portable.data import Brought, add_rows, brought
from backend.portable.fitting import check_fits
from backend.portable.reading import Carried, carried

_ROWS = 1000  # into the database at a time

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Taken:
    """The experiment that a file gave, and whether it was not there before."""

    experiment_id: str
    new: bool


@dataclass(frozen=True)
class _Judged:
    """What this version makes of the numbers."""

    params: dict[str, Any]
    sizes: list[int]
    preview: dict[str, Any] | None
    claims: Rows


def take_in(settings: Settings, path: Path) -> Taken:
    """Take a file in; InvalidError says why it cannot be, and then nothing has changed.

    One that is there already is answered; one that was deleted lately is brought back.
    """
    with carried(path) as file:
        experiment_id = file.manifest.identity
        with transaction(settings.database) as session:
            if deletion.bring_back(session, experiment_id):
                return Taken(experiment_id, new=False)
        with brought(settings, file) as found:
            judged = _judged(file, found)
            with transaction(settings.database) as session:
                datasets.lock_content(session, experiment_id)  # nobody else takes the same one
                new = not deletion.bring_back(session, experiment_id)
                if new:
                    add_rows(session, found)
                    _insert(session, file, found, judged, experiment_id)
        return Taken(experiment_id, new=new)


def _judged(file: Carried, found: Brought) -> _Judged:
    params = file.params.model_dump(mode="json") | found.renamed
    parsed = file.study.params.model_validate(params)
    dataset = found.dataset
    examples = None if dataset is None else take(dataset, options_among(params), found.labels)
    results = file.results()
    with damage_refused("The results cannot be shown by this version"):
        check_fits(results, examples)
        seen = file.study.found(parsed, results, () if examples is None else examples.classes, found.title)
        claims = file.study.claims(seen)
        preview = file.study.drawn_small(seen)
    return _Judged(
        params=params,
        sizes=[] if results.scores is None else results.scores.scored_sizes,
        preview=preview,
        claims=[{"position": position, **vars(claim)} for position, claim in enumerate(claims)],
    )


def _insert(session: Session, file: Carried, found: Brought, judged: _Judged, experiment_id: str) -> None:
    ran = file.manifest.experiment
    session.add(
        Experiment(
            id=experiment_id,
            study=ran.study,
            title=ran.title,
            status=ExperimentStatus.DONE,
            params=judged.params,
            spec_hash="",  # nobody who asks for an equal one is answered with it: it was not run here
            dataset_id=found.dataset and found.dataset.id,
            provenance=ran.provenance,
            started_at=ran.started_at,
            finished_at=ran.finished_at,
            imported={
                "experiment": ran.id,
                "memoscope": file.manifest.memoscope,
                "submitted_at": ran.created_at.isoformat(),
            },
        )
    )
    session.flush()
    units = _insert_units(session, file, experiment_id)
    session.add(
        Summary(
            experiment_id=experiment_id,
            version=1,
            units=units,
            sizes=judged.sizes,
            seconds=0.0,
            preview=judged.preview,
            data=file.packed_results(),
        )
    )
    if judged.claims:
        session.execute(
            insert(ClaimRow), [{"experiment_id": experiment_id, **claim} for claim in judged.claims]
        )
    for rows in _batches(
        {
            "experiment_id": experiment_id,
            "kind": EventKind(event.kind),
            "text": event.text,
            "created_at": event.at,
        }
        for event in file.events()
    ):
        session.execute(insert(Event), rows)
    log(session, experiment_id, EventKind.LOG, f"Imported from Memoscope {file.manifest.memoscope}")


def _insert_units(session: Session, file: Carried, experiment_id: str) -> int:
    """Insert the units, as done, and return how many there are.

    They have no times, as nothing is to be learned from them about how fast the machines here are.
    """
    count = 0
    now = clock.now(session)
    for rows in _batches(
        {
            "experiment_id": experiment_id,
            "index": index,
            "status": UnitStatus.DONE,
            "attempt": 0,
            "progress": 1.0,
            "finished_at": now,
            **unit.model_dump(),
        }
        for index, unit in enumerate(file.units())
    ):
        session.execute(insert(UnitRow), rows)
        count += len(rows)
    return count


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[Rows]:
    while batch := list(islice(rows, _ROWS)):
        yield batch
