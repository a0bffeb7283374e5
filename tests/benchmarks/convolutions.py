"""Small CNNs and ResNet-8 on CIFAR-10's shape against the plain float32 loop; pictures are noise.

Time depends on the shape of the data, not on what is in them, so nothing has to be downloaded.
"""

from dataclasses import replace
from statistics import median

import numpy as np
import torch

from backend.datasets.base import Shape
from backend.networks.ladders import Family, cost
from backend.statistics.subsets import subset_masks
from tests.benchmarks.plain import RECIPE, plain_loop, timed
from workers.engine.choice import Choice
from workers.engine.data import Split
from workers.engine.device import default_device
from workers.engine.train import train_models
from workers.models.convolutional import CifarResNet, SmallCNN
from workers.networks.families import back_ends, precision

SHAPE = Shape(n_train=4000, n_test=1000, classes=10, height=32, width=32, channels=3)
NETWORKS = (
    ("small CNN, width 8", Family.CNN_WIDTH, 8, lambda: SmallCNN(3, 8, 10)),
    ("small CNN, width 32", Family.CNN_WIDTH, 32, lambda: SmallCNN(3, 32, 10)),
    ("ResNet-8", Family.RESNET_DEPTH, 8, lambda: CifarResNet(3, 8, 10)),
    ("ResNet-20", Family.RESNET_DEPTH, 20, lambda: CifarResNet(3, 20, 10)),
)
TURNS, AT_ONCE = 3, 4


def main() -> None:
    recipe = replace(RECIPE, epochs=2, batch_size=128)
    split = noise()
    masks = subset_masks(0, SHAPE.n_train, 0.7, 0, AT_ONCE)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {default_device()}")
    print("| | plain, s/model | engine, s/model | ratio | back end | precision |\n" + "|---" * 6 + "|")
    for title, family, size, make in NETWORKS:
        plain_s, engine_s = [], []
        for _ in range(TURNS):
            plain_s.append(timed(lambda make=make: plain_loop(make, split, masks[:1], recipe))[0])
            seconds, choice = timed(lambda f=family, s=size: with_engine(f, s, split, masks, recipe))
            engine_s.append(seconds / AT_ONCE)
        plain, engine = median(plain_s), median(engine_s)
        print(
            f"| {title} | {plain:.2f} | {engine:.2f} | {plain / engine:.2f} | {choice.back_end} |"
            f" {choice.precision} |"
        )


def noise() -> Split:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (SHAPE.n_train + SHAPE.n_test, 3, 32, 32)).astype(np.uint8)
    labels = rng.integers(0, 10, len(pixels))
    n = SHAPE.n_train
    return Split(pixels[:n], labels[:n], pixels[n:], labels[n:], 10, 127.5, 73.9)


def with_engine(family: Family, size: int, split: Split, masks: np.ndarray, recipe: object) -> Choice:
    device = default_device()
    dtype = precision("auto", cost(family, size, SHAPE).multiply_adds, device)
    ways = back_ends(family, size, SHAPE, 1, 512)
    models = range(len(masks))
    return train_models(
        ways, split, masks, models, 0, recipe, lambda _: None, device=device, dtype=dtype
    ).choice


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
