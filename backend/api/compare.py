"""Two sizes of one experiment, or two experiments on the same data, example by example."""

from functools import lru_cache
from html import escape
from typing import Annotated, Literal, NamedTuple, cast

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import EXPERIMENT_ID, SessionDep, SettingsDep
from backend.api.exports import CsvResponse, csv_bytes
from backend.api.figures import FIGURE_ANSWER, PlotlyResponse
from backend.api.opened import opened
from backend.api.presenting import label_files, picture_fields, score_fields
from backend.api.schemas import LabelSetOut
from backend.api.score_schemas import (
    ComparedExampleOut,
    ComparedPage,
    ComparedSideOut,
    ComparisonOut,
    CorrelationOut,
    DifferingOut,
    MeanOut,
    SizeScoreOut,
)
from backend.api.views import Cursor, Index, Score, choose_size
from backend.core.errors import NotFoundError
from backend.core.models import Experiment, LabelSet
from backend.core.queries import datasets, experiments
from backend.core.queries import results as summaries
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets.loading import needed_source
from backend.figures.comparison import Compared, compared_scores
from backend.scores.comparison import Comparison, Key, Moved, Range, Side
from backend.studies.kit.params import StudyParams

router = APIRouter(prefix="/api/compare", tags=["comparison"])

DEFAULT_RATE = 0.05
NOT_COMPARED = ("sizes",)  # what is compared is one size of each

ExperimentKey = Annotated[str, Field(pattern=f"^{EXPERIMENT_ID.pattern}$")]


class PairQuery(BaseModel):
    """What to compare: two experiments, or the same one twice, at a size each."""

    model_config = ConfigDict(extra="forbid")

    a: ExperimentKey
    b: ExperimentKey
    a_size: Index | None = Field(
        None, description="the largest with scores if absent; the smallest of an experiment with itself"
    )
    b_size: Index | None = Field(None, description="the largest with scores if absent")


class CompareQuery(PairQuery):
    """What to compare, and when an example counts as moved."""

    rate: float = Field(
        DEFAULT_RATE, gt=0, le=0.5, allow_inf_nan=False, description="false-discovery rate among moved ones"
    )


class ExamplesQuery(CompareQuery):
    """A page of the examples compared, in a rectangle of both scores; differences are b minus a."""

    sort: Literal["difference", "-difference", "magnitude", "-magnitude"] = "-magnitude"
    moved: Moved | None = Field(None, description="only those that moved from a to b")
    a_gte: Score | None = None
    a_lte: Score | None = None
    b_gte: Score | None = None
    b_lte: Score | None = None
    label: list[Index] = Field([], max_length=1000, description="labels in a")
    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


class Shown(NamedTuple):
    """One size of an experiment's newest results."""

    experiment_id: str
    version: int
    size: int


class Found(NamedTuple):
    """A comparison and what it is of."""

    experiments: tuple[Experiment, Experiment]
    shown: tuple[Shown, Shown]
    comparison: Comparison


def _compare(settings: Settings, session: Session, query: PairQuery) -> Found:
    """Return the comparison; NotFoundError without results, InvalidError where the data differ."""
    a, b = experiments.get(session, query.a), experiments.get(session, query.b)
    with_itself = a.id == b.id and query.a_size is None
    size_a = min(_sizes(settings, session, a)) if with_itself else query.a_size
    shown = (
        _shown(settings, session, a, size_a, "a_size"),
        _shown(settings, session, b, query.b_size, "b_size"),
    )
    return Found((a, b), shown, _comparison(settings, *shown))


def _shown(
    settings: Settings, session: Session, experiment: Experiment, size: int | None, name: str
) -> Shown:
    version = summaries.get_summary(session, experiment.id).version
    return Shown(experiment.id, version, choose_size(size, _sizes(settings, session, experiment), name))


def _sizes(settings: Settings, session: Session, experiment: Experiment) -> list[int]:
    sizes = results.table(settings, session, experiment.id).scores.scored_sizes
    if not sizes:
        raise NotFoundError(f"{experiment.title!r} has no scores yet.")
    return sizes


@lru_cache(maxsize=8)
def _comparison(settings: Settings, a: Shown, b: Shown) -> Comparison:
    with reading(settings.database) as session:
        return Comparison(_side(settings, session, a), _side(settings, session, b))


def _side(settings: Settings, session: Session, shown: Shown) -> Side:
    experiment = experiments.get(session, shown.experiment_id)
    table = results.table(settings, session, experiment.id)
    examples = results.examples_of(settings, session, experiment)
    fingerprint = needed_source(session, examples.options).dataset
    title = datasets.get(session, examples.options.dataset).title
    return Side(table, table.row(shown.size), examples, fingerprint, title)


