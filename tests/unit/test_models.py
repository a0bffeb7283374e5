"""Model families: the papers' shapes, answers that no neighbor can change, and equality with a plain loop."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from backend.networks.ladders import CIFAR10, Family, cost, hidden_layers
from backend.statistics.subsets import subset_masks
from workers.engine.bank import Update
from workers.engine.choice import Choice
from workers.engine.data import Split
from workers.engine.modules import ModuleBuilder
from workers.engine.run import Recipe
from workers.engine.train import train_models
from workers.models.convolutional import CifarResNet, SmallCNN
from workers.models.mlp import MLPBuilder

ON_CPU = (torch.device("cpu"), torch.float32)
RECIPE = Recipe(epochs=3, batch_size=16, learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)


def parameters(model):
    return sum(p.numel() for p in model.parameters())


COUNTS = {8: 81_140, 14: 178_356, 20: 275_572, 32: 470_004, 44: 664_436, 56: 858_868, 110: 1_733_812}


@pytest.mark.parametrize(("depth", "count"), COUNTS.items())
def test_residual_networks_have_the_sizes_of_the_papers(depth, count):
    assert parameters(CifarResNet(3, depth, 100)) == count
    # He et al. 2016, table 6, for 10 classes, in millions
    of_paper = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
    if depth in of_paper:
        assert parameters(CifarResNet(3, depth, 10)) / 1e6 == pytest.approx(of_paper[depth], abs=0.03)


@pytest.mark.parametrize("depth", [0, 2, 9, 18])
def test_other_depths_are_refused(depth):
    with pytest.raises(ValueError, match="6n"):
        CifarResNet(3, depth, 10)


@pytest.mark.parametrize(("hidden", "count"), [((512,), 1_209_866), ((512, 512, 512), 1_735_178)])
def test_perceptrons_have_the_sizes_of_zhang_et_al(hidden, count):
    build = MLPBuilder(28 * 28 * 3, hidden, 10)
    bank = build([np.random.default_rng(0)], *ON_CPU)
    assert sum(p.numel() for p in bank.weights + bank.biases) == count


@pytest.mark.parametrize(
    ("family", "size", "module"),
    [
        ("cnn_width", 5, SmallCNN(3, 5, 10)),
        *(("resnet_depth", depth, CifarResNet(3, depth, 10)) for depth in (8, 14, 20, 110)),
    ],
)
def test_the_ladders_know_what_networks_are_made_of(family, size, module):
    expected = cost(Family(family), size, CIFAR10)
    assert expected.parameters == parameters(module)
    outputs = []
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(lambda _layer, _in, out: outputs.append(out.numel()))
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, 3, 32, 32))
    assert expected.multiply_adds == counter.get_total_flops() // 2
    assert expected.outputs == sum(outputs)


@pytest.mark.parametrize(("family", "size"), [("mlp_width", 7), ("mlp_depth", 3)])
def test_the_ladders_know_what_perceptrons_are_made_of(family, size):
    hidden = hidden_layers(Family(family), size, 2, 9)
    bank = MLPBuilder(CIFAR10.features, hidden, 10)([np.random.default_rng(0)], *ON_CPU)
    found = cost(Family(family), size, CIFAR10, layers=2, units=9)
    assert found.parameters == sum(p.numel() for p in bank.weights + bank.biases)
    assert found.multiply_adds == sum(p.numel() for p in bank.weights)


def test_a_small_network_grows_with_its_width():
    sizes = [parameters(SmallCNN(3, width, 10)) for width in (4, 8, 16)]
    assert sizes[0] == 27 * 4 + 9 * 4 * 8 + 9 * 8 * 16 + 2 * (4 + 8 + 16) + 16 * 10 + 10
    assert sizes == sorted(sizes)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 90)
    x = rng.standard_normal((90, 1, 8, 8)) + labels[:, None, None, None]
    return Split(x[:70], labels[:70], x[70:], labels[70:], 3)


CNN, RESNET = (SmallCNN, (1, 4, 3)), (CifarResNet, (1, 8, 3))


def trained(build, split, models, dtype=torch.float64, recipe=RECIPE):
    made = []

    def keeping(*arguments):
        made.append(build(*arguments))
        return made[0]

    masks = subset_masks(5, 70, 0.7, 0, max(models) + 1)[list(models)]
    choice = Choice("it", at_once=100, lanes=1, device="cpu", precision="float64")
    train_models(
        (("it", keeping),), split, masks, models, 5, recipe, lambda _: None, dtype=dtype, choice=choice
    )
    return made[0]


@pytest.mark.parametrize("network", [CNN, RESNET], ids=["cnn", "resnet"])
def test_a_model_is_the_same_bits_beside_any_others(images, network):
    x = torch.from_numpy(images.x_test).float()
    together = trained(ModuleBuilder(*network), images, range(4), torch.float32).logits(x)
    for model in (0, 3):
        alone = trained(ModuleBuilder(*network), images, [model], torch.float32).logits(x)
        assert torch.equal(alone[0], together[model])


@pytest.mark.parametrize("network", [CNN, RESNET], ids=["cnn", "resnet"])
def test_an_answer_does_not_depend_on_what_is_asked_beside_it(images, network):
    bank = trained(ModuleBuilder(*network), images, [0, 1])
    x = torch.from_numpy(images.x_test)
    whole = bank.logits(x)
    parts = torch.cat([bank.logits(part) for part in x.split(3)], dim=1)
    assert torch.allclose(whole, parts, rtol=0, atol=1e-12)
    assert torch.allclose(bank.logits(x), whole, rtol=0, atol=0)  # asking changes no statistics


@pytest.mark.parametrize("network", [CNN, RESNET], ids=["cnn", "resnet"])
def test_the_bank_learns_what_torch_optim_learns(images, network):
    bank = trained(ModuleBuilder(*network), images, [0, 1])
    twin = ModuleBuilder(*network)([np.random.default_rng(3)], torch.device("cpu"), torch.float64)
    make, arguments = network
    model = make(*arguments).double()
    model.load_state_dict(twin.modules[0].state_dict())
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, nesterov=True, weight_decay=0.01)
    x, y = torch.from_numpy(images.x), torch.from_numpy(images.y)
    for batch in torch.arange(70).split(16):
        twin.step(x[batch][None], y[batch][None], Update(0.1, 0.9, nesterov=True, weight_decay=0.01))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
    for mine, theirs in zip(twin.modules[0].parameters(), model.parameters(), strict=True):
        assert torch.allclose(mine, theirs, rtol=0, atol=1e-10)
    first, second = (next(m.parameters()) for m in bank.modules)
    assert not torch.allclose(first, second)  # models of a bank share nothing


@pytest.mark.parametrize("network", [CNN, RESNET], ids=["cnn", "resnet"])
@pytest.mark.parametrize("recipe", [RECIPE, replace(RECIPE, crop=1, flip=True)], ids=["plain", "augmented"])
def test_grouped_models_are_those_of_the_loop(images, network, recipe):
    x = torch.from_numpy(images.x_test)
    alone = trained(ModuleBuilder(*network), images, [0, 2, 5], recipe=recipe).logits(x)
    grouped = trained(ModuleBuilder(*network, together=4), images, [0, 2, 5], recipe=recipe).logits(x)
    assert torch.allclose(alone, grouped, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_group_has_the_same_bits_in_any_company(images, dtype):
    """Bits depend on the back end and the device: not on how many models there are, nor which."""
    build = ModuleBuilder(*CNN, together=4)
    x = torch.from_numpy(images.x_test).to(dtype)
    together = trained(build, images, range(6), dtype).logits(x)
    for models in ([0], [5, 3], [3, 0, 4, 1, 5]):
        fewer = trained(build, images, models, dtype).logits(x)
        assert all(torch.equal(fewer[k], together[model]) for k, model in enumerate(models))


def test_both_back_ends_train_the_same_perceptron(images):
    flat = Split(images.x.reshape(70, -1), images.y, images.x_test.reshape(20, -1), images.y_test, 3)

    def make(models):
        assert models == 1
        return nn.Sequential(nn.Linear(64, 7), nn.ReLU(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3))

    x = torch.from_numpy(flat.x_test)
    plain = trained(ModuleBuilder(make), flat, [0, 2]).logits(x)
    stacked = trained(MLPBuilder(64, (7, 5), 3), flat, [0, 2]).logits(x)
    assert torch.allclose(plain, stacked, rtol=0, atol=1e-9)
