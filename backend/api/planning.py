"""From a request's parameters to a plan on a data set, checked against the data where they are at hand."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.core.models import DatasetRow
from backend.core.provenance import spec_hash
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets.base import Shape
from backend.datasets.loading import find_source, fingerprint, try_examples
from backend.datasets.options import check_classes, expected_shape
from backend.studies.base import Study, StudyParams, Unit


@dataclass(frozen=True)
class Plan:
    """What an experiment would do: its units on data of that shape.

    `data` and `spec` identify its result; both are empty while the data set is not there.
    """

    dataset: DatasetRow
    shape: Shape
    units: list[Unit]
    data: str
    spec: str


def plan(
    settings: Settings, session: Session, study: Study[Any], params: StudyParams, *, hold: bool = False
) -> Plan:
    """Plan an experiment; InvalidError names the parameter that does not fit the data.

    `hold` locks the data set: until the transaction ends it neither becomes ready nor goes away.
    """
    source = find_source(session, params, hold=hold)
    row = datasets.get(session, params.dataset)
    data = spec = ""
    if source is None:
        check_classes(row.classes, params)
    else:
        try_examples(settings, session, params)  # refuses what does not fit
        data = fingerprint(source, params)
        spec = spec_hash(study.name, params.model_dump(mode="json"), data)
    shape = expected_shape(shape_of(row), params)
    return Plan(row, shape, study.plan(params, shape), data, spec)


def shape_of(row: DatasetRow) -> Shape:
    """Return the form of a whole data set."""
    return Shape(row.n_train, row.n_test, len(row.classes), row.height, row.width, row.channels)
