"""One trained network and its memory: what it holds out, what both answer, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.statistics.seeds import generator
from backend.studies.resmem.facts import Answered, Case, Neighbor, Net
from backend.studies.resmem.params import Purpose, ResMemParams
from backend.studies.resmem.plan import ASKED
from workers.engine.residual_memory import Chosen, Memory, Near, choose

CASES = 12  # of a kind and size that are kept
SHOWN = 5  # neighbors of each

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Training examples of one network: those that choose its memory, those looked at, and those trained on.

    Those of a smaller share are the first of those of a larger. `again` are drawn from them, at most `ASKED`.
    """

    run: int
    choosing: Indices
    looked_at: Indices
    trained: Indices
    again: Indices

    @classmethod
    def of(cls, params: ResMemParams, n: int, share: float, run: int) -> "Split":
        """Split n training examples for a network that is trained on a share."""
        order = generator(params.seed, Purpose.HELD_OUT, run).permutation(n)
        each, left = params.split(n)
        trained = order[2 * each :][: max(round(share * left), 1)]
        again = generator(params.seed, Purpose.ASKED, run).permutation(trained)[:ASKED]
        return cls(run, order[:each], order[each : 2 * each], trained, again)


@dataclass(frozen=True)
class Answers:
    """What the network, the network with its memory, and neighbors alone answer to q examples, all (q,)."""

    labels: Indices
    base: Indices
    resmem: Indices
    knn: Indices

    def accuracies(self) -> Answered:
        """Return how many of the answers are right, as shares."""
        answers = (self.base, self.resmem, self.knn)
        return Answered(*(float(np.mean(answer == self.labels)) for answer in answers))


@dataclass(frozen=True)
class Tested:
    """A network with its memory, and what they answer; `tests` are the test examples' neighbors."""

    split: Split
    n_train: int
    memory: Memory
    chosen: Chosen
    again: Answers
    looked_at: Answers
    test: Answers
    tests: Near

    def net(self, size: int, share: float) -> Net:
        """Return what there is to know of it."""
        chosen = self.chosen
        return Net(
            size=size,
            share=share,
            run=self.split.run,
            examples=len(self.split.trained),
            test=self.test.accuracies(),
            train=self.again.accuracies(),
            residual=float(np.abs(self.memory.residuals(1.0)).sum(axis=1).mean() / 2),
            k=chosen.k,
            sigma=chosen.sigma,
            temperature=chosen.temperature,
            unit=chosen.unit,
            k_alone=chosen.k_alone,
            sigma_alone=chosen.sigma_alone,
            surface=chosen.surface.round(5).tolist(),
        )

    def cases(self, size: int) -> Iterator[Case]:
        """Yield test examples that it rescues, and some that it breaks, each with its nearest neighbors."""
        test = self.test
        right, was_right = test.resmem == test.labels, test.base == test.labels
        for chosen in (right & ~was_right, was_right & ~right):
            for place in np.flatnonzero(chosen)[:CASES]:
                base, resmem = int(test.base[place]), int(test.resmem[place])
                neighbors = tuple(self._neighbors(place, base, resmem))
                yield Case(size, self.n_train + int(place), int(test.labels[place]), base, resmem, neighbors)

    def _neighbors(self, place: int, base: int, resmem: int) -> Iterator[Neighbor]:
        near = self.tests.part(place, place + 1)
        weights, _ = self.chosen.weights(near)
        residuals = self.memory.residuals(self.chosen.temperature)
        for known in near.places[0, :SHOWN]:
            yield Neighbor(
                example=int(self.split.trained[known]),
                label=int(self.memory.targets[known].argmax()),
                weight=float(weights[0, known]),
                raises=float(residuals[known, resmem]),
                lowers=float(residuals[known, base]),
            )


def tested(
    params: ResMemParams, examples: Examples, split: Split, features: Floats, logits: Floats
) -> Tested:
    """Give a network its memory, and ask both; features (n, d) and logits (n, classes) of all examples."""
    n = examples.n_train
    labels = np.concatenate([examples.given, examples.labels[n:]])
    parts = (split.choosing, split.again, split.looked_at, np.arange(n, len(labels)))
    asked, ends = np.concatenate(parts), np.cumsum([0, *map(len, parts)])
    targets = np.eye(len(examples.classes), dtype=np.float32)[labels[split.trained]]
    memory = Memory(logits[split.trained], targets)
    near = Near.of(features[split.trained], features[asked], params.neighbors[-1])
    nears = [near.part(first, stop) for first, stop in pairwise(ends)]
    chosen = choose(
        memory,
        nears[0],
        logits[split.choosing],
        labels[split.choosing],
        params.neighbors,
        params.bandwidths,
        params.temperatures,
    )

    def answers(part: Indices, near: Near) -> Answers:
        weights, alone = chosen.weights(near)
        with_memory = memory.answers(weights, logits[part], chosen.temperature)
        return Answers(labels[part], logits[part].argmax(axis=1), with_memory, memory.votes(alone))

    again, looked_at, test = map(answers, parts[1:], nears[1:])
    return Tested(split, n, memory, chosen, again, looked_at, test, nears[-1])
