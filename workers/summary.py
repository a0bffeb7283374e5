"""Turns an experiment's unit results into the rows that its pages show."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from backend.core.faults import explain
from backend.core.models import Experiment
from backend.core.queries import results as queries
from backend.core.queue import posting
from backend.core.session import reading
from backend.core.settings import Settings
from backend.studies.kit import npz
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Adding, Arrays, Units
from workers.asked import asked
from workers.studies import runner

READ_AT_ONCE = 8  # unit results in memory

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
        if explain(error):
            raise  # it is still owed
        logger.exception("summarizing experiment %s failed", experiment_id)
        with posting(settings) as session:
            queries.fail_summary(session, experiment_id, f"{type(error).__name__}: {error}")
        return
    with posting(settings) as session:
        queries.store_summary(session, experiment_id, len(done), rows, time.monotonic() - started)


def _rows(settings: Settings, experiment: Experiment, done: list[int]) -> queries.SummaryRows:
    with reading(settings.database) as session:
        study, params, examples, title = asked(settings, session, experiment)
        before = queries.kept_sums(session, experiment.id, study.code[:16])
    worker_half, sums = runner(study.name), None
    results: Results
    if isinstance(worker_half, Adding):
        added = set(before.units)
        kept = _Parts(before.parts, {})
        more = _units(settings, experiment.id, [index for index in done if index not in added])
        changed = worker_half.add(params, examples, kept, more)
        results = worker_half.of_sums(params, examples, _Parts(before.parts, changed))
        sums = replace(before, units=done, parts={part: _packed(arrays) for part, arrays in changed.items()})
    else:
        results = worker_half.summarize(params, examples, _units(settings, experiment.id, done))
    found = study.found(params, results, () if examples is None else examples.classes, title)
    claims = study.claims(found)
    return queries.SummaryRows(
        data=results.to_bytes(),
        sizes=[] if results.scores is None else results.scores.scored_sizes,
        preview=study.drawn_small(found),
        claims=[{"position": position, **vars(claim)} for position, claim in enumerate(claims)],
        sums=sums,
        goes_on=study.goes_on(found),
    )


class _Parts(Mapping[str, Arrays]):
    """Parts of sums, those `changed` among them; unpacked when they are asked for, as few are of many."""

    def __init__(self, packed: Mapping[str, bytes], changed: Mapping[str, Arrays]) -> None:
        self._packed, self._changed = packed, changed

    def __getitem__(self, part: str) -> Arrays:
        """Return one part."""
        return self._changed[part] if part in self._changed else npz.unpack(self._packed[part])

    def __iter__(self) -> Iterator[str]:
        """Name the parts."""
        return iter({**self._packed, **self._changed})

    def __len__(self) -> int:
        """Return how many parts there are."""
        return len(self._packed.keys() | self._changed.keys())


def _packed(arrays: Arrays) -> bytes:
    """Pack sums; of them only counts of answers, most of which are 0, are short and shrink."""
    return npz.pack(arrays, stored=[name for name, array in arrays.items() if array.dtype.itemsize > 2])


def _units(settings: Settings, experiment_id: str, indices: Sequence[int]) -> Units:
    """Read units a few at a time, so that memory does not grow with their number."""
    for start in range(0, len(indices), READ_AT_ONCE):
        with reading(settings.database) as session:
            units = queries.unit_results(session, experiment_id, indices[start : start + READ_AT_ONCE])
        for unit in units:
            yield unit.payload, npz.unpack(unit.data)
