"""Shapes of the API's answers and requests; the OpenAPI document is made from these."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from backend.core.contracts import (
    Action,
    Alignment,
    ClaimVerdict,
    DatasetSource,
    DatasetState,
    EventKind,
    ExperimentStatus,
    PublishedMeaning,
    TrajectoryType,
    UnitStatus,
    Verdict,
)

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following page, null at the end."""

    items: list[T]
    next: str | None = None


class FieldProblem(BaseModel):
    """One offending field: a JSON pointer into the request, and what is wrong with it."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem document; every error has this shape."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []


class PaperOut(BaseModel):
    """The paper a study reproduces."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    authors: str
    year: int
    venue: str
    url: str
    bibtex: str


class FigureInfoOut(BaseModel):
    """One figure a study can draw."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    description: str


class StudyOut(BaseModel):
    """A study: paper, parameter form and presets (each preset is a full set of parameters)."""

    name: str
    title: str
    summary: str
    paper: PaperOut
    figures: list[FigureInfoOut]
    params_schema: dict[str, Any]
    presets: dict[str, dict[str, Any]]


class ExperimentCreate(BaseModel):
    """A request to run a study; `params: {}` is the quick preset, `force` runs beside an equal result."""

    model_config = ConfigDict(extra="forbid")

    study: str = Field(max_length=64)
    params: dict[str, Any] = {}
    title: str | None = Field(
        default=None, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["Wide nets"]
    )
    force: bool = False


class EstimateRequest(BaseModel):
    """Parameters to price."""

    model_config = ConfigDict(extra="forbid")

    params: dict[str, Any] = {}


class EstimateOut(BaseModel):
    """What an experiment would cost and how precise it would be."""

    units: int
    models: int
    seconds: float = Field(description="expected time on one two-core worker")
    disk_bytes: int
    half_width: float | None = Field(description="half width of a typical score's 95 % interval")
    parameters: dict[int, int] = Field(
        description="weights and biases of one model by size, named sizes included"
    )
    warning: str | None = Field(description="what to think about before running this")
    deviations: list[str] = Field(description="where this departs from the paper's setting")
    equal_experiment_id: str | None


class ExtendRequest(BaseModel):
    """How many more models to train at every size."""

    model_config = ConfigDict(extra="forbid")

    models: int = Field(ge=10, le=4000)


class ProgressOut(BaseModel):
    """How far an experiment is."""

    units: int
    done: int
    running: int
    failed: int
    models: int
    models_done: int
    fraction: float = Field(ge=0, le=1)
    eta_s: float | None


class PreviewOut(BaseModel):
    """A small histogram of memorization at the largest size that has scores."""

    size: int
    counts: list[int]
    edges: list[float]


class ExperimentOut(BaseModel):
    """One submitted run of a study."""

    id: str
    study: str
    title: str
    status: ExperimentStatus
    params: dict[str, Any]
    setting: str = Field(description="whose numbers these are: ours at paper or at reduced settings")
    deviations: list[str]
    progress: ProgressOut
    preview: PreviewOut | None
    dataset_id: str
    classes: list[str] = Field(description="names of the labels, in the order of their indices")
    size_name: str = Field(description="what the size of a model is, such as width")
    sizes: list[int] = Field(description="model sizes with scores so far, ascending")
    version: int = Field(description="grows with every summary; 0 means no result yet")
    actions: list[Action] = Field(description="what may be asked of it now")
    parent_id: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    provenance: dict[str, Any]
    reproduce: str = Field(description="the shell line that submits an equal experiment")


class UnitOut(BaseModel):
    """One unit of work."""

    model_config = ConfigDict(from_attributes=True)

    experiment_id: str
    index: int
    key: str
    status: UnitStatus
    attempt: int
    models: int
    progress: float
    worker_id: str | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    engine: dict[str, Any] | None = Field(description="how it was computed, once it is done")


class EngineOut(BaseModel):
    """One way in which units of an experiment were computed, and how many."""

    engine: dict[str, Any] = Field(
        description="back end, models at once, lanes, device, precision; processor, threads, torch, code"
    )
    units: int
    models: int


class WorkerOut(BaseModel):
    """One worker process and when it last gave a sign of life."""

    id: str
    hostname: str
    pid: int
    device: str
    threads: int
    torch_version: str
    started_at: datetime
    seen_at: datetime
    alive: bool
    unit: UnitOut | None


class QueueOut(BaseModel):
    """Units that run or wait, and the workers."""

    workers: list[WorkerOut]
    running: list[UnitOut]
    waiting: list[UnitOut] = Field(description="the first 100 in order")
    waiting_count: int
    failed: list[UnitOut]
    broker_ok: bool


class AnswerOut(BaseModel):
    """One class and how many held-out models answered it."""

    label: int
    name: str
    count: int


class SizeScoreOut(BaseModel):
    """One example at one model size."""

    index: int
    name: str
    size: int
    label: int
    label_name: str
    original_label: int
    original_label_name: str
    flipped: bool
    n_in: int
    k_in: int
    n_out: int
    k_out: int
    in_accuracy: float | None
    heldout_accuracy: float | None
    memorization: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    answer: AnswerOut | None = Field(description="the held-out models' most frequent answer")
    picture: int = Field(description="which picture of the data set it is")
    image: str


class ScoreOut(SizeScoreOut):
    """One example at one model size, and how its score goes over sizes."""

    trajectory: TrajectoryType
    over_size: list[float | None] = Field(description="memorization at every size with scores, ascending")


class ScorePage(Page[ScoreOut]):
    """A page of examples; `total` counts all rows the filters leave."""

    total: int
    next_url: str | None


class PartnerOut(BaseModel):
    """A test example that models get right more often when they had the training example."""

    index: int
    name: str
    label: int
    label_name: str
    picture: int
    image: str
    influence: float = Field(description="accuracy on it with the training example minus without")
    low: float
    high: float = Field(description="the interval covers at 95 % for all test examples together")


class SizeOut(SizeScoreOut):
    """One size of one example, with all that held-out models answered and the test examples it helps."""

    answers: list[AnswerOut]
    influence: list[PartnerOut] = Field(description="only those whose interval lies above 0")


class ExampleOut(BaseModel):
    """One example at every size, with its neighbors in the given order."""

    index: int
    name: str
    label: int
    label_name: str
    original_label: int
    original_label_name: str
    flipped: bool
    trajectory: TrajectoryType
    picture: int
    image: str
    sizes: list[SizeOut]
    previous: int | None
    following: int | None


class NeighborOut(BaseModel):
    """A training example that looks like another one, with its score."""

    index: int
    name: str
    distance: float = Field(
        description="root mean square difference of pixels, 0 to 255; 0 is the same picture"
    )
    label: int
    label_name: str
    original_label_name: str
    flipped: bool
    memorization: float | None
    verdict: Verdict
    picture: int
    image: str


class NeighborPage(Page[NeighborOut]):
    """The nearest training examples, nearest first, and the model size their scores are of."""

    size: int


class HistogramOut(BaseModel):
    """Counts over all rows that the filters leave, never over a page."""

    size: int
    edges: list[float]
    step: float | None = Field(description="the lattice of scores that the bins respect")
    counts: list[int]
    zero: int = Field(description="scores of exactly 0, which are among the counts")
    one: int = Field(description="scores of exactly 1, which are among the counts")
    n: int = Field(description="rows counted")
    undefined: int = Field(description="rows whose score is not defined yet")
    below_01: float | None = Field(description="share of scores below 0.1")
    above_09: float | None = Field(description="share of scores above 0.9")


class TrajectoryTypeOut(BaseModel):
    """The examples of one type of trajectory."""

    trajectory: TrajectoryType
    count: int = Field(description="examples of this type at `tau`")
    flipped: int = Field(description="those of them whose label was flipped")
    counts: list[int] = Field(description="examples of this type at each of `taus`")
    placebo: list[float] | None = Field(
        description="share that noise alone gives two halves of the models of one size, at each of `taus`,"
        " averaged over sizes; null where it is not defined"
    )
    clearest: list[int] = Field(description="those that the counts speak for most clearly at `tau`")


class TrajectoriesOut(BaseModel):
    """How memorization changes over model size: every example counts, whatever the view leaves."""

    tau: float
    taus: list[float]
    sizes: list[int] = Field(description="sizes at which every example has a score; types need two")
    models: int = Field(description="fewest models of these sizes")
    n: int
    margin: float | None = Field(
        description="for half of the examples, a change from first to last size counts only from here on"
    )
    types: list[TrajectoryTypeOut]


class CurveOut(BaseModel):
    """One quantity over epochs at one size."""

    model_config = ConfigDict(from_attributes=True)

    size: int
    name: str
    epochs: list[int]
    mean: list[float]
    sd: list[float]
    models: int


class ClaimOut(BaseModel):
    """A finding of the paper beside our measurement."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    statement: str
    source: str
    paper_value: str
    measured: float | None
    low: float | None
    high: float | None
    verdict: ClaimVerdict
    setting: str
    note: str


