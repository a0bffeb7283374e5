"""The networks of Zhang et al.: the paper's sizes, and models side by side that share nothing."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.datasets.base import Shape
from backend.networks.architectures import (
    MIN_SIDE,
    REDUCTIONS,
    Architecture,
    check,
    cost,
    has_norm,
    is_convolutional,
    title,
)
from workers.engine.bank import Update
from workers.engine.modules import ModuleBuilder
from workers.models.alexnet import ALPHA, BETA, NEIGHBORS, LocalResponseNorm, SmallAlexNet
from workers.models.inception import SmallInception
from workers.networks.architectures import back_ends, is_flat

CPU = torch.device("cpu")
CONVOLUTIONAL = [architecture for architecture in Architecture if is_convolutional(architecture)]
PERCEPTRONS = [architecture for architecture in Architecture if not is_convolutional(architecture)]


def shape_of(height, width, channels):
    return Shape(n_train=100, n_test=10, classes=10, height=height, width=width, channels=channels)


SEEN = shape_of(28, 28, 3)  # CIFAR-10 after the paper's crop
OF_PAPER = {
    Architecture.MLP_1X512: (1_209_866, 1.2),
    Architecture.MLP_3X512: (1_735_178, 1.7),
    Architecture.ALEXNET: (1_387_786, 25.1),
    Architecture.INCEPTION: (1_649_402, 204.2),
    Architecture.INCEPTION_PLAIN: (1_649_402, 204.2),
}


@pytest.mark.parametrize("architecture", Architecture)
def test_networks_have_the_sizes_of_the_paper(architecture):
    parameters, millions = OF_PAPER[architecture]
    found = cost(architecture, SEEN)
    assert found.parameters == parameters
    assert found.multiply_adds / 1e6 == pytest.approx(millions, abs=0.05)


def built(architecture, shape, reduction=1, models=1, dtype=torch.float64):
    """Return a bank of the usual back end."""
    _, build = back_ends(architecture, shape, reduction)[0]
    return build([np.random.default_rng(k) for k in range(models)], CPU, dtype)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("form", [(28, 28, 3), (28, 28, 1), (8, 8, 1), (7, 11, 3)])
@pytest.mark.parametrize("architecture", CONVOLUTIONAL)
def test_costs_are_those_of_the_modules(architecture, form, reduction):
    height, width, channels = form
    module = built(architecture, shape_of(*form), reduction).modules[0].double().eval()
    parameters, multiply_adds, outputs = [], [], []

    def computed(layer, _inputs, out):
        parameters.append(layer.weight.numel() + layer.bias.numel())
        multiply_adds.append(out.numel() * layer.weight[0].numel())
        outputs.append(out.numel())

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(computed)
    module(torch.zeros(1, channels, height, width, dtype=torch.float64))
    found = cost(architecture, shape_of(*form), reduction)
    assert found.parameters == sum(parameters)
    assert found.multiply_adds == sum(multiply_adds)
    assert found.outputs == sum(outputs)
    norms = sum(p.numel() for m in module.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters())
    assert sum(p.numel() for p in module.parameters()) - norms == found.parameters
    assert (norms > 0) == has_norm(architecture)


@pytest.mark.parametrize("form", [(28, 28, 3), (8, 8, 1)])
@pytest.mark.parametrize("architecture", PERCEPTRONS)
def test_costs_are_those_of_the_perceptrons(architecture, form):
    bank = built(architecture, shape_of(*form))
    found = cost(architecture, shape_of(*form))
    assert found.parameters == sum(p.numel() for p in bank.weights + bank.biases)
    assert found.multiply_adds == sum(p.numel() for p in bank.weights)
    assert found.outputs == sum(p.numel() for p in bank.biases)
    assert cost(architecture, shape_of(*form), reduction=4) == found


def test_a_reduction_divides_every_width():
    alexnet, inception = SmallAlexNet(3, 28, 28, 10, 8), SmallInception(3, 10, 8)
    units = [layer.weight.shape for layer in alexnet.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    assert units == [(8, 3, 5, 5), (8, 8, 5, 5), (48, 8 * 7 * 7), (24, 48), (10, 24)]
    channels = [layer.weight.shape[0] for layer in inception.modules() if isinstance(layer, nn.Conv2d)]
    assert channels == [12, 4, 4, 4, 6, 10, 14, 6, 12, 8, 10, 10, 6, 12, 12, 22, 20, 22, 20]
    assert inception.head.weight.shape == (10, 42)


def test_every_convolution_is_normalized_or_none():
    with_norm, without = SmallInception(1, 3, 8), SmallInception(1, 3, 8, normalized=False)
    kinds = [[type(layer) for layer in network.modules()] for network in (with_norm, without)]
    assert kinds[0].count(nn.BatchNorm2d) == kinds[0].count(nn.Conv2d) == 19
    assert nn.BatchNorm2d not in kinds[1]


def test_titles_say_which_widths_are_reduced():
    assert [title(architecture) for architecture in Architecture] == [
        "MLP 1 x 512",
        "MLP 3 x 512",
        "Small AlexNet",
        "Small Inception",
        "Small Inception without batch norm",
    ]
    assert title(Architecture.ALEXNET, 4) == "Small AlexNet, width-reduced to 1/4"
    assert title(Architecture.INCEPTION_PLAIN, 8) == (
        "Small Inception without batch norm, width-reduced to 1/8"
    )
    assert title(Architecture.MLP_3X512, 4) == "MLP 3 x 512"


@pytest.mark.parametrize("architecture", CONVOLUTIONAL)
def test_images_that_are_too_small_are_refused(architecture):
    for form in ((MIN_SIDE - 1, 28, 3), (28, MIN_SIDE - 1, 3)):
        for ask in (check, cost, back_ends):
            with pytest.raises(ValueError, match=f"at least 5 x 5 pixels, got {form[0]} x {form[1]}"):
                ask(architecture, shape_of(*form))


@pytest.mark.parametrize("architecture", CONVOLUTIONAL)
def test_the_smallest_image_alone_is_enough_to_learn_from(architecture):
    shape = shape_of(MIN_SIDE, MIN_SIDE, 1)
    bank = built(architecture, shape, 8)
    image = torch.rand(1, 1, 1, MIN_SIDE, MIN_SIDE, dtype=torch.float64)
    before = bank.logits(image[0])
    bank.step(image, torch.zeros(1, 1, dtype=torch.int64), Update(0.01))
    assert not torch.equal(bank.logits(image[0]), before)
    check(Architecture.MLP_1X512, shape_of(1, 1, 1))


def test_dropout_is_for_perceptrons_alone():
    assert back_ends(Architecture.MLP_1X512, SEEN, dropout=0.5) != back_ends(Architecture.MLP_1X512, SEEN)
    for architecture in CONVOLUTIONAL:
        with pytest.raises(ValueError, match="only perceptrons"):
            back_ends(architecture, SEEN, dropout=0.5)


@pytest.mark.parametrize("architecture", Architecture)
def test_all_back_ends_answer_for_every_model(architecture):
    shape = shape_of(8, 8, 1)
    ways = back_ends(architecture, shape, 8)
    assert ways == back_ends(architecture, shape, 8)  # so that equal questions are measured once
    x = torch.rand(4, 64) if is_flat(architecture) else torch.rand(4, 1, 8, 8)
    assert is_flat(architecture) == (len(ways) == 1)
    answers = []
    for _, build in ways:
        bank = build([np.random.default_rng(k) for k in range(2)], CPU, torch.float32)
        answers.append(bank.logits(x))
        assert answers[-1].shape == (2, 4, 10)
        assert torch.allclose(answers[-1], answers[0], rtol=0, atol=1e-4)


NETWORKS = {
    "alexnet": (SmallAlexNet, (2, 7, 8, 3, 8)),
    "inception": (SmallInception, (2, 3, 8)),
    "no norm": (SmallInception, (2, 3, 8, False)),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_models_side_by_side_are_models_alone(network):
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((3, 6, 2, 7, 8)))
    y = torch.from_numpy(rng.integers(0, 3, (3, 6)))
    alone, beside = (
        ModuleBuilder(*network, together)([np.random.default_rng(k) for k in range(3)], CPU, torch.float64)
        for together in (1, 3)
    )
    (whole,) = beside.modules

    def in_training(module, images):
        return module.train()(images.transpose(0, 1).flatten(1, 2)).unflatten(1, (len(images), -1))

    for _ in range(3):
        answers = in_training(whole, x)
        for k, module in enumerate(alone.modules):
            assert torch.allclose(answers[:, k], in_training(module, x[k : k + 1])[:, 0], rtol=0, atol=1e-9)
        assert torch.allclose(beside.logits(x[0]), alone.logits(x[0]), rtol=0, atol=1e-9)
        for bank in (alone, beside):  # gradients differ in nothing if the weights they lead to do not
            bank.step(x, y, Update(0.02, 0.9, weight_decay=0.01))
    for k, module in enumerate(alone.modules):
        state = whole.state_dict()
        for name, mine in module.state_dict().items():
            theirs = state[name] if mine.ndim == 0 else state[name].unflatten(0, (3, -1))[k]
            assert torch.allclose(mine, theirs, rtol=0, atol=1e-9)
    first, second = (next(module.parameters()) for module in alone.modules[:2])
    assert not torch.allclose(first, second)


def layers_of(network):
    return iter([layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)])


def halved(x):
    return functional.max_pool2d(x, 3, stride=2, padding=1)


def test_the_small_alexnet_is_the_one_of_the_paper():
    network = SmallAlexNet(3, 28, 28, 10, 4)
    x = image = torch.rand(2, 3, 28, 28)
    layers = layers_of(network)
    for _ in range(2):
        x = halved(next(layers)(x).relu())
        x = functional.local_response_norm(x, NEIGHBORS, ALPHA, BETA, 1.0)
    x = next(layers)(x.flatten(1)).relu()
    x = next(layers)(x).relu()
    assert torch.allclose(network(image), next(layers)(x), rtol=0, atol=1e-5)


def test_the_small_inception_is_the_one_of_figure_3():
    network = SmallInception(3, 10, 8, normalized=False)
    image = torch.rand(2, 3, 28, 28)
    layers = layers_of(network)
    x = next(layers)(image).relu()
    for block in ("mixed", "mixed", "halving", *["mixed"] * 4, "halving", "mixed", "mixed"):
        first = next(layers)(x).relu()
        second = halved(x) if block == "halving" else next(layers)(x).relu()
        x = torch.cat([first, second], dim=1)
    assert x.shape == (2, 42, 7, 7)
    assert torch.allclose(network(image), next(layers)(x.mean(dim=(2, 3))), rtol=0, atol=1e-5)


@pytest.mark.parametrize("channels", [4, 64])
def test_local_responses_are_normalized_as_torch_does_it_for_each_model(channels):
    norm = LocalResponseNorm(channels).double()
    x = 20 * torch.randn(2, 3 * channels, 5, 4, dtype=torch.float64)
    parts = [functional.local_response_norm(part, NEIGHBORS, ALPHA, BETA, 1.0) for part in x.chunk(3, dim=1)]
    assert torch.allclose(norm(x), torch.cat(parts, dim=1), rtol=0, atol=1e-9)
    assert not torch.allclose(norm(x), x, rtol=0.1)  # large responses are damped


@pytest.mark.parametrize("architecture", CONVOLUTIONAL)
def test_rounded_networks_answer_about_as_exact_ones(architecture):
    shape = shape_of(8, 8, 1)
    exact, rounded = (
        built(architecture, shape, 4, models=2, dtype=dtype) for dtype in (torch.float32, torch.bfloat16)
    )
    x, y = torch.rand(2, 16, 1, 8, 8), torch.arange(16).remainder(10).expand(2, 16)
    for bank, images in ((exact, x), (rounded, x.bfloat16())):
        bank.step(images, y, Update(0.01))
    one, two = exact.logits(x[0]), rounded.logits(x[0].bfloat16()).float()
    assert (one - two).norm() < 0.05 * one.norm()
