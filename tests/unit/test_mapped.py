"""Walking through mapped files: everything is seen, nothing is lost, memory is given back."""

from pathlib import Path

import numpy as np
import pytest

from backend.datasets import mapped
from backend.datasets.mapped import let_go, slices


def resident() -> int:
    """Return the bytes of files that this process has mapped and in memory."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("RssFile")).split()[1])


@pytest.mark.parametrize("shape", [(0,), (1,), (7, 3), (100, 5, 2)])
def test_all_parts_together_are_the_array(monkeypatch, shape):
    monkeypatch.setattr(mapped, "SLICE_BYTES", 24)
    array = np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
    parts = list(slices(array))
    assert sum(len(part) for part in parts) == len(array)
    assert not parts or np.array_equal(np.concatenate(parts), array)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_pages_are_given_back_and_keep_what_was_written(tmp_path):
    array = np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.uint8, (2**26,))
    array[:] = 7
    before = resident()
    let_go(array)
    assert resident() < before - 2**25
    assert array.min() == array.max() == 7
    read = np.load(tmp_path / "a.npy", mmap_mode="r")
    start = resident()
    assert sum(int(part.sum()) for part in slices(read)) == 7 * 2**26
    assert resident() < start + 2**25
