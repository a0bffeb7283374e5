"""Seconds that one more unit costs a summary, and the memory it takes, over the models before it.

60,000 made-up examples of ten classes at one size; answers and margins are noise, which costs the same.
"""

import resource
import time

import numpy as np

from backend.datasets.base import Dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.studies.kit import npz
from backend.studies.memorization.params import MemorizationParams
from workers.studies.memorization import add, of_sums

N_TRAIN, N_TEST, CLASSES, BLOCK = 60_000, 10_000, 10, 4
NUMBERS = (4, 40, 400, 4000)


def main() -> None:
    params = MemorizationParams(sizes=(8,), models=3999, epochs=1, label_noise=0)  # never complete
    examples = take(dataset(), DataOptions(label_noise=0))
    kept: dict = {}
    print(
        "| models before | add a unit, s | summarize, s | kept, MiB | peak of the process, MiB |\n"
        + "|---" * 5
        + "|"
    )
    for models in range(0, NUMBERS[-1] + BLOCK, BLOCK):
        started = time.perf_counter()
        kept |= add(params, examples, kept, [({"size": 8, "first": models, "count": BLOCK}, unit(models))])
        added = time.perf_counter() - started
        if models in NUMBERS:
            started = time.perf_counter()
            of_sums(params, examples, kept)
            summarized = time.perf_counter() - started
            size = len(npz.pack(kept["8"])) / 2**20
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
            print(f"| {models:,} | {added:.2f} | {summarized:.2f} | {size:.1f} | {peak:.0f} |")


def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    total = N_TRAIN + N_TEST
    labels, classes = rng.integers(0, CLASSES, total), tuple(map(str, range(CLASSES)))
    names = tuple(map(str, range(total)))
    return Dataset("noise", np.zeros((total, 2, 2), np.uint8), labels, classes, names, N_TRAIN)


def unit(first: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(first)
    return {
        "train": rng.integers(0, CLASSES, (BLOCK, N_TRAIN)).astype(np.uint8),
        "margins": rng.integers(-2000, 2000, (BLOCK, N_TRAIN)).astype(np.int16),
        "test": rng.integers(0, CLASSES, (BLOCK, N_TEST)).astype(np.uint8),
        "accuracy": rng.random((BLOCK, 3, 1)),
        "epoch_in": rng.integers(0, BLOCK, (1, N_TRAIN)).astype(np.uint16),
        "epoch_out": rng.integers(0, BLOCK, (1, N_TRAIN)).astype(np.uint16),
    }


if __name__ == "__main__":
    main()
