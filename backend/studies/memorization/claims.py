"""What the papers on memorization found, held against an experiment's scores."""

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from backend.core.contracts import ClaimVerdict, TrajectoryType
from backend.scores.scores import TRAJECTORIES, Scores
from backend.statistics.intervals import newcombe, wilson
from backend.statistics.ranking import auroc
from backend.statistics.trajectories import INCREASING, UNRESOLVED, classify
from backend.statistics.true_scores import GRID, TrueScores
from backend.studies.kit.findings import Finding, Measurement, above, finding, mean_interval, not_run
from backend.studies.memorization.facts import FIT, MOVED
from backend.studies.memorization.found import Memorized, scores_of

TOO_FEW_FIT = f"needs two sizes whose networks fit {FIT:.0%} of their subset; larger ones or more epochs do"
FEWEST_LABELS = 20  # of each kind, below which the spread of a few decides about an interval
FEWEST_MODELS = 5  # of each size, below which their spread says little about the error of their mean
NOISE = 0.03  # share of constant trajectories that the rule calls increasing at most
TENTHS = (np.clip((GRID * 10).astype(int), 0, 9) == np.arange(10)[:, None]).astype(np.float64)


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
    question="Two peaks?",
    rule="Shares are those of true scores at the largest size: the most likely ones given every count, which"
    " takes out what noise spreads over the tenths. It holds if 99 % limits of the likelihood ratio leave"
    " both ends above the three fullest tenths between, and differs if they leave an end below one of these"
    " or below the average tenth between.",
)
def bimodal(found: Memorized) -> Measurement:
    scores = scores_of(found)
    true = _true_scores(scores, -1)
    fullest = 1 + np.argsort(TENTHS[1:-1] @ true.shares)[-3:]
    between = [*(TENTHS[tenth] for tenth in fullest), np.mean(TENTHS[1:-1], axis=0)]
    differences = [true.estimate(TENTHS[end] - other, 0.99) for end in (0, -1) for other in between]
    value, low, high = (
        min(getattr(each, limit) for each in differences) for limit in ("value", "low", "high")
    )
    verdict = above(0, low, high)
    seen = np.histogram(scores.memorization[-1], [-1, *(np.arange(1, 10) / 10), 1])[0] / scores.n
    return Measurement(
        verdict,
        value,
        low,
        high,
        note="Smaller end minus fullest tenth between, of the true scores at the largest size. Of the scores"
        f" as they are, with their noise, {seen[0]:.1%} lie below 0.1, {seen[-1]:.1%} at 0.9 or above, at"
        f" most {seen[1:-1].max():.1%} in a tenth between.",
        answer=f"{seen[0]:.0%} near 0, {seen[-1]:.0%} near 1, at most {seen[1:-1].max():.0%} in any tenth"
        " between" + _more(verdict),
    )


def _true_scores(scores: Scores, row: int) -> TrueScores:
    return TrueScores(scores.n_in[row], scores.k_in[row], scores.n_out[row], scores.k_out[row])


def _more(verdict: ClaimVerdict) -> str:
    return "; more models or examples would tell" if verdict == ClaimVerdict.UNDECIDED else ""


_SHARE_RULE = (
    "Shares are those of true scores: the most likely ones given every count, which takes out what noise"
    f" pushes over the limit. Compared are the smallest and the largest size that fit {FIT:.0%} of their"
    " subset. It holds if the 95 % interval of the change lies above 0, and differs if it lies below."
)


@finding(
    "The share of examples with memorization below 0.1 rises with model size.",
    "Lukasik et al. 2023, section 3.3, Fig. 3",
    "not available",
    unit="share of examples",
    needs=_every_score,
    question="More examples near 0 at larger sizes?",
    rule=_SHARE_RULE,
)
def lower_end(found: Memorized) -> Measurement:
    return _share_rises(found, GRID < 0.1, "below 0.1")


@finding(
    "The share of examples with memorization above 0.9 rises with model size.",
    "Lukasik et al. 2023, section 3.3, Fig. 3",
    "not available",
    unit="share of examples",
    needs=_every_score,
    question="More examples near 1 at larger sizes?",
    rule=_SHARE_RULE,
)
def upper_end(found: Memorized) -> Measurement:
    return _share_rises(found, GRID > 0.9, "above 0.9")


def _share_rises(found: Memorized, member: npt.NDArray[np.bool_], where: str) -> Measurement:
    """Compare the true share of `member` (G,) of `GRID` at the smallest and at the largest size that fit.

    The interval of the change is that of the shares by square-and-add, as in `statistics.differences`.
    """
    rows, scores = fitting(found), scores_of(found)
    if len(rows) < 2:
        return not_run(TOO_FEW_FIT)
    first, last = (
        _true_scores(scores, row).estimate(member.astype(np.float64)) for row in (rows[0], rows[-1])
    )
    change = last.value - first.value
    low = change - float(np.hypot(last.value - last.low, first.high - first.value))
    high = change + float(np.hypot(last.high - last.value, first.value - first.low))
    sizes = [scores.sizes[row] for row in (rows[0], rows[-1])]
    verdict = above(0, low, high)
    note = (
        f"Share at size {sizes[1]} minus at {sizes[0]}, the largest and the smallest that fit {FIT:.0%} of"
        f" their subset; {first.low:.1%} to {first.high:.1%} there, {last.low:.1%} to {last.high:.1%} here."
    )
    answer = f"{first.value:.1%} {where} at size {sizes[0]}, {last.value:.1%} at {sizes[1]}" + _more(verdict)
    return Measurement(verdict, change, low, high, note, answer)


