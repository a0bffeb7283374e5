"""From a request's parameters to a plan on a data set, checked against the data where they are at hand."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.api.opened import Opened, try_open
from backend.core.contracts import DatasetSource, ExperimentStatus
from backend.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from backend.core.models import DatasetRow, Experiment, MatrixRow
from backend.core.provenance import spec_hash
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets.base import Shape
from backend.datasets.loading import find_source, fingerprint, try_examples
from backend.datasets.matrix import MatrixShape
from backend.datasets.options import DataOptions, check_classes, expected_shape, invalid_option
from backend.studies.kit.params import OnExperiment, OnMatrix, StudyParams
from backend.studies.kit.study import Study
from backend.studies.kit.units import Unit


@dataclass(frozen=True)
class Plan:
    """What an experiment would do: its units on data of that shape, images or somebody's own matrix.

    `data` and `spec` identify its result; both are empty while the data set is not there. A study without
    images has no data set and its data are none: a matrix is known by its content's id, a parameter.
    """

    dataset: DatasetRow | None
    shape: Shape | MatrixShape | None
    units: list[Unit]
    data: str
    spec: str


def plan(
    settings: Settings, session: Session, study: Study[Any, Any], params: StudyParams, *, hold: bool = False
) -> Plan:
    """Plan an experiment; InvalidError names the parameter that does not fit the data.

    `hold` locks the data set: until the transaction ends it neither becomes ready nor goes away.
    """
    if study.plan is None:
        raise ConflictError(f"The study {study.name} has laboratories, and no experiments that are queued.")
    if isinstance(params, OnExperiment) and params.experiment is not None:
        _check_finished(session, params.experiment, study.data_of(params))
    asked = params.model_dump(mode="json")
    options = study.data_of(params)
    if options is None:
        form = _matrix_shape(session, params, hold=hold)
        units = study.plan.units(params, form)
        return Plan(None, form, units, "", spec_hash(study.name, asked, "", study.code))
    source = find_source(session, options, hold=hold)
    row = datasets.get(session, options.dataset)
    if row.source is DatasetSource.THUMBNAILS:
        detail = (
            f"{row.title!r} came with an import and has small pictures only, on which nothing can be trained"
        )
        raise invalid_option("dataset", detail)
    data = spec = ""
    if source is None:
        check_classes(row.classes, options)
    else:
        try_examples(settings, session, options)  # refuses what does not fit
        data = fingerprint(source, options)
        spec = spec_hash(study.name, asked, data, study.code)
    shape = expected_shape(shape_of(row), options)
    return Plan(row, shape, study.plan.units(params, shape), data, spec)


def _matrix_shape(session: Session, params: StudyParams, *, hold: bool) -> MatrixShape | None:
    """Return the form of the matrix that parameters name; InvalidError if it is not there."""
    if not isinstance(params, OnMatrix) or params.matrix is None:
        return None
    row = session.get(MatrixRow, params.matrix, with_for_update=hold)  # it stays while it is held
    if row is None:
        detail = "there is no such matrix; it may have been deleted"
        raise InvalidError(f"matrix: {detail}.", (FieldError("/params/matrix", detail),))
    return MatrixShape(row.rows, row.columns, row.observed)


def _check_finished(session: Session, experiment_id: str, options: DataOptions | None) -> None:
    """InvalidError where an experiment has no scores that another one could look at.

    One with a data set of its own, as its `options` say, looks at experiments on the same.
    """
    experiment = session.get(Experiment, experiment_id)
    if experiment is None:
        detail = "there is no such experiment; it may have been deleted"
    elif experiment.status is not ExperimentStatus.DONE:
        detail = f"it is {experiment.status}; only a finished one can be looked at"
    elif not isinstance(found := try_open(experiment), Opened) or found.study.scores is None:
        detail = "its examples have no scores"
    elif options is not None and options.dataset != experiment.dataset_id:
        detail = (
            f"it is on the data set {experiment.dataset_id}; only one on {options.dataset} can be looked at"
        )
    else:
        return
    raise InvalidError(f"experiment: {detail}.", (FieldError("/params/experiment", detail),))


def named_dataset(session: Session, dataset_id: str) -> DatasetRow:
    """Return the data set that parameters name; InvalidError points at the parameter."""
    try:
        return datasets.get(session, dataset_id)
    except NotFoundError as error:
        raise InvalidError(error.detail, (FieldError("/params/dataset", error.detail),)) from None


def shape_of(row: DatasetRow) -> Shape:
    """Return the form of a whole data set."""
    return Shape(row.n_train, row.n_test, len(row.classes), row.height, row.width, row.channels)
