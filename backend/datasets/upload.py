"""What an uploaded file holds, found out before anything in it is decoded."""

from pathlib import Path

from backend.datasets import archive
from backend.datasets.arrays import Stored, list_arrays
from backend.datasets.class_folders import Listed, list_folders


def examine(path: Path, test_fraction: float, seed: int) -> Listed | Stored:
    """Return what an uploaded zip or npz holds; InvalidError names the first thing that is wrong with it.

    Where there is no test part, that fraction of each class becomes one, drawn by the seed.
    """
    with archive.opened(path) as opened:
        infos = archive.files(opened)
        if any("/" not in info.filename and info.filename.endswith(".npy") for info in infos):
            return list_arrays(opened, test_fraction, seed)
        return list_folders(opened, infos, test_fraction, seed)
