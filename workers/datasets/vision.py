"""Torchvision, also where its wheel was built for another kind of torch.

The registries' torchvision is built against a CUDA torch. Beside a CPU torch its compiled part cannot be
loaded, and then its Python part stops at two operators that nothing here calls: they are declared, without a
kernel, when that happens.
"""

import importlib
from types import ModuleType

import torch

_MISSING = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def datasets() -> ModuleType:
    """Return `torchvision.datasets`."""
    try:
        return importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _MISSING:
        library.define(schema)
    _LIBRARIES.append(library)  # an operator lives as long as its library
    return importlib.import_module("torchvision.datasets")


_LIBRARIES: list[torch.library.Library] = []
