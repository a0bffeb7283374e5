"""Trains the networks of the ResMem study, gives them a memory, and counts what it rescues and breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from backend.datasets.examples import Examples
from backend.networks.ladders import cost
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome, Units
from backend.studies.resmem.facts import EDGES, Case, Net, Outcomes, ResMemFacts
from backend.studies.resmem.params import ResMemParams
from backend.studies.resmem.plan import UNITS_WIDE, memory_seconds, passes, training_seconds
from workers.engine.device import default_device
from workers.engine.featured import train_featured
from workers.engine.run import Recipe
from workers.networks.families import back_ends, precision, split_for
from workers.networks.recipes import recipe_of
from workers.studies.resmem.tested import Split, tested


def run(payload: Mapping[str, Any], params: ResMemParams, context: Context) -> Outcome:
    """Train networks payload["first"] .. first + count - 1 of one size and share, and give each a memory.

    Returns facts, and of networks on the whole training set `held_out` (K, p): training examples that neither
    trained nor chose, with `base` and `resmem` (K, p): whether the network gets them right, and ResMem.
    """
    if "scores" in payload:
        return Outcome(_scores(payload["scores"], context))
    examples, size, share = context.examples, payload["size"], payload["share"]
    shape, device = examples.shape, default_device()
    runs = range(payload["first"], payload["first"] + payload["count"])
    splits = [Split.of(params, examples.n_train, share, run) for run in runs]
    masks = np.zeros((len(runs), examples.n_train), np.bool_)
    for mask, split in zip(masks, splits, strict=True):
        mask[split.trained] = True
    learning = training_seconds(params, shape, size, share, len(runs))
    learned = learning / (learning + len(runs) * memory_seconds(params, shape, size, share))
    trained = train_featured(
        back_ends(params.family, size, shape, 1, UNITS_WIDE),
        split_for(params.family, examples),
        masks,
        runs,
        params.seed,
        _recipe(params, share),
        lambda done: context.progress(learned * done),
        device=device,
        dtype=precision(
            params.precision, cost(params.family, size, shape, units=UNITS_WIDE).multiply_adds, device
        ),
    )
    nets: list[Net] = []
    cases: list[Case] = []
    outcomes = []
    for place, split in enumerate(splits):
        context.progress(learned + (1 - learned) * place / len(runs))
        found = tested(params, examples, split, trained.features[place], trained.logits[place])
        nets.append(found.net(size, share))
        if share == 1 and split.run == 0:
            cases += found.cases(size)
        seen = found.looked_at
        outcomes.append((split.looked_at, seen.base == seen.labels, seen.resmem == seen.labels))
    arrays = ResMemFacts(nets=tuple(nets), cases=tuple(cases)).to_arrays()
    if share == 1:
        held_out = zip(("held_out", "base", "resmem"), zip(*outcomes, strict=True), strict=True)
        arrays |= {name: np.stack(of_each) for name, of_each in held_out}
    return Outcome(arrays, asdict(trained.choice))


def _recipe(params: ResMemParams, share: float) -> Recipe:
    """Return the recipe with as many steps on a share of the examples as on all of them."""
    epochs, warmup = (passes(count, share) for count in (params.epochs, params.warmup_epochs))
    return replace(recipe_of(params), epochs=epochs, warmup_epochs=warmup)


def _scores(experiment: str, context: Context) -> Arrays:
    """Return what a finished experiment knows of our training examples, (n_train,), at its largest size.

    `memorization` and `c_score` are NaN of examples that it has not, or has under another label; `looked_at`
    (1,) is the size.
    """
    ours, finished = context.examples, context.finished(experiment)
    scores, theirs = finished.scores, finished.examples
    if theirs.dataset.fingerprint != ours.dataset.fingerprint:
        raise ValueError(f"experiment {experiment} is about other pictures")
    row = scores.sizes.index(scores.scored_sizes[-1])
    places = np.full(len(ours.dataset.labels), -1)
    places[theirs.source[: theirs.n_train]] = np.arange(theirs.n_train)
    found = places[ours.source[: ours.n_train]]
    names, labels = np.array(theirs.classes)[scores.labels], np.array(ours.classes)[ours.given]
    known = (found >= 0) & (names[found] == labels)
    columns = {"memorization": scores.memorization[row], "c_score": scores.heldout_accuracy[row]}
    arrays = {name: np.where(known, values[found], np.nan) for name, values in columns.items()}
    return arrays | {"looked_at": np.array([scores.sizes[row]])}


def summarize(params: ResMemParams, examples: Examples, units: Units) -> Results:  # noqa: ARG001 - part of the contract
    """Join the networks so far, and count what they held out by score where a finished experiment tells."""
    parts, held_out = [], []
    scores: Arrays = {}
    for payload, arrays in units:
        if "scores" in payload:
            scores = arrays
            continue
        parts.append(ResMemFacts.from_arrays(arrays))
        if "held_out" in arrays:
            held_out.append((payload["size"], payload["first"], arrays))
    outcomes = tuple(row for each in held_out for row in _outcomes(*each, scores)) if scores else ()
    looked_at = int(scores["looked_at"][0]) if scores else 0
    facts = ResMemFacts.joined(parts, outcomes=outcomes, looked_at=looked_at)
    named = {
        name: np.array([getattr(net, name) for net in facts.nets])
        for name in ("size", "share", "run", "examples", "residual", "k", "sigma", "temperature", "unit")
    }
    for part in ("test", "train"):
        for who in ("base", "resmem", "knn"):
            named[f"{part}_{who}"] = np.array([getattr(getattr(net, part), who) for net in facts.nets])
    return Results(facts=facts, arrays=named)


def _outcomes(size: int, first: int, arrays: Arrays, scores: Arrays) -> Iterator[Outcomes]:
    """Count held-out examples of each network in the bins of each score."""
    for place, (held_out, base, resmem) in enumerate(
        zip(arrays["held_out"], arrays["base"], arrays["resmem"], strict=True)
    ):
        for score, edges in EDGES.items():
            values = scores[score][held_out]
            bins = np.where(np.isnan(values), -1, np.digitize(values, edges))
            kinds = {"wrong": ~base, "rescued": ~base & resmem, "right": base, "broken": base & ~resmem}
            counts = {
                kind: tuple(np.bincount(bins[chosen & (bins >= 0)], minlength=len(edges) + 1).tolist())
                for kind, chosen in kinds.items()
            }
            yield Outcomes(score, size, first + place, **counts)
