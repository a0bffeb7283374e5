"""What the papers on memorization found, held against an experiment's scores."""

import numpy as np
import numpy.typing as npt

from backend.core.contracts import ClaimVerdict, TrajectoryType
from backend.scores.scores import TRAJECTORIES
from backend.statistics.intervals import newcombe, normal_quantile, wilson
from backend.statistics.ranking import auroc
from backend.statistics.trajectories import INCREASING, classify
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.memorization.found import Memorized, scores_of

FIT = 0.99  # accuracy on the subset from which on networks of a size fit, as in Zhang et al. 2017, Table 1
_TOO_FEW_FIT = f"needs two sizes whose networks fit {FIT:.0%} of their subset; larger ones or more epochs do"
TENTHS = np.array([-1, *(np.arange(1, 10) / 10), 1])


def fitting(found: Memorized) -> list[int]:
    """Return the rows of the sizes whose networks fit: one that cannot fit cannot memorize either."""
    accuracy = {size.size: size.subset_mean for size in found.facts.sizes}
    return [row for row, size in enumerate(scores_of(found).sizes) if accuracy.get(size, 0.0) >= FIT]


def _every_score(found: Memorized) -> str:
    scores = found.results.scores
    complete = scores is not None and ((scores.n_in > 0) & (scores.n_out > 0)).all()
    return "" if complete else "waits until every size has scores for every example"


@finding(
    "Scores are bimodal: the lowest and the highest tenth each hold more than any tenth between.",
    "Feldman & Zhang 2020, released histogram for CIFAR-100; Lukasik et al. 2023, section 3.3, Fig. 3",
    "48.7 % in the lowest, 9.1 % in the highest and about 2 % in most others of 18 bins (CIFAR-100,"
    " ResNet-50); Lukasik et al.: not available",
    unit="share of examples",
    needs=_every_score,
)
def bimodal(found: Memorized) -> Measurement:
    """Compare the smaller end with the fullest tenth between: a difference of two multinomial shares."""
    values = scores_of(found).memorization[-1]
    shares = np.histogram(values, TENTHS)[0] / len(values)
    end, middle = min(shares[0], shares[-1]), shares[1:-1].max()
    error = np.sqrt((end + middle - (end - middle) ** 2) / len(values))
    half = normal_quantile(0.95) * error
    low, high = float(end - middle - half), float(end - middle + half)
    note = (
        f"Smaller end minus fullest tenth between, at the largest size; {shares[0]:.1%} of the examples lie"
        f" below 0.1, {shares[-1]:.1%} at 0.9 or above, at most {middle:.1%} in a tenth between."
    )
    return Measurement(above(0, low, high), float(end - middle), low, high, note)


@finding(
    "The share of examples with memorization below 0.1 rises with model size.",
    "Lukasik et al. 2023, section 3.3, Fig. 3",
    "not available",
    unit="share of examples",
    needs=_every_score,
)
def lower_end(found: Memorized) -> Measurement:
    return _share_rises(found, scores_of(found).memorization < 0.1)


@finding(
    "The share of examples with memorization above 0.9 rises with model size.",
    "Lukasik et al. 2023, section 3.3, Fig. 3",
    "not available",
    unit="share of examples",
    needs=_every_score,
)
def upper_end(found: Memorized) -> Measurement:
    return _share_rises(found, scores_of(found).memorization > 0.9)


def _share_rises(found: Memorized, member: npt.NDArray[np.bool_]) -> Measurement:
    """Compare the share of members (S, n) at the largest and the smallest size that fit, by example."""
    rows, sizes = fitting(found), scores_of(found).sizes
    if len(rows) < 2:
        return not_run(_TOO_FEW_FIT)
    change = member[rows[-1]].astype(np.float64) - member[rows[0]]
    half = normal_quantile(0.95) * float(change.std(ddof=1)) / np.sqrt(len(change))
    mean = float(change.mean())
    shares = ", ".join(f"{size}: {share:.1%}" for size, share in zip(sizes, member.mean(axis=1), strict=True))
    note = (
        f"Share at size {sizes[rows[-1]]} minus at {sizes[rows[0]]}, the largest and the smallest that fit"
        f" {FIT:.0%} of their subset. By size: {shares}"
    )
    return Measurement(above(0, mean - half, mean + half), mean, mean - half, mean + half, note)