@finding(
    "Mean memorization over examples equals mean accuracy on the subset minus mean held-out accuracy over"
    " models.",
    "follows from the definition: Feldman & Zhang 2020, eq. 1",
    "difference 0, up to the weighting of examples",
    unit="mean score",
    needs=_every_score,
    arithmetic=True,
    question="Do scores add up to what models show?",
    rule="It holds if both sides agree at every size up to what the weighting of examples allows, since they"
    " are held out equally often up to one model, and differs otherwise.",
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
    answer = f"apart by {abs(difference):.6f} at most, {slack[worst]:.6f} allowed"
    return Measurement(verdict, difference, note=note, answer=answer)


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
    question="Mislabeled examples memorized more?",
    of=lambda params: params.relabels,
    rule="It holds if DeLong's 95 % interval of the AUROC of scores at the largest size, flipped against"
    f" clean labels, lies above 0.5, and differs if it lies below. It takes {FEWEST_LABELS} labels of each"
    " kind.",
)
def flipped_rank(found: Memorized) -> Measurement:
    scores = scores_of(found)
    if min(scores.flipped.sum(), (~scores.flipped).sum()) < FEWEST_LABELS:
        return not_run(f"needs flipped and clean labels, {FEWEST_LABELS} of each")
    estimate = auroc(scores.memorization[-1], scores.flipped)
    means = [float(scores.memorization[-1][chosen].mean()) for chosen in (scores.flipped, ~scores.flipped)]
    note = (
        f"AUROC of the score at the largest size, {int(scores.flipped.sum())} flipped labels; mean score"
        f" {means[0]:.3f} on flipped and {means[1]:.3f} on clean labels. DeLong interval, over examples."
    )
    verdict = above(0.5, estimate.low, estimate.high)
    answer = (
        f"a mislabeled example scores higher than a correctly labeled one in {estimate.value:.0%} of pairs"
        + _more(verdict)
    )
    return Measurement(verdict, estimate.value, estimate.low, estimate.high, note, answer)


@finding(
    "Average memorization rises with size while small models cannot fit, then falls as larger ones"
    " generalize better.",
    "Lukasik et al. 2023, section 3.2, Fig. 2a (CIFAR-100)",
    "not available",
    unit="mean score",
    needs=_every_score,
    question="Does average memorization rise and then fall?",
    rule="It holds if at some size between the average is above those of the smallest and of the largest"
    " size, and differs if at every one it is below one of them: by 95 % t-intervals over models, corrected"
    f" for looking at every size between. It takes {FEWEST_MODELS} models of each.",
)
def rise_and_fall(found: Memorized) -> Measurement:
    """Look for an inner size whose average is above both the first and the last size's."""
    sizes = found.facts.sizes
    if len(sizes) < 3:
        return not_run("needs at least three sizes")
    fewest = min(size.models for size in sizes)
    if fewest < FEWEST_MODELS:
        return not_run(f"needs {FEWEST_MODELS} models of each size")
    t = float(stdtrit(fewest - 1, 1 - 0.025 / (len(sizes) - 2)))
    mean = np.array([size.gap_mean for size in sizes])
    variance = np.array([size.gap_sd**2 / size.models for size in sizes])
    inner = slice(1, -1)
    above_ends = mean[inner] - mean[[0, -1], None]  # (2, S - 2)
    errors = t * np.sqrt(variance[inner] + variance[[0, -1], None])
    # A peak is as high as it stands above the higher end.
    value, low, high = ((above_ends + shift).min(axis=0) for shift in (0, -errors, errors))
    peak = 1 + int(np.argmax(value))
    verdict = above(0, float(low.max()), float(high.max()))
    by_size = ", ".join(
        f"{s.size}: {s.gap_mean:.3f} ({s.subset_mean:.3f} - {s.heldout_mean:.3f})" for s in sizes
    )
    note = (
        "Highest inner size minus the higher of the smallest and the largest. Average memorization (accuracy"
        f" on the subset - held out) by size: {by_size}."
    )
    answer = (
        f"{mean[0]:.3f} at size {sizes[0].size}, {mean[peak]:.3f} at {sizes[peak].size}, {mean[-1]:.3f} at"
        f" {sizes[-1].size}" + ("; more models would tell" if verdict == ClaimVerdict.UNDECIDED else "")
    )
    return Measurement(verdict, float(value.max()), float(low.max()), float(high.max()), note, answer)