def _params(experiment: Experiment) -> StudyParams:
    return opened(experiment).params


def _size_name(experiment: Experiment) -> str:
    return opened(experiment).size_name


@router.get("")
def get_comparison(
    settings: SettingsDep, session: SessionDep, query: Annotated[CompareQuery, Query()]
) -> ComparisonOut:
    """Say how the scores of two sizes or two experiments differ, and how many examples moved."""
    found = _compare(settings, session, query)
    comparison, (a, b) = found.comparison, found.experiments
    files = label_files(session, (a, b))
    correlation = comparison.correlation
    bounds = ("value", "low", "high")
    return ComparisonOut(
        a=_side_out(
            a,
            comparison.a,
            comparison.in_a,
            files.get(a.id),
            _test_accuracy(settings, session, a, comparison.a),
        ),
        b=_side_out(
            b,
            comparison.b,
            comparison.in_b,
            files.get(b.id),
            _test_accuracy(settings, session, b, comparison.b),
        ),
        dataset_id=comparison.a.examples.options.dataset,
        classes=list(comparison.a.examples.classes),
        n=comparison.n,
        relabeled=int(comparison.relabeled.sum()),
        differing=_differing(a, b),
        mean=MeanOut.model_validate(comparison.mean),
        spearman=CorrelationOut(
            n=comparison.n, **{name: getattr(correlation, name, None) for name in bounds}
        ),
        rate=query.rate,
        moved_up=int(comparison.moved(query.rate, "up").sum()),
        moved_down=int(comparison.moved(query.rate, "down").sum()),
    )


def _test_accuracy(settings: Settings, session: Session, experiment: Experiment, side: Side) -> float | None:
    """Return the mean accuracy of one size's models on the test set, None where the study tells none."""
    found, scores = results.found_of(settings, session, experiment), opened(experiment).study.scores
    if scores is None:
        return None
    told, size = scores.accuracies(found), side.table.scores.sizes[side.row]
    lines = [line for line in told.lines if line.role == "test_accuracy"]
    return lines[0].mean[list(told.sizes).index(size)] if lines and size in told.sizes else None


def _side_out(
    experiment: Experiment,
    side: Side,
    chosen: np.ndarray,
    label_file: LabelSet | None,
    test_accuracy: float | None,
) -> ComparedSideOut:
    scores, row = side.table.scores, side.row
    names = ("memorization", "in_accuracy", "heldout_accuracy")
    return ComparedSideOut(
        id=experiment.id,
        title=experiment.title,
        status=experiment.status,
        size=scores.sizes[row],
        size_name=_size_name(experiment),
        models=side.models,
        n=scores.n,
        label_file=label_file and LabelSetOut.model_validate(label_file),
        test_accuracy=test_accuracy,
        **{name: float(getattr(scores, name)[row, chosen].mean()) for name in names},
    )


def _differing(a: Experiment, b: Experiment) -> list[DifferingOut]:
    """Return the parameters that differ, those that only one of two studies has included."""
    of_a, of_b = (_params(one).model_dump(mode="json") for one in (a, b))
    return [
        DifferingOut(name=name, a=of_a.get(name), b=of_b.get(name))
        for name in {**of_a, **of_b}
        if name not in NOT_COMPARED and of_a.get(name) != of_b.get(name)
    ]


@router.get("/examples")
def list_compared(
    settings: SettingsDep, session: SessionDep, query: Annotated[ExamplesQuery, Query()]
) -> ComparedPage:
    """Return the examples that the filters leave by difference, a page at a time."""
    comparison = _compare(settings, session, query).comparison
    keep = comparison.within(Range(query.a_gte, query.a_lte, query.b_gte, query.b_lte), query.label)
    if query.moved is not None:
        keep &= comparison.moved(query.rate, query.moved)
    key = cast("Key", query.sort.removeprefix("-"))
    after = None
    if query.after is not None:
        cursor = Cursor.decode(query.after, query.sort)
        after = (cursor.value or 0.0, cursor.example)
    places = comparison.page(
        key, keep, descending=query.sort.startswith("-"), limit=query.limit + 1, after=after
    )
    shown = places[: query.limit].tolist()
    following = None
    if len(places) > query.limit:
        value, example = float(comparison.values(key)[shown[-1]]), int(comparison.in_a[shown[-1]])
        following = Cursor(sort=query.sort, value=value, example=example).encode()
    return ComparedPage(
        items=[_compared_out(comparison, place, query.rate) for place in shown],
        next=following,
        total=int(np.count_nonzero(keep)),
    )


