"""Trains the memorization study's models and turns what they answer into scores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.scores.answers import Answers
from backend.scores.estimates import MarginEstimates
from backend.scores.scores import Scores
from backend.statistics.curves import evaluated_epochs
from backend.statistics.margins import Shares, shares
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import TAUS, TRAJECTORY_NAMES, placebo, placebo_parts
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.memorization.columns import measured
from backend.studies.memorization.facts import DEPTHS, DISTILLED, PROFILE, Curve, MemorizationFacts, SizeFacts
from backend.studies.memorization.params import MemorizationParams
from workers.engine.train import train_models
from workers.studies.memorization.depths import depth_column, depth_deviations, probed, with_depths
from workers.studies.memorization.distillation import (
    compared,
    distilled,
    scores_of,
    with_students,
)
from workers.studies.memorization.halves import halves, moves
from workers.studies.memorization.influence import answers as answers_of
from workers.studies.memorization.influence import influence_of, look, lookalikes
from workers.studies.memorization.networks import trained
from workers.studies.memorization.pairs import pairs
from workers.studies.memorization.profile import (
    consistency,
    counted,
    first_model,
    masks_at,
    profile_arrays,
    with_ratio,
)
from workers.studies.memorization.proxies import deviations, further_columns
from workers.studies.memorization.removal import FIRST_MODEL, REMOVALS, masks_without, removals, with_removal
from workers.studies.memorization.sums import Sums, of_unit
from workers.studies.memorization.surrogate import FURTHER, asked, further, plus

CURVES = ("train", "heldout", "test")


def run(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train models payload["first"] .. first + count - 1 of one size.

    Returns class indices `train` (K, n_train) and `test` (K, n_test); `margins` (K, n_train) as in
    `TrainedBank`; `accuracy` (K, 3, E): on the subset, held out and on the test set, after each evaluated
    epoch; and `epoch_in`, `epoch_out` (E, n_train): how many of the models that had an example, and that had
    not, got it right then. Where a surrogate is asked, `surrogate` (K, n_train) has its margins.
    `expected`, and where they are asked for `course` and `course_of_models`, are those of `TrainedBank`.
    """
    if "surrogate" in payload:
        return Outcome(further(payload, params, context))
    if "removal" in payload:
        return _without(payload, params, context)
    if DEPTHS in payload:
        return probed(payload, params, context)
    if PROFILE in payload:
        return _profiled(payload, params, context)
    if DISTILLED in payload:
        return distilled(payload, params, context)
    examples = context.examples
    first, count, size = payload["first"], payload["count"], payload["size"]
    masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count)
    bank = trained(train_models, params, size, masks, first, context, course=params.proxies)
    arrays = {
        "train": bank.train_predictions,
        "test": bank.test_predictions,
        "margins": bank.margins,
        "accuracy": np.stack([bank.subset_accuracy, bank.heldout_accuracy, bank.test_accuracy], axis=1),
        "epoch_in": bank.epoch_in,
        "epoch_out": bank.epoch_out,
        "expected": bank.expected,
    }
    if bank.course is not None and bank.course_of_models is not None:
        arrays |= {"course": bank.course, "course_of_models": bank.course_of_models}
    if params.surrogate:
        arrays["surrogate"] = asked(params, examples, first, count, lambda _: context.progress(1.0))
    return Outcome(arrays, asdict(bank.choice))


