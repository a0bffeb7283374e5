"""What networks are trained on and how they are held back: the conditions that the study compares."""

from dataclasses import dataclass
from enum import StrEnum

from backend.datasets.options import PixelMode


@dataclass(frozen=True)
class Condition:
    """What a network is to fit: which pixels, and labels redrawn uniformly with what probability."""

    pixels: PixelMode = PixelMode.ORIGINAL
    corruption: float = 0.0

    @property
    def name(self) -> str:
        """The condition in words."""
        return MODE_NAMES.get(self, f"labels corrupted with p = {self.corruption:g}")


TRUE = Condition()
PARTLY = Condition(corruption=0.5)
RANDOM_LABELS = Condition(corruption=1.0)
SHUFFLED = Condition(PixelMode.SHUFFLED)
RANDOM_PIXELS = Condition(PixelMode.RANDOM)
GAUSSIAN = Condition(PixelMode.GAUSSIAN)
MODES = (TRUE, PARTLY, RANDOM_LABELS, SHUFFLED, RANDOM_PIXELS, GAUSSIAN)
MODE_NAMES = {
    TRUE: "true labels",
    PARTLY: "half-corrupted labels",
    RANDOM_LABELS: "random labels",
    SHUFFLED: "shuffled pixels",
    RANDOM_PIXELS: "random pixels",
    GAUSSIAN: "Gaussian noise",
}


class Regularizer(StrEnum):
    """What holds a network back explicitly."""

    NONE = "none"
    WEIGHT_DECAY = "weight_decay"
    DROPOUT = "dropout"
    CROP = "crop"
    CROP_AND_DECAY = "crop_and_decay"
    AUGMENTATION = "augmentation"


REGULARIZER_NAMES = {
    Regularizer.NONE: "no regularizer",
    Regularizer.WEIGHT_DECAY: "weight decay",
    Regularizer.DROPOUT: "dropout",
    Regularizer.CROP: "random crops",
    Regularizer.CROP_AND_DECAY: "random crops and weight decay",
    Regularizer.AUGMENTATION: "crops, flips and rotations",
}
