"""What the API says of examples and their scores: pages, shapes, comparisons."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.api.mark_schemas import MarkOut
from backend.api.schemas import LabelSetOut, Page, PublishedOut
from backend.core.contracts import (
    ExperimentStatus,
    TrajectoryType,
    Verdict,
)


class AnswerOut(BaseModel):
    """One class and how many held-out models answered it."""

    label: int
    name: str
    count: int


class ColumnOut(BaseModel):
    """A further number of every example at every size; values lie between low and high."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    title: str
    description: str
    low: float
    high: float


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
    columns: dict[str, float | None] = Field(description="further numbers, by the keys of the columns")
    picture: int = Field(description="which picture of the data set it is")
    image: str


class ScoreOut(SizeScoreOut):
    """One example at one model size, and how its score goes over sizes."""

    trajectory: TrajectoryType
    over_size: list[float | None] = Field(description="memorization at every size with scores, ascending")


class MarkedScoreOut(ScoreOut):
    """One example at one model size, and what a person has decided about its picture."""

    mark: MarkOut | None


class ScorePage(Page[MarkedScoreOut]):
    """A page of examples; `total` counts all rows the filters leave."""

    total: int
    next_url: str | None


class HelpedOut(BaseModel):
    """An example in a pair of which one helps the other; test examples have no score."""

    index: int
    split: Literal["train", "test"]
    name: str
    label: int
    label_name: str
    flipped: bool
    memorization: float | None
    picture: int
    image: str


class PartnerOut(HelpedOut):
    """An example that another one helps, or that helps it: models with the helper are right more often."""

    influence: float = Field(description="accuracy with the helping training example minus without")
    low: float
    high: float = Field(description="the interval covers at 95 % for all examples of that kind together")
    same_label: bool
    rank: int | None = Field(
        description="which of the training pictures nearest to the helped one the helper is, from 1; null"
        " beyond the ten nearest, or where pictures are not compared"
    )
    near_duplicate: bool = Field(description="whether the two look nearly the same, pixel by pixel")


class InfluenceOut(BaseModel):
    """Who helps whom at one model size: partners whose interval lies above 0, highest influence first.

    Lists are null where they are not known, and of what a test example cannot do.
    """

    helps_test: list[PartnerOut] | None
    helps_train: list[PartnerOut] | None
    helpers: list[PartnerOut] | None = Field(
        description="training examples that help this one; of a training example, in models that held it out"
    )
    margin: float | None = Field(
        description="influence of the strongest helper minus that of the next one, told from chance or not"
    )
    least: float | None = Field(description="influences from here on are told from chance for certain")
    note: str = Field(description="why something is not known; else empty")


class SizeOut(SizeScoreOut):
    """One size of one example, with all that held-out models answered and the examples it helps."""

    answers: list[AnswerOut]
    influence: InfluenceOut


class ExampleOut(BaseModel):
    """One training example at every size, with its neighbors in the given order."""

    split: Literal["train"] = "train"
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
    mark: MarkOut | None = Field(description="what a person has decided about the picture")
    sizes: list[SizeOut]
    columns: list[ColumnOut] = Field(description="what the further numbers at every size mean")
    position: int | None = Field(description="its place among those the filters leave, from 1")
    total: int = Field(description="how many the filters leave")
    previous: int | None
    following: int | None


class TestSizeOut(BaseModel):
    """One size of a test example: how many models are right about it, and who helps it."""

    size: int
    models: int = Field(description="models whose answers are counted")
    right: int
    influence: InfluenceOut


class TestExampleOut(BaseModel):
    """One test example at every size."""

    split: Literal["test"] = "test"
    index: int
    name: str
    label: int
    label_name: str
    picture: int
    image: str
    sizes: list[TestSizeOut]


class HelpingRowOut(HelpedOut):
    """A memorized training example, and the test examples that it helps most, at most four."""

    partners: list[PartnerOut]


class HelpingPage(Page[HelpingRowOut]):
    """A page of memorized training examples that help test examples; `total` counts all that do."""

    size: int
    models: int
    total: int
    known: bool = Field(description="whether influence is known at this size")
    least: float | None = Field(description="influences from here on are told from chance for certain")


class PeerOut(BaseModel):
    """A training example that may help another one, in models that held that one out."""

    helper: HelpedOut
    helped: HelpedOut
    influence: float
    low: float
    high: float
    margin: float | None = Field(description="the strongest influence on the helped one minus the next one")
    rank: int | None = Field(description="which of the pictures nearest to the helped one, of ten; else null")
    distance: float | None = Field(description="root mean square difference of pixels, of 255 at most")
    near_duplicate: bool
    same_label: bool


class PeerPage(Page[PeerOut]):
    """A page of pairs of training examples; `total` counts all that the filters leave."""

    size: int
    total: int
    usual: float | None = Field(description="median distance of training pictures from their nearest one")
    least: float | None = Field(description="influences from here on are told from chance for certain")
    note: str = Field(description="why there is nothing to show; else empty")


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
    few_models: int | None = Field(description="models of this size while they are too few; else null")
    caution: str | None = Field(description="what to know of the intervals of scores, in a sentence")


class TrajectoryTypeOut(BaseModel):
    """The examples of one type of trajectory."""

    trajectory: TrajectoryType
    count: int = Field(description="examples of this type at `tau`")
    flipped: int = Field(description="those of them whose label was flipped")
    counts: list[int] = Field(description="examples of this type at each of `taus`")
    placebo: list[float] | None = Field(
        description="share that noise alone gives parts of the models of one size, at each of `taus`,"
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
        description="for half of the examples, a line through all sizes has to change by this much to count"
    )
    types: list[TrajectoryTypeOut]


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
    test_accuracy: float | None = Field(description="mean over models, of all test examples")
    label_file: LabelSetOut | None = Field(description="whose labels were trained on")


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
