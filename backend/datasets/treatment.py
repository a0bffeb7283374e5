"""How the pictures of an upload become pixels: what may be chosen, and what was decided."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

WHITE, BLACK = 255, 0


class Background(StrEnum):
    """What lies behind transparent parts."""

    AUTO = "auto"
    WHITE = "white"
    BLACK = "black"


class Frames(StrEnum):
    """What is taken of an animation."""

    FIRST = "first"


class Fit(StrEnum):
    """How a picture comes to another size."""

    RESIZE = "resize"
    CROP = "crop"


class Orientation(StrEnum):
    """Whether a camera's orientation mark turns a picture."""

    STORED = "stored"
    TURNED = "turned"


class Channels(StrEnum):
    """Where the channels of arrays lie."""

    FIRST = "first"
    LAST = "last"


class Scale(StrEnum):
    """Which numbers of arrays are black and white: 0, 1; -1, 1; 0, 255; or the least and the most."""

    UNIT = "unit"
    SIGNED = "signed"
    BYTES = "bytes"
    SPREAD = "spread"


class Choices(BaseModel):
    """What a person chose about the pictures of an upload, and which labels they meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    background: Background = Field(
        Background.AUTO,
        description="behind transparent parts; auto: white where the drawings are dark, black where light",
    )
    frames: Frames | None = Field(None, description="`first` takes the first frame of animations")
    size: str | None = Field(
        None,
        pattern=r"^[1-9][0-9]{0,3}(x[1-9][0-9]{0,3})?$",
        description="pixels a side, or width x height as in 32x24, that all pictures are brought to",
    )
    fit: Fit = Field(Fit.RESIZE, description="how they are: stretched, or their center cut out first")
    orientation: Orientation = Field(
        Orientation.STORED, description="whether a camera's orientation mark turns pictures"
    )
    column: str | None = Field(
        None, max_length=200, description="the column or array of labels that is meant"
    )
    images: str | None = Field(None, max_length=200, description="the column of pictures that is meant")
    channels: Channels | None = Field(
        None, description="of arrays whose shape leaves it open: whether channels come first or last"
    )
    scale: Scale | None = Field(
        None,
        description="of arrays: black and white are 0 and 1 (unit), -1 and 1 (signed), 0 and 255 (bytes), or"
        " the least and the largest number (spread)",
    )

    def target(self) -> tuple[int, int] | None:
        """Return the chosen width and height."""
        if self.size is None:
            return None
        width, _, height = self.size.partition("x")
        return int(width), int(height or width)


class Treatment(BaseModel):
    """What was decided for all pictures of an upload, so that each is read without a look at the others.

    `low` and `high` are the values of pictures of more than 8 bits that become black and white.
    """

    model_config = ConfigDict(frozen=True)

    width: int
    height: int
    color: bool
    fit: Fit = Fit.RESIZE
    turned: bool = False
    background: int = WHITE
    low: float = 0
    high: float = 255

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height
