"""Rank correlation of an experiment's scores with published C-scores (Jiang et al. 2021).

    python tests/benchmarks/published.py scores.csv cifar10-cscores-orig-order.npz

The first file is an export of an experiment on class folders whose file names are the images' positions in
the original order; the second has `labels` and `scores` in that order. Labels must agree, image by image.
"""

import sys
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow.csv
from scipy.stats import spearmanr


def main() -> int:
    if len(sys.argv) != 3:
        print(f"Skipped: needs two files.\n{__doc__}")
        return 0
    table = pyarrow.csv.read_csv(Path(sys.argv[1])).to_pydict()
    with np.load(sys.argv[2], allow_pickle=False) as published:
        labels, scores = published["labels"], published["scores"]
    order = np.array([int(PurePosixPath(name).stem) for name in table["name"]])
    own = np.array(table["label"])
    different = own != labels[order]
    if different.any():
        print(f"{different.mean():.1%} of the labels differ: these are not the published scores' images.")
        return 1
    print("| size | examples | models | memorization | held-out error | in-accuracy | held-out accuracy |")
    print("|---" * 7 + "|")
    for size in sorted(set(table["size"])):
        rows = np.array(table["size"]) == size
        kept = {name: np.array(table[name], float)[rows] for name in ("memorization", "heldout_accuracy")}
        models = table["n_in"][rows.argmax()] + table["n_out"][rows.argmax()]
        hard = 1 - scores[order[rows]]
        found = [
            spearmanr(values, hard).statistic
            for values in (kept["memorization"], 1 - kept["heldout_accuracy"])
        ]
        accuracies = [np.array(table[f"{name}_accuracy"], float)[rows].mean() for name in ("in", "heldout")]
        print(
            f"| {size} | {rows.sum():,} | {models} | {found[0]:.3f} | {found[1]:.3f} |"
            f" {accuracies[0]:.3f} | {accuracies[1]:.3f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
