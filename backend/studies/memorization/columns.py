"""What the memorization study knows of examples beside their scores: proxies, and how suspect a label is."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from backend.scores.columns import Column, Values
from backend.scores.scores import Scores
from backend.statistics.curves import MOST_POINTS
from backend.statistics.rank_correlation import spearman
from backend.studies.memorization.facts import ProxyFacts


def _slowness(scores: Scores) -> npt.NDArray[np.float64] | None:
    cprox = scores.cprox
    return None if cprox is None else 1 - cprox


_EVALUATED = "averaged over the evaluated epochs, about log-spaced, and over the models that had the example"

SLOWNESS = Column(
    "slowness",
    "Slow learning",
    f"How often it was wrong, {_EVALUATED} (1 - cprox, Jiang et al. 2021).",
    of=_slowness,
)
HELDOUT_ERROR = Column(
    "heldout_error",
    "Held-out error",
    "How often models without the example get it wrong at the end (1 - C-score, Jiang et al. 2021).",
    of=lambda scores: 1 - scores.heldout_accuracy,
)
LOW_CONFIDENCE = Column(
    "low_confidence",
    "Low confidence",
    f"1 less the probability of its label, {_EVALUATED} (Jiang et al. 2021).",
)
LOW_CERTAINTY = Column(
    "low_certainty",
    "Low certainty",
    f"1 less the largest probability, whatever the class, {_EVALUATED} (Jiang et al. 2021).",
)
ENTROPY = Column(
    "entropy",
    "Entropy",
    f"Entropy of the probabilities as a share of the largest possible one, {_EVALUATED} (Jiang et al. 2021).",
)
LOSS = Column("loss", "Loss", f"Cross-entropy of its label in nats, {_EVALUATED}.", high=10.0)
EL2N = Column(
    "el2n",
    "EL2N",
    f"Distance of the probabilities from the label's one-hot vector, {_EVALUATED} (Paul et al. 2021).",
    high=1.42,
)
EL2N_EARLY = Column(
    "el2n_early",
    "EL2N, early",
    "The same distance after the last evaluated epoch within the first tenth of the training, or the first"
    " one, as Paul et al. 2021 use it.",
    high=1.42,
)
FORGETTING = Column(
    "forgetting",
    "Forgetting",
    "How often a model that had the example got it right at one evaluated epoch and wrong at the next (Toneva"
    f" et al. 2019). At most {MOST_POINTS} epochs are evaluated: what happens between them is not seen.",
    high=float(MOST_POINTS // 2),
)
PREDICTION_DEPTH = Column(
    "prediction_depth",
    "Prediction depth",
    "The first layer from which on its nearest neighbors answer what the whole network does, averaged over"
    " models that had the example; 0 are the pixels (Baldock et al. 2021).",
    high=255.0,
)
CONSISTENCY = Column(
    "consistency",
    "C-score",
    "How often models without the example get it right, averaged over the shares of the training set that"
    " they were trained on (Jiang et al. 2021).",
)
SUSPICION = Column(
    "suspicion",
    "Suspicion of the label",
    "By how much more probability models give to another class than to the label, as a share of both;"
    " averaged over all models and over the evaluated epochs, about log-spaced, since a wrong label is"
    " learned late, and only by models that have the example. Above 0 they expect another label.",
    low=-1.0,
)
PROXIES = (
    *(SLOWNESS, HELDOUT_ERROR, LOW_CONFIDENCE, LOW_CERTAINTY, ENTROPY, LOSS, EL2N, EL2N_EARLY, FORGETTING),
)
COLUMNS = (*PROXIES, SUSPICION)


def measured(
    scores: Scores, columns: Mapping[str, Values], deviations: Mapping[tuple[str, int], tuple[float, int]]
) -> tuple[ProxyFacts, ...]:
    """Hold every proxy that there is against memorization at each size; `deviations` by key and row."""
    found = []
    for proxy in (*PROXIES, PREDICTION_DEPTH):
        values = proxy.values(scores, columns)
        if values is None:
            continue
        for row, size in enumerate(scores.sizes):
            both = np.isfinite(values[row]) & np.isfinite(scores.memorization[row])
            own, memorization = values[row][both].astype(np.float64), scores.memorization[row][both]
            if len(own):
                value = _correlation(own, memorization)
                sd, models = deviations.get((proxy.key, row), (None, 0))
                found.append(ProxyFacts(proxy.key, size, len(own), value, float(own.mean()), sd, models))
    return tuple(found)


def _correlation(proxy: npt.NDArray[np.float64], memorization: npt.NDArray[np.float64]) -> float | None:
    try:
        return spearman(proxy, memorization).value
    except ValueError:  # too few, or all the same
        return None
