"""Many small models on digits: the engine against the best that a user could write instead, in JAX.

`jax.vmap` over models and `lax.scan` over all steps of the training, compiled once, on the same subsets and
orders with the same recipe. Asks all examples as often as the engine does. JAX is needed here alone:
`pip install jax` into a folder of its own, and that folder on PYTHONPATH; without it this is skipped.
"""

import time
from statistics import median

import numpy as np
import torch

from backend.statistics.curves import evaluated_epochs
from backend.statistics.subsets import heldout_count, subset_masks
from tests.benchmarks.engine import with_engine
from tests.benchmarks.plain import PARAMS, RECIPE, digits, heldout_accuracy, with_error
from workers.engine.data import Split
from workers.engine.run import epoch_order
from workers.engine.schedule import Schedule, rate_factor

WIDTHS = (8, 16, 32, 64, 128, 256)
MODELS, TURNS = 100, 3


def main() -> None:
    try:
        import jax  # noqa: F401, PLC0415
    except ImportError:
        print("Skipped: JAX is not installed.")
        return
    split = digits()
    masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, MODELS)
    orders = np.stack(
        [
            [epoch_order(0, model, epoch, mask) for epoch in range(RECIPE.epochs)]
            for model, mask in enumerate(masks)
        ]
    )
    print("| width | JAX, ms/model | engine, ms/model | ratio | held-out, JAX | held-out, engine |")
    print("|---|---|---|---|---|---|")
    for width in WIDTHS:
        train = compiled(split, width)
        train(orders)  # compiles
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(TURNS):
            started = time.perf_counter()
            answers = train(orders)
            seconds[0].append(time.perf_counter() - started)
            started = time.perf_counter()
            engine = with_engine(split, masks, width)
            seconds[1].append(time.perf_counter() - started)
        theirs, ours = (1e3 * median(each) / MODELS for each in seconds)
        accuracies = (heldout_accuracy(each, split, masks) for each in (answers, engine.train))
        print(
            f"| {width} | {theirs:.1f} | {ours:.1f} | {theirs / ours:.2f} |"
            f" {' | '.join(map(with_error, accuracies))} |",
            flush=True,
        )


def compiled(split: Split, width: int):
    """Return what trains models on their orders (K, epochs, subset) and returns their answers (K, n)."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    x, x_test = (
        jnp.asarray(((part - split.mean) / split.sd).reshape(len(part), -1), jnp.float32)
        for part in (split.x, split.x_test)
    )
    y = jnp.asarray(split.y)
    points = evaluated_epochs(RECIPE.epochs)

    def outputs(weights, inputs):
        (w1, b1), (w2, b2) = weights
        return jax.nn.relu(inputs @ w1 + b1) @ w2 + b2

    def loss(weights, inputs, labels):
        chosen = jnp.take_along_axis(jax.nn.log_softmax(outputs(weights, inputs)), labels[:, None], axis=1)
        return -chosen.mean()

    def step(state, batch):
        weights, speeds = state
        indices, rate = batch
        slopes = jax.grad(loss)(weights, x[indices], y[indices])
        speeds = jax.tree.map(lambda v, g: RECIPE.momentum * v + g, speeds, slopes)
        return (jax.tree.map(lambda w, v: w - rate * v, weights, speeds), speeds), None

    def epoch(state, part):
        """Take the whole batches by a scan, and the last, smaller one by itself."""
        order, rates = part
        whole = len(order) // RECIPE.batch_size * RECIPE.batch_size
        batches = order[:whole].reshape(-1, RECIPE.batch_size)
        state, _ = jax.lax.scan(step, state, (batches, rates[: len(batches)]))
        if whole < len(order):
            state, _ = step(state, (order[whole:], rates[-1]))
        return state, None

    def ask(weights):
        return outputs(weights, x).argmax(1), outputs(weights, x_test).argmax(1)

    subset = len(split.y) - heldout_count(len(split.y), PARAMS.subset_fraction)
    steps = -(-subset // RECIPE.batch_size)
    rates = np.array(
        [
            RECIPE.learning_rate * rate_factor(Schedule.COSINE, at, RECIPE.epochs * steps, 0)
            for at in range(RECIPE.epochs * steps)
        ],
        np.float32,
    ).reshape(RECIPE.epochs, steps)

    @jax.vmap
    def one(key, orders):
        first, second = jax.random.split(key)
        weights = (
            (jax.random.normal(first, (x.shape[1], width)) * np.sqrt(2 / x.shape[1]), jnp.zeros(width)),
            (
                jax.random.normal(second, (width, split.classes)) * np.sqrt(1 / width),
                jnp.zeros(split.classes),
            ),
        )
        state, seen, before = (weights, jax.tree.map(jnp.zeros_like, weights)), [], 0
        for point in points:
            part = (orders[before:point], jnp.asarray(rates[before:point]))
            state, _ = jax.lax.scan(epoch, state, part)
            seen.append(ask(state[0]))
            before = point
        # All answers are returned, so that none is optimized away.
        return seen[-1][0], sum(train.sum() + test.sum() for train, test in seen)

    many = jax.jit(one)

    def train(orders: np.ndarray) -> np.ndarray:
        keys = jax.random.split(jax.random.PRNGKey(0), len(orders))
        answers, _ = jax.block_until_ready(many(keys, orders))
        return np.asarray(answers)

    return train


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
