"""A worker that is older than what it meets runs none of it: its numbers would not be what was asked for."""

import logging

from sqlalchemy.orm import Session

from backend.core.models import Experiment
from backend.core.provenance import is_of_newer
from backend.core.schema import is_newer, mismatch, revision
from workers.draining import drain

logger = logging.getLogger(__name__)


def is_too_old(session: Session, experiment_id: str) -> bool:
    """Whether this worker must leave an experiment to others; one older than the database stops for good."""
    found = revision(session.connection())
    if is_newer(found):
        logger.error("this worker stops: %s", mismatch(found))
        drain.begin_alone()
        return True
    experiment = session.get(Experiment, experiment_id)
    if experiment is None or not is_of_newer(experiment.provenance):
        return False
    release = experiment.provenance.get("version")
    logger.warning("left to newer workers: experiment %s is of Memoscope %s", experiment_id, release)
    return True
