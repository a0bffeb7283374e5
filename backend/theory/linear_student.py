"""A linear student of a noisy linear teacher, whose information is known exactly at every time.

Saxe et al. 2018, section 3: inputs have independent entries of variance 1 / N, the teacher answers
y = v x + noise, the student w x follows the gradient of its squared error on P examples. Its output counts
with Gaussian noise of variance 1, for else it would tell infinitely much: T = w x + noise. Then
I(T;X) = log2(1 + |w|^2 / N) / 2, in bits; eq. 6 as printed lacks the 1/2 and the variance of the inputs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """What there is to learn: examples (P, N), answers (P,), the teacher (N,), the variance of its noise."""

    inputs: Floats
    answers: Floats
    teacher: Floats
    noise: float


@dataclass(frozen=True)
class Learned:
    """The student at times (T,): its errors, and bits about all inputs, answers, and two kinds of inputs."""

    train_error: Floats
    test_error: Floats
    of_input: Floats
    of_answer: Floats
    of_relevant: Floats
    of_irrelevant: Floats


def lesson(rng: np.random.Generator, inputs: int, examples: int, relevant: int, noise: float) -> Lesson:
    """Draw a lesson in which the teacher looks at the first `relevant` inputs alone.

    Its answers have variance 1 without noise, whatever their number.
    """
    teacher = np.zeros(inputs)
    teacher[:relevant] = rng.standard_normal(relevant)
    teacher *= np.sqrt(inputs) / np.linalg.norm(teacher)
    x = rng.standard_normal((examples, inputs)) / np.sqrt(inputs)
    return Lesson(x, x @ teacher + np.sqrt(noise) * rng.standard_normal(examples), teacher, noise)


def weights_over_time(of: Lesson, times: Floats, start: Floats) -> Floats:
    """Return the student's weights (T, N) under the flow dw/dt = X^T (y - X w), which has a closed form."""
    rates, directions = np.linalg.eigh(of.inputs.T @ of.inputs)
    rates = np.maximum(rates, 0)
    pull, own = directions.T @ (of.inputs.T @ of.answers), directions.T @ start
    decay = np.exp(-np.outer(times, rates))
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = np.where(rates > 1e-12, -np.expm1(-np.outer(times, rates)) / rates, times[:, None])
    return np.asarray((decay * own + gained * pull) @ directions.T)


def learned(of: Lesson, weights: Floats, relevant: int) -> Learned:
    """Return everything that is known of a student with these weights (T, N)."""
    count = weights.shape[1]
    power = (weights**2).sum(axis=1) / count
    of_kind = (weights[:, :relevant] ** 2).sum(axis=1) / count
    other = power - of_kind
    shared = (weights @ of.teacher / count) ** 2
    answer = float(of.teacher @ of.teacher) / count + of.noise
    return Learned(
        train_error=np.asarray(((weights @ of.inputs.T - of.answers) ** 2).mean(axis=1)),
        test_error=np.asarray(((weights - of.teacher) ** 2).sum(axis=1) / count + of.noise),
        of_input=np.log2(1 + power) / 2,
        of_answer=-np.log2(1 - shared / ((1 + power) * answer)) / 2,
        of_relevant=np.log2((1 + power) / (1 + other)) / 2,
        of_irrelevant=np.log2((1 + power) / (1 + of_kind)) / 2,
    )
