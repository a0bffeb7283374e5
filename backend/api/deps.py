"""What endpoints need: settings, a reading session, an experiment that exists."""

import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session

from backend.core.broker import BrokerWatch
from backend.core.errors import NotFoundError
from backend.core.models import DatasetRow, Experiment
from backend.core.queries import datasets, experiments
from backend.core.session import reading
from backend.core.settings import Settings
from backend.core.storage import StorageWatch

MAX_INDEX = 2**31 - 1  # what an integer column holds
EXPERIMENT_ID = re.compile(r"[0-9a-f]{12}")


def settings_of(request: Request) -> Settings:
    """Return the settings the app was made with."""
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(settings_of)]


def _broker_watch(request: Request) -> BrokerWatch:
    watch: BrokerWatch = request.app.state.broker
    return watch


BrokerDep = Annotated[BrokerWatch, Depends(_broker_watch)]


def _storage_watch(request: Request) -> StorageWatch:
    watch: StorageWatch = request.app.state.storage
    return watch


StorageDep = Annotated[StorageWatch, Depends(_storage_watch)]


def _reading_session(settings: SettingsDep) -> Iterator[Session]:
    with reading(settings.database) as session:
        yield session


# Closed before the answer is sent: a slow reader of a long answer must not hold a connection.
SessionDep = Annotated[Session, Depends(_reading_session, scope="function")]


def _experiment_id(experiment_id: Annotated[str, Path(description="as in the experiment's URL")]) -> str:
    if EXPERIMENT_ID.fullmatch(experiment_id) is None:
        raise NotFoundError(f"There is no experiment {experiment_id[:40]!r}; ids are 12 hexadecimal digits.")
    return experiment_id


ExperimentId = Annotated[str, Depends(_experiment_id)]


def _experiment(session: SessionDep, experiment_id: ExperimentId) -> Experiment:
    return experiments.get(session, experiment_id)


ExperimentDep = Annotated[Experiment, Depends(_experiment)]


def _share_token(request: Request) -> str | None:
    token: str | None = request.scope.get("share")
    return token


# The token of the share through which a request came, None for one that came past all shares.
ShareDep = Annotated[str | None, Depends(_share_token)]


def _dataset(session: SessionDep, dataset_id: str) -> DatasetRow:
    if re.fullmatch(r"[a-z0-9_-]{1,64}", dataset_id) is None:
        raise NotFoundError(f"There is no data set {dataset_id[:40]!r}.")
    return datasets.get(session, dataset_id)


DatasetDep = Annotated[DatasetRow, Depends(_dataset)]
