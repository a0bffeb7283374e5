"""The review of an experiment: suspects one after the other, and how many wrong labels are left."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.examples import marked_scores
from backend.api.opened import opened
from backend.api.review_schemas import ReviewBinOut, ReviewPage, ReviewStateOut, SuspectOut
from backend.api.score_schemas import MarkedScoreOut
from backend.api.views import Index, choose_size
from backend.core.contracts import Mark
from backend.datasets.examples import Examples
from backend.review.estimate import WINDOW, Estimate, estimate
from backend.review.ranking import Suspects, suspects
from backend.review.standing import MARKS
from backend.scores.scores import Scores
from backend.statistics.intervals import proportion

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["review"])

ANSWERS_NAMED = 3


class ReviewQuery(BaseModel):
    """A page of suspects; those that have been looked at are left out."""

    model_config = ConfigDict(extra="forbid")

    size: Index | None = Field(None, description="model size; the largest with scores if absent")
    limit: int = Field(20, ge=1, le=200)
    after: int = Field(0, ge=0, le=2**31 - 1, description="`next` of the page before, which is a rank")


@router.get("/review")
def get_review(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[ReviewQuery, Query()],
) -> ReviewPage:
    """Return the suspects that nobody has looked at yet, in the order in which looking pays."""
    table = results.table(settings, session, experiment.id)
    size = choose_size(query.size, table.scores.scored_sizes)
    row = table.row(size)
    scored = opened(experiment).study.scores
    review = scored and scored.review
    found = suspects(table, row, review and review.column)
    examples = results.examples_of(settings, session, experiment)
    marked = results.standing_of(settings, session, experiment)[found.order]
    reviewed, wrong = marked >= 0, marked == MARKS.index(Mark.WRONG_LABEL)
    places = query.after + np.flatnonzero(~reviewed[query.after :])
    shown = places[: query.limit].tolist()
    scores = marked_scores(session, table, row, found.order[shown].tolist(), examples)
    return ReviewPage(
        items=[
            _suspect(found, place, table.scores, row, score, examples)
            for place, score in zip(shown, scores, strict=True)
        ],
        next=str(shown[-1] + 1) if len(places) > len(shown) else None,
        size=size,
        ranking=found.ranking,
        state=_state(found, estimate(found.margin, reviewed, wrong)),
    )


def _suspect(
    found: Suspects, place: int, scores: Scores, row: int, score: MarkedScoreOut, examples: Examples
) -> SuspectOut:
    suggested = int(found.suggested[place])
    return SuspectOut(
        rank=place + 1,
        margin=float(found.margin[place]),
        suggested_label=None if suggested == score.label else examples.classes[suggested],
        evidence=_evidence(score, scores, row, examples),
        score=score,
    )


def _evidence(score: MarkedScoreOut, scores: Scores, row: int, examples: Examples) -> str:
    labels, counts = scores.answers.of(row * scores.n + score.index)
    others = [
        f"{examples.classes[label]}: {proportion(count, score.n_out):.0%}".replace("%", " %")
        for label, count in zip(labels.tolist(), counts.tolist(), strict=True)
        if label != score.label
    ]
    return (
        f"{score.k_in:,} of {score.n_in:,} models that saw it are right; {score.k_out:,} of {score.n_out:,}"
        f" others{', '.join(['; they answer ' + others[0], *others[1:ANSWERS_NAMED]]) if others else ''}."
    )


def _state(found: Suspects, now: Estimate) -> ReviewStateOut:
    return ReviewStateOut(
        suspects=len(found.order),
        reviewed=sum(each.reviewed for each in now.bins),
        wrong=sum(each.wrong for each in now.bins),
        bins=[ReviewBinOut.model_validate(each) for each in now.bins],
        left=now.left,
        left_low=now.left_low,
        left_high=now.left_high,
        stop=now.stop,
        advice=_advice(now),
    )


def _advice(now: Estimate) -> str:
    rest = sum(each.left for each in now.bins)
    if rest == 0:
        return (
            "All suspects have been looked at." if now.recent else "No suspects: models prefer every label."
        )
    if now.recent == 0:
        return f"Nothing has been looked at yet, so nobody can say how many of the {rest:,} are wrong."
    last = f"Of the last {now.recent} looked at, {now.recent_wrong} had a wrong label."
    if now.stop:
        return f"{last} You could stop here: less than one in five of such suspects is wrong."
    if now.recent < WINDOW:
        return f"{last} After {WINDOW} this says when to stop."
    return f"{last} Going on pays."
