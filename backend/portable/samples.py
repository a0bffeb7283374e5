"""Finished experiments that come with Memoscope, for machines too slow to train and for mere visitors."""

from pathlib import Path

from backend.core.provenance import ROOT
from backend.core.settings import Settings
from backend.portable.manifest import SUFFIX
from backend.portable.taking import Taken, take_in
from backend.studies import STUDIES

FOLDER = ROOT / "backend" / "samples"
AGAIN = "make samples"  # makes them anew


def files(folder: Path = FOLDER) -> list[Path]:
    """Return the files, by the names of their studies."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def take_samples(settings: Settings) -> list[Taken]:
    """Take in all samples that are not there yet, last what newcomers should see first, as the newest."""
    places = {name: place for place, name in enumerate(STUDIES)}
    ordered = sorted(files(), key=lambda file: -places.get(file.stem, len(places)))
    return [take_in(settings, file) for file in ordered]
