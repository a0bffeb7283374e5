"""Trains one block of networks and looks at it on the way: information, losses, gradients, weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.seeds import Purpose as Shared
from backend.statistics.seeds import generator
from backend.studies.information_plane.facts import Course
from backend.studies.information_plane.params import CLASSES, Arm, Optimizer, PlaneParams
from backend.studies.information_plane.plan import labels_of, patterns_of, recorded
from backend.theory.layer_information import Measure, layer_information, reach
from backend.theory.small_networks import activities, spans
from backend.theory.sphere_patterns import PATTERNS, patterns
from workers.engine.lanes import OnStep, Relay, run_lanes
from workers.engine.run import epoch_order
from workers.studies.information_plane.networks import Networks, Patterns, initial

CPU = torch.device("cpu")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """The arrays of a `Course`, and in how many lanes they were made."""

    weights: Floats
    information: Floats
    performance: Floats
    gradients: Floats
    ends: Floats
    lanes: int


def train(params: PlaneParams, arm: Arm, models: range, on_step: OnStep) -> Trained:
    """Train these networks of one setting in as many lanes as there are cores."""
    lanes = min(torch.get_num_threads(), len(models))
    bounds = np.linspace(0, len(models), lanes + 1).astype(int).tolist()
    relay = Relay(on_step, len(models))

    def of_chunk(part: range) -> dict[str, Floats]:
        return _train(params, arm, models[part.start : part.stop], lambda done: relay.report(part, done))

    found = run_lanes(of_chunk, [range(*bound) for bound in pairwise(bounds)], lanes, CPU, relay)
    arrays = {name: np.concatenate([made[name] for _, made in found]) for name in Course.ARRAYS}
    return Trained(**arrays, lanes=lanes)


def _train(params: PlaneParams, arm: Arm, models: range, tell: Callable[[float], None]) -> dict[str, Floats]:
    """Return the arrays of a `Course` of the networks."""
    widths, labels = params.layers(arm), labels_of(params, arm.rule)
    table = Patterns.of(patterns(), labels, CLASSES)
    masks = np.stack([training_patterns(params, arm, model) for model in models])
    inside, outside = (_drawn(table, masks == wanted) for wanted in (True, False))
    networks = Networks(
        initial([generator(params.seed, Shared.INITIALIZATION, model) for model in models], widths),
        widths,
        arm.activation,
    )
    weights: list[Floats] = []
    performance, gradients = [], []
    epochs = recorded(params, arm)
    for epoch in range(epochs[-1] + 1):
        looked = epoch == epochs[len(weights)]
        sums = Gradients(networks, widths) if looked else None
        if epoch and arm.optimizer is Optimizer.FULL_BATCH:
            networks.adam(*inside, params.rate_of(arm))
        elif epoch:
            _epoch(networks, table, params, arm, models, masks, epoch, sums)
        tell(epoch / (epochs[-1] + 1))
        if sums is not None:
            weights.append(networks.parameters[:, : networks.count].numpy().copy())
            both = (networks.performance(*of) for of in (inside, outside))
            performance.append(np.concatenate(list(both), axis=1))
            gradients.append(sums.norms(*inside, params.batch_size))
    kept, told, slopes = (
        np.stack(parts, axis=1).astype(np.float32) for parts in (weights, performance, gradients)
    )
    information, ends = _measured(kept, widths, arm, labels)
    return dict(zip(Course.ARRAYS, (kept, information, told, slopes, ends), strict=True))


class Gradients:
    """The gradients by weights in the batches of one epoch, as they come while the networks move."""

    def __init__(self, networks: Networks, widths: Sequence[int]) -> None:
        self._networks, self._spans, self._steps = networks, spans(widths), 0
        self._first, self._second = (torch.zeros_like(networks.parameters) for _ in range(2))

    def add(self) -> None:
        """Take in that of the last step."""
        self._steps += 1
        self._first += self._networks.gradient
        self._second.addcmul_(self._networks.gradient, self._networks.gradient)

    def norms(self, x: torch.Tensor, y: torch.Tensor, batch_size: int) -> npt.NDArray[np.float64]:
        """Return the norms of mean and standard deviation over batches, layer by layer (K, L, 2).

        Where an epoch has one step or none, they are of batches of all patterns x, y at the weights now: the
        deviation from one pattern to another, over the root of the size of a batch.
        """
        steps, share = self._steps, 1.0
        first, second = self._first / max(steps, 1), self._second / max(steps, 1)
        if steps < 2:
            first, second = self._networks.gradient_moments(x, y)
            share = 1 / min(batch_size, x.shape[2])
        variance = (second - first.square()).clamp_(min=0) * share
        found = [
            (first[:, span.weights].norm(dim=1), variance[:, span.weights].sum(dim=1).sqrt())
            for span in self._spans
        ]
        return np.stack([torch.stack(both, dim=1).double().numpy() for both in found], axis=1)


def _epoch(
    networks: Networks,
    table: Patterns,
    params: PlaneParams,
    arm: Arm,
    models: range,
    masks: npt.NDArray[np.bool_],
    epoch: int,
    sums: Gradients | None,
) -> None:
    """Take the steps of one epoch in batches, in an order of each network's own."""
    step = networks.adam if arm.optimizer is Optimizer.ADAM else networks.sgd
    orders = [epoch_order(params.seed, model, epoch, mask) for model, mask in zip(models, masks, strict=True)]
    x, y = table.chosen(torch.from_numpy(np.stack(orders)))
    for batch in zip(x.split(params.batch_size, 2), y.split(params.batch_size, 2), strict=True):
        step(*batch, params.rate_of(arm))
        if sums is not None:
            sums.add()


def training_patterns(params: PlaneParams, arm: Arm, model: int) -> npt.NDArray[np.bool_]:
    """Return which patterns a network is trained on (4096,): more of them hold fewer."""
    mask = np.zeros(PATTERNS, bool)
    drawn = generator(params.seed, Shared.SPLIT, model).permutation(PATTERNS)
    mask[drawn[: patterns_of(arm)]] = True
    return mask


def _drawn(table: Patterns, masks: npt.NDArray[np.bool_]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and labels of the patterns of each network's mask (K, 4096), equally many in all."""
    return table.chosen(torch.from_numpy(np.nonzero(masks)[1].reshape(len(masks), -1)))


def _measured(
    weights: Floats, widths: tuple[int, ...], arm: Arm, labels: npt.NDArray[np.uint8]
) -> tuple[Floats, Floats]:
    """Return information (K, C, L, 2) and ends (K, 2), network by network: all their layers fit a cache."""
    information, ends = [], []
    for own in weights:
        ends.append((-1.0, 1.0))
        if not arm.activation.bounded:
            ends[-1] = reach(activities(own, widths, arm.activation, patterns())[:-1])
        found = layer_information(own, widths, arm.activation, patterns(), labels, Measure(), ends[-1])
        information.append(np.stack(found, axis=-1))
    return np.stack(information).astype(np.float32), np.array(ends, np.float32)
