"""Experiments that wait for their data: let go when these have arrived, or failed with the reason."""

import logging

from sqlalchemy.orm import Session

from backend.core.errors import InvalidError
from backend.core.models import Experiment
from backend.core.provenance import spec_hash
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets.loading import find_source, fingerprint, try_examples
from backend.datasets.options import options_among

logger = logging.getLogger(__name__)


def release(settings: Settings, session: Session, experiment: Experiment) -> None:
    """Let an experiment go whose data set is ready, if its options fit what has arrived; fail it if not."""
    try:
        options = options_among(experiment.params)
        source = find_source(session, options)
        try_examples(settings, session, options)
    except InvalidError as error:
        datasets.fail_experiment(session, experiment, error.detail)
        return
    except Exception as error:  # one experiment at fault must not take the data set from the others
        logger.exception("experiment %s cannot use its data", experiment.id)
        datasets.fail_experiment(session, experiment, f"{type(error).__name__}: {error}")
        return
    if source is not None:
        data = fingerprint(source, options)
        code = experiment.provenance.get("code", "")
        spec = spec_hash(experiment.study, experiment.params, data, code)
        datasets.start_experiment(session, experiment, spec, data)
