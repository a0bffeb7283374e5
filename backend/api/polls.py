"""One example as the models see it that were asked about it: who had it, who is right, and what follows."""

from functools import lru_cache
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Path, Query
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.front_schemas import PollOut
from backend.api.opened import opened, try_open
from backend.api.presenting import number
from backend.api.views import Index, choose_size
from backend.core.errors import NotFoundError
from backend.core.models import Experiment
from backend.core.queries import experiments
from backend.core.queries import results as queries
from backend.core.session import reading
from backend.core.settings import Settings
from backend.scores.polls import Bits, dealt, poll
from backend.scores.scores import Scores
from backend.studies.kit import npz
from backend.studies.kit.scores import SingleModels

MOST = 200  # models that are asked, so that each can be drawn as a dot
CONFIDENCE = 0.95
UNITS_IN_MEMORY = 128  # of which only bits are kept, two for each model and example

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["examples"])


@router.get("/examples/{index}/models")
def get_models(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    index: Annotated[int, Path(ge=0, le=MAX_INDEX)],
    size: Annotated[Index | None, Query(description="model size; the largest with scores if absent")] = None,
) -> PollOut:
    """Ask up to 200 models of one size about one training example, in the order of their training."""
    scores = results.scores_of(results.current(settings, session, experiment.id))
    if index >= scores.n:
        raise NotFoundError(f"This experiment has no training example {index}.")
    chosen = choose_size(size, scores.scored_sizes)
    single, confidence = _single(experiment)
    own = None if single is None else _own(settings, session, experiment.id, chosen, index)
    had, right = _dealt(scores, chosen, index) if own is None else own
    asked = poll(had[:MOST], right[:MOST], confidence)
    row = scores.sizes.index(chosen)
    return PollOut(
        index=index,
        size=chosen,
        models=int(scores.n_in[row, index] + scores.n_out[row, index]),
        kept=own is not None,
        confidence=confidence,
        had=asked.had.tolist(),
        right=asked.right.tolist(),
        low=[number(value) for value in asked.low],
        high=[number(value) for value in asked.high],
    )


def _single(experiment: Experiment) -> tuple[SingleModels[Any] | None, float]:
    """Return how an experiment keeps single models' answers, if it does, and its intervals' confidence."""
    found = try_open(experiment)
    if isinstance(found, str) or found.study.scores is None or found.study.scores.single is None:
        return None, CONFIDENCE
    single = found.study.scores.single
    return single, single.confidence(found.params)


def _dealt(scores: Scores, size: int, index: int) -> tuple[Bits, Bits]:
    row = scores.sizes.index(size)
    n_in, k_in, n_out, k_out = (
        int(counts[row, index]) for counts in (scores.n_in, scores.k_in, scores.n_out, scores.k_out)
    )
    return dealt(n_in, k_in, n_out, k_out, seed=index)


def _own(
    settings: Settings, session: Session, experiment_id: str, size: int, index: int
) -> tuple[Bits, Bits] | None:
    """Return up to MOST models' own answers; None where no unit's result is there."""
    done = set(queries.done_units(session, experiment_id))
    byte, shift = index // 8, 7 - index % 8
    parts: list[npt.NDArray[Any]] = []
    asked = 0
    for unit in _units(settings, experiment_id, size):
        bits = _bits(settings, experiment_id, unit) if unit in done else None
        if bits is not None and asked < MOST:
            parts.append((bits[:, :, byte] >> shift) & 1)
            asked += bits.shape[1]
    if not parts:
        return None
    had, right = np.concatenate(parts, axis=1).astype(np.bool_)
    return had, right


@lru_cache(maxsize=16)
def _units(settings: Settings, experiment_id: str, size: int) -> list[int]:
    """Return the units that train models of a size on random subsets, in plan order."""
    with reading(settings.database) as session:
        single, _ = _single(experiments.get(session, experiment_id))
        planned = queries.payloads(session, experiment_id)
    if single is None:
        return []
    return [unit for unit, payload in planned.items() if single.size(payload) == size]


@lru_cache(maxsize=UNITS_IN_MEMORY)
def _bits(settings: Settings, experiment_id: str, unit: int) -> npt.NDArray[np.uint8] | None:
    """Return which examples each model of a finished unit had and is right about, (2, K, n / 8) as bits."""
    with reading(settings.database) as session:
        experiment = experiments.get(session, experiment_id)
        found = queries.unit_results(session, experiment_id, [unit])
        labels = results.scores_of(results.current(settings, session, experiment_id)).labels
    run = opened(experiment)
    if not found or run.study.scores is None or run.study.scores.single is None:
        return None
    with npz.opened(found[0].data) as arrays:
        answers = run.study.scores.single.answers(run.params, found[0].payload, arrays, labels)
    return np.stack([np.packbits(bits, axis=1) for bits in answers])
