"""What the first page answers with."""

from pydantic import BaseModel, Field

from backend.api.schemas import ExperimentOut, PreviewOut
from backend.api.score_schemas import HistogramOut, ScoreOut
from backend.core.contracts import ClaimVerdict
from backend.scores.stories import Kind


class PollOut(BaseModel):
    """Models asked one after the other about one example; all lists have one entry per model."""

    index: int
    size: int
    models: int = Field(description="all of this size; the lists may have fewer")
    kept: bool = Field(
        description="whether these are the models' own answers; else only their counts are kept, and which"
        " model gave which answer is drawn by chance"
    )
    confidence: float = Field(description="of the interval")
    had: list[bool] = Field(description="whether the model was trained with the example")
    right: list[bool] = Field(description="whether the model is right about it")
    low: list[float | None] = Field(
        description="the interval of the score that the models so far make; null while there is no score"
    )
    high: list[float | None]


class StoryOut(BaseModel):
    """An example and what it stands for."""

    kind: Kind
    score: ScoreOut


class OpeningOut(BaseModel):
    """An experiment to begin with: a few of its examples, and the histogram of all at its largest size."""

    experiment: ExperimentOut
    stories: list[StoryOut]
    histogram: HistogramOut


class StandingOut(BaseModel):
    """What is known of a study's paper so far: its newest finished experiment."""

    study: str
    seconds: float | None = Field(
        description="what its quick preset would take here; null without experiments or without its data"
    )
    experiment: str | None = Field(description="id of the newest finished experiment, null without one")
    preview: PreviewOut | None
    claims: dict[ClaimVerdict, int] = Field(description="of that experiment, without checks of arithmetic")


class FrontOut(BaseModel):
    """What the first page shows before it lists experiments."""

    opening: OpeningOut | None = Field(description="null while no experiment has scores")
    papers: list[StandingOut]
