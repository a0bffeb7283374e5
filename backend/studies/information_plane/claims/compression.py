"""Which networks' layers lose bits about their input, and what it depends on."""

from collections.abc import Callable

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.studies.information_plane.evidence import (
    LEAST,
    SAME,
    Floats,
    center,
    course,
    fall,
    lacking,
    peak,
    without_rounding,
)
from backend.studies.information_plane.facts import Course
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.measured import measured
from backend.studies.information_plane.params import Arm, Optimizer
from backend.studies.information_plane.snr import crossing, ratios
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
from backend.theory.layer_information import Estimator, Measure
from backend.theory.small_networks import Activation

TISHBY, SAXE = "Shwartz-Ziv & Tishby 2017", "Saxe et al. 2018"
LARGE = 2.0  # bits
EACH, SHARE = 1.0, 0.9  # by so many bits fall at least so many networks
NONE = 0.3  # bits that a layer may fall and still not compress
LATE = 10  # checkpoints at the end that a ratio is averaged over
NOISE = 0.5  # signal to noise in the end
NEAR = 3.0  # factor between two times that still counts as one
OVER = "By the 95 % interval of the mean over networks."
CHANGES = f"Changes below {SAME:g} bit count as none."


def tanh(found: Planes) -> Arm:
    """Return the experiment's first setting, with tanh."""
    return center(found, activation=Activation.TANH)


def relu(found: Planes) -> Arm:
    """Return the experiment's first setting, with ReLU."""
    return center(found, activation=Activation.RELU)


def full_batch(found: Planes) -> Arm:
    """Return the experiment's first setting, with tanh and full batch."""
    return tanh(found)._replace(optimizer=Optimizer.FULL_BATCH)


def needs(*arms: Callable[[Planes], Arm]) -> Callable[[Planes], str]:
    """Return what says whether there are networks enough in those settings."""
    return lambda found: lacking(found, *(arm(found) for arm in arms))


def of(found: Planes, arm: Arm) -> Course:
    """Return the course of a setting that is there; LookupError where `needs` was not asked."""
    known = course(found, arm)
    if known is None:
        raise LookupError(f"there are no networks with {arm.key}")
    return known


def _falls(values: Floats, where: str) -> Measurement:
    """Judge that the mean fall is large, and that nearly all networks fall."""
    mean, low, high = mean_interval(values.tolist())
    share = float((values >= EACH).mean())
    verdict = above(LARGE, low, high)
    if verdict is ClaimVerdict.HOLDS and share < SHARE:
        verdict = ClaimVerdict.UNDECIDED
    note = f"{where}, {len(values)} networks; {share:.0%} of them fall by {EACH:g} bit or more, the least by"
    return Measurement(
        verdict, mean, low, high, f"{note} {values.min():.2f}.", f"by {mean:.2f} bits on average"
    )


@finding(
    "The last hidden layer of tanh networks first gains and then loses bits about its input.",
    f"{TISHBY}: Fig. 2; {SAXE}: Fig. 1A",
    "from 7.2 to 2.2 bits (one run, read from the figure)",
    unit="bits of fall from the peak",
    needs=needs(tanh),
    question="Do tanh networks compress?",
    rule=f"Holds if the fall of I(X;T) from each network's peak to its end is above {LARGE:g} bits, and"
    f" {EACH:g} bit or more in {SHARE:.0%} of the networks, differs if the mean is below {LARGE:g}. {OVER}",
)
def tanh_compresses(found: Planes) -> Measurement:
    """Judge the fall by the papers' bins."""
    known = of(found, tanh(found))
    return _falls(fall(known, known.last_hidden), "tanh, 30 edges from -1 to 1")


@finding(
    "ReLU networks do not compress: no hidden layer loses bits about its input.",
    f"{SAXE}: Fig. 1B",
    "no fall (read from the figure)",
    unit="bits, the largest mean fall of a hidden layer",
    needs=needs(relu),
    question="Do ReLU networks go without compression?",
    rule=f"Holds if the mean fall of every hidden layer is below {NONE:g} bit, differs if that of one is"
    f" above. {OVER}",
)
def relu_does_not(found: Planes) -> Measurement:
    """Judge the hidden layer with the largest fall; with the others it must be below, too."""
    known = of(found, relu(found))
    falls = [mean_interval(fall(known, layer).tolist()) for layer in range(known.layers - 1)]
    mean, low, high = max(falls)
    verdict = all_hold(*(below(NONE, *limits) for _, *limits in falls))
    return Measurement(
        verdict, mean, low, high, "100 bins up to the greatest activity.", f"{mean:.2f} bit at most"
    )


