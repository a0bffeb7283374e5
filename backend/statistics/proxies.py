"""Cheap stand-ins for memorization: which numbers training leaves behind, and in which units they are summed.

Sums are of whole numbers of units, which add up to the same in any order.
"""

from collections.abc import Sequence

# Of one answer: 1 less the probability of the label and less the largest one, entropy and loss in nats, and
# the distance of probabilities from the label's one-hot vector, EL2N (Paul et al. 2021, definition 2.1).
AT_EVERY_EPOCH = ("low_confidence", "low_certainty", "entropy", "loss", "el2n")
# EL2N early in training, and how often a right answer was followed by a wrong one (Toneva et al. 2019).
COURSE = (*AT_EVERY_EPOCH, "el2n_early", "forgetting")
UNIT = 2.0**-20  # of all but forgetting, which counts
SHARE_UNIT = 2.0**-12  # of probabilities: those of 4,000 models after 8 epochs add up to less than 2^31
EARLY = 0.1  # of all epochs: Paul et al. score after 10 or 20 of 200


def early_epoch(points: Sequence[int]) -> int:
    """Return the last of the evaluated epochs within the first tenth of a training, or the first one."""
    return max((point for point in points if point <= EARLY * points[-1]), default=points[0])
