"""Turns an experiment's unit results into the rows that its pages show."""

import logging
import time

from backend.core.models import Experiment
from backend.core.queries import results as queries
from backend.core.queue import posting
from backend.core.session import reading
from backend.core.settings import Settings
from backend.studies.kit import npz
from workers.asked import asked
from workers.studies import runner

logger = logging.getLogger(__name__)


def summarize(settings: Settings, experiment_id: str) -> None:
    """Summarize all unit results so far, if that is owed; a fault ends the experiment, its units stay."""
    started = time.monotonic()
    with reading(settings.database) as session:
        experiment = queries.owed(session, experiment_id)
        if experiment is None:
            return
        done = queries.done_units(session, experiment_id)
    try:
        rows = _rows(settings, experiment, done)
    except Exception as error:
        logger.exception("summarizing experiment %s failed", experiment_id)
        with posting(settings) as session:
            queries.fail_summary(session, experiment_id, f"{type(error).__name__}: {error}")
        return
    with posting(settings) as session:
        queries.store_summary(session, experiment_id, len(done), rows, time.monotonic() - started)


def _rows(settings: Settings, experiment: Experiment, done: list[queries.DoneUnit]) -> queries.SummaryRows:
    with reading(settings.database) as session:
        study, params, examples = asked(settings, session, experiment)
    units = ((unit.payload, npz.unpack(unit.data)) for unit in done)
    results = runner(study.name).summarize(params, examples, units)
    found = study.found(params, results, () if examples is None else examples.classes)
    claims = study.claims(found)
    return queries.SummaryRows(
        data=results.to_bytes(),
        sizes=[] if results.scores is None else results.scores.scored_sizes,
        preview=study.drawn_small(found),
        claims=[{"position": position, **vars(claim)} for position, claim in enumerate(claims)],
    )
