"""What takes room, and deleted experiments: brought back, or gone for good."""

from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from backend.api.deps import ExperimentId, SessionDep, SettingsDep
from backend.api.presenting import experiment_out
from backend.api.schemas import ExperimentOut
from backend.core.errors import NotFoundError
from backend.core.queries import deletion, experiments
from backend.core.session import transaction
from backend.datasets.retention import purge
from backend.datasets.room import room

router = APIRouter(prefix="/api/storage", tags=["storage"])


class OccupantOut(BaseModel):
    """An experiment or a data set, and the bytes that are its own."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    bytes: int
    until: datetime | None = Field(description="when a deleted experiment goes for good; else null")


class StorageOut(BaseModel):
    """Bytes; experiments lie in the database, data sets among the artifacts."""

    model_config = ConfigDict(from_attributes=True)

    free: int = Field(description="left on the disk of the data folder")
    database: int
    artifacts: int
    other: int = Field(description="artifacts of no data set: label files, published scores, matrices")
    experiments: list[OccupantOut] = Field(description="the largest first, at most 50")
    deleted: list[OccupantOut] = Field(description="those that can be brought back, the last one first")
    datasets: list[OccupantOut] = Field(description="the largest first, at most 50")


@router.get("")
def get_storage(settings: SettingsDep, session: SessionDep) -> StorageOut:
    """Return what takes room, and the deleted experiments that can still be brought back."""
    return StorageOut.model_validate(room(settings, session))


@router.post("/deleted/{experiment_id}/restore")
def bring_back(settings: SettingsDep, experiment_id: ExperimentId) -> ExperimentOut:
    """Undo the deletion of an experiment, for a day after it; nothing happens to one that is there."""
    with transaction(settings.database) as session:
        if not deletion.bring_back(session, experiment_id):
            raise NotFoundError(
                "There is no such experiment; a day after it was deleted it is gone for good."
            )
        return experiment_out(session, experiments.get(session, experiment_id))


@router.delete("/deleted/{experiment_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_for_good(settings: SettingsDep, experiment_id: ExperimentId) -> None:
    """Delete a deleted experiment for good now, with all of its rows and files."""
    purge(settings, experiment_id)
