"""Shapes of the API's answers and requests; the OpenAPI document is made from these."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.core.contracts import (
    Action,
    Alignment,
    ClaimVerdict,
    DatasetSource,
    DatasetState,
    EventKind,
    ExperimentStatus,
    MatrixLayout,
    PublishedMeaning,
    RowOrder,
    UnitStatus,
)
from backend.core.printable import HIDING
from backend.studies.kit.scores import Purpose

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following page, null at the end."""

    items: list[T]
    next: str | None = None


class FieldProblem(BaseModel):
    """One offending field: a JSON pointer into the request, and what is wrong with it."""

    pointer: str
    detail: str
    file: str | None = Field(None, description="of an upload: the file in it that is at fault")
    offer: dict[str, str] | None = Field(
        None, description="query parameters with which the same upload would pass"
    )


class SeenProblem(BaseModel):
    """A picture of a data set, by its place there: its label, the one a file gives it, the row about it."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    name: str
    own: str | None
    given: str | None
    row: int | None = Field(description="counted from 0")


class OptionProblem(BaseModel):
    """One value that may be chosen, and pictures that show what it would mean: the first ones of an order."""

    model_config = ConfigDict(from_attributes=True)

    value: str
    label: str
    pictures: list[SeenProblem]


class ChoiceProblem(BaseModel):
    """What has to be chosen: the same request with this query parameter is taken."""

    model_config = ConfigDict(from_attributes=True)

    parameter: str
    question: str
    options: list[OptionProblem]


class Problem(BaseModel):
    """RFC 9457 problem document; every error has this shape."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []
    choice: ChoiceProblem | None = Field(None, description="what the person has to choose, if that is all")


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
    section: str | None = Field(
        description='heading of the overview that it stands under; "" at its top, null outside the overview'
    )
    controls: dict[str, Any] = Field(
        description="JSON schema of what a reader may change, given in the query; no properties without any"
    )


class ExtensionOut(BaseModel):
    """What experiments of a study can be extended by."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    detail: str
    default: int
    least: int
    most: int
    noun: str = Field(description="what there will be more of, such as models")


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
    unit: str = Field(description='of the measured value; "" of a number without one')
    verdict: ClaimVerdict
    setting: str
    note: str
    arithmetic: bool = Field(description="a check that cannot fail short of a fault in the code")
    question: str = Field(description='what it asks, in a few words; "" in results of earlier versions')
    answer: str = Field(description="what was found, in a phrase")
    rule: str = Field(description="when it holds and when it differs")


class PicturedOut(BaseModel):
    """One kind of data that networks are asked to fit."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    note: str
    pixels: str
    corruption: float | None = Field(
        description="probability that a label is redrawn; null where people choose it"
    )


class CasesInfoOut(BaseModel):
    """What a study's experiments tell of single examples, by kind: names by key."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    description: str
    kinds: dict[str, str]


class CasePictureOut(BaseModel):
    """A picture with a caption in lines."""

    name: str
    lines: list[str]
    picture: int
    image: str


class CaseOut(BaseModel):
    """What happened to one example, and the examples that explain it."""

    about: CasePictureOut
    others: list[CasePictureOut]


class CasePage(Page[CaseOut]):
    """One page of cases of a kind; `total` of that kind."""

    total: int


class LabInfoOut(BaseModel):
    """A laboratory: sliders in, figures and claims out, at once."""

    name: str
    title: str
    description: str
    params_schema: dict[str, Any]


class DrawnOut(BaseModel):
    """A figure with its drawing: `data` and `layout`, made by plotly.py."""

    name: str
    title: str
    description: str
    section: str | None
    figure: dict[str, Any]


class LabOut(BaseModel):
    """What a laboratory shows at one position of its sliders."""

    study: str
    lab: str
    params: dict[str, Any] = Field(description="all of them, defaults filled in")
    figures: list[DrawnOut]
    claims: list[ClaimOut]


class TermOut(BaseModel):
    """A term of art that a study brings, in plain words."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(description="its anchor in the glossary")
    name: str
    words: list[str] = Field(description="by which texts name it, in lower case")
    text: str
    source: str = Field(description="who says so; may be empty")


class StudyOut(BaseModel):
    """A study: paper, parameter form and presets (each preset is a full set of parameters)."""

    name: str
    title: str
    question: str
    answer: list[str] = Field(description="the paper's own, in sentences")
    summary: str
    paper: PaperOut
    figures: list[FigureInfoOut]
    tabs: list[str] = Field(description="of its experiments' pages, in their order")
    scored: bool = Field(description="whether examples have scores; without, those endpoints answer 404")
    reviewed: bool = Field(description="whether budgets can be spent on finding suspect labels")
    on_images: bool = Field(description="whether its experiments take a data set")
    counted: str | None = Field(
        description="what its experiments count, such as models; null without experiments"
    )
    starter: bool = Field(description="whether newcomers run it first")
    extension: ExtensionOut | None
    pictured: list[PicturedOut]
    cases: CasesInfoOut | None
    labs: list[LabInfoOut]
    terms: list[TermOut] = Field(description="of its own, beside those that all pages share")
    params_schema: dict[str, Any]
    presets: dict[str, dict[str, Any]]
    preset_titles: dict[str, str]


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=rf"^[^{HIDING}]+$"),
]


