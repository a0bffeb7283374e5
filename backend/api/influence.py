"""Who helps whom: of one example, of memorized examples and test examples, and of training examples."""

from functools import lru_cache
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.presenting import number, picture_fields
from backend.api.score_schemas import (
    HelpedOut,
    HelpingPage,
    HelpingRowOut,
    InfluenceOut,
    PartnerOut,
    PeerOut,
    PeerPage,
)
from backend.api.study_views import PeersBy as By
from backend.api.study_views import Pick
from backend.api.views import Cursor, Index, choose_size
from backend.core.queries import experiments
from backend.core.queries import results as summaries
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets.examples import Examples
from backend.scores.few import models_of
from backend.scores.helping import Helping, helping, looked_at
from backend.scores.peers import Peers, apart, helpers, nearest
from backend.scores.scores import Scores
from backend.statistics.influence import Partners, affordable, told_from_chance
from backend.studies.kit.results import Results

router = APIRouter(prefix="/api/experiments/{experiment_id}/influence", tags=["influence"])

SHOWN = 4  # test examples in a row, as in Feldman & Zhang 2020, Figs. 4 to 6


class RowsQuery(BaseModel):
    """Which memorized examples: evenly spaced over all by influence, so that nobody picks, or the highest."""

    model_config = ConfigDict(extra="forbid")

    size: Index | None = Field(None, description="model size; the largest with scores if absent")
    label: list[Index] = Field([], max_length=1000, description="labels of the training examples")
    pick: Pick = "spaced"
    limit: int = Field(12, ge=1, le=100)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


class PeersQuery(BaseModel):
    """Which pairs of training examples: those with most influence for certain, or the nearest pictures."""

    model_config = ConfigDict(extra="forbid")

    size: Index | None = Field(None, description="model size; the largest with scores if absent")
    label: list[Index] = Field([], max_length=1000, description="labels of the examples that are helped")
    peers: By = "influence"
    near: bool = Field(False, description="near-duplicates by pixels only")
    limit: int = Field(12, ge=1, le=100)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


@router.get("/rows")
def list_rows(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[RowsQuery, Query()],
) -> HelpingPage:
    """Return memorized training examples beside the test examples that each helps most."""
    found = results.current(settings, session, experiment.id)
    scores = results.scores_of(found)
    size = choose_size(query.size, scores.scored_sizes)
    row = scores.sizes.index(size)
    examples = results.examples_of(settings, session, experiment)
    version = summaries.get_summary(session, experiment.id).version
    memorized = _helping(settings, experiment.id, version, row)
    if memorized is None:
        models = models_of(scores, row)
        return HelpingPage(items=[], next=None, size=size, models=models, total=0, known=False, least=None)
    rows = memorized.by_influence
    if query.label:
        rows = rows[np.isin(scores.labels[memorized.trains[rows]], query.label)]
    start = 0 if query.after is None else Cursor.decode(query.after, query.pick).example
    shown, following = _part(len(rows), query.limit, start, spaced=query.pick == "spaced")
    models, least = _certain(memorized.partners, looked_at(len(memorized.trains), examples.n_test))
    return HelpingPage(
        items=[_row_out(found, scores, row, memorized, at, examples) for at in rows[shown].tolist()],
        next=following and Cursor(sort=query.pick, value=None, example=following).encode(),
        size=size,
        models=models or models_of(scores, row),
        total=len(rows),
        known=True,
        least=least,
    )


