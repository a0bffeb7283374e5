"""From a request's parameters to a plan on a data set, checked against the data where it is at hand."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.models import DatasetRow
from backend.core.provenance import spec_hash
from backend.core.queries import experiments
from backend.core.settings import Settings
from backend.datasets.base import Shape
from backend.datasets.loading import load_examples
from backend.datasets.options import data_fingerprint, expected_shape
from backend.studies.base import Study, StudyParams, Unit


@dataclass(frozen=True)
class Plan:
    """What an experiment would do: its units on data of that shape; `data` and `spec` identify its result."""

    dataset: DatasetRow
    shape: Shape
    units: list[Unit]
    data: str
    spec: str


def plan(settings: Settings, session: Session, study: Study[Any], params: StudyParams) -> Plan:
    """Plan an experiment; InvalidError names the parameter that does not fit the data."""
    try:
        row = experiments.dataset_of(session, params.dataset)
    except NotFoundError as error:
        raise InvalidError(error.detail, (FieldError("/params/dataset", error.detail),)) from None
    load_examples(settings, session, params)  # refuses what does not fit
    whole = Shape(row.n_train, row.n_test, len(row.classes), row.height, row.width, 1)
    shape = expected_shape(whole, params)
    data = data_fingerprint(params, row.fingerprint, None)
    return Plan(
        dataset=row,
        shape=shape,
        units=study.plan(params, shape),
        data=data,
        spec=spec_hash(study.name, params.model_dump(mode="json"), data),
    )
