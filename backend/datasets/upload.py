"""What an uploaded file holds, found out before anything in it is decoded."""

from pathlib import Path

from backend.datasets import archive
from backend.datasets.archive_names import is_hidden
from backend.datasets.arrays import Stored, is_array_name, list_arrays
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
    read follows from them and from `choices`, unless it is `decided`. ChoiceError says what has to be chosen.
    """
    choices = choices or Choices()
    with archive.opened(path) as opened:
        found = archive.entries(opened)
        shown = [entry for entry in found if not is_hidden(entry.name)]
        if any(is_array_name(entry.name) for entry in shown) and not any(
            is_picture_name(entry.name) for entry in shown
        ):
            return list_arrays(opened, shown, test_fraction, seed, choices, decided)
        return list_folders(opened, found, test_fraction, seed, choices, decided)