@finding(
    "Mean memorization over examples equals mean accuracy on the subset minus mean held-out accuracy over"
    " models.",
    "follows from the definition: Feldman & Zhang 2020, eq. 1",
    "difference 0, up to the weighting of examples",
    unit="mean score",
    needs=_every_score,
    arithmetic=True,
)
def identity(found: Memorized) -> Measurement:
    """Compare the mean score with the models' mean gap, which weights examples by how often they count.

    Models all weigh the same, so example i has weight n_in[i] / sum(n_in) in the mean accuracy on subsets and
    n_out[i] / sum(n_out) in the held-out one, instead of 1 / n in both. Balanced subsets keep n_in and n_out
    within one model over examples; the two sides can differ by no more than the total difference in weight.
    """
    scores = scores_of(found)
    by_example = scores.memorization.mean(axis=1)
    by_model = np.array([size.gap_mean for size in found.facts.sizes])
    slack = _weight_difference(scores.n_in) + _weight_difference(scores.n_out)
    worst = int(np.argmax(np.abs(by_example - by_model)))
    difference = float((by_example - by_model)[worst])
    holds = bool((np.abs(by_example - by_model) <= slack + 1e-9).all())
    note = (
        f"Largest difference, at size {scores.sizes[worst]}: {by_example[worst]:.6f} from scores of examples,"
        f" {by_model[worst]:.6f} from the accuracies of models. How often each example is held out varies by"
        f" at most one model, which allows a difference of up to {slack[worst]:.6f}."
    )
    verdict = ClaimVerdict.HOLDS if holds else ClaimVerdict.DIFFERS
    return Measurement(verdict, difference, note=note)