class RenameRequest(BaseModel):
    """Another title for an experiment."""

    model_config = ConfigDict(extra="forbid")

    title: Title


class ExperimentCreate(BaseModel):
    """A request to run a study; `params: {}` is the quick preset, `force` runs beside an equal result."""

    model_config = ConfigDict(extra="forbid")

    study: str = Field(max_length=64)
    params: dict[str, Any] = {}
    title: Title | None = Field(default=None, examples=["Wide nets"])
    force: bool = False


class EstimateRequest(BaseModel):
    """Parameters to price."""

    model_config = ConfigDict(extra="forbid")

    params: dict[str, Any] = {}


class EstimateOut(BaseModel):
    """What an experiment would cost and how precise it would be."""

    units: int
    models: int
    seconds: float = Field(description="expected time on one worker, of two cores where none was measured")
    measured: bool = Field(description="whether `seconds` are as long as units of the study took here lately")
    disk_bytes: int
    half_width: float | None = Field(description="half width of a typical score's 95 % interval")
    parameters: dict[int, int] = Field(
        description="weights and biases of one model by size, named sizes included"
    )
    notes: list[str] = Field(description="what else to know before running this, in sentences")
    warning: str | None = Field(description="what to think about before running this")
    deviations: list[str] = Field(description="where this departs from the paper's setting")
    scope: list[str] = Field(description="what of the paper is not run, or run otherwise")
    equal_experiment_id: str | None


class BudgetsRequest(EstimateRequest):
    """What budgets are to be spent on, and on which data."""

    purpose: Purpose = Purpose.SCORES


class BudgetOut(BaseModel):
    """What a budget of time buys."""

    name: str
    title: str
    seconds: float = Field(description="that may be spent")
    params: dict[str, Any] | None = Field(description="that fit; null where even the smallest do not")
    expected_s: float = Field(description="what they take, or the smallest where these do not fit")
    half_width: float | None = Field(description="half width of a typical score's 95 % interval")
    words: str = Field(description="the proposal in a sentence, or why there is none")


class BudgetsOut(BaseModel):
    """What budgets buy on some data, the smallest first; nothing of what a study does not serve."""

    items: list[BudgetOut]
    measured: bool = Field(description="whether by what units of the study took here lately")


class ExtendRequest(BaseModel):
    """How many more to train of what the study's extension says."""

    model_config = ConfigDict(extra="forbid")

    models: int = Field(ge=1, le=1_000_000)


class ExtensionEstimateOut(BaseModel):
    """What it would cost to extend an experiment, and what it would bring."""

    models: int = Field(description="trained anew; those of the experiment itself are reused")
    reused: int
    seconds: float = Field(description="expected time of the new ones, as of an estimate")
    measured: bool = Field(description="whether `seconds` are as long as units of the study took here lately")
    disk_bytes: int
    gains: list[str] = Field(description="what is known better then, in sentences")


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


class HistogramPreviewOut(BaseModel):
    """A small histogram of memorization at the largest size that has scores."""

    kind: Literal["histogram"]
    size: int
    counts: list[int]
    edges: list[float]
    models: int | None = Field(
        default=None, description="of the size with fewest; null in results of earlier versions"
    )
    few: bool = Field(default=False, description="whether they are too few for any size's scores")


class LineOut(BaseModel):
    """One line of a small drawing."""

    name: str
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    x: list[float]
    y: list[float]


class LinesPreviewOut(BaseModel):
    """A small drawing of lines on common axes."""

    kind: Literal["lines"]
    x_title: str
    y_title: str
    lines: list[LineOut]


PreviewOut = Annotated[HistogramPreviewOut | LinesPreviewOut, Field(discriminator="kind")]


class RelatedOut(BaseModel):
    """An experiment that can be run on the same data to look further."""

    title: str
    detail: str
    study: str
    params: dict[str, Any] = Field(description="what differs from that study's defaults")


