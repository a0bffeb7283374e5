"""What answers tell of examples beside being right: sums over models, exact in any order."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.proxies import AT_EVERY_EPOCH, COURSE, SHARE_UNIT, UNIT, early_epoch

EL2N, EARLY, FORGETTING = (COURSE.index(name) for name in ("el2n", "el2n_early", "forgetting"))


class Course:
    """Follows K models over their evaluated epochs and sums up what `COURSE` names of n examples.

    masks: (K, n) which examples a model had, whose sums these are; labels: (n,) on the device of the models.
    """

    def __init__(self, masks: npt.NDArray[np.bool_], labels: torch.Tensor, epochs: Sequence[int]) -> None:
        self._masks, self._labels = masks, labels
        self._had = torch.from_numpy(masks).to(labels.device)
        self._early = early_epoch(epochs)
        # Over models (P, n), and over the examples of each model (P, K).
        self._sums, self._of_models = (
            torch.zeros(len(COURSE), size, dtype=torch.int64, device=labels.device) for size in masks.T.shape
        )
        self._forgotten = np.zeros(masks.shape, np.uint8)
        self._right: npt.NDArray[np.bool_] | None = None

    def look(self, epoch: int, logits: torch.Tensor, part: slice) -> None:
        """Take in what all models answer to a part of the examples after an epoch: (K, m, classes)."""
        units = in_units(logits, self._labels[part], self._had[:, part])
        of_examples, of_models = units.sum(1), units.sum(2)
        self._sums[: len(AT_EVERY_EPOCH), part] += of_examples
        self._of_models[: len(AT_EVERY_EPOCH)] += of_models
        if epoch == self._early:
            self._sums[EARLY, part] = of_examples[EL2N]
            self._of_models[EARLY] += of_models[EL2N]

    def answered(self, right: npt.NDArray[np.bool_]) -> None:
        """Take in which models were right (K, n) after the next epoch."""
        if self._right is not None:
            self._forgotten += self._right & ~right & self._masks
        self._right = right

    def sums(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return sums over the models (P, n), and over each model's examples (K, P)."""
        of_examples, of_models = self._sums.cpu().numpy(), self._of_models.cpu().numpy()
        of_examples[FORGETTING] = self._forgotten.sum(axis=0)
        of_models[FORGETTING] = self._forgotten.sum(axis=1)
        return of_examples, of_models.T


def in_units(logits: torch.Tensor, labels: torch.Tensor, had: torch.Tensor) -> torch.Tensor:
    """Return what `AT_EVERY_EPOCH` names of K models' answers to m examples, (5, K, m) int64 in `UNIT`.

    logits: (K, m, classes) float32; labels: (m,); had: (K, m), elsewhere it is 0. So it is of a model that
    broke down.
    """
    by_class = logits.mT  # as perceptrons have them
    shifted = by_class - by_class.amax(1, keepdim=True)
    own = labels.expand(len(logits), 1, -1)
    of_label = shifted.gather(1, own)[:, 0]
    powers = shifted.exp()
    total = powers.sum(1)
    entropy = total.log() - shifted.mul_(powers).sum(1) / total
    powers.scatter_(1, own, 0.0)
    wrong = powers.sum(1) / total  # 1 less the label's probability would cancel where that is almost 1
    distance = (powers.square_().sum(1) / total.square() + wrong.square()).sqrt()
    numbers = torch.stack([wrong, 1 - 1 / total, entropy, total.log() - of_label, distance])
    return _units(numbers, UNIT).mul_(had)


def expectations(logits: torch.Tensor) -> torch.Tensor:
    """Sum probabilities (m, classes) over models, in `SHARE_UNIT`, of their logits (K, m, classes)."""
    return _units(torch.softmax(logits.mT, 1), SHARE_UNIT).sum(0).mT


def _units(numbers: torch.Tensor, unit: float) -> torch.Tensor:
    """Return numbers as whole units, 0 where they are not finite."""
    return (numbers / unit).round_().nan_to_num_(0.0, 0.0, 0.0).to(torch.int64)
