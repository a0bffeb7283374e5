"""What Soudry et al. 2018 see in a network that is trained on and on (section 5, Fig. 2, Table 1)."""

from collections.abc import Callable

from backend.studies.kit.findings import (
    Finding,
    Measurement,
    above,
    all_hold,
    below,
    finding,
    mean_interval,
    within,
)
from backend.studies.separable.found import Separated
from backend.studies.separable.late import FACTOR, Late, lates

LEAST = 3  # networks: with fewer nobody knows how much they differ
SLOPES = (-1.3, -0.7)
EXPLAINED = 0.97
POINTS = 1.0  # by which the error may rise

SOURCE = "Soudry et al. 2018: Fig. 2 and Table 1"
OVER = "By the 95 % interval of the mean over networks, from the first look without a training error on."


def _needs(found: Separated) -> str:
    networks = found.facts.networks
    if len(lates(networks)) >= LEAST:
        return ""
    fitted = sum(network.fitted < len(network.epochs) for network in networks)
    return (
        f"needs {LEAST} networks that are right on all training examples and go on for {FACTOR} times as many"
        f" epochs; {fitted} of {len(networks)} are ever right on all, {len(lates(networks))} for so long"
    )


def _over(found: Separated, value: Callable[[Late], float]) -> tuple[float, float, float]:
    return mean_interval([value(late) for late in lates(found.facts.networks)])


def _which(found: Separated) -> str:
    late, all_of = lates(found.facts.networks), len(found.facts.networks)
    since = sorted(one.since for one in late)
    said = f"{len(late)} networks, always right from epoch {since[0]}"
    said += f" to {since[-1]} on." if since[-1] > since[0] else " on."
    left = all_of - len(late)
    return said + (f" {left} of {all_of} are left out: not right early enough." if left else "")


@finding(
    "Once a network is always right, its training loss falls about as 1 / t.",
    SOURCE,
    "about t^-1",
    unit="exponent",
    needs=_needs,
    question="Does the training loss fall as 1 / t?",
    rule=f"Holds if the exponent of a power of the epoch lies between {SLOPES[0]} and {SLOPES[1]}, differs if"
    f" outside. {OVER}",
)
def loss_falls(found: Separated) -> Measurement:
    """Judge the slope of log loss over log epochs."""
    mean, low, high = _over(found, lambda late: late.loss.slope)
    verdict = within(*SLOPES, low, high)
    return Measurement(verdict, mean, low, high, _which(found), f"as t to the power of {mean:.2f}")


@finding(
    "The norm of the last layer grows with the logarithm of time.",
    SOURCE,
    "13.6 at epoch 50, 27.5 at 4,000",
    unit="R^2 over log epochs",
    needs=_needs,
    question="Does the norm grow logarithmically?",
    rule=f"Holds if a rising line over the logarithm of epochs explains more than {EXPLAINED:.0%} of the norm"
    f" (R^2, negative for a falling line), differs if less. {OVER}",
)
def norm_grows(found: Separated) -> Measurement:
    """Judge R^2 of the norm over log epochs."""
    mean, low, high = _over(found, lambda late: late.norm.explained)
    straight, _, _ = _over(found, lambda late: late.in_epochs)
    slope, _, _ = _over(found, lambda late: late.norm.slope)
    answer = f"a line over log epochs explains {100 * abs(mean):.1f} %" + (" but falls" if mean < 0 else "")
    note = f"{_which(found)} {slope:.2f} for each factor of e. R^2 over epochs themselves: {straight:.2f}."
    return Measurement(above(EXPLAINED, low, high), mean, low, high, note, answer)


@finding(
    "The validation loss rises while the training loss falls.",
    SOURCE,
    "from 0.52 to 1.18",
    unit="rise of the validation loss",
    needs=_needs,
    question="Does the validation loss rise?",
    rule=f"Holds if the loss on the test set is higher in the end, differs if lower. {OVER}",
)
def validation_loss_rises(found: Separated) -> Measurement:
    """Judge the rise from the fit to the end; the least loss on the way would be exceeded by chance."""
    mean, low, high = _over(found, lambda late: late.loss_rise)
    answer = f"it {'rises' if mean > 0 else 'falls'} by {abs(mean):.3f}"
    return Measurement(above(0, low, high), mean, low, high, _which(found), answer)


@finding(
    "The validation error does not rise with the validation loss.",
    SOURCE,
    "from 12.4 % to 8.9 %",
    unit="rise of the validation error, points",
    needs=_needs,
    question="Does the error stay down while the loss rises?",
    rule=f"Holds if the validation loss rises and the error on the test set rises by less than {POINTS:g}"
    f" point, differs if the loss falls or the error rises by more. {OVER}",
)
def paradox(found: Separated) -> Measurement:
    """Judge the rise of the error, where that of the loss is there."""
    mean, low, high = _over(found, lambda late: 100 * late.error_rise)
    loss, *limits = _over(found, lambda late: late.loss_rise)
    verdict = all_hold(below(POINTS, low, high), above(0, *limits))
    answer = f"the error changes by {mean:+.2f} points while the loss changes by {loss:+.3f}"
    note = f"{_which(found)} All are asked about the same {found.facts.n_test:,} test examples."
    return Measurement(verdict, mean, low, high, note, answer)


FINDINGS: tuple[Finding, ...] = (loss_falls, norm_grows, validation_loss_rises, paradox)
