"""Distillation: steps toward soft targets, and students beside the models that learn from labels alone."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.statistics.seeds import Purpose, generator
from backend.statistics.subsets import subset_masks
from workers.engine.bank import SoftTargets, Update
from workers.engine.choice import Choice
from workers.engine.data import DeviceData, Split
from workers.engine.distill import Lesson, Network, distill_models
from workers.engine.modules import ModuleBuilder
from workers.engine.run import Recipe, train_epoch
from workers.engine.train import train_models
from workers.models.convolutional import SmallCNN
from workers.models.mlp import MLPBuilder, StackedMLP

CLASSES, SEED, K, BATCH = 3, 11, 3, 8
CPU = torch.device("cpu")
UPDATE = Update(0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
BANKS = {
    "perceptrons": MLPBuilder(64, (5, 4), CLASSES),
    "one by one": ModuleBuilder(SmallCNN, (1, 2, CLASSES)),
    "in groups": ModuleBuilder(SmallCNN, (1, 2, CLASSES), 2),
}


@pytest.fixture(autouse=True)
def one_thread():
    """As lanes have it: how many threads there are decides about the last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def drawn(name, dtype=torch.float64):
    return BANKS[name]([generator(SEED, Purpose.INITIALIZATION, k) for k in range(K)], CPU, dtype)


def batches(name, dtype=torch.float64, steps=4):
    rng = torch.Generator().manual_seed(0)
    shape = (64,) if name == "perceptrons" else (1, 8, 8)
    for _ in range(steps):
        x = torch.randn(K, BATCH, *shape, generator=rng, dtype=torch.float64)
        y = torch.randint(CLASSES, (K, BATCH), generator=rng)
        said = torch.randn(K, BATCH, CLASSES, generator=rng, dtype=torch.float64).mul(2).softmax(dim=2)
        yield x.to(dtype), y, said


def plain(name):
    """The same networks as ordinary modules."""
    if name != "perceptrons":
        return [copy.deepcopy(module) for module in drawn("one by one").modules]
    bank, nets = drawn(name), []
    for k in range(K):
        net = nn.Sequential()
        for weight, bias in zip(bank.weights, bank.biases, strict=True):
            layer = nn.Linear(weight.shape[2], weight.shape[1]).double()
            layer.load_state_dict({"weight": weight[k].clone(), "bias": bias[k, :, 0].clone()})
            net.extend([layer, nn.ReLU()])
        nets.append(net[:-1])
    return nets


