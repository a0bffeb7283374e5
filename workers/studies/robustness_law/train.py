"""Trains two-layer networks with batch norm on all examples at once, many of one shape side by side.

Batch norm is linear given its batch, so each step is one of the folded network relu(x W s + t): mean and
variance of every unit follow from the mean and covariance of the examples, and no pass over (n, k) is spent
on them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from backend.theory.two_layers import TwoLayers

DECAYS = 0.9, 0.999  # of Adam's averages
EPSILON_ADAM, EPSILON_NORM = 1e-8, 1e-5

Floats = npt.NDArray[np.float32]
Watch = Callable[[int, int, float, Callable[[], TwoLayers]], None]


@dataclass(frozen=True)
class Start:
    """What one network begins with: examples (n, d), targets (n,), weights (d, k) and output (k,)."""

    x: Floats
    y: Floats
    weights: Floats
    output: Floats


@dataclass(frozen=True)
class Trained:
    """A network as it was at its first step with a loss below the threshold, or after the last step."""

    network: TwoLayers
    loss: float
    steps: int
    fitted: bool


class Adam:
    """Adam on stacked parameters (Kingma & Ba 2015); torch's own takes seconds to load."""

    def __init__(self, params: Sequence[torch.Tensor]) -> None:
        self._moments = [[torch.zeros_like(p), torch.zeros_like(p)] for p in params]
        self._taken = 0

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these of the stack only."""
        self._moments = [[moment[rows] for moment in pair] for pair in self._moments]

    def step(
        self, params: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], learning_rate: float
    ) -> None:
        """Change the parameters in place."""
        self._taken += 1
        first, second = DECAYS
        rate = learning_rate * (1 - second**self._taken) ** 0.5 / (1 - first**self._taken)
        for p, g, (mean, square) in zip(params, gradients, self._moments, strict=True):
            mean.lerp_(g, 1 - first)
            square.mul_(second).addcmul_(g, g, value=1 - second)
            p.addcdiv_(mean, square.sqrt().add_(EPSILON_ADAM), value=-rate)


class Stack:
    """Networks of one shape: x (R, n, d), y (R, n), and parameters as lists of stacked tensors."""

    def __init__(self, starts: Sequence[Start], device: torch.device) -> None:
        def stacked(values: Sequence[Floats]) -> torch.Tensor:
            return torch.from_numpy(np.stack(values)).to(device)

        self.x, self.y = stacked([s.x for s in starts]), stacked([s.y for s in starts])
        weights, output = stacked([s.weights for s in starts]), stacked([s.output for s in starts])
        # Weights, scale and shift of batch norm, output, constant.
        zeros = torch.zeros_like(output)
        self.params = [weights, zeros + 1, zeros, output, zeros[:, :1].clone()]
        self.adam = Adam(self.params)
        self.mean = self.x.mean(1, keepdim=True)
        centered = self.x - self.mean
        self.covariance = centered.mT @ centered / self.x.shape[1]

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these networks only."""
        self.x, self.y, self.mean, self.covariance = (
            part[rows] for part in (self.x, self.y, self.mean, self.covariance)
        )
        self.params = [p[rows] for p in self.params]
        self.adam.keep(rows)

    def forward(self) -> None:
        """Fold batch norm in, with the statistics of all examples, and evaluate; `losses` are (R,)."""
        weights, scale, shift, output, constant = self.params
        self.spread = self.covariance @ weights  # (R, d, k)
        self.deviation = ((weights * self.spread).sum(1) + EPSILON_NORM).sqrt()
        self.factor = scale / self.deviation
        self.offset = shift - (self.mean @ weights).squeeze(1) * self.factor
        self.active = torch.baddbmm(
            self.offset.unsqueeze(1), self.x, weights * self.factor.unsqueeze(1)
        ).relu_()
        self.error = (self.active @ output.unsqueeze(2)).squeeze(2).add_(constant).sub_(self.y)
        self.losses = self.error.square().mean(1)

    def gradients(self) -> list[torch.Tensor]:
        """Return the gradients of the losses, for `params` in their order."""
        weights, _, _, output, _ = self.params
        n = self.x.shape[1]
        slope = self.error * (2 / n)  # of the loss in f, (R, n)
        at_output = (slope.unsqueeze(1) @ self.active).squeeze(1)
        # Gradients in what enters relu are a times these.
        passed = (self.active > 0) * slope.unsqueeze(2)  # (R, n, k)
        pulled = self.x.mT @ passed  # (R, d, k)
        at_shift = passed.sum(1)
        # Sum over examples of `passed` times the normalized input (x - mean) w / deviation.
        along = ((pulled - self.mean.mT * at_shift.unsqueeze(1)) * weights).sum(1) / self.deviation
        centered = pulled - self.mean.mT * at_shift.unsqueeze(1)
        centered.sub_(self.spread * (along / self.deviation).unsqueeze(1))
        at_weights = centered.mul_((self.factor * output).unsqueeze(1))
        return [at_weights, along * output, at_shift * output, at_output, slope.sum(1, keepdim=True)]

    def network(self, row: int) -> TwoLayers:
        """Return a network of the last forward pass, batch norm folded in."""
        weights, _, _, output, constant = self.params
        parts = (weights[row] * self.factor[row], self.offset[row], output[row], constant[row])
        w, b, a, c = (part.double().cpu().numpy() for part in parts)
        return TwoLayers(w, b, a, float(c[0]))


def train(
    starts: Sequence[Start],
    *,
    threshold: float,
    steps: int,
    learning_rate: float,
    device: torch.device,
    report: Callable[[float], None] = lambda _: None,
    watch: Watch | None = None,
) -> list[Trained]:
    """Train until the mean squared error is below the threshold; networks that fit leave the stack.

    `watch` is told of every network before each step: its place, steps taken, loss, and how to get it.
    """
    stack = Stack(starts, device)
    rows = list(range(len(starts)))
    found: dict[int, Trained] = {}
    for number in range(steps + 1):
        stack.forward()
        left = []
        for place, (row, loss) in enumerate(zip(rows, stack.losses.tolist(), strict=True)):
            if watch is not None:
                watch(row, number, loss, partial(stack.network, place))
            if loss < threshold or number == steps:
                found[row] = Trained(stack.network(place), loss, number, loss < threshold)
            else:
                left.append(place)
        if not left:
            break
        stack.adam.step(stack.params, stack.gradients(), learning_rate)
        if len(left) < len(rows):
            stack.keep(torch.tensor(left, device=device))
            rows = [rows[place] for place in left]
        report(number / steps)
    return [found[row] for row in range(len(starts))]
