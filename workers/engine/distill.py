"""Trains students that learn from teachers: knowledge distillation (Hinton, Vinyals & Dean 2015)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.seeds import Purpose, generator
from workers.engine.bank import BankBuilder, ModelBank, SoftTargets
from workers.engine.choice import BackEnds, Choice, choose, lanes_of
from workers.engine.data import DeviceData, Split
from workers.engine.lanes import OnStep, Relay, aside
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, Teach, side_by_side, train_epoch


@dataclass(frozen=True)
class Network:
    """Models of one size: what trains them, the type of their products, and how long it takes.

    `seconds` are expected ones; progress goes by their proportions.
    """

    back_ends: BackEnds
    dtype: torch.dtype
    seconds: float


@dataclass(frozen=True)
class Lesson:
    """How students learn: at which temperature, and how much the teacher weighs beside the labels, 0 to 1."""

    temperature: float
    weight: float


@dataclass(frozen=True)
class Students:
    """Which training (K, n_train) and test examples (K, n_test) K students of one size get right."""

    train: npt.NDArray[np.bool_]
    test: npt.NDArray[np.bool_]


def distill_models(
    teacher: Network,
    students: Sequence[Network],
    split: Split,
    masks: npt.NDArray[np.bool_],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    lesson: Lesson,
    on_step: OnStep,
    *,
    device: torch.device = CPU,
) -> tuple[list[Students], Choice]:
    """Train a teacher on each of the masks (K, n_train), then students of every size on the same mask.

    Teacher `models[k]` is the very model of that number that `train_models` trains, and its students begin
    with the weights, and go through the batches and views, of the models of their size with that number.
    Where nothing is augmented, teachers are asked once about every example; else in every step about what
    the student sees. Returns what students of each size learned, and how teachers were trained.
    """
    networks = (teacher, *students)
    data = {
        dtype: DeviceData(split, device, dtype, augmented=recipe.augments)
        for dtype in {network.dtype for network in networks}
    }
    batch = (min(recipe.batch_size, int(masks[0].sum())), *split.seen_shape)
    question = (batch, split.classes, len(models), lanes_of(device, len(models)), device)
    relay = Relay(on_step, len(models))
    (builds,) = aside(lambda: [_fastest(network, *question) for network in students], 1, device, relay)

    def train(bank: ModelBank, part: range, report: OnStep) -> list[Students]:
        chunk = _Chunk([models[k] for k in part], masks[part.start : part.stop], seed, recipe)
        teachers_report, *reports = _stages(report, [network.seconds for network in networks])
        chunk.learn(bank, data[teacher.dtype], teachers_report)
        teach = (_asked if recipe.augments else _recalled)(bank, data[teacher.dtype], lesson)
        learned = []
        for student, build, on_part in zip(students, builds, reports, strict=True):
            seen = data[student.dtype]
            pupils = build(
                [generator(seed, Purpose.INITIALIZATION, k) for k in chunk.models], device, student.dtype
            )
            chunk.learn(pupils, seen, on_part, teach)
            right = [
                _answers(pupils, seen, test=test) == labels
                for test, labels in ((False, split.y), (True, split.y_test))
            ]
            learned.append(Students(*right))
        return learned

    parts, choice = side_by_side(
        train, teacher.back_ends, models, seed, batch, split.classes, on_step, device, teacher.dtype, None
    )
    joined = [
        Students(*(np.concatenate([getattr(part, name) for part in of_size]) for name in ("train", "test")))
        for of_size in zip(*parts, strict=True)
    ]
    return joined, choice


@dataclass(frozen=True)
class _Chunk:
    """Models, by their numbers, that are trained side by side on masks (K, n_train)."""

    models: Sequence[int]
    masks: npt.NDArray[np.bool_]
    seed: int
    recipe: Recipe

    def learn(self, bank: ModelBank, data: DeviceData, on_step: OnStep, teach: Teach | None = None) -> None:
        for epoch in range(self.recipe.epochs):
            train_epoch(bank, data, self.models, self.masks, self.seed, epoch, self.recipe, on_step, teach)


def _stages(report: OnStep, seconds: Sequence[float]) -> list[OnStep]:
    """Return what each of several trainings in a row reports to, all of which take so long."""
    ends = np.cumsum([0.0, *seconds]) / np.sum(seconds)

    def stage(begin: float, end: float) -> OnStep:
        return lambda fraction: report(begin + fraction * (end - begin))

    return [stage(*each) for each in pairwise(ends.tolist())]


def _fastest(
    network: Network, batch: tuple[int, ...], classes: int, models: int, lanes: int, device: torch.device
) -> BankBuilder:
    """Return the back end that is fastest on batches (B, ...): measured, where there are several."""
    if len(network.back_ends) == 1:
        return network.back_ends[0][1]
    choice = choose(network.back_ends, batch, classes, models, lanes, device, network.dtype)
    return dict(network.back_ends)[choice.back_end]


def _recalled(bank: ModelBank, data: DeviceData, lesson: Lesson) -> Teach:
    """Ask teachers once about every training example as it is; probabilities take two bytes each."""
    said = torch.cat(
        [_softened(bank.logits(part), lesson).half() for part in data.chunks(EVALUATION_CHUNK, test=False)],
        dim=1,
    )
    own = torch.arange(len(said), device=said.device).unsqueeze(1)

    def teach(indices: torch.Tensor, _x: torch.Tensor) -> SoftTargets:
        return SoftTargets(said[own, indices], lesson.temperature, lesson.weight)

    return teach


def _asked(bank: ModelBank, data: DeviceData, lesson: Lesson) -> Teach:
    """Ask teachers in every step, about the very views that their students learn from."""

    def teach(_indices: torch.Tensor, x: torch.Tensor) -> SoftTargets:
        said = _softened(bank.own_logits(x.to(data.dtype)), lesson)
        return SoftTargets(said, lesson.temperature, lesson.weight)

    return teach


def _softened(logits: torch.Tensor, lesson: Lesson) -> torch.Tensor:
    exact = logits if logits.dtype is torch.float64 else logits.float()
    return torch.softmax(exact / lesson.temperature, dim=-1)


def _answers(bank: ModelBank, data: DeviceData, *, test: bool) -> npt.NDArray[np.int64]:
    """Return every model's answers (K, n)."""
    parts = [bank.logits(part).max(dim=2).indices for part in data.chunks(EVALUATION_CHUNK, test=test)]
    answers: npt.NDArray[np.int64] = torch.cat(parts, dim=1).cpu().numpy()
    return answers