@finding(
    "Most examples are memorized less by larger models.",
    "Lukasik et al. 2023, abstract and section 3.4",
    "not available (more than half)",
    unit="share of examples",
    needs=_every_score,
    question="Do larger models memorize most examples less?",
    rule="It holds if the lower 95 % limit (Wilson) of the share of decreasing trajectories is above one"
    " half. Unresolved ones may be decreasing: it differs if even with them the upper limit is below one"
    " half.",
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
    verdict = above(0.5, low, high)
    answer = f"{decreasing / n:.0%} decrease, {unresolved / n:.0%} are unresolved" + (
        "; more models resolve them" if verdict == ClaimVerdict.UNDECIDED else ""
    )
    return Measurement(verdict, decreasing / n, low, high, note, answer)


@finding(
    "Of the examples that change among networks that fit, most are memorized less by larger ones.",
    "Lukasik et al. 2023, abstract and section 3.4",
    "not available (most decrease, the rest are cap-shaped or increase)",
    unit="share of changes",
    needs=_every_score,
    question="Do most examples that change decrease among networks that fit?",
    rule=f"Counted are scores that fall or rise by {MOVED} or more from the smallest to the largest size that"
    f" fits {FIT:.0%} of its subset, by each of several parts of the models. An example that stays falls and"
    " rises equally often by chance, so noise draws the share towards one half. It holds if the 95 %"
    " t-interval of the share that falls, over parts, lies above one half, and differs if it lies below.",
)
def movers_decrease(found: Memorized) -> Measurement:
    moves = found.facts.moves
    if moves is None:
        return not_run(f"{TOO_FEW_FIT}; and 20 models of each")
    pairs = list(zip(moves.fell, moves.rose, strict=True))
    shares = [fell / (fell + rose) for fell, rose in pairs if fell + rose]
    if len(shares) < len(pairs):
        return not_run(f"needs scores that change by {MOVED}")
    value, low, high = mean_interval(shares)
    verdict = above(0.5, low, high)
    note = (
        f"From size {moves.first} to {moves.last}, by {len(shares)} parts of the models:"
        f" {', '.join(f'{fell} fall and {rose} rise' for fell, rose in pairs)}."
    )
    more = "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    answer = f"{value:.0%} of the changes from size {moves.first} to {moves.last} are falls{more}"
    return Measurement(verdict, value, low, high, note, answer)


@finding(
    "Examples that larger models memorize more are more often mislabeled than others.",
    "Lukasik et al. 2023, section 3.4",
    "not available",
    unit="share of examples",
    needs=_every_score,
    question="Are increasing trajectories those of mislabeled examples?",
    of=lambda params: params.relabels,
    rule="That is so just if mislabeled examples increase more often than others. Unresolved trajectories"
    f" may increase, and {NOISE:.0%} may seem to by noise alone. The 95 % interval (Newcombe) of the"
    f" difference has to lie above {NOISE:.0%} with all unresolved ones counted for the clean labels. It"
    f" differs if it lies below -{NOISE:.0%} with them counted for the flipped ones. Over the sizes that fit"
    f" {FIT:.0%} of their subset.",
)
def increasing_flipped(found: Memorized) -> Measurement:
    """Compare how often flipped and clean labels increase.

    Among increasing ones themselves, a few that noise made so would decide: noise is where scores are far
    from 0 and 1, and those are often flipped.
    """
    scores, rows = scores_of(found), fitting(found)
    flipped = scores.flipped
    if min(flipped.sum(), (~flipped).sum()) < FEWEST_LABELS:
        return not_run(f"needs flipped and clean labels, {FEWEST_LABELS} of each")
    if len(rows) < 2:
        return not_run(TOO_FEW_FIT)
    n_in, k_in, n_out, k_out = (c[rows] for c in (scores.n_in, scores.k_in, scores.n_out, scores.k_out))
    types = classify(n_in, k_in, n_out, k_out)
    (hit, may_hit, of), (other, may_other, of_others) = (
        (int((types[who] == INCREASING).sum()), int((types[who] == UNRESOLVED).sum()), int(who.sum()))
        for who in (flipped, ~flipped)
    )
    low = float(newcombe(hit, of, other + may_other, of_others)[0])
    high = float(newcombe(hit + may_hit, of, other, of_others)[1])
    verdict = ClaimVerdict.UNDECIDED
    if low > NOISE:
        verdict = ClaimVerdict.HOLDS
    elif high < -NOISE:
        verdict = ClaimVerdict.DIFFERS
    sizes = ", ".join(str(scores.sizes[row]) for row in rows)
    note = (
        "Share of increasing trajectories among flipped minus among clean labels, over the sizes that fit"
        f" ({sizes}): {hit} of {of} ({may_hit} unresolved) against {other} of {of_others} ({may_other}"
        " unresolved)."
    )
    answer = f"{hit / of:.0%} of the mislabeled examples increase, {other / of_others:.0%} of the others" + (
        "; more models resolve more" if verdict == ClaimVerdict.UNDECIDED else ""
    )
    return Measurement(verdict, hit / of - other / of_others, low, high, note, answer)


FINDINGS: tuple[Finding, ...] = (
    bimodal,
    upper_end,
    lower_end,
    identity,
    flipped_rank,
    rise_and_fall,
    most_decrease,
    movers_decrease,
    increasing_flipped,
)
