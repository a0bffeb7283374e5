"""Which data sets of the catalog lie in a folder of this machine, as their files tell without being read."""

from dataclasses import dataclass
from pathlib import Path

from backend.datasets.catalog import CATALOG, Known


@dataclass(frozen=True)
class Lying:
    """Files of a data set in a folder: those that are `packed`, as .gz alone, and those that are missing.

    `archive` is the file that holds all of them, as it is published, where some would be missing without it.
    """

    packed: tuple[str, ...]
    missing: tuple[str, ...]
    archive: str | None = None


def look(known: Known, root: Path) -> Lying | None:
    """Return what lies of a data set in a folder, None where that is nothing."""
    plain = {name for name in known.files if _is_file(root / name)}
    packed = tuple(name for name in known.files if name not in plain and _is_file(root / f"{name}.gz"))
    missing = tuple(name for name in known.files if name not in plain and name not in packed)
    if missing and known.archive is not None and _is_file(root / known.archive):
        return Lying((), (), known.archive)
    return None if len(missing) == len(known.files) else Lying(packed, missing)


def look_for(dataset_id: str, root: Path | None) -> Lying | None:
    """Return what lies in a folder, if one is given, of a data set, if that is one of the catalog."""
    known = CATALOG.get(dataset_id)
    return None if root is None or known is None else look(known, root)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # of a folder that may not be read nothing is known
        return False
