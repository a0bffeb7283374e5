"""Measures memorization, compression and smoothness of the same networks: three papers' quantities at once.

The inputs are all patterns of a few binary numbers, so that bits are counted exactly; the rule is the sign of
a random quadratic form, and some of the labels trained on are flipped. Networks are tanh throughout, also at
their output, with three hidden layers.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.information import between, of_codes
from backend.statistics.seeds import generator
from backend.studies.kit.runner import Context
from backend.studies.robustness_law.facts import Joint, RobustnessFacts
from backend.studies.robustness_law.params import TOGETHER_FLIPS, TOGETHER_INPUTS, Purpose, RobustnessParams
from backend.studies.robustness_law.plan import TOGETHER_STEPS
from workers.engine.device import default_device
from workers.studies.robustness_law.side_by_side import Report, side_by_side
from workers.studies.robustness_law.train import Adam

RATE = 0.005
EDGES = np.linspace(-1, 1, 30, dtype=np.float32)  # of bins, as in Shwartz-Ziv & Tishby's code
LOOKS = 16
FRESH = 20_000  # points: the largest of fewer gradients differs too much from draw to draw
_GRAIN = 10**6  # of a fraction, as the index of a random stream

Floats = npt.NDArray[np.float64]


def run(
    payload: Mapping[str, Any], params: RobustnessParams, context: Context
) -> tuple[RobustnessFacts, dict[str, Any]]:
    """Train and measure networks of every width on one share of the patterns."""
    fraction = payload["fraction"]
    runs = range(payload["first"], payload["first"] + payload["count"])

    def measured(width: int, report: Report) -> list[Joint]:
        tasks = [Task(params, fraction, width, number) for number in runs]
        bits, weights = _trained(tasks, width, report)
        return [
            task.measured(bits[:, row], [weight[row] for weight in weights]) for row, task in enumerate(tasks)
        ]

    joints = side_by_side(measured, tuple(reversed(params.widths)), context)
    return RobustnessFacts(joints=tuple(joints)), {"device": str(default_device())}


class Task:
    """All patterns (2^inputs, inputs) of norm 1, their labels by the rule, and which are trained on."""

    def __init__(self, params: RobustnessParams, fraction: float, width: int, run: int) -> None:
        self.fraction, self.width, self.run = fraction, width, run
        index = round(fraction * _GRAIN), width, run
        self.rng = generator(params.seed, Purpose.FRESH, *index)
        places = np.arange(2**TOGETHER_INPUTS)[:, None] >> np.arange(TOGETHER_INPUTS) & 1
        self.patterns = (2.0 * places - 1) / np.sqrt(TOGETHER_INPUTS)
        form = generator(params.seed, Purpose.RULE, *index).standard_normal((TOGETHER_INPUTS,) * 2)
        score = np.einsum("ij,jk,ik->i", self.patterns, form, self.patterns)
        self.positive = (score > np.median(score)).astype(np.uint8)
        self.labels = np.where(self.positive, 1.0, -1.0)
        rng = generator(params.seed, Purpose.DATA, *index)
        self.seen = rng.permutation(len(places))[: round(fraction * len(places))]
        self.flipped = rng.random(len(self.seen)) < TOGETHER_FLIPS
        self.given = np.where(self.flipped, -1, 1) * self.labels[self.seen]
        start = generator(params.seed, Purpose.START, *index)
        self.start = [start.standard_normal((a, b)) / np.sqrt(a) for a, b in shapes(width)]

    def measured(self, bits: Floats, weights: list[Floats]) -> Joint:
        """Measure the network in the end; bits (looks, layers, 2) are those on its way."""
        answers = np.sign(layers(weights, self.patterns)[-1][:, 0])
        unseen = np.ones(len(answers), bool)
        unseen[self.seen] = False
        right = answers[self.seen] == self.given
        fresh = self.rng.standard_normal((FRESH, TOGETHER_INPUTS)) / np.sqrt(TOGETHER_INPUTS)
        return Joint(
            fraction=self.fraction,
            width=self.width,
            run=self.run,
            train_error=float(1 - right.mean()),
            unseen_error=float((answers != self.labels)[unseen].mean()),
            learned=float(right[self.flipped].mean()) if self.flipped.any() else 0.0,
            input_bits=bits[-1, :, 0].round(4).tolist(),
            peak_bits=bits[:, :, 0].max(axis=0).round(4).tolist(),
            label_bits=bits[-1, :, 1].round(4).tolist(),
            slope=float(np.linalg.norm(gradients(weights, fresh), axis=1).max()),
            bound=float(np.prod([np.linalg.norm(weight[:-1], 2) for weight in weights])),
        )


def shapes(width: int) -> list[tuple[int, int]]:
    """Return (inputs with the constant 1, outputs) of each layer."""
    sizes = [TOGETHER_INPUTS, width, width // 2, width // 4, 1]
    return [(a + 1, b) for a, b in pairwise(sizes)]


def layers(weights: list[Floats], x: Floats) -> list[Floats]:
    """Return the activations of every layer at points (t, inputs), (t, units) each."""
    found = []
    for weight in weights:
        x = np.tanh(np.concatenate([x, np.ones((len(x), 1))], axis=1) @ weight)
        found.append(x)
    return found


def gradients(weights: list[Floats], x: Floats) -> Floats:
    """Return gradients (t, inputs) of the network at points (t, inputs)."""
    back = np.ones((len(x), 1))
    for weight, values in zip(reversed(weights), reversed(layers(weights, x)), strict=True):
        back = (back * (1 - values**2)) @ weight[:-1].T
    return back


def _trained(tasks: list[Task], width: int, report: Report) -> tuple[Floats, list[Floats]]:
    """Train side by side by Adam on all examples; returns bits (looks, R, layers, 2) and weights (R, ...)."""

    device = default_device()

    def stacked(values: list[Floats]) -> torch.Tensor:
        return torch.from_numpy(np.stack(values).astype(np.float32)).to(device)

    patterns = stacked([task.patterns for task in tasks])
    seen = stacked([task.patterns[task.seen] for task in tasks])
    given = stacked([task.given for task in tasks])
    weights = [
        stacked([task.start[layer] for task in tasks]).requires_grad_() for layer in range(len(shapes(width)))
    ]
    adam = Adam(weights)
    looks = {0, *np.unique(np.rint(np.geomspace(1, TOGETHER_STEPS, LOOKS)).astype(int)).tolist()}
    bits = []
    for step in range(TOGETHER_STEPS + 1):
        if step in looks:
            report(step / TOGETHER_STEPS)
            with torch.no_grad():
                active = [layer.cpu().numpy() for layer in _layers(patterns, weights)]
            bits.append(
                [
                    [of_codes(between(layer[row], EDGES), task.positive) for layer in active]
                    for row, task in enumerate(tasks)
                ]
            )
        if step < TOGETHER_STEPS:
            # A sum over networks: none enters another one's gradient.
            loss = (_layers(seen, weights)[-1].squeeze(2) - given).square().mean(1).sum()
            downhill = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                adam.step(weights, downhill, RATE)
    return np.array(bits), [weight.detach().double().cpu().numpy() for weight in weights]


def _layers(x: torch.Tensor, weights: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return the activations of every layer, (R, n, units) each."""
    found = []
    for weight in weights:
        x = torch.tanh(torch.baddbmm(weight[:, -1:], x, weight[:, :-1]))
        found.append(x)
    return found
