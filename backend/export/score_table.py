"""All scores of an experiment as one table: a row for each (size, example), in the data set's order."""

from typing import Any

import numpy as np
import pyarrow as pa

from backend.datasets.examples import Examples
from backend.scores.scores import TRAJECTORIES, VERDICTS, Scores
from backend.scores.table import ScoreTable


def score_columns(scores: Scores) -> dict[str, np.ndarray[Any, Any]]:
    """Return the (sizes, examples) arrays, in the order of the exported columns."""
    return {
        "n_in": scores.n_in,
        "k_in": scores.k_in,
        "n_out": scores.n_out,
        "k_out": scores.k_out,
        "in_accuracy": scores.in_accuracy,
        "heldout_accuracy": scores.heldout_accuracy,
        "memorization": scores.memorization,
        "low": scores.low,
        "high": scores.high,
        "verdict": np.array(VERDICTS)[scores.verdicts],
    }


def score_table(scored: ScoreTable, examples: Examples) -> pa.Table:
    """Return the table; numbers that are not defined are null."""
    scores = scored.scores
    n, sizes = len(scores.labels), len(scores.sizes)
    columns: dict[str, Any] = {
        "size": np.repeat(scores.sizes, n),
        "example": np.tile(np.arange(n), sizes),
        "name": np.tile(np.array([examples.name(i) for i in range(n)]), sizes),
        "label": np.tile(scores.labels, sizes),
        "flipped": np.tile(scores.flipped, sizes),
        **{name: array.ravel() for name, array in score_columns(scores).items()},
        "trajectory": np.tile(np.array(TRAJECTORIES)[scores.trajectories], sizes),
        **{key: array.ravel() for key, array in scored.columns.items()},
        "label_name": np.tile(np.array(examples.classes)[scores.labels], sizes),
    }
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
