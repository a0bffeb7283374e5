"""Running out of memory, on any device."""

import gc

import torch

OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError, RuntimeError)


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error of those types is about memory; torch has no type of its own for the CPU's."""
    return (
        not isinstance(error, RuntimeError)
        or "allocate memory" in str(error)
        or "out of memory" in str(error)
    )


def release(device: torch.device) -> None:
    """Give memory back that nothing refers to but cycles, such as those of an error and its frames."""
    gc.collect()
    return_cached(device)


def return_cached(device: torch.device) -> None:
    """Give memory back that torch keeps for the next tensor."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
