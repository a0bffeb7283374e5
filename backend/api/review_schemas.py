"""What the API says of suspects to be reviewed."""

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas import Page
from backend.api.score_schemas import MarkedScoreOut


class SuspectOut(BaseModel):
    """An example whose label models contradict."""

    rank: int = Field(description="its place among all suspects, from 1")
    margin: float = Field(description="by how much more models give to the other class, up to 1")
    suggested_label: str | None = Field(description="what most of them answer; null if always the label")
    evidence: str = Field(description="what speaks for it, in a sentence")
    score: MarkedScoreOut


class ReviewBinOut(BaseModel):
    """Suspects with a margin above `low`, up to `high`, and the share of wrong labels to expect of them."""

    model_config = ConfigDict(from_attributes=True)

    low: float
    high: float
    suspects: int
    reviewed: int
    wrong: int
    share: float | None = Field(description="null where nobody has looked")
    share_low: float
    share_high: float


class ReviewStateOut(BaseModel):
    """How far the review is, and what is left."""

    suspects: int
    reviewed: int
    wrong: int = Field(description="suspects marked wrong_label")
    bins: list[ReviewBinOut] = Field(description="most suspect first")
    left: float | None = Field(description="wrong labels to expect among the rest; null where nobody can say")
    left_low: float
    left_high: float
    stop: bool = Field(description="whether less than one in five further ones is wrong")
    advice: str


class ReviewPage(Page[SuspectOut]):
    """Suspects in the order in which looking pays."""

    size: int
    ranking: str = Field(description="what the order is by, and why")
    state: ReviewStateOut
