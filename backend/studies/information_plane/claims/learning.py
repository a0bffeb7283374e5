"""What compression has to do with labels: what layers keep of them, and who generalizes."""

import numpy as np

from backend.statistics.information import entropy_of_labels
from backend.studies.information_plane.claims.compression import (
    CHANGES,
    NONE,
    OVER,
    SAXE,
    TISHBY,
    needs,
    of,
    relu,
    tanh,
)
from backend.studies.information_plane.evidence import (
    COMPRESSES,
    accuracy,
    center,
    epochs_until,
    fall,
    lacking,
    late_change_of_label,
    of_label,
    shortfall,
)
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.params import Arm, Rule
from backend.studies.information_plane.plan import labels_of
from backend.studies.kit.findings import Finding, Measurement, above, all_hold, below, finding, mean_interval

KEPT = 0.95  # bits about the label in the end
FALLS = 0.05  # bits about the label, with little data
LITTLE, MUCH = 10, 80  # percent of the patterns: at most, at least
ON_BOUND = 0.05  # bits below the bound
REACHED = 0.9  # bits about the label: Fig. 5's good layers
AS_GOOD = 0.02  # accuracy that one may have less
CHANCE = 0.55  # accuracy up to which nothing is generalized


def _little(found: Planes) -> Arm:
    percents = [percent for percent in found.params.percents if percent <= LITTLE]
    return tanh(found)._replace(percent=min(percents, default=5))


def _much(found: Planes) -> Arm:
    percents = [percent for percent in found.params.percents if percent >= MUCH]
    return tanh(found)._replace(percent=max(percents, default=85))


def _random(found: Planes) -> Arm:
    return tanh(found)._replace(rule=Rule.RANDOM)


@finding(
    "The last hidden layer keeps what it needs: nearly all of the label.",
    f"{TISHBY}: Fig. 2 and 3",
    "0.98 bits (one run, read from the figure)",
    unit="bits about the label in the end",
    needs=needs(tanh),
    question="Does the compressed layer keep the label?",
    rule=f"Holds if I(T;Y) of the last hidden layer of tanh networks ends above {KEPT:g} bit, differs if"
    f" below. {OVER}",
)
def keeps_label(found: Planes) -> Measurement:
    """Judge I(T;Y) over all patterns, trained on or not."""
    mean, low, high = mean_interval(of_label(of(found, tanh(found)))[:, -1].tolist())
    return Measurement(above(KEPT, low, high), mean, low, high, answer=f"{mean:.3f} bits of 0.999")


@finding(
    "With little data layers lose bits about the label late in training: they compress too much.",
    f"{TISHBY}: Fig. 3, 5 %",
    "falls (read from the figure)",
    unit="bits about the label, late change",
    needs=needs(_little),
    question="With little data, do layers lose the label late?",
    rule=f"Holds if I(T;Y) of the last hidden layer falls by more than {FALLS:g} bit from 15 % of the epochs"
    f" to the end, differs if by less. {OVER}",
)
def little_data_falls(found: Planes) -> Measurement:
    """Judge the late change with at most LITTLE percent of the patterns."""
    mean, low, high = mean_interval(late_change_of_label(of(found, _little(found))).tolist())
    note = f"{_little(found).percent} % of the patterns."
    return Measurement(below(-FALLS, low, high), mean, low, high, note, f"a change of {mean:+.3f} bits")


@finding(
    "With much data layers gain bits about the label until the end.",
    f"{TISHBY}: Fig. 3, 85 %",
    "rises (read from the figure)",
    unit="bits about the label, late change",
    needs=needs(_much),
    question="With much data, do layers gain the label to the end?",
    rule="Holds if I(T;Y) of the last hidden layer rises from 15 % of the epochs to the end, differs if it"
    f" falls. {CHANGES} {OVER}",
)
def much_data_rises(found: Planes) -> Measurement:
    """Judge the late change with at least MUCH percent of the patterns."""
    mean, low, high = mean_interval(late_change_of_label(of(found, _much(found))).tolist())
    note = f"{_much(found).percent} % of the patterns."
    return Measurement(above(0, low, high), mean, low, high, note, f"a change of {mean:+.3f} bits")


@finding(
    "Converged layers lie on or near the bound of the information bottleneck.",
    f"{TISHBY}: Fig. 6",
    "0.96 to 1.0 of 0.999 bits (one run, read from the figure)",
    unit="bits below the bound, the farthest layer",
    needs=needs(tanh),
    question="Do converged layers lie near the bound?",
    rule=f"Holds if every layer's I(T;Y) ends less than {ON_BOUND:g} bit below min(I(X;T), H(Y)), the bound"
    f" of labels without noise, differs if one ends more below. {OVER}",
)
def near_bound(found: Planes) -> Measurement:
    """Judge every layer's distance; the bound of noiseless labels is a line and its top."""
    known = of(found, tanh(found))
    missing = shortfall(known, entropy_of_labels(labels_of(found.params, known.arm.rule)))
    layers = [mean_interval(missing[:, layer].tolist()) for layer in range(known.layers)]
    mean, low, high = max(layers)
    verdict = all_hold(*(below(ON_BOUND, *limits) for _, *limits in layers))
    note = "Layer by layer: " + ", ".join(f"{value:.3f}" for value, _, _ in layers) + "."
    return Measurement(verdict, mean, low, high, note, f"at most {mean:.3f} bits below it")