class LabelSetOut(BaseModel):
    """Labels to train on instead of a data set's own."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    differ: int = Field(description="training labels that are not the data set's own")
    alignment: Alignment = Field(description="how rows of the file found their images")
    row_order: RowOrder | None = Field(description="order of rows that no name tells")
    order_verified: bool = Field(description="whether the file itself says which image each row is about")
    note: str = Field(description='how the file was read; "" of files from earlier versions')
    created_at: datetime


class ImportedOut(BaseModel):
    """Where an experiment was run that came from another Memoscope; by whom, nobody says."""

    experiment: str = Field(description="its id there")
    memoscope: str = Field(description="the version that wrote the file")
    submitted_at: datetime


class ExperimentOut(BaseModel):
    """One submitted run of a study."""

    id: str
    study: str
    title: str
    status: ExperimentStatus
    params: dict[str, Any]
    setting: str = Field(description="whose numbers these are: ours at paper or at reduced settings")
    deviations: list[str] = Field(description="where it departs from the paper's setting")
    scope: list[str] = Field(description="what of the paper is not run, or run otherwise")
    unreadable: str | None = Field(description="why this version cannot read it; then there are no figures")
    counted: str = Field(description="what its units count, such as models")
    progress: ProgressOut
    preview: PreviewOut | None
    dataset_id: str | None = Field(description="null in a study without images")
    dataset_title: str | None
    relabels: bool = Field(description="whether training labels can be others than the data set's own")
    label_file: LabelSetOut | None = Field(description="whose labels were trained on instead of its own")
    classes: list[str] = Field(description="names of the labels, in the order of their indices")
    size_name: str = Field(description="what the size of a model is, such as width")
    sizes: list[int] = Field(description="model sizes with scores so far, ascending")
    few_models: int | None = Field(
        description="models of each size so far while they are too few for numbers about scores; else null"
    )
    caution: str | None = Field(description="what to know of the intervals of scores, in a sentence")
    version: int = Field(description="grows with every summary; 0 means no result yet")
    actions: list[Action] = Field(description="what may be asked of it now")
    parent_id: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    imported: ImportedOut | None = Field(description="null if it was run here")
    provenance: dict[str, Any]
    reproduce: str = Field(description="the shell line that submits an equal experiment")
    related: list[RelatedOut]


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
    took_at: datetime | None = Field(description="when it last took work, or was at it")
    alive: bool
    skew_s: float | None = Field(
        description="by how many seconds its clock is ahead of the database's; null before it was measured"
    )
    unit: UnitOut | None


class QueueOut(BaseModel):
    """Units that run or wait, and the workers."""

    workers: list[WorkerOut]
    running: list[UnitOut]
    waiting: list[UnitOut] = Field(description="the first 100 in order")
    waiting_count: int
    failed: list[UnitOut]
    broker_ok: bool
    holdup: str | None = Field(description="why units have waited long, if that is the workers' doing")
    broker: str | None = Field(description="what server it is; null where it cannot be reached")


class EventOut(BaseModel):
    """One row of an experiment's log; also the data of an SSE event."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: EventKind
    text: str
    created_at: datetime


class ReadingOut(BaseModel):
    """How the pictures of an upload were read."""

    notes: list[str] = Field(description="what was done with them, in sentences")
    warnings: list[str] = Field(description="what looks wrong with them")
    skipped: int = Field(description="files that are no pictures and were left out")
    skipped_first: list[str] = Field(description="the first of those")


class LyingOut(BaseModel):
    """Files of a data set that lie in the folder MEMOSCOPE_DATASETS_DIR."""

    model_config = ConfigDict(from_attributes=True)

    missing: list[str] = Field(description="files that it lacks there; without any it needs no network")


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
    order: str = Field(description="in words, the order of `examples.csv` and of every index of an image")
    download_bytes: int | None
    lying: LyingOut | None = Field(description="of what is not read yet; null where nothing lies there")
    label_sets: list[LabelSetOut]
    created_at: datetime
    reading: ReadingOut | None = Field(description="null for what was not uploaded")


class IdenticalGroupOut(BaseModel):
    """Pictures that are the same, pixel by pixel."""

    indices: list[int] = Field(description="the first of them, as indices of the data set")
    count: int
    classes: list[str] = Field(description="their labels, each once")
    parts: list[Literal["train", "test"]]


class IdenticalOut(BaseModel):
    """Which pictures of a data set are the same as another one."""

    pictures: int = Field(description="pictures that equal another one")
    groups: int = Field(description="sets of pictures that equal each other")
    across_classes: int = Field(description="groups with different labels")
    across_parts: int = Field(description="groups that are in both the training and the test part")
    shown: list[IdenticalGroupOut] = Field(description="the most telling groups first")
    warning: str | None = Field(description="where so many are identical that something is likely wrong")


class PublishedOut(BaseModel):
    """Published scores of a data set's training images."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    meaning: PublishedMeaning
    alignment: Alignment = Field(description="how rows of the file found their images")
    row_order: RowOrder | None = Field(description="order of rows that no name tells")
    order_verified: bool = Field(description="whether the file itself says which image each row is about")
    note: str = Field(description='how the file was read; "" of files from earlier versions')
    labels_checked: bool = Field(description="whether the file had labels, which then agree")
    n: int = Field(description="training images that have a score")
    created_at: datetime


class MatrixOut(BaseModel):
    """A matrix with missing entries; equal ones have one id."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    rows: int
    columns: int
    observed: int = Field(description="entries that are known")
    layout: MatrixLayout
    note: str = Field(description="how its file was read")
    created_at: datetime


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


class LabeledOut(BaseModel):
    """A training image, its true class and the label trained on."""

    index: int = Field(description="which image of the data set it is")
    true: int
    given: int


class NoiseOut(BaseModel):
    """What options do to the labels: true classes in rows, labels trained on in columns."""

    classes: list[str]
    matrix: list[list[int]]
    n: int
    changed: int
    examples: list[LabeledOut] = Field(description="some of the changed ones")


class LabelsOut(BaseModel):
    """Some training images with their labels, as indices into the classes that options keep."""

    classes: list[str]
    examples: list[LabeledOut] = Field(description="the first of each class, then the second of each")


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