class EventOut(BaseModel):
    """One row of an experiment's log; also the data of an SSE event."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: EventKind
    text: str
    created_at: datetime


class LabelSetOut(BaseModel):
    """Labels to train on instead of a data set's own."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    differ: int = Field(description="training labels that are not the data set's own")
    created_at: datetime


class DatasetOut(BaseModel):
    """A data set that experiments can use; the first one that needs its images has them fetched."""

    id: str
    title: str
    source: DatasetSource
    state: DatasetState
    progress: float | None = Field(description="finished fraction while it is preparing")
    error: str | None
    n_train: int
    n_test: int
    height: int
    width: int
    channels: int
    classes: list[str]
    fingerprint: str | None = Field(description="null until the images are there")
    download_bytes: int | None
    label_sets: list[LabelSetOut]
    created_at: datetime


class PublishedOut(BaseModel):
    """Published scores of a data set's training images."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    meaning: PublishedMeaning
    alignment: Alignment = Field(description="how rows of the file found their images")
    labels_checked: bool = Field(description="whether the file had labels, which then agree")
    n: int = Field(description="training images that have a score")
    created_at: datetime


class CorrelationOut(BaseModel):
    """Spearman's rank correlation and its 95 % interval; null below 4 examples, or where all are equal."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class OverlayOut(BaseModel):
    """One experiment beside published scores: how far they agree about the order of examples at one size."""

    published: PublishedOut
    size: int
    spearman: CorrelationOut = Field(description="of memorization, without examples whose label was flipped")
    with_flipped: CorrelationOut | None = Field(description="the same with them; null if there are none")
    heldout_error: CorrelationOut | None = Field(
        description="of held-out error instead of memorization, which is what C-scores measure; else null"
    )
    flipped: int = Field(description="examples left out because their label was flipped")
    missing: int = Field(description="other examples left out because one of the two scores is not there")


