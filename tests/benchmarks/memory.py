"""Peak memory: flat in the number of models, and of 64 models at once on 50,000 color images below 4 GiB.

Every row is a process of its own, since a peak is never taken back.
"""

import multiprocessing
import resource
import sys
from dataclasses import replace

import numpy as np
import torch

from backend.datasets.base import Shape
from backend.networks.ladders import CIFAR10, Family
from backend.statistics.subsets import subset_masks
from tests.benchmarks.engine import with_engine
from tests.benchmarks.plain import RECIPE, digits
from workers.engine.choice import Choice
from workers.engine.data import Split
from workers.engine.train import train_models
from workers.networks.families import back_ends

LIMIT_GIB = 4


def main() -> None:
    context = multiprocessing.get_context("spawn")
    print("| what is trained | peak, GiB |\n|---|---|")
    with context.Pool(1, maxtasksperchild=1) as pool:
        print(f"| nothing: torch, numpy and the product are loaded | {pool.apply(loaded):.2f} |")
        for models in (50, 200, 800):
            print(f"| digits, width 32, {models} models | {pool.apply(many, (models,)):.2f} |")
        found = []
        for family, size in ((Family.MLP_WIDTH, 512), (Family.CNN_WIDTH, 16), (Family.RESNET_DEPTH, 8)):
            found.append(pool.apply(color, (family, size)))
            print(f"| 50,000 color images, {family.value} {size}, 64 models at once | {found[-1]:.2f} |")
    sys.exit(f"above {LIMIT_GIB} GiB" if max(found) > LIMIT_GIB else 0)


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def loaded() -> float:
    return peak_gib()


def many(models: int) -> float:
    split = digits()
    with_engine(split, subset_masks(0, len(split.y), 0.7, 0, models), 32)
    return peak_gib()


def color(family: Family, size: int) -> float:
    """Train 64 models side by side on images of CIFAR-10's shape, for the steps of a short epoch."""
    rng = np.random.default_rng(0)
    n = CIFAR10.n_train
    pixels = rng.integers(0, 256, (n + CIFAR10.n_test, 3, 32, 32), np.uint8)
    labels = rng.integers(0, 10, len(pixels))
    flat = family is Family.MLP_WIDTH
    split = Split(pixels[:n], labels[:n], pixels[n:], labels[n:], 10, 127.5, 73.9, flat=flat)
    shape = Shape(n, CIFAR10.n_test, 10, 32, 32, 3)
    way = back_ends(family, size, shape, 1, 512)[:1]
    choice = Choice(way[0][0], at_once=64, lanes=1, device="cpu", precision="float32")
    recipe = replace(RECIPE, epochs=1, batch_size=128, crop=4, flip=True)
    steps = 0

    def enough(_: float) -> None:
        nonlocal steps
        steps += 1
        if steps == 4:
            raise InterruptedError

    masks = subset_masks(0, n, 0.7, 0, 64)
    try:
        train_models(way, split, masks, range(64), 0, recipe, enough, choice=choice)
    except InterruptedError:
        return peak_gib()
    raise AssertionError("the training was too short")


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
