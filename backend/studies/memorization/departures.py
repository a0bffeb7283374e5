"""Where experiments depart from Lukasik et al. 2023 on CIFAR-100."""

from backend.networks.ladders import LADDERS
from backend.studies.kit.departures import Departure, Departures, on_images
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.presets import PRESETS

_PAPER = MemorizationParams.model_validate(PRESETS["paper"])

DEPARTURES = Departures(
    paper=_PAPER,
    settings=(
        *on_images("CIFAR-100 and ImageNet"),
        Departure(
            ("family",),
            lambda ours, _: (
                f"{LADDERS[ours.family].title.replace('by', 'over')} instead of ResNets over depth"
            ),
        ),
        Departure(
            ("sizes",),
            lambda _ours, _paper: "not all depths of the paper",
            of=lambda ours, paper: ours.family is paper.family,
        ),
        Departure(
            ("epochs", "batch_size"),
            lambda ours, paper: (
                f"{ours.epochs} epochs of SGD at batch {ours.batch_size:,} instead of {paper.epochs} at batch"
                f" {paper.batch_size:,}"
            ),
        ),
        Departure(
            ("learning_rate", "schedule", "warmup_epochs", "momentum", "nesterov", "weight_decay"),
            lambda _ours, _paper: "another learning rate, schedule, momentum or weight decay",
        ),
        Departure(
            ("crop", "flip"),
            lambda ours, _: "other data augmentation" if ours.crop or ours.flip else "no data augmentation",
        ),
        Departure(
            ("temperature", "teacher_weight"),
            lambda ours, paper: (
                f"a teacher's weight of {ours.teacher_weight:g} at temperature {ours.temperature:g} instead"
                f" of {paper.teacher_weight:g} at {paper.temperature:g} (recalled)"
            ),
            of=lambda ours, _: ours.distillation,
        ),
        Departure(
            ("models",), lambda ours, paper: f"{ours.models} instead of {paper.models} models per size"
        ),
        Departure(
            ("subset_fraction",), lambda ours, _: f"subsets of {ours.subset_fraction:.0%} instead of 70 %"
        ),
    ),
    scope=lambda ours: () if ours.distillation else ("distillation (Fig. 5) is not run",),
)