@pytest.mark.parametrize("name", BANKS)
@pytest.mark.parametrize(("temperature", "weight"), [(1, 1), (3, 1), (4, 0.3), (20, 0.9)])
def test_a_step_descends_the_loss_of_hinton_et_al(name, temperature, weight):
    bank, nets = drawn(name), plain(name)
    optimizers = [torch.optim.SGD(net.parameters(), 0.1, 0.9, 0, 0.01, nesterov=True) for net in nets]
    for x, y, said in batches(name):
        bank.step(x, y, UPDATE, SoftTargets(said, temperature, weight))
        for k, (net, optimizer) in enumerate(zip(nets, optimizers, strict=True)):
            optimizer.zero_grad()
            logits = net(x[k])
            softened = functional.log_softmax(logits / temperature, dim=1)
            apart = functional.kl_div(softened, said[k], reduction="batchmean")
            of_labels = functional.cross_entropy(logits, y[k])
            ((1 - weight) * of_labels + weight * temperature**2 * apart).backward()
            optimizer.step()
    x = next(batches(name))[0][0]
    for k, net in enumerate(nets):
        assert torch.allclose(bank.logits(x)[k], net.eval()(x), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", BANKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_teacher_without_weight_changes_no_bit(name, dtype):
    alone, taught = drawn(name, dtype), drawn(name, dtype)
    for x, y, said in batches(name, dtype):
        alone.step(x, y, UPDATE)
        taught.step(x, y, UPDATE, SoftTargets(said.half(), 3.0, 0.0))
    assert torch.equal(alone.logits(x[0]), taught.logits(x[0]))


@pytest.mark.parametrize("name", BANKS)
def test_half_precision_follows_the_same_rule(name):
    """Weights move where exact ones do, to within a tenth or so of the way."""
    moved = []
    for dtype in (torch.float64, torch.bfloat16):
        bank = drawn(name, dtype)
        before = _parameters(bank)
        for x, y, said in batches(name, dtype):
            bank.step(x, y, Update(0.01, momentum=0.5), SoftTargets(said.half(), 3.0, 0.8))
        moved.append(_parameters(bank) - before)
    assert (moved[0] - moved[1]).norm() < 0.2 * moved[0].norm()


def _parameters(bank):
    if isinstance(bank, StackedMLP):
        kept = [bank.weights + bank.biases]
    else:
        kept = bank._kept or [module.parameters() for module in bank.modules]
    return torch.cat([p.detach().double().flatten() for of_module in kept for p in of_module])


def test_at_a_high_temperature_students_match_logits():
    """The gradient goes to (z - v) / N of logits z and v with mean 0 (Hinton et al. 2015, eq. 4)."""
    bank = MLPBuilder(CLASSES, (), CLASSES)([np.random.default_rng(0)], CPU, torch.float64)
    (before,) = (weight.clone() for weight in bank.weights)
    x = torch.eye(CLASSES, dtype=torch.float64)[None]  # each row of logits is a column of the weights
    v = torch.randn(1, CLASSES, CLASSES, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    z = bank.own_logits(x)
    temperature = 1e5
    soft = SoftTargets(torch.softmax(v / temperature, dim=2), temperature, 1.0)
    bank.step(x, torch.zeros(1, CLASSES, dtype=torch.int64), Update(1.0), soft)
    z, v = (logits - logits.mean(dim=2, keepdim=True) for logits in (z, v))
    moved = (before - bank.weights[0]).mT
    assert torch.allclose(moved, (z - v) / CLASSES / CLASSES, atol=1e-4)


# --- teachers and students ---

N = 60
MASKS = subset_masks(SEED, N, 0.7, 0, 6)
RECIPE = Recipe(epochs=3, batch_size=16, learning_rate=0.2, momentum=0.9)
LESSON = Lesson(3.0, 1.0)


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, N + 20)
    x = rng.standard_normal((N + 20, 1, 2, 3)) + 2 * np.eye(6)[labels].reshape(-1, 1, 2, 3)
    return Split(x[:N], labels[:N], x[N:], labels[N:], CLASSES, flat=True)


class Spy(StackedMLP):
    """Keeps what it was trained on and asked."""

    def __init__(self, *arguments, **shape):
        super().__init__(*arguments, **shape)
        self.seen, self.asked = [], []

    def step(self, x, y, update, soft=None):
        self.seen.append((x, y, soft))
        super().step(x, y, update, soft)

    def own_logits(self, x):
        self.asked.append(x)
        return super().own_logits(x)


class Spies:
    """Makes banks, and keeps them."""

    def __init__(self, hidden):
        self.hidden, self.made = hidden, []

    def __call__(self, generators, device, dtype):
        shape = {"features": 6, "hidden": (self.hidden,), "classes": CLASSES}
        self.made.append(Spy(generators, device, dtype, **shape))
        return self.made[-1]


def network(build, dtype=torch.float64, seconds=1.0):
    return Network((("it", build),), dtype, seconds)


def distilled(
    split, teacher, students, models=range(6), recipe=RECIPE, lesson=LESSON, on_step=lambda _: None
):
    masks = MASKS[list(models)]
    return distill_models(teacher, students, split, masks, models, SEED, recipe, lesson, on_step)[0]


def by_labels(split, build, models=range(6), recipe=RECIPE, dtype=torch.float64):
    choice = Choice("it", 100, 1, "cpu", "it")
    return train_models(
        (("it", build),),
        split,
        MASKS[list(models)],
        models,
        SEED,
        recipe,
        lambda _: None,
        dtype=dtype,
        choice=choice,
    )


def last(spies, models):
    """The last banks made, as many as there were lanes: what candidates for a choice are made is before."""
    return next(
        bank for bank in reversed(spies.made) if len(bank.weights[0]) == models and len(bank.seen) > 5
    )


@pytest.mark.parametrize("recipe", [RECIPE, replace(RECIPE, crop=1, flip=True)], ids=["as is", "augmented"])
def test_students_learn_what_a_plain_loop_learns_from_its_teacher(split, recipe):
    teacher, student = Spies(8), Spies(2)
    distilled(split, network(teacher), [network(student)], [4], recipe)
    data = DeviceData(split, CPU, torch.float64, augmented=recipe.augments)
    banks = [
        MLPBuilder(6, (hidden,), CLASSES)([generator(SEED, Purpose.INITIALIZATION, 4)], CPU, torch.float64)
        for hidden in (8, 2)
    ]

    def teach(indices, x):
        if recipe.augments:
            return SoftTargets(torch.softmax(banks[0].own_logits(x) / 3.0, dim=2), 3.0, 1.0)
        (every,) = data.chunks(N, test=False)
        return SoftTargets(torch.softmax(banks[0].logits(every) / 3.0, dim=2).half()[:, indices[0]], 3.0, 1.0)

    for bank, way in zip(banks, (None, teach), strict=True):
        for epoch in range(recipe.epochs):
            train_epoch(bank, data, [4], MASKS[[4]], SEED, epoch, recipe, lambda _: None, way)
    for spies, expected in zip((teacher, student), banks, strict=True):
        for mine, theirs in zip(last(spies, 1).weights, expected.weights, strict=True):
            assert torch.equal(mine, theirs)


def test_augmented_students_and_teachers_see_the_same(split):
    teacher, student = Spies(8), Spies(2)
    distilled(split, network(teacher), [network(student)], [4], replace(RECIPE, crop=1, flip=True))
    steps = last(student, 1).seen
    assert all(
        torch.equal(x, asked)
        for (x, _, _), asked in zip(steps, last(teacher, 1).asked[-len(steps) :], strict=True)
    )
    assert not torch.equal(steps[0][0], steps[3][0])


def test_students_without_a_lesson_are_the_models_that_learn_from_labels(split):
    builds = [MLPBuilder(6, (hidden,), CLASSES) for hidden in (2, 5, 8)]
    students = distilled(
        split, network(builds[-1]), [network(build) for build in builds], lesson=Lesson(3.0, 0.0)
    )
    for build, found in zip(builds, students, strict=True):
        alone = by_labels(split, build)
        assert (found.train == (alone.train_predictions == split.y)).all()
        assert (found.test == (alone.test_predictions == split.y_test)).all()


def test_a_student_is_the_same_in_any_company(split):
    builds = [network(MLPBuilder(6, (hidden,), CLASSES), torch.float32) for hidden in (2, 8)]
    whole = distilled(split, builds[-1], builds)
    for models in ([4], [1, 5], range(2, 6)):
        for all_of_size, of_size in zip(whole, distilled(split, builds[-1], builds, models), strict=True):
            assert (all_of_size.train[list(models)] == of_size.train).all()
            assert (all_of_size.test[list(models)] == of_size.test).all()


def test_students_may_multiply_in_another_precision_than_their_teacher(split):
    builds = [MLPBuilder(6, (hidden,), CLASSES) for hidden in (4, 8)]
    for recipe in (RECIPE, replace(RECIPE, flip=True)):
        exact, rounded = (
            distilled(split, network(builds[1], dtype), [network(builds[0], torch.float32)], recipe=recipe)[0]
            for dtype in (torch.float32, torch.bfloat16)
        )
        assert (exact.train == rounded.train).mean() > 0.95


def test_progress_goes_by_what_trainings_take_and_cancels(split):
    teacher, student = (MLPBuilder(6, (hidden,), CLASSES) for hidden in (8, 2))
    seen = []
    asked = (split, network(teacher, seconds=3.0), [network(student), network(student)], [0])
    distilled(*asked, on_step=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
    steps = RECIPE.epochs * -(-int(MASKS[0].sum()) // RECIPE.batch_size)
    told = sorted({round(fraction, 9) for fraction in seen if fraction})
    assert len(told) == 3 * steps
    assert told[steps - 1] == pytest.approx(3 / 5)

    def stop(fraction):
        if fraction > 0.7:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        distilled(*asked, on_step=stop)