def _weight_difference(counts: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return (S,) how much weight, of 1, would have to move to make the (S, n) counts equal, both ways."""
    weights = counts / counts.sum(axis=1, keepdims=True)
    total: npt.NDArray[np.float64] = np.abs(weights - 1 / counts.shape[1]).sum(axis=1)
    return total


@finding(
    "Mislabeled examples rank above correctly labeled ones by memorization.",
    "Feldman & Zhang 2020, Fig. 1; Lukasik et al. 2023, section 3.4",
    "not available (shown by examples)",
    unit="AUROC",
    needs=_every_score,
)
def flipped_rank(found: Memorized) -> Measurement:
    scores = scores_of(found)
    if not 2 <= scores.flipped.sum() <= len(scores.flipped) - 2:
        return not_run("needs flipped and clean labels")
    estimate = auroc(scores.memorization[-1], scores.flipped)
    means = [float(scores.memorization[-1][chosen].mean()) for chosen in (scores.flipped, ~scores.flipped)]
    note = (
        f"AUROC of the score at the largest size, {int(scores.flipped.sum())} flipped labels; mean score"
        f" {means[0]:.3f} on flipped and {means[1]:.3f} on clean labels. DeLong interval, over examples."
    )
    verdict = above(0.5, estimate.low, estimate.high)
    return Measurement(verdict, estimate.value, estimate.low, estimate.high, note)


@finding(
    "Average memorization rises with size while small models cannot fit, then falls as larger ones"
    " generalize better.",
    "Lukasik et al. 2023, section 3.2, Fig. 2a (CIFAR-100)",
    "not available",
    unit="mean score",
    needs=_every_score,
)
def rise_and_fall(found: Memorized) -> Measurement:
    """Look for an inner size whose average is above both the first and the last size's.

    Errors are standard errors over models. The inner size is chosen by looking, hence Bonferroni's quantile.
    """
    sizes = found.facts.sizes
    if len(sizes) < 3:
        return not_run("needs at least three sizes")
    z = normal_quantile(1 - 0.05 / (len(sizes) - 2))
    mean = np.array([size.gap_mean for size in sizes])
    variance = np.array([size.gap_sd**2 / size.models for size in sizes])
    inner = slice(1, -1)
    rise, rise_error = mean[inner] - mean[0], np.sqrt(variance[inner] + variance[0])
    fall, fall_error = mean[inner] - mean[-1], np.sqrt(variance[inner] + variance[-1])
    peak = int(np.argmax(mean[inner]))
    low, high = float((fall - z * fall_error)[peak]), float((fall + z * fall_error)[peak])
    if ((rise > z * rise_error) & (fall > z * fall_error)).any():
        verdict = ClaimVerdict.HOLDS
    elif ((rise < -z * rise_error) | (fall < -z * fall_error)).all():
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
    by_size = ", ".join(
        f"{s.size}: {s.gap_mean:.3f} ({s.subset_mean:.3f} - {s.heldout_mean:.3f})" for s in sizes
    )
    note = (
        "Highest inner size minus the largest size. Average memorization (accuracy on the subset - held out)"
        f" by size: {by_size}."
    )
    return Measurement(verdict, float(fall[peak]), low, high, note)


@finding(
    "Most examples are memorized less by larger models.",
    "Lukasik et al. 2023, abstract and section 3.4",
    "not available (more than half)",
    unit="share of examples",
    needs=_every_score,
)
def most_decrease(found: Memorized) -> Measurement:
    scores = scores_of(found)
    if len(scores.sizes) < 2:
        return not_run("needs at least two sizes")
    counts = np.bincount(scores.trajectories, minlength=len(TRAJECTORIES))
    decreasing, unresolved = (
        int(counts[TRAJECTORIES.index(kind)])
        for kind in (TrajectoryType.DECREASING, TrajectoryType.UNRESOLVED)
    )
    n = len(scores.trajectories)
    low = float(wilson(decreasing, n)[0])
    high = float(wilson(decreasing + unresolved, n)[1])
    shares = ", ".join(
        f"{name} {count / counts.sum():.1%}" for name, count in zip(TRAJECTORIES, counts, strict=True)
    )
    note = (
        "Share of decreasing trajectories, by our own rule; unresolved ones may be decreasing, so they count"
        f" in the upper limit. All types: {shares}."
    )
    return Measurement(above(0.5, low, high), decreasing / n, low, high, note)


@finding(
    "Examples that larger models memorize more are more often mislabeled than others.",
    "Lukasik et al. 2023, section 3.4",
    "not available",
    unit="share of labels",
    needs=_every_score,
)
def increasing_flipped(found: Memorized) -> Measurement:
    scores, rows = scores_of(found), fitting(found)
    if not scores.flipped.any() or scores.flipped.all():
        return not_run("needs flipped and clean labels")
    if len(rows) < 2:
        return not_run(_TOO_FEW_FIT)
    n_in, k_in, n_out, k_out = (c[rows] for c in (scores.n_in, scores.k_in, scores.n_out, scores.k_out))
    types = classify(n_in, k_in, n_out, k_out)
    increasing = types == INCREASING
    if not increasing.any() or increasing.all():
        return Measurement(
            ClaimVerdict.UNDECIDED, note="no increasing trajectories to compare with the others"
        )
    hit, other = int((scores.flipped & increasing).sum()), int((scores.flipped & ~increasing).sum())
    n_hit, n_other = int(increasing.sum()), int((~increasing).sum())
    low, high = (float(limit) for limit in newcombe(hit, n_hit, other, n_other))
    sizes = ", ".join(str(scores.sizes[row]) for row in rows)
    note = (
        "Share of flipped labels among increasing minus among all other trajectories, over the sizes that fit"
        f" ({sizes}): {hit} of {n_hit} against {other} of {n_other}."
    )
    return Measurement(above(0, low, high), hit / n_hit - other / n_other, low, high, note)


FINDINGS: tuple[Finding, ...] = (
    bimodal,
    upper_end,
    lower_end,
    identity,
    flipped_rank,
    rise_and_fall,
    most_decrease,
    increasing_flipped,
)