def _without(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train payload["count"] models without what payload["removal"] names.

    Returns how many examples each is trained on, `kept` (1,), and `accuracy` (K,) on the test set; none where
    too few are left to train on.
    """
    masks = masks_without(payload, params, context.examples.n_train, context.before)
    kept = np.array([masks[0].sum()])
    if kept[0] < params.batch_size:
        return Outcome({"kept": kept, "accuracy": np.zeros(0)})
    bank = trained(train_models, params, payload["size"], masks, FIRST_MODEL, context)
    return Outcome({"kept": kept, "accuracy": bank.test_accuracy[:, -1]}, asdict(bank.choice))


def _profiled(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train payload["count"] models on the share payload["profile"]; return what `counted` does under it."""
    examples = context.examples
    masks = masks_at(payload, params.seed, examples.n_train)
    bank = trained(train_models, params, payload["size"], masks, first_model(payload), context)
    return Outcome({PROFILE: counted(bank.train_predictions, examples.given, masks)}, asdict(bank.choice))


def summarize(
    params: MemorizationParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    """Score examples by right answers with and without each at every size; sizes without a unit count 0."""
    return of_sums(params, examples, add(params, examples, {}, units))


def add(
    params: MemorizationParams,
    examples: Examples,
    kept: Mapping[str, Arrays],
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> dict[str, Arrays]:
    """Add units to the sums kept so far, one part per size; return the parts that changed.

    Every unit also has a part of its own, which keeps single models' answers until influence is looked for.
    """
    changed: dict[str, Sums] = {}
    others: dict[str, Arrays] = {}
    for payload, arrays in units:
        if "surrogate" in payload:
            others[FURTHER] = plus(others.get(FURTHER) or kept.get(FURTHER), arrays)
            continue
        if "removal" in payload:
            others[REMOVALS] = with_removal(others.get(REMOVALS) or kept.get(REMOVALS), payload, arrays)
            continue
        if DEPTHS in payload:
            part = f"{DEPTHS}/{payload['size']}"
            others[part] = with_depths(others.get(part) or kept.get(part), payload, arrays)
            continue
        if PROFILE in payload:
            others[PROFILE] = with_ratio(others.get(PROFILE) or kept.get(PROFILE), payload, arrays)
            continue
        first, count = payload["first"], payload["count"]
        masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count)
        if DISTILLED in payload:
            before_it = others.get(DISTILLED) or kept.get(DISTILLED)
            others[DISTILLED] = with_students(before_it, first, arrays, masks)
            continue
        part = str(payload["size"])
        more = of_unit(first, arrays, masks, examples)
        before = changed.get(part) or (Sums(**kept[part]) if part in kept else None)
        changed[part] = more if before is None else before.plus(more)
        others |= answers_of(first, payload["size"], arrays, masks, examples)
    models = {int(part): len(sums.numbers) for part, sums in changed.items()}
    others |= look(params, examples, kept, others, models)
    return {part: sums.in_order().kept() for part, sums in changed.items()} | others


def of_sums(params: MemorizationParams, examples: Examples, kept: Mapping[str, Arrays]) -> Results:
    """Return what the sums of all sizes so far tell."""
    sums = [Sums(**kept[str(size)]) if str(size) in kept else None for size in params.sizes]
    counts = np.zeros((4, len(sums), examples.n_train), np.int32)
    for row, of_size in enumerate(sums):
        if of_size is not None:
            counts[:, row] = of_size.counts
    nothing = np.zeros((examples.n_train, len(examples.classes)), np.uint16)
    answers = Answers.of_counts(nothing if of_size is None else of_size.named for of_size in sums)
    scores = Scores.of_counts(
        params.sizes,
        examples.given,
        examples.flipped,
        tuple(counts),
        answers,
        _epochs(sums),
        params.confidence,
    )
    points = evaluated_epochs(params.epochs)
    original = examples.labels[: examples.n_train]
    trained = [
        (row, size, of_size)
        for row, (size, of_size) in enumerate(zip(params.sizes, sums, strict=True))
        if of_size is not None
    ]
    helping, near = influence_of(params, kept), lookalikes(examples, kept)
    depths = [kept.get(f"{DEPTHS}/{size}") for size in params.sizes]
    columns = {**further_columns(params, examples, sums), **depth_column(depths)}
    facts = tuple(_facts(size, of_size, answers.count_of(row, original)) for row, size, of_size in trained)
    return Results(
        scores=scores,
        margins=_margins(sums, examples.n_train, params.confidence, kept.get(FURTHER, {})),
        influence=helping,
        lookalikes=near,
        placebo=_placebo(sums),
        facts=MemorizationFacts(
            sizes=facts,
            curves=tuple(curve for _, size, of_size in trained for curve in _curves(size, of_size, points)),
            halves=halves((size, of_size) for _, size, of_size in trained),
            moves=moves([(each, of_size) for each, (_, _, of_size) in zip(facts, trained, strict=True)]),
            removed=removals(kept.get(REMOVALS)),
            pairs=() if helping is None else pairs(scores, helping, near, examples),
            distillation=compared(sums, kept.get(DISTILLED), params.sizes),
            proxies=measured(scores, columns, deviations(params, examples, sums) | depth_deviations(depths)),
        ),
        columns={**columns, **scores_of(kept.get(DISTILLED)), **consistency(kept.get(PROFILE), scores)},
        arrays=profile_arrays(kept.get(PROFILE)),
    )


def _margins(
    sums: Sequence[Sums | None], n: int, confidence: float, further: Arrays
) -> MarginEstimates | None:
    """Estimate scores from margins at the sizes that kept some, of enough models; None without any."""
    found = MarginEstimates.nothing(len(sums), n)
    for row, of_size in enumerate(sums):
        sides = [_side(of_size, side, confidence, further) for side in (0, 1)]
        if sides[0] is not None and sides[1] is not None:
            found.put(row, sides[0], sides[1])
    return found if np.isfinite(found.low).any() else None


def _side(of_size: Sums | None, side: int, confidence: float, further: Arrays) -> Shares | None:
    moments = None if of_size is None else of_size.moments(side)
    if of_size is None or moments is None:
        return None
    return shares(moments, confidence, of_size.control(side, further))


def _placebo(sums: Sequence[Sums | None]) -> npt.NDArray[np.float64]:
    """Return the placebo of every size (S, T, types) from parts of its models; NaN where there is none."""
    found_shares = np.full((len(sums), len(TAUS), len(TRAJECTORY_NAMES)), np.nan)
    for row, of_size in enumerate(sums):
        if of_size is not None:
            parts = of_size.parts(placebo_parts(len(sums), len(of_size.numbers)))
            found = placebo(parts)
            if found is not None:
                found_shares[row] = found
    return found_shares


def _epochs(
    sums: Sequence[Sums | None],
) -> tuple[npt.NDArray[np.uint16] | None, npt.NDArray[np.uint16] | None]:
    """Return right answers per evaluated epoch, (S, E, n) with and without; None where a unit has none."""
    counted = [None if of_size is None else of_size.epochs for of_size in sums]
    known = [epochs for epochs in counted if epochs is not None]
    if not known or len(known) < sum(of_size is not None for of_size in sums):
        return None, None
    nothing = np.zeros_like(known[0])
    both = np.stack([nothing if epochs is None else epochs for epochs in counted], axis=1)
    return both[0], both[1]


def _curves(size: int, sums: Sums, epochs: tuple[int, ...]) -> list[Curve]:
    """Average accuracy (K, 3, E) over models."""
    models = len(sums.accuracy)
    mean, sd = sums.accuracy.mean(axis=0), sums.accuracy.std(axis=0, ddof=min(models - 1, 1))
    return [
        Curve(size, name, epochs, tuple(mean[i].tolist()), tuple(sd[i].tolist()), models)
        for i, name in enumerate(CURVES)
    ]


def _facts(size: int, sums: Sums, original: npt.NDArray[np.int64]) -> SizeFacts:
    """Average the last epoch's accuracy (K, 3) over models; every model holds out equally many examples.

    original: (n,) how many held-out models answered the label before any was flipped
    """
    final = sums.accuracy[:, :, -1]
    values = np.column_stack([final, final[:, 0] - final[:, 1]])
    mean, sd = values.mean(axis=0).tolist(), values.std(axis=0, ddof=min(len(values) - 1, 1)).tolist()
    return SizeFacts(
        size=size,
        models=len(values),
        subset_mean=mean[0],
        subset_sd=sd[0],
        heldout_mean=mean[1],
        heldout_sd=sd[1],
        test_mean=mean[2],
        test_sd=sd[2],
        gap_mean=mean[3],
        gap_sd=sd[3],
        heldout_original_mean=float(original.sum() / sums.n[:, 1].sum()),
    )