@finding(
    "The output layer of ReLU networks compresses nonetheless: softmax has two ends.",
    f"{SAXE}: Fig. 1B",
    "falls (read from the figure)",
    unit="bits of fall from the peak",
    needs=needs(relu),
    question="Do the outputs of ReLU networks compress?",
    rule=f"Holds if the outputs' fall of I(X;T) from their peak is above 1 bit, differs if below. {OVER}",
)
def relu_output_falls(found: Planes) -> Measurement:
    """Judge the fall of the output layer."""
    known = of(found, relu(found))
    mean, low, high = mean_interval(fall(known, known.layers - 1).tolist())
    return Measurement(
        above(1.0, low, high), mean, low, high, "30 edges, as of tanh.", f"by {mean:.2f} bits on average"
    )


@finding(
    "Compression needs no noise of batches: it is there under full-batch descent.",
    f"{SAXE}: Fig. 5",
    "the same plane (read from the figure)",
    unit="bits of fall from the peak",
    needs=needs(full_batch),
    question="Do tanh networks compress without noise of batches?",
    rule=f"Holds if the fall of the last hidden layer from its peak is above {LARGE:g} bits, and {EACH:g} bit"
    f" or more in {SHARE:.0%} of the networks, differs if the mean is below {LARGE:g}. {OVER}",
)
def full_batch_compresses(found: Planes) -> Measurement:
    """Judge the fall where every step sees all training patterns."""
    known = of(found, full_batch(found))
    return _falls(fall(known, known.last_hidden), "tanh, full batch")


@finding(
    "The same activities in bins that are equal in net input do not compress: saturation makes the fall.",
    f"{SAXE}: Fig. 13",
    "no compression (read from the figure)",
    unit="bits from the middle of the training to the end",
    needs=needs(tanh),
    question="Is the fall gone with bins of net input?",
    rule="Holds if I(X;T) of the same networks' last hidden layer, cut at tanh of 30 net inputs from -50 to"
    f" 50, ends higher than in the middle of the training, differs if lower. {CHANGES} {OVER}",
)
def net_input_bins(found: Planes) -> Measurement:
    """Judge the change from the middle of the logarithm of epochs to the end."""
    known = of(found, tanh(found))
    again = measured(found, known, Measure(Estimator.NET_INPUT), networks=10, only=known.last_hidden)
    bits = again.information[:, :, 0, 0]
    middle = bits.shape[1] // 2
    change = (bits[:, -1] - bits[:, middle]).astype(np.float64)
    mean, low, high = mean_interval(without_rounding(change).tolist())
    note = f"{len(bits)} networks, from epoch {again.epochs[middle]} on; no network is trained again."
    answer = f"it {'rises' if mean > 0 else 'falls'} by {abs(mean):.2f} bits"
    return Measurement(above(0, low, high), mean, low, high, note, answer)


@finding(
    "Most of the training is spent on compressing, not on fitting.",
    f"{TISHBY}: abstract",
    "most epochs",
    unit="share of epochs after the peak",
    needs=needs(tanh),
    question="Is most of the training spent compressing?",
    rule="Holds if the last hidden layer has more than half of all epochs behind the peak of its I(X;T),"
    f" differs if fewer. {OVER}",
)
def mostly_compressing(found: Planes) -> Measurement:
    """Judge where the peak lies; a layer that does not fall has none, and is taken to peak at the end."""
    known = of(found, tanh(found))
    falling = fall(known, known.last_hidden) >= EACH
    share = np.where(falling, 1 - peak(known) / known.epochs[-1], 0.0)
    mean, low, high = mean_interval(share.tolist())
    note = f"Peaks at epoch {np.median(peak(known)):.0f} (median) of {known.epochs[-1]:,}."
    return Measurement(above(0.5, low, high), mean, low, high, note, f"{mean:.0%} of the epochs")


