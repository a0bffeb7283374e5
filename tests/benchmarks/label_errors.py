"""Finding wrong labels: Memoscope's suspicion against cleanlab, at equal numbers of models of one network.

    pip install --target FOLDER cleanlab==2.9.0     # a folder of its own: the product does not need it
    PYTHONPATH=.:FOLDER python tests/benchmarks/label_errors.py
    MEMOSCOPE_DATASETS_DIR=... PYTHONPATH=.:FOLDER python tests/benchmarks/label_errors.py mnist
    PYTHONPATH=.:FOLDER python tests/benchmarks/label_errors.py cifar10 pictures.zip --models 10

Labels are changed on purpose, so that it is known which are wrong. Ours are models of 70 % subsets;
cleanlab's come from repeated five-fold cross-validation, whose out-of-sample probabilities are averaged over
repeats. Both are trained by the same engine with the same recipe, and groups of as many models are averaged
over. Prints average precision and AUROC. `cifar10` takes CIFAR-10 as class folders in a zip, train/CLASS/*,
at 16 x 16 pixels. Without cleanlab this is skipped.
"""

import argparse
import io
import re
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from backend.datasets.base import Dataset
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import Examples, take
from backend.datasets.options import DataOptions, NoiseKind
from backend.networks.ladders import Family
from backend.statistics.curves import evaluated_epochs
from backend.statistics.ranking import auroc, average_precision
from backend.statistics.subsets import subset_masks
from backend.statistics.suspicion import suspicion
from tests.benchmarks.plain import mnist
from workers.engine.bank import ModelBank
from workers.engine.data import DeviceData
from workers.engine.lanes import OnStep
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, side_by_side, train_epoch
from workers.networks.families import back_ends, split_for

RATES = (0.05, 0.1, 0.2, 0.3)
KINDS = (NoiseKind.SYMMETRIC, NoiseKind.CLASS_DEPENDENT)
NUMBERS = (5, 10, 25, 100)
FOLDS, SUBSET = 5, 0.7
BLOCK = 25  # models trained at once
MOST_GROUPS = 20
READ = 12_000  # pictures of a zip


class Setting(NamedTuple):
    family: Family
    size: int
    epochs: int
    per_class: int | None
    models: int


SETTINGS = {
    "digits": Setting(Family.MLP_WIDTH, 128, 40, None, 100),
    "mnist": Setting(Family.MLP_WIDTH, 64, 20, 300, 25),
    "cifar10": Setting(Family.CNN_WIDTH, 16, 15, 200, 10),
}


class Bank(NamedTuple):
    """Probabilities (E, K, n, classes) after evaluated epochs, and which examples were held out (K, n)."""

    probabilities: np.ndarray
    held_out: np.ndarray
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", default="digits", choices=SETTINGS)
    parser.add_argument("zip", nargs="?", type=Path)
    parser.add_argument("--models", type=int)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--kinds", type=NoiseKind, nargs="+", default=KINDS)
    asked = parser.parse_args()
    try:
        import cleanlab  # noqa: F401, PLC0415
    except ImportError:
        print("Skipped: cleanlab is not installed.")
        return
    setting = SETTINGS[asked.data]
    setting = setting._replace(models=asked.models or setting.models)
    numbers = [number for number in NUMBERS if number <= setting.models]
    print(f"{asked.data}: {setting.family} {setting.size}, {setting.epochs} epochs")
    columns = "".join(f" AP, AUROC at {number} |" for number in numbers)
    print(f"| labels | statistic |{columns}\n|---|---|{'---|' * len(numbers)}", flush=True)
    for kind in asked.kinds:
        for rate in asked.rates:
            options = {"label_noise": rate, "noise": kind, "per_class": setting.per_class}
            examples = taken(asked.data, asked.zip, options)
            if examples is None:
                return
            row(f"{rate:.0%} {kind}", examples, setting, numbers)


def taken(name: str, archive: Path | None, options: dict[str, object]) -> Examples | None:
    if name == "mnist":
        return mnist(**options)
    if name == "digits":
        return take(load_digits_dataset(), DataOptions(**options))
    if archive is None:
        print("Skipped: name the zip that has CIFAR-10.")
        return None
    return take(folders(archive), DataOptions(image_size=16, **options))


def folders(archive: Path) -> Dataset:
    """Read the first `READ` pictures of a zip's train/CLASS/NUMBER.jpg, and some more as the test part."""
    with zipfile.ZipFile(archive) as file:
        names = [name for name in file.namelist() if name.startswith("train/") and not name.endswith("/")]
        names.sort(key=lambda name: int(re.findall(r"\d+", name)[-1]))
        chosen = names[: READ + 100]
        pictures = [np.asarray(Image.open(io.BytesIO(file.read(name))).convert("RGB")) for name in chosen]
    classes = tuple(sorted({name.split("/")[1] for name in chosen}))
    labels = np.array([classes.index(name.split("/")[1]) for name in chosen])
    return Dataset("cifar10", np.stack(pictures), labels, classes, tuple(chosen), READ)


