"""Celery tasks: each one calls a plain function that can be run and tested without Celery."""

from backend.core.contracts import PrepareMessage, SummaryMessage, TaskName, UnitMessage
from backend.core.logs import about
from workers.app import app, settings
from workers.patience import left_for_later
from workers.prepare import prepare
from workers.runtime import run_unit
from workers.summary import summarize


@app.task(name=TaskName.RUN_UNIT, pydantic=True)
def run_unit_task(message: UnitMessage) -> None:
    """Run one unit, unless it is done, taken or withdrawn."""
    with about(experiment=message.experiment_id), left_for_later():
        run_unit(settings, message.experiment_id, message.unit)


@app.task(name=TaskName.SUMMARIZE, pydantic=True)
def summarize_task(message: SummaryMessage) -> None:
    """Summarize what an experiment has so far, if that is still owed."""
    with about(experiment=message.experiment_id), left_for_later():
        summarize(settings, message.experiment_id)


@app.task(name=TaskName.PREPARE, pydantic=True)
def prepare_task(message: PrepareMessage) -> None:
    """Download or decode a data set, unless that is done or in other hands."""
    with left_for_later():
        prepare(settings, message.dataset_id)
