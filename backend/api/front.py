"""What the first page begins with: examples that tell what a score is, and how every paper stands."""

from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import SessionDep, SettingsDep
from backend.api.examples import histogram_out
from backend.api.front_schemas import FrontOut, OpeningOut, StandingOut, StoryOut
from backend.api.opened import Opened, try_open
from backend.api.planning import plan
from backend.api.presenting import experiments_out, score_out
from backend.api.schemas import ExperimentOut
from backend.core.errors import MemoscopeError
from backend.core.models import Experiment
from backend.core.queries import experiments, workers
from backend.core.session import reading
from backend.core.settings import Settings
from backend.scores.stories import Story, stories
from backend.studies import STUDIES
from backend.studies.kit.study import Study

LOOKED_AT = 20  # newest experiments with scores, among which one is chosen
BINS = 20  # of the histogram that all examples fall into

router = APIRouter(prefix="/api/front", tags=["front"])


@router.get("")
def get_front(settings: SettingsDep, session: SessionDep) -> FrontOut:
    """Return what the first page shows before it lists experiments."""
    newest = experiments.newest_done(session, STUDIES)
    first = _opening(session)
    rows = [*newest.values(), *([] if first is None or first in newest.values() else [first])]
    shown = {each.id: each for each in experiments_out(session, rows)}
    claims = experiments.claim_counts(session, [row.id for row in newest.values()])
    return FrontOut(
        opening=first and _opening_out(settings, session, first, shown[first.id]),
        papers=[
            StandingOut(
                study=name,
                seconds=_price(settings, session, study),
                experiment=newest[name].id if name in newest else None,
                preview=shown[newest[name].id].preview if name in newest else None,
                claims=claims.get(newest[name].id, {}) if name in newest else {},
            )
            for name, study in STUDIES.items()
        ],
    )


def _opening(session: Session) -> Experiment | None:
    """Choose the newest experiment with scores: a finished one, of enough models if there is one."""
    scored = [name for name, study in STUDIES.items() if study.scores is not None]
    found = [
        (experiment, summary)
        for experiment, summary in experiments.newest_scored(session, scored, LOOKED_AT)
        if summary.sizes and isinstance(try_open(experiment), Opened)
    ]
    found.sort(key=lambda pair: (not pair[0].status.terminal, bool((pair[1].preview or {}).get("few"))))
    return found[0][0] if found else None


def _opening_out(
    settings: Settings, session: Session, experiment: Experiment, shown: ExperimentOut
) -> OpeningOut:
    table = results.table(settings, session, experiment.id)
    examples = results.examples_of(settings, session, experiment)
    return OpeningOut(
        experiment=shown,
        stories=[
            StoryOut(kind=story.kind, score=score_out(table, story.row, story.example, examples))
            for story in _stories(settings, experiment.id, shown.version)
        ],
        histogram=histogram_out(table, table.scored_rows[-1], BINS, None),
    )


@lru_cache(maxsize=4)
def _stories(settings: Settings, experiment_id: str, version: int) -> list[Story]:  # noqa: ARG001 - part of the key
    with reading(settings.database) as session:
        return stories(results.table(settings, session, experiment_id))


def _price(settings: Settings, session: Session, study: Study[Any, Any]) -> float | None:
    """Return what the quick preset takes in seconds on one worker, None where it cannot be planned."""
    if study.plan is None:
        return None
    try:
        planned = plan(settings, session, study, study.params())
    except MemoscopeError:
        return None  # of what it takes, something is not there
    return sum(unit.seconds for unit in planned.units) * (workers.pace(session, study.name) or 1)
