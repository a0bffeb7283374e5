"""Corrected labels as a label file: of a data set's own labels, or of those an experiment was trained on."""

from typing import Any

import numpy as np
from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from backend.api import results
from backend.api.deps import DatasetDep, ExperimentDep, SessionDep, SettingsDep
from backend.api.opened import opened
from backend.api.schemas import LabelSetOut
from backend.core.contracts import Alignment
from backend.core.errors import ConflictError
from backend.core.models import LabelSet
from backend.core.queries import marks
from backend.core.queries.marks import Marked
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import columns
from backend.datasets.base import Dataset
from backend.datasets.options import DataOptions
from backend.review.corrected import Labels, correct

router = APIRouter(prefix="/api", tags=["marks"])


class CorrectedOut(BaseModel):
    """A label file of corrections."""

    labels: LabelSetOut
    corrected: int = Field(description="labels that were replaced by what people suggested")


class RetrainOut(CorrectedOut):
    """A label file of corrections, and the parameters that train the same on it."""

    study: str
    title: str
    params: dict[str, Any]


@router.post("/datasets/{dataset_id}/marks/labels", status_code=status.HTTP_201_CREATED)
def correct_dataset(settings: SettingsDep, session: SessionDep, row: DatasetDep) -> CorrectedOut:
    """Make a label file of the data set's own labels with all corrections; equal ones are made once."""
    dataset = results.load(settings, session, row.id)
    return _keep(settings, row.id, dataset, dataset.labels[: dataset.n_train], "The data set's own labels")


@router.post("/experiments/{experiment_id}/corrected", status_code=status.HTTP_201_CREATED)
def correct_experiment(settings: SettingsDep, session: SessionDep, experiment: ExperimentDep) -> RetrainOut:
    """Make a label file of the labels that were trained on, with all corrections that are about them.

    Labels that were changed on purpose are among them, so the parameters ask for no further noise.
    """
    study, params = opened(experiment)
    examples = results.examples_of(settings, session, experiment)
    dataset, n = examples.dataset, examples.n_train
    classes = np.array([dataset.classes.index(name) for name in examples.classes])
    labels = dataset.labels[: dataset.n_train].copy()
    labels[examples.source[:n]] = classes[examples.given]
    kept = _keep(settings, dataset.id, dataset, labels, f"The labels of experiment {experiment.id}")
    plain = {name: DataOptions.model_fields[name].default for name in ("label_noise", "noise", "confusions")}
    told = params.model_copy(update={**plain, "labels": kept.labels.name}).model_dump(mode="json")
    return RetrainOut(
        labels=kept.labels,
        corrected=kept.corrected,
        study=study.name,
        title=f"Corrected: {experiment.title}"[:200],
        params=told,
    )


def _keep(settings: Settings, dataset_id: str, dataset: Dataset, base: Labels, whose: str) -> CorrectedOut:
    """Store corrected labels; ConflictError while no mark corrects any."""
    with reading(settings.database) as session:
        found = correct(np.asarray(base, np.int64), marks.everything(session, dataset_id, Marked()))
    if not found.marks:
        raise ConflictError(
            "No mark corrects any of these labels: mark one as a wrong label and say the right one."
        )
    fingerprint = columns.fingerprint(found.labels)
    label_set = LabelSet(
        dataset_id=dataset_id,
        name=f"corrected {fingerprint[:8]}",
        fingerprint=fingerprint,
        differ=int(np.count_nonzero(found.labels != dataset.labels[: dataset.n_train])),
        alignment=Alignment.NAME,
        order_verified=True,
        note=f"{whose}, {found.note}",
    )
    with transaction(settings.database) as session:
        known = session.get(LabelSet, (dataset_id, label_set.name))
        if known is None:
            columns.keep(session, settings, label_set, found.labels)
        return CorrectedOut(labels=LabelSetOut.model_validate(known or label_set), corrected=len(found.marks))
