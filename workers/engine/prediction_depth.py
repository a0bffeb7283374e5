"""In which layer a network's answer is settled (Baldock, Maennel & Neyshabur 2021, section 2).

A nearest-neighbor probe answers from the activations of every layer. The prediction depth of an example is
the first layer from which on all probes answer what the whole network answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.bank import ModelBank
from workers.engine.choice import BackEnds, Choice
from workers.engine.data import DeviceData, Split
from workers.engine.featured import train_and_look
from workers.engine.lanes import OnStep
from workers.engine.residual_memory import Near
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe

NEIGHBORS = 30  # as in the paper

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Depths:
    """Prediction depths (K, n_train) of all training examples in K trained networks.

    0 are the pixels, then come the hidden layers; `layers` is the depth of the output, the largest there is.
    """

    depth: npt.NDArray[np.uint8]
    layers: int
    choice: Choice


def train_depths(
    back_ends: BackEnds,
    split: Split,
    masks: npt.NDArray[np.bool_],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    on_step: OnStep,
    *,
    device: torch.device = CPU,
    dtype: torch.dtype = torch.float32,
) -> Depths:
    """Train what `train_models` trains, bit by bit, and probe every layer in the end.

    A model's probes know the examples that its mask selects; none answers its own question.
    """

    def look(
        bank: ModelBank, data: DeviceData, part: range, report: OnStep
    ) -> tuple[npt.NDArray[np.uint8], int]:
        logits = [bank.logits(x).cpu() for x in data.chunks(EVALUATION_CHUNK, test=False)]
        answers = torch.cat(logits, dim=1).argmax(dim=2).numpy()
        layers = 1 + len(bank.layers(next(iter(data.chunks(1, test=False)))))
        settled = Settled(answers, layers)
        for depth in reversed(range(layers)):  # one layer of all models at a time, as there may be many
            for place, activations in enumerate(_activations(bank, data, depth, len(part))):
                seen = masks[part[place]]
                settled.probe(place, depth, votes(activations, split.y, seen, split.classes))
            report(1.0)
        return settled.depth, layers

    parts, choice = train_and_look(
        look, back_ends, split, masks, models, seed, recipe, on_step, device=device, dtype=dtype
    )
    return Depths(np.concatenate([depth for depth, _ in parts]), parts[0][1], choice)


class Settled:
    """What is known of the depths of K networks' answers (K, n) while their layers are probed, last first."""

    def __init__(self, answers: Indices, layers: int) -> None:
        self.depth = np.full(answers.shape, layers, np.uint8)
        self._answers = answers
        self._agreeing = np.ones(answers.shape, np.bool_)

    def probe(self, model: int, depth: int, said: Indices) -> None:
        """Take what a probe of that layer of a model has `said`, (n,)."""
        self._agreeing[model] &= said == self._answers[model]
        self.depth[model, self._agreeing[model]] = depth


def votes(
    layer: Floats, labels: Indices, seen: npt.NDArray[np.bool_], classes: int, k: int = NEIGHBORS
) -> Indices:
    """Return what the k nearest of the examples that are `seen` say of all, (n,); lower classes win ties.

    layer: (n, d) activations; labels: (n,) of the examples. No example is a neighbor of its own.
    """
    known = np.flatnonzero(seen)
    places = known[Near.of(layer[known], layer, k + 1).places]
    others = places != np.arange(len(layer))[:, None]
    others &= np.cumsum(others, axis=1) <= k  # of k + 1 neighbors of an example not seen, one is too many
    rows, columns = np.nonzero(others)
    cells = rows * classes + labels[places[rows, columns]]
    counted = np.bincount(cells, minlength=len(layer) * classes)
    return np.asarray(counted.reshape(-1, classes).argmax(axis=1))


def _activations(bank: ModelBank, data: DeviceData, depth: int, models: int) -> Iterable[Floats]:
    """Return the activations (n, d) of one layer of each model; 0 are the pixels, the same for all."""
    chunks = data.chunks(EVALUATION_CHUNK, test=False)
    if depth == 0:
        pixels = torch.cat([x.flatten(1).float().cpu() for x in chunks]).numpy()
        return (pixels for _ in range(models))
    return torch.cat([bank.layers(x)[depth - 1].float().cpu() for x in chunks], dim=1).numpy()
