"""Names that both sides of the queue speak: states, task names and message payloads."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class ExperimentStatus(StrEnum):
    """Life of an experiment; the terminal states are `done`, `failed` and `cancelled`."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"

    @property
    def terminal(self) -> bool:
        """Whether no worker touches the experiment any more."""
        return self in {self.CANCELLED, self.FAILED, self.DONE}


class UnitStatus(StrEnum):
    """Life of one unit of work."""

    HELD = "held"  # until a look at the results asks for it
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


class Action(StrEnum):
    """What a person may ask of an experiment."""

    CANCEL = "cancel"
    RESUME = "resume"
    EXTEND = "extend"
    DELETE = "delete"


class Verdict(StrEnum):
    """Three-way reading of one memorization score and its interval."""

    MEMORIZED = "memorized"
    NOT_MEMORIZED = "not_memorized"
    UNDECIDED = "undecided"


class Stack(StrEnum):
    """What the bars of a histogram are stacked by."""

    NONE = "none"
    FLIPPED = "flipped"
    LABEL = "label"
    VERDICT = "verdict"


class Scale(StrEnum):
    """How counts are drawn."""

    LINEAR = "linear"
    LOG = "log"


class Estimator(StrEnum):
    """What the scores are taken from."""

    COUNTS = "counts"
    MARGINS = "margins"


class ClaimVerdict(StrEnum):
    """What our measurement says about a finding of the paper."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNDECIDED = "undecided"
    NOT_RUN = "not run"


class TrajectoryType(StrEnum):
    """Shape of an example's memorization over model size."""

    CONSTANT = "constant"
    INCREASING = "increasing"
    DECREASING = "decreasing"
    CAP = "cap-shaped"
    U = "u-shaped"
    UNRESOLVED = "unresolved"


class DatasetSource(StrEnum):
    """Where a data set comes from."""

    BUILTIN = "builtin"
    TORCHVISION = "torchvision"
    UPLOAD = "upload"
    IMPORT = "import"  # came with an experiment from another Memoscope
    THUMBNAILS = "thumbnails"  # the same, but scaled down: to be looked at, not to be trained on


class DatasetState(StrEnum):
    """Whether a data set's images are there."""

    ABSENT = "absent"
    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


class Mark(StrEnum):
    """What a person has decided about an example."""

    WRONG_LABEL = "wrong_label"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    FINE = "fine"


class PublishedMeaning(StrEnum):
    """What a published score measures: high is memorized, or high is consistent with the rest (a C-score)."""

    MEMORIZATION = "memorization"
    CONSISTENCY = "consistency"


class MatrixLayout(StrEnum):
    """How a file holds a matrix: as a grid, or as one row, column and value after another."""

    AUTO = "auto"
    GRID = "grid"
    ENTRIES = "entries"


class Alignment(StrEnum):
    """How rows found their images: by place in the training set, by number in the file name, or by name."""

    POSITION = "position"
    FILE_NUMBER = "file_number"
    NAME = "name"


class RowOrder(StrEnum):
    """Orders that pictures may stand in where a file names none of them.

    Ours: that of `examples.csv`. Text: by the parts of the path as plain text, as Python's `sorted` and
    torchvision's ImageFolder have it. Archive: as in the uploaded archive. Numbers: by the number in the file
    name.
    """

    OURS = "ours"
    TEXT = "text"
    ARCHIVE = "archive"
    NUMBERS = "numbers"


class Right(StrEnum):
    """What a token allows; each allows what stands before it as well."""

    READ = "read"
    MARK = "mark"
    SUBMIT = "submit"
    ADMINISTER = "administer"

    def covers(self, other: "Right") -> bool:
        """Whether who may this may also do the other."""
        order = list(Right)
        return order.index(self) >= order.index(other)


class EventKind(StrEnum):
    """Kinds of rows in an experiment's event log, which are also the SSE event names."""

    STATUS = "status"
    UNIT = "unit"
    SUMMARY = "summary"
    LOG = "log"


class TaskName(StrEnum):
    """Celery task names; the sender never imports task code."""

    RUN_UNIT = "memoscope.run_unit"
    SUMMARIZE = "memoscope.summarize"
    PREPARE = "memoscope.prepare"


class Queue(StrEnum):
    """Celery queues; a worker drains `summaries`, where data sets wait too, before it takes another unit.

    Units whose models are large wait in `units.gpu` while a worker with a GPU lives; it takes others as well.
    """

    SUMMARIES = "summaries"
    UNITS_GPU = "units.gpu"
    UNITS = "units"


def queues_of(gpu: bool) -> tuple[Queue, ...]:
    """Return the queues that a worker listens to, the first before the others."""
    return tuple(queue for queue in Queue if gpu or queue is not Queue.UNITS_GPU)


class UnitMessage(BaseModel):
    """Asks a worker to run one unit."""

    model_config = ConfigDict(frozen=True)

    experiment_id: str
    unit: int


class SummaryMessage(BaseModel):
    """Asks a worker to summarize what an experiment has so far."""

    model_config = ConfigDict(frozen=True)

    experiment_id: str


class PrepareMessage(BaseModel):
    """Asks a worker to download or decode a data set."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