def row(title: str, examples: Examples, setting: Setting, numbers: list[int]) -> None:
    n, labels, flipped = examples.n_train, examples.given, examples.flipped
    masks = subset_masks(0, n, SUBSET, 0, setting.models)
    ours = trained(examples, setting, masks, ~masks, 0)
    theirs = trained(examples, setting, *folds(n, setting.models), 1)
    found: dict[str, list[list[str]]] = {}
    for number in numbers:
        groups = [slice(first, first + number) for first in range(0, setting.models - number + 1, number)][
            :MOST_GROUPS
        ]
        reached: dict[str, list[tuple[float, float]]] = {}
        for group in groups:
            scored = of_ours(ours, group, labels) | of_cleanlab(theirs, group, labels)
            for name, scores in scored.items():
                both = average_precision(scores, flipped), auroc(scores, flipped).value
                reached.setdefault(name, []).append(both)
        for name, values in reached.items():
            found.setdefault(name, []).append([f"{value:.3f}" for value in np.mean(values, axis=0)])
    for name, cells in found.items():
        print(f"| {title} | {name} | {' | '.join(', '.join(cell) for cell in cells)} |")
    paces = [1e3 * bank.seconds / setting.models for bank in (ours, theirs)]
    print(f"| {title} | ms a model, ours and theirs | {paces[0]:.0f}, {paces[1]:.0f} |", flush=True)


def folds(n: int, models: int) -> tuple[np.ndarray, np.ndarray]:
    """Return masks (K, n) of repeated cross-validation, and what they hold out.

    The engine wants subsets of one size: of larger ones an example is left out that is held out elsewhere.
    """
    held_out = np.zeros((models, n), np.bool_)
    for first in range(0, models, FOLDS):
        order = np.random.default_rng(first).permutation(n)
        for model, part in enumerate(np.array_split(order, FOLDS)[: models - first], first):
            held_out[model, part] = True
    masks = ~held_out
    smallest = masks.sum(axis=1).min()
    for mask in masks:
        mask[np.flatnonzero(mask)[: mask.sum() - smallest]] = False
    return masks, held_out


def trained(examples: Examples, setting: Setting, masks: np.ndarray, held_out: np.ndarray, seed: int) -> Bank:
    split = split_for(setting.family, examples)
    data = DeviceData(split, CPU, torch.float32)
    recipe = Recipe(setting.epochs, 64, 0.1, 0.9)
    ways = back_ends(setting.family, setting.size, examples.shape, 1, 512)
    points = evaluated_epochs(recipe.epochs)
    batch = (recipe.batch_size, *split.seen_shape)

    def answers(bank: ModelBank, models: range, on_step: OnStep) -> np.ndarray:
        looks = []
        for epoch in range(recipe.epochs):
            train_epoch(bank, data, models, masks[models.start : models.stop], seed, epoch, recipe, on_step)
            if epoch + 1 in points:
                logits = [bank.logits(part).float() for part in data.chunks(EVALUATION_CHUNK, test=False)]
                looks.append(torch.softmax(torch.cat(logits, dim=1), 2).half().numpy())
        return np.stack(looks)

    found = []
    started = time.perf_counter()
    for first in range(0, len(masks), BLOCK):
        models = range(first, min(first + BLOCK, len(masks)))

        def part(bank: ModelBank, places: range, on_step: OnStep, first: int = first) -> np.ndarray:
            return answers(bank, range(first + places.start, first + places.stop), on_step)

        parts, _ = side_by_side(
            part, ways, models, seed, batch, split.classes, lambda _: None, CPU, torch.float32, None
        )
        found.append(np.concatenate(parts, axis=1))
    return Bank(np.concatenate(found, axis=1), held_out, time.perf_counter() - started)


def of_ours(bank: Bank, group: slice, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores (n,) of a group of models, all higher where a label is more suspect."""
    probabilities = bank.probabilities[:, group].astype(np.float32)
    out = bank.held_out[group]
    rows = np.arange(len(labels))
    last = heldout_mean(bank, group)
    own = last[rows, labels]
    last[rows, labels] = -1
    right = probabilities[-1].argmax(axis=2) == labels
    n_out, n_in = np.maximum(out.sum(axis=0), 1), np.maximum((~out).sum(axis=0), 1)
    heldout = (right & out).sum(axis=0) / n_out
    return {
        "suspicion": suspicion(probabilities.sum(axis=(0, 1)), labels),
        "margin of held-out means": last.max(axis=1) - own,
        "held-out accuracy": 1 - heldout,
        "memorization": (right & ~out).sum(axis=0) / n_in - heldout,
    }


def of_cleanlab(bank: Bank, group: slice, labels: np.ndarray) -> dict[str, np.ndarray]:
    from cleanlab.rank import get_label_quality_scores  # noqa: PLC0415

    out_of_sample = heldout_mean(bank, group).astype(np.float64)
    methods = ("self_confidence", "normalized_margin")
    qualities = [get_label_quality_scores(labels, out_of_sample, method=method) for method in methods]
    names = [f"cleanlab, {method.replace('_', ' ')}" for method in methods]
    return {name: -quality for name, quality in zip(names, qualities, strict=True)}


def heldout_mean(bank: Bank, group: slice) -> np.ndarray:
    """Return mean probabilities (n, classes) at the end over models without an example; uniform of none."""
    out = bank.held_out[group]
    last = bank.probabilities[-1, group].astype(np.float32)
    found = np.full(last.shape[1:], 1 / last.shape[2], np.float32)
    some = out.any(axis=0)
    found[some] = ((last * out[:, :, None]).sum(axis=0) / np.maximum(out.sum(axis=0), 1)[:, None])[some]
    return found


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