class DisagreementOut(ScoreOut):
    """An example that ranks differently here and by the published scores."""

    published: float = Field(description="as published")
    rank: float = Field(description="share of the examples compared that have less memorization here")
    published_rank: float = Field(description="share that are less hard by the published scores")
    rank_difference: float = Field(description="rank minus published rank, from -1 to 1")


class DisagreementPage(Page[DisagreementOut]):
    """A page of examples by rank difference; `total` counts all that are compared."""

    total: int


class MeanOut(BaseModel):
    """A mean over examples and its 95 % interval, which covers the choice of examples, not of models."""

    model_config = ConfigDict(from_attributes=True)

    value: float
    low: float
    high: float


class ComparedSideOut(BaseModel):
    """One of two experiments compared, at one size; means are over the examples compared."""

    id: str
    title: str
    status: ExperimentStatus
    size: int
    size_name: str
    models: int = Field(description="models of this size")
    n: int = Field(description="training examples of the experiment")
    memorization: float
    in_accuracy: float
    heldout_accuracy: float


class DifferingOut(BaseModel):
    """A parameter that two experiments do not share."""

    name: str
    a: Any
    b: Any


class ComparisonOut(BaseModel):
    """Two sizes of an experiment, or two experiments on a data set; differences are b minus a."""

    a: ComparedSideOut
    b: ComparedSideOut
    dataset_id: str
    classes: list[str] = Field(description="names of a's labels, in the order of their indices")
    n: int = Field(description="training examples that have a score in both")
    relabeled: int = Field(description="of these, examples trained on under different labels")
    differing: list[DifferingOut] = Field(description="parameters that differ, sizes aside")
    mean: MeanOut = Field(description="mean difference")
    spearman: CorrelationOut
    rate: float = Field(description="false-discovery rate at which examples count as moved")
    moved_up: int = Field(description="examples with a higher score in b")
    moved_down: int = Field(description="examples with a higher score in a")


class ComparedExampleOut(BaseModel):
    """One example on both sides, and how far its score is higher in b."""

    name: str
    picture: int = Field(description="which picture of the data set it is")
    image: str
    a: SizeScoreOut
    b: SizeScoreOut
    difference: float
    low: float
    high: float
    p: float = Field(description="p-value of an unchanged score")
    q: float = Field(description="false-discovery rate from which on the example counts as moved")
    moved: bool


class ComparedPage(Page[ComparedExampleOut]):
    """A page of examples compared; `total` counts all that the filters leave."""

    total: int


class CountsOut(BaseModel):
    """How many images each class has."""

    classes: list[str]
    train: list[int]
    test: list[int]


class SampleRowOut(BaseModel):
    """Some images of one class, as indices of the data set."""

    label: int
    name: str
    indices: list[int]


class SampleOut(BaseModel):
    """Some images of each class."""

    rows: list[SampleRowOut]


class ChangedOut(BaseModel):
    """A training image whose label is changed."""

    index: int = Field(description="which image of the data set it is")
    true: int
    given: int


class NoiseOut(BaseModel):
    """What options do to the labels: true classes in rows, labels trained on in columns."""

    classes: list[str]
    matrix: list[list[int]]
    n: int
    changed: int
    examples: list[ChangedOut] = Field(description="some of the changed ones")


class UsageOut(BaseModel):
    """An experiment on a data set."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    status: ExperimentStatus
    created_at: datetime


class Health(BaseModel):
    """Liveness or readiness of the web process."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str] = {}
