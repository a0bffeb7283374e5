"""The training examples that look most like one, nearest first."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.api import results
from backend.api.deps import MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.presenting import picture_fields
from backend.api.score_schemas import NeighborOut, NeighborPage
from backend.api.views import Index, choose_size
from backend.core.errors import NotFoundError
from backend.datasets.examples import Examples
from backend.datasets.loading import needed_source
from backend.datasets.neighbors import sketches_of
from backend.scores.scores import VERDICTS, Scores

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["examples"])


class NeighborsQuery(BaseModel):
    """How many neighbors, and the model size their scores are of."""

    model_config = ConfigDict(extra="forbid")

    size: Index | None = Field(None, description="model size; the largest with scores if absent")
    count: int = Field(12, ge=1, le=100)


@router.get("/examples/{index}/neighbors")
def list_neighbors(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    index: Annotated[int, Path(ge=0, le=MAX_INDEX)],
    query: Annotated[NeighborsQuery, Query()],
) -> NeighborPage:
    """Return the nearest training examples by Euclidean distance between pictures as the models see them."""
    table = results.table(settings, session, experiment.id)
    size = choose_size(query.size, table.scores.scored_sizes)
    examples = results.examples_of(settings, session, experiment)
    if index >= examples.n_train:
        raise NotFoundError(f"This experiment has no training example {index}.")
    source = needed_source(session, examples.options)
    found = sketches_of(examples, *source).nearest(index, query.count)
    items = [
        _neighbor_out(examples, table.scores, table.row(size), neighbor, distance)
        for neighbor, distance in zip(found.indices.tolist(), found.distances.tolist(), strict=True)
    ]
    return NeighborPage(items=items, size=size)


def _neighbor_out(examples: Examples, scores: Scores, row: int, index: int, distance: float) -> NeighborOut:
    score = scores.memorization[row, index]
    label, original = int(examples.given[index]), int(examples.labels[index])
    return NeighborOut(
        index=index,
        name=examples.name(index),
        distance=distance,
        label=label,
        label_name=examples.classes[label],
        original_label_name=examples.classes[original],
        flipped=label != original,
        memorization=score if np.isfinite(score) else None,
        verdict=VERDICTS[scores.verdicts[row, index]],
        **picture_fields(examples, index),
    )