def _compared_out(comparison: Comparison, place: int, rate: float) -> ComparedExampleOut:
    a, b = comparison.a, comparison.b
    in_a, in_b = int(comparison.in_a[place]), int(comparison.in_b[place])
    differences, q = comparison.differences, float(comparison.q[place])
    return ComparedExampleOut(
        name=a.examples.name(in_a),
        **picture_fields(a.examples, in_a),
        a=SizeScoreOut(**score_fields(a.table, a.row, in_a, a.examples)),
        b=SizeScoreOut(**score_fields(b.table, b.row, in_b, b.examples)),
        difference=differences.value[place],
        low=differences.low[place],
        high=differences.high[place],
        p=comparison.p[place],
        q=q,
        moved=q <= rate,
    )


@router.get("/figure", response_class=PlotlyResponse, responses=FIGURE_ANSWER)
def get_comparison_figure(
    settings: SettingsDep, session: SessionDep, query: Annotated[CompareQuery, Query()]
) -> Response:
    """Draw the scores of b over those of a: points, or counts in cells where there are many."""
    found = _compare(settings, session, query)
    figure = _drawn(settings, *found.shown, query.rate)
    return PlotlyResponse(figure, headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=16)
def _drawn(settings: Settings, a: Shown, b: Shown, rate: float) -> str:
    comparison = _comparison(settings, a, b)
    with reading(settings.database) as session:
        sides = [experiments.get(session, one.experiment_id) for one in (a, b)]
        models = [f"{_size_name(one)} {at.size:,}" for one, at in zip(sides, (a, b), strict=True)]
        titles = [f"{escape(one.title)}, " if a.experiment_id != b.experiment_id else "" for one in sides]
    figure = compared_scores(
        Compared(
            a=comparison.scores_a,
            b=comparison.scores_b,
            up=comparison.moved(rate, "up"),
            down=comparison.moved(rate, "down"),
            edges_a=comparison.a.table.bins(comparison.a.row, None).edges,
            edges_b=comparison.b.table.bins(comparison.b.row, None).edges,
        ),
        title=f"{titles[0]}{models[0]} (A) and {titles[1]}{models[1]} (B) · {comparison.n:,} examples",
        names=(f"A ({models[0]})", f"B ({models[1]})"),
        facts=_in_words(comparison, rate),
    )
    drawn: str = figure.to_json()
    return drawn


def _in_words(comparison: Comparison, rate: float) -> str:
    up, down = (int(comparison.moved(rate, direction).sum()) for direction in ("up", "down"))
    mean, correlation = comparison.mean, comparison.correlation
    words = (
        f"Of {comparison.n:,} examples, {up:,} score higher in B and {down:,} higher in A at a"
        f" false-discovery rate of {100 * rate:g} %. The mean of B minus A is {mean.value:.3f} (95 %"
        f" {mean.low:.3f} to {mean.high:.3f})."
    )
    if correlation is not None:
        words += f" Spearman's rank correlation is {correlation.value:.2f}."
    return words


@router.get("/scores.csv", response_class=CsvResponse)
def compared_csv(
    settings: SettingsDep, session: SessionDep, query: Annotated[PairQuery, Query()]
) -> Response:
    """Download all examples compared, one a row, as CSV."""
    found = _compare(settings, session, query)
    comparison, differences = found.comparison, found.comparison.differences
    columns = {"name": np.array([comparison.a.examples.name(at) for at in comparison.in_a.tolist()])}
    for name, side, chosen in (("a", comparison.a, comparison.in_a), ("b", comparison.b, comparison.in_b)):
        bounded = side.bounded(chosen)
        columns |= {
            f"example_{name}": chosen,
            f"label_{name}": side.labels(chosen),
            f"flipped_{name}": side.table.scores.flipped[chosen],
            f"memorization_{name}": bounded.value,
            f"low_{name}": bounded.low,
            f"high_{name}": bounded.high,
        }
    columns |= {
        "difference": differences.value,
        "low": differences.low,
        "high": differences.high,
        "p": comparison.p,
        "q": comparison.q,
    }
    named = "-".join(f"{one.experiment_id}-{one.size}" for one in found.shown)
    headers = {"Content-Disposition": f'attachment; filename="memoscope-{named}.csv"'}
    return CsvResponse(csv_bytes(pa.table(columns)), headers=headers)
