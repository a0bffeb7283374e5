"""What a unit was computed on, for its record: it outlives the worker."""

import platform
from functools import cache
from pathlib import Path
from typing import Any

import torch


@cache
def processor_name() -> str:
    """Return the processor's name as Linux tells it, elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def hardware() -> dict[str, Any]:
    """Return the processor, how many of its threads torch uses, and the versions that compute here."""
    return {
        "processor": processor_name(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }
