"""How many examples have which type of trajectory, beside what noise alone would give."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.score_schemas import TrajectoriesOut, TrajectoryTypeOut
from backend.api.views import Tau
from backend.scores.scores import TRAJECTORIES
from backend.statistics.trajectories import DEFAULT_TAU, TAUS
from backend.studies.scored.placebo import mean_placebo

CLEAREST = 6

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["examples"])


class TrajectoriesQuery(BaseModel):
    """The threshold that types are counted at."""

    model_config = ConfigDict(extra="forbid")

    tau: Tau = Field(DEFAULT_TAU, description="the change over sizes that makes a trajectory")


@router.get("/trajectories")
def get_trajectories(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[TrajectoriesQuery, Query()],
) -> TrajectoriesOut:
    """Count all examples by type of trajectory, at one threshold and at a range of them."""
    found = results.current(settings, session, experiment.id)
    table = results.table_of(found)
    scores, typed = table.scores, table.types
    rows = np.flatnonzero(typed.rows)
    types = table.trajectories(query.tau)
    counts, flipped = (np.bincount(of, minlength=len(TRAJECTORIES)) for of in (types, types[scores.flipped]))
    placebo = mean_placebo(found)
    return TrajectoriesOut(
        tau=query.tau,
        taus=list(TAUS),
        sizes=[scores.sizes[row] for row in rows],
        models=int((scores.n_in[rows] + scores.n_out[rows]).min()) if len(rows) else 0,
        n=scores.n,
        margin=float(np.median(typed.margin)) if len(rows) > 1 else None,
        types=[
            TrajectoryTypeOut(
                trajectory=kind,
                count=int(counts[code]),
                flipped=int(flipped[code]),
                counts=table.type_counts[:, code].tolist(),
                placebo=None if placebo is None or np.isnan(placebo[0, code]) else placebo[:, code].tolist(),
                clearest=typed.clearest(types, code, CLEAREST),
            )
            for code, kind in enumerate(TRAJECTORIES)
        ],
    )
