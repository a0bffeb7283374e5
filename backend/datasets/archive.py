"""Zip archives from strangers: opened, checked and read so that none can take more than it announces."""

import io
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

from backend.core.errors import FieldError, InvalidError

MAX_FILES = 500_000
MAX_DIRECTORY = 64 * 2**20  # bytes of the archive's own list of files, read in one piece
MAX_UNPACKED = 32 * 2**30  # bytes, of the files and of the decoded images
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others unpack without a bound

_LOCAL_HEADER = 30  # bytes before a file's name
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def refused(detail: str) -> InvalidError:
    """Return the error that refuses an upload."""
    return InvalidError(detail, (FieldError("/file", detail),))


class _Bounded(io.BufferedReader):
    """A file that is never read in pieces larger than any honest archive needs."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; InvalidError instead of a piece that is too large."""
        if size is not None and size > MAX_DIRECTORY:
            raise refused(f"The archive lists too many files; at most {MAX_FILES:,} can be taken.")
        return super().read(size)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; InvalidError if it is none, also where that shows while it is read."""
    with _Bounded(io.FileIO(path)) as file:
        try:
            archive = zipfile.ZipFile(file)
        except InvalidError:
            raise
        except Exception as error:  # whatever a reader of hostile bytes stumbles over
            raise refused(f"The file is not a readable zip or npz archive: {error}.") from None
        with archive:
            yield archive


def files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, folders aside; InvalidError names the first that does harm."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_FILES:
        raise refused(f"The archive holds {len(infos):,} files; at most {MAX_FILES:,} can be taken.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED:
        raise refused(
            f"The archive unpacks to {unpacked / 2**30:,.1f} GiB; at most {MAX_UNPACKED >> 30} can be taken."
        )
    seen: set[PurePosixPath] = set()
    for info in infos:
        _check(info)
        path = PurePosixPath(info.filename)
        if path in seen:
            raise refused(f"{info.filename!r} is in the archive twice.")
        seen.add(path)
    _check_overlap(infos)
    return infos


def _check(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise refused(f"{name[:200]!r} points out of the archive.")
    if _CONTROL.search(name):
        raise refused(f"{name[:200]!r} has control characters in its name; rename it.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refused(f"{name!r} is a link; put the file itself into the archive.")
    if info.flag_bits & 1:
        raise refused(f"{name!r} is encrypted; make the archive without a password.")
    if info.compress_type not in METHODS:
        raise refused(f"{name!r} is packed by an unusual method; make the archive with plain zip (deflate).")


def _check_overlap(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Files that share bytes let a small archive unpack to anything."""
    for one, following in pairwise(sorted(infos, key=lambda info: info.header_offset)):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > following.header_offset:
            raise refused(f"{following.filename!r} overlaps {one.filename!r}; make the archive anew.")


@contextmanager
def opened_file(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Open a file of an archive; InvalidError if it is not where the archive says."""
    try:
        file = archive.open(name)
    except Exception as error:  # zipfile and the file system have one each
        raise refused(f"{name!r} cannot be unpacked: {error}.") from None
    with file:
        yield file


def read_file(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file's bytes, never more than it announces; InvalidError if they cannot be read."""
    with opened_file(archive, name) as file:
        try:
            # Asking for all there is would unpack a piece of any size before cutting it to the announced one.
            return file.read(archive.getinfo(name).file_size)
        except Exception as error:  # zlib, zipfile and the file system have one each
            raise refused(f"{name!r} cannot be unpacked: {error}.") from None
