"""Opens an experiment's file from anybody: bounded, complete, undamaged, and only then looked at.

Whatever is wrong is an InvalidError that says what, and what would help.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from backend.datasets.archive import damage_refused, entries, opened, opened_file, read_file, refused
from backend.datasets.npy import ArrayFile, read_array_file
from backend.portable.manifest import (
    ALWAYS,
    EVENTS,
    FORMAT,
    GIVEN,
    LABELS,
    MANIFEST,
    MATRIX,
    NAMES,
    OF_DATA,
    PICTURES,
    RESULTS,
    UNITS,
    VERSION,
    CarriedEvent,
    CarriedUnit,
    Manifest,
)
from backend.studies import STUDIES
from backend.studies.kit.params import StudyParams
from backend.studies.kit.results import Results
from backend.studies.kit.study import Study

MAX_RESULTS = 2 * 2**30  # bytes, of the packed results and of the arrays in them: both are held in memory
MAX_MANIFEST = 16 * 2**20
MAX_LINES = 5_000_000
MAX_LINE = 2**16  # bytes
MAX_NAMES = 512 * 2**20

_COPIED = 2**20

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Names:
    """What the pictures of a data set are called, and where they lay in the archive they came in."""

    names: tuple[str, ...]
    archived: tuple[int, ...] | None


@dataclass(frozen=True)
class Carried:
    """An open file whose members are all there and undamaged."""

    archive: zipfile.ZipFile
    manifest: Manifest
    study: Study[Any, Any]
    params: StudyParams

    def packed_results(self) -> bytes:
        """Return the results as they are packed."""
        return read_file(self.archive, RESULTS)

    def results(self) -> Results:
        """Unpack the results; that they are those of this experiment, `fitting` tells."""
        data = self.packed_results()
        _check_arrays(data)
        with damage_refused("The results cannot be read by this version"):
            return Results.from_bytes(data, self.study.facts, self.study.columns)

    def units(self) -> Iterator[CarriedUnit]:
        """Yield the units in plan order."""
        return self._lines(UNITS, CarriedUnit)

    def events(self) -> Iterator[CarriedEvent]:
        """Yield the lines of the log, oldest first."""
        return self._lines(EVENTS, CarriedEvent)

    def pictures(self) -> ArrayFile:
        """Return the pictures (n, height, width) or (n, height, width, 3), to be read a part at a time."""
        found = read_array_file(self.archive, PICTURES, PICTURES)
        form = found.shape
        if found.dtype != np.uint8 or found.header.fortran or len(form) not in {3, 4} or min(form) < 1:
            raise refused(f"{PICTURES} has no pictures: it is {found.dtype} of the shape {form}.")
        if len(form) == 4 and form[3] != 3:
            raise refused(f"{PICTURES} has pictures of {form[3]} colors; there are 1 or 3.")
        return found

    def labels(self, classes: int) -> npt.NDArray[np.int64]:
        """Return the data set's own labels, (n,) indices of classes."""
        return _indices(self._whole(LABELS), LABELS, classes)

    def given(self, classes: int) -> npt.NDArray[np.int64]:
        """Return the label file that was trained on, (n_train,) indices of classes."""
        return _indices(self._whole(GIVEN), GIVEN, classes)

    def matrix(self) -> npt.NDArray[np.float64]:
        """Return the known entries of the matrix, (observed, 3): row, column and value."""
        found = self._whole(MATRIX)
        if found.dtype != np.float64 or found.ndim != 2 or found.shape[1] != 3 or not len(found):
            raise refused(f"{MATRIX} has no entries of a matrix: it is {found.dtype} of {found.shape}.")
        if not np.isfinite(found).all():
            raise refused(f"{MATRIX} has entries that are not finite.")
        return found

    def names(self, n: int) -> Names:
        """Return what the `n` pictures are called."""
        if self.manifest.members[NAMES].bytes > MAX_NAMES:
            raise refused(f"{NAMES} is larger than {MAX_NAMES >> 20} MiB.")
        with damage_refused(f"{NAMES} cannot be read"):
            told = json.loads(read_file(self.archive, NAMES))
            names, archived = told["names"], told["archived"]
            whole = archived is None or (len(archived) == n and all(type(place) is int for place in archived))
            if len(names) != n or not all(type(name) is str for name in names) or not whole:
                raise ValueError(f"it does not name {n:,} pictures")
        return Names(tuple(names), None if archived is None else tuple(archived))

    def _whole(self, name: str) -> npt.NDArray[Any]:
        array = read_array_file(self.archive, name, name)
        parts = list(array.parts(self.archive))
        return np.concatenate(parts) if parts else np.zeros(array.shape, array.dtype)

    def _lines(self, name: str, model: type[T]) -> Iterator[T]:
        with opened_file(self.archive, name) as file, damage_refused(f"{name} cannot be read"):
            for number in range(MAX_LINES + 1):
                line = file.readline(MAX_LINE + 1)
                if not line:
                    return
                if len(line) > MAX_LINE or number == MAX_LINES:
                    raise ValueError(f"line {number + 1} is too long, or there are too many")
                yield model.model_validate_json(line)


