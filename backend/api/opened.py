"""From an experiment's row to its study and parameters, which another version may have written."""

from typing import Any, NamedTuple

from pydantic import ValidationError

from backend.api.field_words import in_words
from backend.core.errors import ConflictError
from backend.core.models import Experiment
from backend.datasets.options import DataOptions, options_among
from backend.studies import STUDIES
from backend.studies.kit.params import StudyParams
from backend.studies.kit.study import Study


class Opened(NamedTuple):
    """What an experiment is a run of."""

    study: Study[Any, Any]
    params: StudyParams

    @property
    def size_name(self) -> str:
        """What the size of a model is, "" in a study without sizes."""
        return "" if self.study.scores is None else self.study.scores.size_name(self.params)


def try_open(experiment: Experiment) -> Opened | str:
    """Return an experiment's study and parameters, or why this version cannot read them."""
    study = STUDIES.get(experiment.study)
    if study is None:
        return f"Made by another version of Memoscope: this one has no study {experiment.study!r}."
    try:
        return Opened(study, study.params.model_validate(experiment.params))
    except ValidationError as error:
        fields = ", ".join(dict.fromkeys(str(entry["loc"][0]) for entry in error.errors() if entry["loc"]))
        return f"Made by another version of Memoscope: this one cannot read its parameters ({fields})."


def opened(experiment: Experiment) -> Opened:
    """Return an experiment's study and parameters; ConflictError where this version cannot read them."""
    found = try_open(experiment)
    if isinstance(found, str):
        raise ConflictError(f"{found} Its scores can still be downloaded, and it can be deleted.")
    return found


def data_options(experiment: Experiment) -> DataOptions | None:
    """Return which examples an experiment is about, even where its study is unknown; None without a data set.

    ConflictError where this version cannot read them.
    """
    if experiment.dataset_id is None:
        return None
    try:
        return options_among(experiment.params)
    except ValidationError as error:
        raise ConflictError(f"Made by another version of Memoscope: {in_words(error.errors()[0])}.") from None