@finding(
    "Compression begins when gradients turn from drift to diffusion.",
    f"{TISHBY}: Fig. 4",
    "both at about epoch 350",
    unit="epoch of the peak over that of the crossing",
    needs=needs(tanh),
    question="Do the peak and the crossing of 1 come together?",
    rule=f"Holds if the epoch of the peak is within a factor of {NEAR:g} of that from which the last hidden"
    f" layer's signal-to-noise ratio stays below 1, differs if farther. {OVER} Of logarithms.",
)
def begins_at_crossing(found: Planes) -> Measurement:
    """Judge the ratio of both epochs in each network."""
    known = of(found, tanh(found))
    own = ratios(known)[:, :, known.last_hidden]
    crossings = [crossing(known.epochs, ratio) for ratio in own]
    pairs = [(p, c) for p, c in zip(peak(known), crossings, strict=True) if c is not None and c > 0 and p > 0]
    if len(pairs) < LEAST:
        note = f"{len(pairs)} of {len(own)} networks have both."
        return Measurement(ClaimVerdict.UNDECIDED, note=note, answer="too few networks have both")
    mean, low, high = mean_interval([float(np.log(p / c)) for p, c in pairs])
    verdict = within(-np.log(NEAR), np.log(NEAR), low, high)
    note = (
        f"Medians of {len(pairs)} networks: peak at epoch {np.median([p for p, _ in pairs]):.0f}, crossing at"
        f" {np.median([c for _, c in pairs]):.0f}."
    )
    ratio, *limits = np.exp([mean, low, high]).tolist()
    answer = f"the peak at {ratio:.2g} times the epoch of the crossing"
    return Measurement(verdict, ratio, limits[0], limits[1], note, answer)


def _drops(known: Course) -> Measurement:
    """Judge that every layer's ratio is once above 1 and small in the end."""
    own = ratios(known)
    early = [mean_interval(own[:, :, layer].max(axis=1).tolist()) for layer in range(known.layers)]
    late = [mean_interval(own[:, -LATE:, layer].mean(axis=1).tolist()) for layer in range(known.layers)]
    verdict = all_hold(
        *(above(1.0, *limits) for _, *limits in early), *(below(NOISE, *limits) for _, *limits in late)
    )
    mean, low, high = max(late)
    note = (
        "Highest ratios of the layers: "
        + ", ".join(f"{value:.1f}" for value, _, _ in early)
        + "; in the end: "
        + ", ".join(f"{value:.2f}" for value, _, _ in late)
        + "."
    )
    return Measurement(verdict, mean, low, high, note, f"{mean:.2f} in the end, in the layer with most")


_DROP_RULE = (
    "Holds if in every layer the ratio of the norms of mean and deviation over batches is above 1 at some"
    f" checkpoint and, averaged over the last {LATE}, below {NOISE:g}, differs if a layer has it otherwise."
    f" {OVER}"
)


@finding(
    "Gradients turn from drift to diffusion: their signal-to-noise ratio drops below 1 in every layer.",
    f"{TISHBY}: Fig. 4",
    "at about epoch 350",
    unit="ratio in the end, at most",
    needs=needs(tanh),
    question="Does the signal-to-noise ratio of gradients drop in tanh networks?",
    rule=_DROP_RULE,
)
def ratio_drops(found: Planes) -> Measurement:
    """Judge the ratio in tanh networks."""
    return _drops(of(found, tanh(found)))


@finding(
    "The same drop is there in ReLU networks, which do not compress.",
    f"{SAXE}: Fig. 20-21",
    "a drop as in tanh (read from the figure)",
    unit="ratio in the end, at most",
    needs=needs(relu),
    question="Does the ratio drop without compression, too?",
    rule=_DROP_RULE,
)
def ratio_drops_in_relu(found: Planes) -> Measurement:
    """Judge the ratio in ReLU networks."""
    return _drops(of(found, relu(found)))


FINDINGS: tuple[Finding, ...] = (
    tanh_compresses,
    relu_does_not,
    relu_output_falls,
    full_batch_compresses,
    net_input_bins,
    mostly_compressing,
    begins_at_crossing,
    ratio_drops,
    ratio_drops_in_relu,
)
