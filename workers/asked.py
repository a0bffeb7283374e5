"""From an experiment's row to what its worker half needs: study, parameters and examples."""

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from backend.core.models import Experiment
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets.examples import Examples
from backend.datasets.loading import load_examples
from backend.studies import get_study
from backend.studies.kit.study import Study


class Asked(NamedTuple):
    """What an experiment is a run of; in a study without images `examples` is None and `data` empty.

    data: title of the data set.
    """

    study: Study[Any, Any]
    params: Any
    examples: Examples | None
    data: str


def asked(settings: Settings, session: Session, experiment: Experiment) -> Asked:
    """Read an experiment; an error says what of it this version does not know or does not have."""
    study = get_study(experiment.study)
    params = study.params.model_validate(experiment.params)
    options = study.data_of(params)
    if options is None:
        return Asked(study, params, None, "")
    title = datasets.get(session, options.dataset).title
    return Asked(study, params, load_examples(settings, session, options), title)