def _part(total: int, limit: int, start: int, *, spaced: bool) -> tuple[slice, int | None]:
    """Return which of that many places a page shows, and where the next one starts, None behind the last.

    Spaced pages take turns: with three of them the first has places 0, 3, 6, ..., the second 1, 4, 7, ...
    """
    if spaced:
        step = max(-(-total // limit), 1)
        return slice(start, None, step), start + 1 if start + 1 < step else None
    stop = start + limit
    return slice(start, stop), stop if stop < total else None


@lru_cache(maxsize=16)
def _helping(
    settings: Settings,
    experiment_id: str,
    version: int,  # noqa: ARG001 - part of the key
    row: int,
) -> Helping | None:
    with reading(settings.database) as session:
        found = results.current(settings, session, experiment_id)
        examples = results.examples_of(settings, session, experiments.get(session, experiment_id))
    scores = results.scores_of(found)
    if found.influence is None or not (helps := found.influence.helps_test[row]).known:
        return None
    return helping(scores.memorization[row], scores.labels, helps, examples.labels[examples.n_train :])


def _row_out(
    found: Results, scores: Scores, row: int, memorized: Helping, at: int, examples: Examples
) -> HelpingRowOut:
    index, limits = int(memorized.trains[at]), (memorized.low[at], memorized.high[at])
    partners = _partners_out(found, row, index, memorized.partners[at], limits, examples, helps=True)
    return HelpingRowOut(**_helped(scores, row, index, examples), partners=partners[:SHOWN])


@router.get("/peers")
def list_peers(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[PeersQuery, Query()],
) -> PeerPage:
    """Return pairs of training examples of which one helps the other, or that look alike."""
    found = results.current(settings, session, experiment.id)
    scores = results.scores_of(found)
    size = choose_size(query.size, scores.scored_sizes)
    row = scores.sizes.index(size)
    version = summaries.get_summary(session, experiment.id).version
    pairs = _peers(settings, experiment.id, version, row, query.peers)
    usual = None if found.lookalikes is None else found.lookalikes.usual
    if pairs is None:
        note = _missing(found, scores, row)
        return PeerPage(items=[], next=None, size=size, total=0, usual=usual, least=None, note=note)
    keep = np.ones(len(pairs.helped), np.bool_)
    if query.label:
        keep &= np.isin(scores.labels[pairs.helped], query.label)
    if query.near:
        keep &= pairs.near
    places = np.flatnonzero(keep)
    helps = None if found.influence is None else found.influence.train_helpers
    least = None if helps is None else _certain(helps[row], scores.n * (scores.n - 1))[1]
    start = 0 if query.after is None else Cursor.decode(query.after, query.peers).example
    shown, following = _part(len(places), query.limit, start, spaced=False)
    examples = results.examples_of(settings, session, experiment)
    return PeerPage(
        items=[_peer_out(scores, row, pairs, at, examples) for at in places[shown].tolist()],
        next=following and Cursor(sort=query.peers, value=None, example=following).encode(),
        size=size,
        total=len(places),
        usual=usual,
        least=least,
        note="",
    )


@lru_cache(maxsize=16)
def _peers(
    settings: Settings,
    experiment_id: str,
    version: int,  # noqa: ARG001 - part of the key
    row: int,
    by: By,
) -> Peers | None:
    with reading(settings.database) as session:
        found = results.current(settings, session, experiment_id)
    kinds = found.influence
    kept = None if kinds is None else (kinds.train_helpers if by == "influence" else kinds.nearest)
    if kinds is None or kept is None or not kept[row].known:
        return None
    if by == "influence":
        return helpers(kept[row], found.lookalikes)
    strongest = None if kinds.train_helpers is None else kinds.train_helpers[row]
    return nearest(kept[row], strongest, found.lookalikes)


def _peer_out(scores: Scores, row: int, pairs: Peers, at: int, examples: Examples) -> PeerOut:
    helper, helped = int(pairs.helper[at]), int(pairs.helped[at])
    return PeerOut(
        helper=HelpedOut(**_helped(scores, row, helper, examples)),
        helped=HelpedOut(**_helped(scores, row, helped, examples)),
        influence=pairs.influence[at],
        low=pairs.low[at],
        high=pairs.high[at],
        margin=number(pairs.margin[at]),
        rank=int(pairs.rank[at]) or None,
        distance=number(pairs.distance[at]),
        near_duplicate=bool(pairs.near[at]),
        same_label=bool(scores.labels[helper] == scores.labels[helped]),
    )


def influence_out(found: Results, row: int, index: int, examples: Examples) -> InfluenceOut:
    """Return whom one example helps at one size, and who helps it.

    Each partner was chosen for its high value among all examples of its kind, so the intervals are
    Bonferroni's over these.
    """
    kinds, n = found.influence, examples.n_train
    if kinds is None or not kinds.helps_test[row].known:
        note = _missing(found, results.scores_of(found), row)
        return InfluenceOut(
            helps_test=None, helps_train=None, helpers=None, margin=None, least=None, note=note
        )
    train = index < n

    def listed(kept: Partners | None, among: int, *, helps: bool) -> list[PartnerOut] | None:
        if kept is None:
            return None
        own = kept[row, index if train else index - n]
        return _partners_out(found, row, index, own, own.interval(among), examples, helps=helps)

    strongest = kinds.train_helpers if train else kinds.test_helpers
    values = np.empty(0) if strongest is None else strongest[row, index if train else index - n].influence
    return InfluenceOut(
        helps_test=listed(kinds.helps_test, examples.n_test, helps=True) if train else None,
        helps_train=listed(kinds.helps_train, n - 1, helps=True) if train else None,
        helpers=listed(strongest, n - 1, helps=False),
        margin=number(values[0] - values[1]) if len(values) > 1 else None,
        least=_certain(kinds.helps_test[row], n)[1],
        note="" if strongest is not None else _missing(found, results.scores_of(found), row),
    )


def _missing(found: Results, scores: Scores, row: int) -> str:
    """Say why influence, or that of training examples on each other, is not known at a size."""
    models = models_of(scores, row)
    if found.influence is None or not found.influence.helps_test[row].known:
        return "Influence is looked for once all models of this size are in."
    if not affordable(scores.n, scores.n, models):
        return (
            f"How the {scores.n:,} training examples influence each other is not looked for: all pairs of"
            f" them in {models:,} models would take too long. Fewer examples or models can be compared."
        )
    return "These results were made by a version that did not look for this."


def _certain(partners: Partners, looked_at: int) -> tuple[int, float | None]:
    """Return how many models a size has, and the least influence that these tell from chance for certain."""
    some = partners[:1000]  # balanced subsets: as many models have, and lack, every example
    n_in, n_out = (float(counts.max(axis=-1).mean()) for counts in (some.n_in, some.n_out))
    least = told_from_chance(n_in, n_out, looked_at)
    return round(n_in + n_out), least if np.isfinite(least) else None


def _partners_out(
    found: Results,
    row: int,
    index: int,
    partners: Partners,
    limits: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    examples: Examples,
    *,
    helps: bool,
) -> list[PartnerOut]:
    """Return the partners (P,) of one example, whom it helps or who help it, with limits above 0."""
    scores = results.scores_of(found)
    other = partners.indices
    own = np.full_like(other, index)
    helper, helped = (own, other) if helps else (other, own)
    rank, _, alike = apart(found.lookalikes, helper, helped)
    values, (low, high) = partners.influence, limits
    label = _label(scores, index, examples)
    return [
        PartnerOut(
            **_helped(scores, row, int(other[at]), examples),
            influence=values[at],
            low=low[at],
            high=high[at],
            same_label=_label(scores, int(other[at]), examples) == label,
            rank=int(rank[at]) or None,
            near_duplicate=bool(alike[at]),
        )
        for at in np.flatnonzero(low > 0).tolist()
    ]


def _label(scores: Scores, index: int, examples: Examples) -> int:
    """Return the label that an example is trained on, or is asked about."""
    return int(scores.labels[index] if index < scores.n else examples.labels[index])


def _helped(scores: Scores, row: int, index: int, examples: Examples) -> dict[str, Any]:
    """Return the fields of a HelpedOut."""
    label, train = _label(scores, index, examples), index < scores.n
    return {
        "index": index,
        "split": "train" if train else "test",
        "name": examples.name(index),
        "label": label,
        "label_name": examples.classes[label],
        "flipped": bool(train and scores.flipped[index]),
        "memorization": number(scores.memorization[row, index]) if train else None,
        **picture_fields(examples, index),
    }
