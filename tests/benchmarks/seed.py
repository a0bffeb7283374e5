"""A finished experiment of any size without training it, to see how the explorer fares.

    python tests/benchmarks/seed.py DATA_DIR EXAMPLES SIZES [MODELS]

Writes a data set of that many smooth random pictures and an experiment with made-up but plausible counts into
the data folder of a Memoscope that is not running, and prints the experiment's id. Start it with
MEMOSCOPE_DATA_DIR=DATA_DIR afterwards.
"""

import secrets
import sys
from pathlib import Path

import numpy as np

from backend.core import clock
from backend.core.contracts import DatasetSource, ExperimentStatus, UnitStatus
from backend.core.migrate import migrate
from backend.core.models import DatasetRow, Experiment, UnitRow
from backend.core.queries import results as queries
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.builtin import facts
from backend.datasets.examples import Examples, take
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.studies.kit.results import Results
from backend.studies.memorization.columns import COLUMNS, measured
from backend.studies.memorization.facts import Curve, MemorizationFacts, SizeFacts
from backend.studies.memorization.params import MemorizationParams

CLASSES = 10
SIDE = 8
TEST = 100
SUBSET = 0.7
CHUNK = 10_000  # pictures drawn at a time


def pictures(n: int, rng: np.random.Generator) -> Dataset:
    """Draw pictures that are smooth, as photographs are: three colors a side, blended, and some grain."""
    blend = np.array([np.interp(np.linspace(0, 2, SIDE), range(3), row) for row in np.eye(3)]).T
    images = np.empty((n + TEST, SIDE, SIDE, 3), np.uint8)
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        colors = rng.uniform(20, 235, (len(part), 3, 3, 3))
        smooth = np.einsum("yi,nijc,xj->nyxc", blend, colors, blend, optimize=True)
        part[:] = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255)
    return Dataset(
        id=f"seeded-{n}",
        images=images,
        labels=rng.integers(0, CLASSES, n + TEST),
        classes=tuple(f"class {i}" for i in range(CLASSES)),
        names=tuple(f"picture {i}" for i in range(n + TEST)),
        n_train=n,
    )


def made_up(examples: Examples, params: MemorizationParams, rng: np.random.Generator) -> Results:
    """Draw counts: typical examples that small models fail on, rare ones that only memory gets right."""
    n, sizes = examples.n_train, len(params.sizes)
    hardness = rng.beta(0.3, 0.9, n)
    hardness[examples.flipped] = rng.beta(6, 1, int(examples.flipped.sum()))
    capacity = np.linspace(0.2, 1, sizes)[:, None]
    p_out = np.clip((1 - hardness) * (0.6 + 0.4 * capacity), 0.001, 0.999)
    p_in = np.clip(p_out + (1 - p_out) * capacity**2, 0.001, 0.999)
    heldout = round(params.models * (1 - SUBSET))
    n_out = np.full((sizes, n), heldout, np.int32)
    n_out += rng.integers(0, 2, n, np.int32)
    n_in = params.models - n_out
    k_in = rng.binomial(n_in, p_in).astype(np.int32)
    k_out = rng.binomial(n_out, p_out).astype(np.int32)
    wrong = (examples.given + rng.integers(1, CLASSES, n)) % CLASSES
    answers = []
    for row in range(sizes):
        named = np.zeros((n, CLASSES), np.uint16)
        named[np.arange(n), examples.given] = k_out[row]
        named[np.arange(n), wrong] += (n_out[row] - k_out[row]).astype(np.uint16)
        answers.append(named)
    counts = (n_in, k_in, n_out, k_out)
    packed = Answers.of_counts(answers)
    scores = Scores.of_counts(params.sizes, examples.given, examples.flipped, counts, packed)
    columns = {
        column.key: rng.uniform(column.low, column.high, (sizes, n)).astype(np.float32)
        for column in COLUMNS
        if column.of is None
    }
    means = [(scores.in_accuracy[row].mean(), scores.heldout_accuracy[row].mean()) for row in range(sizes)]
    return Results(
        scores=scores,
        columns=columns,
        declared=COLUMNS,
        facts=MemorizationFacts(
            proxies=measured(scores, columns, {}),
            curves=tuple(
                Curve(size, name, (1, 10), (0.2, float(value)), (0.05, 0.01), params.models)
                for size, (had, without) in zip(params.sizes, means, strict=True)
                for name, value in (("train", had), ("heldout", without), ("test", without))
            ),
            sizes=tuple(
                SizeFacts(
                    size, params.models, had, 0.01, without, 0.01, without, 0.01, had - without, 0.01, without
                )
                for size, (had, without) in zip(params.sizes, means, strict=True)
            ),
        ),
    )


def seed(settings: Settings, n: int, sizes: int, models: int = 400) -> str:
    """Write the data set and the experiment; return its id."""
    migrate(settings.database)
    rng = np.random.default_rng(0)
    dataset = pictures(n, rng)
    store.save(dataset, settings, secrets.token_hex(8))
    params = MemorizationParams(
        dataset=dataset.id,
        label_noise=0.1,
        sizes=tuple(2 ** (i + 1) for i in range(sizes)),
        models=models,
        epochs=10,
    )
    examples = take(dataset, params)
    results = made_up(examples, params, rng)
    assert results.table is not None
    histogram = results.table.histogram(sizes - 1, None, None)
    preview = {"size": params.sizes[-1], "counts": histogram.counts, "edges": histogram.edges}
    experiment_id = secrets.token_hex(6)
    with transaction(settings.database) as session:
        session.merge(
            DatasetRow(
                id=dataset.id,
                title=f"{n:,} smooth random pictures",
                **facts(dataset),
                source=DatasetSource.UPLOAD,
            )
        )
        session.flush()
        session.add(
            Experiment(
                id=experiment_id,
                study="memorization",
                title=f"{n:,} examples at {sizes} sizes",
                status=ExperimentStatus.RUNNING,
                params=params.model_dump(mode="json"),
                spec_hash=secrets.token_hex(32),
                dataset_id=dataset.id,
                provenance={},
                started_at=clock.current(),
            )
        )
        session.flush()
        session.add(
            UnitRow(
                experiment_id=experiment_id,
                index=0,
                key="made up",
                payload={},
                models=models * sizes,
                seconds=1.0,
                status=UnitStatus.DONE,
                finished_at=clock.current(),
            )
        )
        session.flush()
        rows = queries.SummaryRows(
            data=results.to_bytes(),
            sizes=list(params.sizes),
            preview=preview,
            claims=[],
        )
        queries.store_summary(session, experiment_id, 1, rows, 0.0)
    return experiment_id


if __name__ == "__main__":
    if len(sys.argv) < 4:  # as when all benchmarks are run
        sys.exit(print(__doc__))
    folder, *numbers = sys.argv[1:]
    print(seed(Settings(_env_file=None, data_dir=Path(folder)), *map(int, numbers)))