def _depths(found: Planes) -> str:
    most = center(found).depth
    if not found.params.depths:
        return "needs networks with fewer hidden layers; choose further depths"
    return lacking(
        found, tanh(found)._replace(depth=min(found.params.depths)), tanh(found)._replace(depth=most)
    )


@finding(
    "More hidden layers need fewer epochs.",
    f"{TISHBY}: Fig. 5",
    "six layers 400 epochs, one layer not within 10,000",
    unit="epochs of the deepest over those of the shallowest",
    needs=_depths,
    question="Do deeper networks get there in fewer epochs?",
    rule=f"Holds if the outputs of the deepest networks reach {REACHED:g} bits about the label in fewer"
    f" epochs than those of the shallowest, differs if in more. {OVER} Of logarithms, network by network.",
)
def depth_is_fast(found: Planes) -> Measurement:
    """Judge the ratio of epochs; who never gets there counts with the last epoch."""
    shallow = of(found, tanh(found)._replace(depth=min(found.params.depths)))
    deep = of(found, tanh(found))
    fast, slow = (epochs_until(one, REACHED) for one in (deep, shallow))
    count = min(len(fast), len(slow))
    mean, low, high = mean_interval(np.log(fast[:count] / slow[:count]).tolist())
    note = (
        f"Medians: {np.median(fast):.0f} epochs with {deep.arm.depth} hidden layers, {np.median(slow):.0f}"
        f" with {shallow.arm.depth}."
    )
    verdict = below(0, low, high)
    ratio, *limits = np.exp([mean, low, high]).tolist()
    return Measurement(verdict, ratio, limits[0], limits[1], note, f"in {ratio:.2g} times the epochs")


@finding(
    "Networks generalize as well without compression.",
    f"{SAXE}: section 2 and Fig. 7",
    "similar test accuracy (read from the figure)",
    unit="accuracy of ReLU less that of tanh",
    needs=needs(tanh, relu),
    question="Do networks that do not compress generalize as well?",
    rule=f"Holds if ReLU networks' last hidden layer falls by less than {NONE:g} bit and their test accuracy"
    f" is at most {AS_GOOD:g} below that of tanh networks on the same patterns, differs if either is not so."
    f" {OVER}",
)
def generalizes_without(found: Planes) -> Measurement:
    """Judge pairs of networks with the same training patterns, where ReLU does not compress."""
    ours, theirs = of(found, relu(found)), of(found, tanh(found))
    count = min(len(ours.weights), len(theirs.weights))
    mean, low, high = mean_interval((accuracy(ours) - accuracy(theirs))[:count].tolist())
    _, *limits = mean_interval(fall(ours, ours.last_hidden).tolist())
    verdict = all_hold(above(-AS_GOOD, low, high), below(NONE, *limits))
    note = f"ReLU {accuracy(ours).mean():.1%}, tanh {accuracy(theirs).mean():.1%} of the test patterns."
    return Measurement(verdict, mean, low, high, note, f"{100 * mean:+.1f} points of accuracy")


@finding(
    "Compression does not make networks generalize: they compress random labels, too.",
    "ours, after Saxe et al. 2018: Fig. 4",
    "tanh networks compress while they overfit",
    unit="bits of fall from the peak",
    needs=needs(_random),
    question="Do networks compress that cannot generalize?",
    rule=f"Holds if the last hidden layer of tanh networks on random labels falls by more than"
    f" {COMPRESSES:g} bit and their test accuracy is below {CHANCE:.0%}, differs if either is not so. {OVER}",
)
def compresses_at_random(found: Planes) -> Measurement:
    """Judge both the fall and the accuracy."""
    known = of(found, _random(found))
    mean, low, high = mean_interval(fall(known, known.last_hidden).tolist())
    right, *limits = mean_interval(accuracy(known).tolist())
    verdict = all_hold(above(COMPRESSES, low, high), below(CHANCE, *limits))
    note = f"{right:.1%} of the test patterns right, {known.performance[:, -1, 1].mean():.1%} in training."
    return Measurement(verdict, mean, low, high, note, f"a fall of {mean:.2f} bits at {right:.0%} accuracy")


FINDINGS: tuple[Finding, ...] = (
    keeps_label,
    little_data_falls,
    much_data_rises,
    near_bound,
    depth_is_fast,
    generalizes_without,
    compresses_at_random,
)