@contextmanager
def carried(path: Path) -> Iterator[Carried]:
    """Open an experiment's file; InvalidError where this version cannot read it, or it is damaged."""
    if path.exists() and not zipfile.is_zipfile(path):
        raise refused("The file is no experiment of Memoscope, or it was cut off on its way.")
    with opened(path) as archive:
        manifest = _manifest(archive)
        _check_members(archive, manifest)
        study = STUDIES.get(manifest.experiment.study)
        if study is None:
            raise refused(
                f"The file has an experiment of the study {manifest.experiment.study!r}, which this Memoscope"
                f" does not have; studies are: {', '.join(STUDIES)}."
            )
        yield Carried(archive, manifest, study, _params(study, manifest))


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    sizes = {entry.name: entry.info.file_size for entry in entries(archive)}
    if MANIFEST not in sizes:
        raise refused("The file is no experiment of Memoscope: it has no manifest.json.")
    if sizes[MANIFEST] > MAX_MANIFEST:
        raise refused(f"{MANIFEST} is larger than {MAX_MANIFEST >> 20} MiB.")
    data = read_file(archive, MANIFEST)
    with damage_refused("The manifest cannot be read"):
        told = json.loads(data)
        form, version = told["format"], told["version"]
    if form != FORMAT:
        raise refused("The file is no experiment of Memoscope: its manifest is about something else.")
    if type(version) is not int or version > VERSION:
        raise refused(
            f"The file was written in version {str(version)[:20]} of the format, by a newer Memoscope; this"
            f" one reads up to version {VERSION}: upgrade it, or export with an older one."
        )
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))[:200]
        raise refused(f"The manifest is damaged: {place}: {first['msg']}.") from None


def _check_members(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Check that the archive has what the manifest says and nothing else, each of its size and checksum."""
    known = ALWAYS | OF_DATA | {GIVEN, MATRIX}
    there = {entry.name: entry.info.file_size for entry in entries(archive) if entry.name != MANIFEST}
    if strange := sorted(there.keys() - known):
        raise refused(f"The file holds {strange[0][:100]!r}, which no experiment has.")
    needed = manifest.needed
    if missing := sorted(needed - there.keys()) or sorted(needed - manifest.members.keys()):
        raise refused(f"The file is incomplete: {missing[0]} is missing.")
    if there[RESULTS] > MAX_RESULTS:
        raise refused(f"The results are larger than {MAX_RESULTS >> 30} GiB, the most that can be taken.")
    for name in sorted(needed):
        digest, size = hashlib.sha256(), 0
        with opened_file(archive, name) as file, damage_refused(f"{name} is damaged"):
            while piece := file.read(_COPIED):
                digest.update(piece)
                size += len(piece)
        told = manifest.members[name]
        if size != told.bytes or digest.hexdigest() != told.sha256:
            raise refused(f"{name} is damaged: it is not what the file says of it.")


def _params(study: Study[Any, Any], manifest: Manifest) -> StudyParams:
    try:
        parsed: StudyParams = study.params.model_validate(manifest.experiment.params)
    except ValidationError as error:
        fields = dict.fromkeys(str(entry["loc"][0])[:100] for entry in error.errors() if entry["loc"])
        raise refused(
            f"The file was written by Memoscope {manifest.memoscope}, whose parameters of the study"
            f" {study.name} this version cannot read ({', '.join(fields)})."
        ) from None
    if (study.data_of(parsed) is None) != (manifest.dataset is None):
        raise refused("The file is incomplete: its experiment and its data set do not belong together.")
    return parsed


def _check_arrays(data: bytes) -> None:
    """Check that packed arrays are plain, hold what they announce, and fit into memory together."""
    with damage_refused(f"{RESULTS} cannot be read"), zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = entries(archive)
        if sum(entry.info.file_size for entry in inside) > MAX_RESULTS:
            raise refused(f"The results unpack to more than {MAX_RESULTS >> 30} GiB.")
        for entry in inside:
            read_array_file(archive, entry.info.filename, f"{RESULTS}, {entry.name[:100]}")


def _indices(values: npt.NDArray[Any], name: str, classes: int) -> npt.NDArray[np.int64]:
    if values.ndim != 1 or values.dtype.kind not in "iu" or not len(values):
        raise refused(f"{name} has no labels: it is {values.dtype} of the shape {values.shape}.")
    if values.min() < 0 or values.max() >= classes:
        raise refused(
            f"{name} has labels from {values.min()} to {values.max()}, and there are {classes} classes."
        )
    return values.astype(np.int64)
