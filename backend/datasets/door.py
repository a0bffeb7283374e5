"""Where uploads come in: whatever form they have, an archive of pictures or of arrays stands behind the door.

Archives of pictures and npz stay as they are. Tars, IDX files, the binary files of CIFAR and STL-10 and
Parquet files are read once, a piece at a time, into such an archive. Files of other programs are refused.
"""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from backend.datasets import archive, binary_files, idx_files, parquet_files
from backend.datasets.archive_names import is_hidden
from backend.datasets.arrays import is_array_name
from backend.datasets.class_folders import is_picture_name, shows_a_picture
from backend.datasets.faults import Faults
from backend.datasets.foreign_files import HEAD, check_one, tell_foreign
from backend.datasets.idx_files import is_idx
from backend.datasets.npy_folders import loose_arrays
from backend.datasets.sources import Source, of_entry, of_file
from backend.datasets.tables import is_table
from backend.datasets.tarballs import GZIP, is_tar, new_zip, repack
from backend.datasets.treatment import Choices

_ZIP, _NPY = b"PK", b"\x93NUMPY"
_COPIED = 2**20  # bytes at a time


_Write = Callable[[IO[bytes]], list[str]]  # a new archive into a file, and what there is to say of it


@dataclass(frozen=True)
class Brought:
    """An upload as an archive on this machine, and what there is to say of how it became one."""

    path: Path
    notes: tuple[str, ...] = ()


@contextmanager
def brought(path: Path, filename: str = "", choices: Choices | None = None) -> Iterator[Brought]:
    """Yield an upload as a zip: itself, or what it is made into, deleted at the end unless moved.

    InvalidError names the files that do harm or that cannot be read, ChoiceError what has to be chosen first.
    """
    choices = choices or Choices()
    with path.open("rb") as file:
        head = file.read(idx_files.HEAD)
    check_one(filename, head)
    if head.startswith(_ZIP):
        with _unfolded(path, choices) as found:
            yield found
    elif not _is_single(head, path) and is_tar(path):
        with (
            new_zip(path, lambda target: repack(path, target)) as (target, _),
            _unfolded(target, choices) as found,
        ):
            yield found
    else:
        with _of_one_file(path, filename, head, choices) as found:
            yield found


def _is_single(head: bytes, path: Path) -> bool:
    return head.startswith((_NPY, parquet_files.MAGIC)) or is_idx(head, path.stat().st_size)


@contextmanager
def _of_one_file(path: Path, filename: str, head: bytes, choices: Choices) -> Iterator[Brought]:
    source = of_file(path, PurePath(filename).name or "file")
    convert = _converter([source], choices)
    if convert is None and not head.startswith(_NPY):
        if head.startswith(GZIP):
            raise archive.refused(
                "The file is packed with gzip and holds no tar archive and no IDX file; pack folders of"
                " pictures or"
                " arrays as tar.gz or zip."
            )
        yield Brought(path)  # to be refused as no archive
        return
    with new_zip(path, convert or _zipped(lambda files: _wrapped(source, files))) as (target, notes):
        yield Brought(target, tuple(notes))


def _zipped(write: Callable[[zipfile.ZipFile], list[str]]) -> _Write:
    """Return what writes an archive into a file."""

    def fill(target: IO[bytes]) -> list[str]:
        with zipfile.ZipFile(target, "w") as files:
            return write(files)

    return fill


def _wrapped(source: Source, files: zipfile.ZipFile) -> list[str]:
    """Put an npy file into an archive, as it is."""
    with (
        source.open() as file,
        files.open(f"{source.name.removesuffix('.npy')}.npy", "w", force_zip64=True) as target,
    ):
        shutil.copyfileobj(file, target, _COPIED)
    return []


@contextmanager
def _unfolded(path: Path, choices: Choices) -> Iterator[Brought]:
    """Yield an archive, or what its files are made into."""
    with archive.opened(path) as opened:
        shown = [entry for entry in archive.entries(opened) if not is_hidden(entry.name)]
        taken = any(is_picture_name(entry.name) or is_array_name(entry.name) for entry in shown)
        taken = taken or any(shows_a_picture(opened, entry) for entry in shown)
        sources = [] if taken else [of_entry(opened, entry, path.parent) for entry in shown]
        convert = _converter(sources, choices) or _of_loose_arrays(opened, shown)
        if convert is not None:
            with new_zip(path, convert) as (target, notes):
                yield Brought(target, tuple(notes))
            return
        _check_foreign(sources)
    yield Brought(path)


def _of_loose_arrays(opened: zipfile.ZipFile, shown: list[archive.Entry]) -> _Write | None:
    """Return what makes arrays with labels of npy files in class folders, None if there are none."""
    arrays = [entry for entry in shown if is_array_name(entry.name)]
    if not arrays or any(is_picture_name(entry.name) for entry in shown):
        return None
    others = [entry.name for entry in shown if not is_array_name(entry.name)]
    write = loose_arrays(opened, arrays, [name for name in others if is_table(name)])
    return None if write is None else _zipped(lambda files: [*write(files), *_left_aside(others)])


def _check_foreign(sources: list[Source]) -> None:
    faults = Faults()
    tell_foreign([(source.name, source.head(HEAD)) for source in sources], faults)
    faults.check()


def _converter(sources: list[Source], choices: Choices) -> _Write | None:
    """Return what makes an archive of these files, None if nothing does."""
    heads = {source.name: source.head(idx_files.HEAD) for source in sources}
    idx = [source for source in sources if is_idx(heads[source.name], source.size)]
    binary = [source for source in sources if binary_files.is_binary(source.name)]
    parquet = [source for source in sources if heads[source.name].startswith(parquet_files.MAGIC)]
    if idx:
        return _zipped(lambda files: [*idx_files.repack_idx(idx, files), *_aside(sources, idx)])
    if binary:
        others = [source for source in sources if source not in binary]
        return _zipped(lambda files: binary_files.repack_binary(binary, others, files))
    if parquet:
        return lambda target: [
            *parquet_files.repack_parquet(parquet, target, choices),
            *_aside(sources, parquet),
        ]
    return None


def _aside(sources: list[Source], used: list[Source]) -> list[str]:
    return _left_aside([source.name for source in sources if source not in used])


def _left_aside(names: list[str]) -> list[str]:
    if not names:
        return []
    count = "1 other file was" if len(names) == 1 else f"{len(names):,} other files were"
    return [f"{count} skipped: {', '.join(names[:3])}{', …' if len(names) > 3 else ''}."]
