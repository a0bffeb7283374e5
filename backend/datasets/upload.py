"""What an uploaded file holds, found out before anything in it is decoded."""

from pathlib import Path

from backend.datasets import archive
from backend.datasets.arrays import Stored, list_arrays
from backend.datasets.class_folders import Listed, is_picture_name, list_folders
from backend.datasets.treatment import Choices, Treatment


def examine(
    path: Path,
    test_fraction: float,
    seed: int,
    choices: Choices | None = None,
    decided: Treatment | None = None,
) -> Listed | Stored:
    """Return what an uploaded zip or npz holds; InvalidError tells everything that is wrong with it.

    Where there is no test part, that fraction of each class becomes one, drawn by the seed. How pictures are
    read follows from them and from `choices`, unless it is `decided`.
    """
    with archive.opened(path) as opened:
        found = archive.entries(opened)
        arrays = any("/" not in entry.name and entry.name.endswith(".npy") for entry in found)
        if arrays and not any(is_picture_name(entry.name) for entry in found):
            return list_arrays(opened, test_fraction, seed)
        return list_folders(opened, found, test_fraction, seed, choices or Choices(), decided)
