"""Draws samples of a prior and measures what points seen a few times are worth."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from backend.statistics.seeds import generator
from backend.studies.kit.runner import Arrays, Context
from backend.studies.long_tail.facts import Seen, Unfitted
from backend.studies.long_tail.params import FRACTIONS, MOST, LongTailParams, Purpose
from backend.theory.long_tail import cost, error_when_unfitted, tau
from backend.theory.long_tail_samples import Sampled, sample
from backend.theory.moments import Moments


def run(payload: Mapping[str, Any], params: LongTailParams, context: Context) -> Arrays:
    """Draw one block of repetitions."""
    context.progress(0.0)
    drawn = sample(
        generator(params.seed, Purpose.SAMPLES, payload["first"]),
        params.frequencies(grouped=False).each(),
        params.samples,
        payload["count"],
        most=MOST,
        fractions=FRACTIONS,
        classes=params.classes,
        redraw=params.redraw,
    )
    return packed(drawn.moments)


def packed(moments: Moments) -> Arrays:
    """Return sums in the form of a unit's result."""
    return {
        "repetitions": np.array(moments.repetitions),
        "totals": moments.totals,
        "products": moments.products,
    }


def unpacked(arrays: Arrays) -> Moments:
    """Return what `packed` packed."""
    return Moments(int(arrays["repetitions"]), arrays["totals"], arrays["products"])


def added(params: LongTailParams, blocks: Sequence[tuple[Mapping[str, Any], Arrays]]) -> Sampled:
    """Return all blocks as one."""
    moments = reduce(add, (unpacked(arrays) for _, arrays in blocks))
    return Sampled(moments, params.samples, MOST, FRACTIONS)


def facts(params: LongTailParams, found: Sampled) -> tuple[tuple[Seen, ...], tuple[Unfitted, ...]]:
    """Return what is sampled beside what is expected, by multiplicity and by fraction left unfitted."""
    prior, n = params.frequencies(), params.samples
    multiplicities = np.arange(1, MOST + 1)
    wrong = error_when_unfitted(params.classes)
    expected, prices = tau(prior, n, multiplicities), cost(prior, n, wrong, multiplicities)
    points, taus, excess = found.points(), found.tau(), found.excess()
    z = found.tau_z(expected)
    seen = tuple(
        Seen(
            multiplicity=int(multiplicities[row]),
            points=float(points.value[row]),
            tau=float(taus.value[row]),
            tau_error=float(taus.error[row]),
            tau_expected=float(expected[row]),
            z=float(z[row]),
            excess=float(excess.value[row, -1]),
            excess_error=float(excess.error[row, -1]),
            excess_expected=float(prices[row]),
        )
        for row in range(MOST)
    )
    unfitted = tuple(
        Unfitted(fraction, float(excess.value[0, i]), float(excess.error[0, i]), fraction * float(prices[0]))
        for i, fraction in enumerate(FRACTIONS)
    )
    return seen, unfitted
