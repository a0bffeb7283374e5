"""The numbers of Zhang et al. 2017 (ICLR; CACM 64(3), 2021) that ours stand beside."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.networks.architectures import Architecture
from backend.studies.randomization.conditions import Regularizer

CORRUPTIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

# Read off the published figures, to about .01 to .05.
OVERFIT_TIME: Mapping[Architecture, tuple[float, ...]] = {  # Fig. 1b, relative to true labels
    Architecture.INCEPTION: (1, 1.6, 1.9, 2.2, 2.4, 2.5, 2.7, 2.9, 3.1, 3.6, 3.6),
    Architecture.MLP_1X512: (1, 1.28, 1.43, 1.57, 1.68, 1.79, 1.93, 1.93, 1.96, 2.0, 1.96),
    Architecture.ALEXNET: (1, 1.06, 1.10, 1.16, 1.22, 1.26, 1.32, 1.35, 1.42, 1.51, 1.55),
}
TEST_ERROR: Mapping[Architecture, tuple[float, ...]] = {  # Fig. 1c
    Architecture.INCEPTION: (0.13, 0.28, 0.41, 0.53, 0.63, 0.71, 0.79, 0.84, 0.88, 0.90, 0.90),
    Architecture.ALEXNET: (0.30, 0.41, 0.52, 0.62, 0.69, 0.76, 0.82, 0.86, 0.88, 0.89, 0.90),
    Architecture.MLP_1X512: (0.50, 0.59, 0.66, 0.72, 0.76, 0.80, 0.87, 0.87, 0.88, 0.90, 0.90),
}


@dataclass(frozen=True)
class Cell:
    """Train and test accuracy in percent, None where the paper gives none; `note` qualifies them."""

    train: float | None
    test: float | None
    source: str
    note: str = ""


# (architecture, regularizer, random labels) -> accuracies on CIFAR-10
CIFAR10: Mapping[tuple[Architecture, Regularizer, bool], Cell] = {
    (Architecture.INCEPTION, Regularizer.CROP_AND_DECAY, False): Cell(100.0, 89.05, "Table 1"),
    (Architecture.INCEPTION, Regularizer.CROP, False): Cell(100.0, 89.31, "Table 1"),
    (Architecture.INCEPTION, Regularizer.WEIGHT_DECAY, False): Cell(100.0, 86.03, "Table 1"),
    (Architecture.INCEPTION, Regularizer.NONE, False): Cell(100.0, 85.75, "Table 1"),
    (Architecture.INCEPTION, Regularizer.NONE, True): Cell(100.0, 9.78, "Table 1"),
    (Architecture.INCEPTION, Regularizer.WEIGHT_DECAY, True): Cell(100.0, None, "Table 4"),
    (Architecture.INCEPTION, Regularizer.CROP, True): Cell(
        99.93, None, "Table 4", "slower decay of the rate, longer training"
    ),
    (Architecture.INCEPTION, Regularizer.AUGMENTATION, True): Cell(
        99.28, None, "Table 4", "slower decay of the rate, longer training"
    ),
    (Architecture.INCEPTION_PLAIN, Regularizer.WEIGHT_DECAY, False): Cell(100.0, 83.00, "Table 1"),
    (Architecture.INCEPTION_PLAIN, Regularizer.NONE, False): Cell(100.0, 82.00, "Table 1"),
    (Architecture.INCEPTION_PLAIN, Regularizer.NONE, True): Cell(100.0, 10.12, "Table 1"),
    (Architecture.ALEXNET, Regularizer.CROP_AND_DECAY, False): Cell(99.90, 81.22, "Table 1"),
    (Architecture.ALEXNET, Regularizer.CROP, False): Cell(99.82, 79.66, "Table 1"),
    (Architecture.ALEXNET, Regularizer.WEIGHT_DECAY, False): Cell(100.0, 77.36, "Table 1"),
    (Architecture.ALEXNET, Regularizer.NONE, False): Cell(100.0, 76.07, "Table 1"),
    (Architecture.ALEXNET, Regularizer.NONE, True): Cell(99.82, 9.86, "Table 1"),
    (Architecture.ALEXNET, Regularizer.WEIGHT_DECAY, True): Cell(None, None, "Table 4", "does not converge"),
    (Architecture.MLP_3X512, Regularizer.WEIGHT_DECAY, False): Cell(100.0, 53.35, "Table 1"),
    (Architecture.MLP_3X512, Regularizer.NONE, False): Cell(100.0, 52.39, "Table 1"),
    (Architecture.MLP_3X512, Regularizer.NONE, True): Cell(100.0, 10.48, "Table 1"),
    (Architecture.MLP_3X512, Regularizer.WEIGHT_DECAY, True): Cell(100.0, None, "Table 4"),
    (Architecture.MLP_1X512, Regularizer.WEIGHT_DECAY, False): Cell(99.80, 50.39, "Table 1"),
    (Architecture.MLP_1X512, Regularizer.NONE, False): Cell(100.0, 50.51, "Table 1"),
    (Architecture.MLP_1X512, Regularizer.NONE, True): Cell(99.34, 10.61, "Table 1"),
    (Architecture.MLP_1X512, Regularizer.WEIGHT_DECAY, True): Cell(99.21, None, "Table 4"),
}


@dataclass(frozen=True)
class ImageNetRow:
    """Inception V3 on ImageNet (Table 2), accuracies in percent; best test accuracy along the way beside."""

    labels: str
    augmentation: bool | None
    dropout: bool | None
    weight_decay: bool | None
    top1_train: float | None
    top5_train: float | None
    top1_test: float | None
    top5_test: float | None
    best_top1: float | None = None
    best_top5: float | None = None
    model: str = "Inception V3"


IMAGENET = (
    ImageNetRow("true", True, True, True, 92.18, 99.21, 77.84, 93.92),
    ImageNetRow("true", True, False, False, 92.33, 99.17, 72.95, 90.43),
    ImageNetRow("true", False, False, True, 90.60, 100.0, 67.18, 86.44, 72.57, 91.31),
    ImageNetRow("true", False, False, False, 99.53, 100.0, 59.80, 80.38, 63.16, 84.49),
    ImageNetRow("true", None, None, None, None, None, None, 83.6, model="AlexNet (2012)"),
    ImageNetRow("random", False, True, True, 91.18, 97.95, 0.09, 0.49),
    ImageNetRow("random", False, False, True, 87.81, 96.15, 0.12, 0.50),
    ImageNetRow("random", False, False, False, 95.20, 99.14, 0.11, 0.56),
)


@dataclass(frozen=True)
class KernelRow:
    """A kernel model without regularizer (Table 3 and text): test error in percent, norm if given."""

    data: str
    features: str
    test_error: float
    norm: float | None = None


KERNELS = (
    KernelRow("MNIST", "pixels", 1.2, 220),
    KernelRow("MNIST", "Gabor wavelets", 0.6, 390),
    KernelRow("CIFAR-10", "pixels", 46),
    KernelRow("CIFAR-10", "32,000 random filters", 17),
    KernelRow("CIFAR-10", "32,000 random filters, with weight decay", 15),
)
