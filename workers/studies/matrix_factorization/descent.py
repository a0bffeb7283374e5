"""Gradient descent on many deep matrix factorizations of one depth and shape at once.

All runs share every step: one batched product per factor, however many runs there are. A run that has fit its
observations leaves the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from backend.studies.matrix_factorization.plan import LOOKED
from backend.studies.matrix_factorization.problems import Completion, Problem, Sensing

Factors = list[torch.Tensor]  # W_1, ..., W_N, each (runs, after, before)
Look = Callable[[int, npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]], None]

DECAY, EPSILON = 0.99, 1e-4  # of the average of squared gradients


class Loss(Protocol):
    """The mean squared error on the observations of each of B runs."""

    def of(self, product: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return errors (B,) and their gradients (B, n, m) at the products (B, n, m)."""

    def keep(self, runs: torch.Tensor) -> "Loss":
        """Return the loss of these of the runs alone."""


@dataclass(frozen=True)
class OnEntries:
    """The error on observed entries: `weight` (B, n, m) is 1 over their number there and 0 elsewhere."""

    values: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def to(cls, problems: Sequence[Completion], device: torch.device, dtype: torch.dtype) -> "OnEntries":
        """Put the problems on the device, one for each run."""
        shape = problems[0].shape
        masks = np.stack([p.observed.mask(shape) / len(p.observed.values) for p in problems])
        values = np.stack([p.observed.filled(shape) for p in problems])
        return cls(*(torch.as_tensor(array, dtype=dtype, device=device) for array in (values, masks)))

    def of(self, product: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """As in `Loss`."""
        missed = product - self.values
        weighted = missed * self.weight
        return torch.linalg.vecdot(missed.flatten(1), weighted.flatten(1)), weighted.mul_(2)

    def keep(self, runs: torch.Tensor) -> "OnEntries":
        """As in `Loss`."""
        return OnEntries(self.values[runs], self.weight[runs])


@dataclass(frozen=True)
class OnMeasurements:
    """The error on y = <A, W>: each problem's A (k, n m) and y (k, 1), and which of them each run has."""

    problems: list[tuple[torch.Tensor, torch.Tensor]]
    which: torch.Tensor

    @classmethod
    def to(cls, problems: Sequence[Sensing], device: torch.device, dtype: torch.dtype) -> "OnMeasurements":
        """Put the problems on the device; runs that share a problem share its place there."""
        distinct = list({id(problem): problem for problem in problems}.values())
        numbers = {id(problem): number for number, problem in enumerate(distinct)}
        placed = [
            (
                torch.as_tensor(p.measurements.reshape(len(p.values), -1), dtype=dtype, device=device),
                torch.as_tensor(p.values[:, None], dtype=dtype, device=device),
            )
            for p in distinct
        ]
        return cls(placed, torch.tensor([numbers[id(problem)] for problem in problems]))

    def of(self, product: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """As in `Loss`."""
        flat = product.flatten(1)
        error, gradient = torch.empty(len(flat), dtype=flat.dtype, device=flat.device), torch.empty_like(flat)
        for number, (measurements, values) in enumerate(self.problems):
            runs = torch.nonzero(self.which == number)[:, 0].to(flat.device)
            if len(runs):
                missed = measurements @ flat[runs].T - values
                error[runs] = missed.square().mean(0)
                gradient[runs] = ((2 / len(values)) * missed).T @ measurements
        return error, gradient.view_as(product)

    def keep(self, runs: torch.Tensor) -> "OnMeasurements":
        """As in `Loss`."""
        return OnMeasurements(self.problems, self.which[runs.cpu()])


@dataclass
class Adaptive:
    """One step size per run: lr over the root of the averaged squared gradient norm, as in the paper.

    The authors call it GroupRMSprop: the direction is that of gradient descent.
    """

    lr: torch.Tensor  # (B,)
    average: torch.Tensor = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.average = torch.zeros_like(self.lr)

    def size(self, gradients: Factors) -> torch.Tensor:
        """Return the step size of each run (B,)."""
        squared = sum(torch.linalg.vecdot(g.flatten(1), g.flatten(1)) for g in gradients)
        self.steps += 1
        self.average.mul_(DECAY).add_(squared, alpha=1 - DECAY)
        corrected = self.average / (1 - DECAY**self.steps)
        return self.lr / (corrected.sqrt() + EPSILON)

    def keep(self, runs: torch.Tensor) -> None:
        """Go on with these of the runs alone."""
        self.lr, self.average = self.lr[runs], self.average[runs]


def loss_of(problems: Sequence[Problem], device: torch.device, dtype: torch.dtype) -> Loss:
    """Return the loss of runs on these problems, all completions or all sensing, of one shape."""
    completions = [problem for problem in problems if isinstance(problem, Completion)]
    if completions:
        return OnEntries.to(completions, device, dtype)
    return OnMeasurements.to([problem for problem in problems if isinstance(problem, Sensing)], device, dtype)


def partial_products(factors: Factors) -> Factors:
    """Return W_j ... W_1 for j = 1, ..., N, the last one being the product (B, n, m)."""
    partial = [factors[0]]
    for factor in factors[1:]:
        partial.append(torch.bmm(factor, partial[-1]))
    return partial


def gradients_of(factors: Factors, upstream: torch.Tensor, partial: Factors) -> Factors:
    """Return the gradients of all factors by that of their product, upstream (B, n, m).

    `partial` are the partial products of the factors.
    """
    found: Factors = []
    for factor, before in zip(factors[:0:-1], partial[-2::-1], strict=True):
        found.append(torch.bmm(upstream, before.mT))
        upstream = torch.bmm(factor.mT, upstream)
    return [upstream, *reversed(found)]


@dataclass(frozen=True)
class Descended:
    """Where runs ended: steps taken (B,), training errors (B,), whether these are small enough (B,).

    `products` are the matrices found, (B, n, m).
    """

    steps: npt.NDArray[np.int64]
    train: npt.NDArray[np.float64]
    fit: npt.NDArray[np.bool_]
    products: npt.NDArray[np.float64]


def descend(
    problems: Sequence[Problem],
    starts: Sequence[Sequence[npt.NDArray[np.float64]]],
    lr: Sequence[float],
    device: torch.device,
    *,
    tolerance: float,
    most: int,
    seen: Sequence[int] = (),
    look: Look = lambda *_: None,
    progress: Callable[[float], None] = lambda _: None,
    dtype: torch.dtype = torch.float32,
) -> Descended:
    """Run every problem from its factors until its training error is at most the tolerance, or `most` steps.

    `look` gets (step, runs, products, training errors) of the runs that go on, at the steps `seen`, which are
    multiples of `LOOKED`; `progress` gets a fraction of the work, by how far errors have fallen.
    """
    loss = loss_of(problems, device, dtype)
    factors = [
        torch.as_tensor(np.stack(layer), dtype=dtype, device=device) for layer in zip(*starts, strict=True)
    ]
    adaptive = Adaptive(torch.as_tensor(lr, dtype=dtype, device=device))
    runs = np.arange(len(problems))
    ended = Descended(
        steps=np.full(len(runs), most),
        train=np.full(len(runs), np.nan),
        fit=np.zeros(len(runs), bool),
        products=np.zeros((len(runs), *problems[0].shape)),
    )
    wanted, done = set(seen), 0.0
    for step in range(most + 1):
        partial = partial_products(factors)
        error, upstream = loss.of(partial[-1])
        if step % LOOKED == 0 or step == most:
            train = error.double().cpu().numpy()
            done = max(done, fraction_done(train, len(problems), step / most, tolerance))
            progress(done)
            if step in wanted:
                look(step, runs, partial[-1].double().cpu().numpy(), train)
            over = (train <= tolerance) | ~np.isfinite(train) | (step == most)
            if over.any():
                left = runs[over]
                ended.steps[left], ended.train[left] = step, train[over]
                ended.fit[left] = train[over] <= tolerance
                ended.products[left] = partial[-1].double().cpu().numpy()[over]
                runs = runs[~over]
                if len(runs) == 0:
                    break
                on = torch.as_tensor(np.flatnonzero(~over), device=device)
                factors, partial = ([part[on] for part in parts] for parts in (factors, partial))
                loss, upstream = loss.keep(on), upstream[on]
                adaptive.keep(on)
        gradients = gradients_of(factors, upstream, partial)
        size = adaptive.size(gradients)[:, None, None]
        for factor, gradient in zip(factors, gradients, strict=True):
            factor.addcmul_(size, gradient, value=-1)
    return ended


def fraction_done(train: npt.NDArray[np.float64], runs: int, of_steps: float, tolerance: float) -> float:
    """Return about how much of the work is done, by the training errors of the runs that still go on.

    Errors begin near 1, where they stay for long; from there on they fall by decades.
    """
    fallen = np.clip(np.log(np.clip(train, tolerance, 1)) / np.log(tolerance), 0, 1)
    return float(max(of_steps, (runs - len(train) + fallen.sum()) / runs))
