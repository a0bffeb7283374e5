"""Zip archives from strangers: opened, checked and read so that none can take more than it announces."""

import errno
import io
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from backend.core.errors import FieldError, InvalidError
from backend.datasets.archive_names import is_folder, readable, slashed
from backend.datasets.faults import Faults

MAX_FILES = 500_000
MAX_DIRECTORY = 64 * 2**20  # bytes of the archive's own list of files, read in one piece
MAX_UNPACKED = 32 * 2**30  # bytes, of the files and of the decoded images
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others unpack without a bound

_LOCAL_HEADER = 30  # bytes before a file's name
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REASON = 200  # characters
FINDER_ICON = "Icon\r"  # what macOS calls a folder's own icon


@dataclass(frozen=True)
class Entry:
    """A file of an archive, and its path as people read it: composed Unicode, with slashes."""

    info: zipfile.ZipInfo
    name: str


def refused(detail: str) -> InvalidError:
    """Return the error that refuses an upload."""
    return InvalidError(detail, (FieldError("/file", detail),))


@contextmanager
def damage_refused(what: str) -> Iterator[None]:
    """Turn whatever a reader of hostile bytes stumbles over into an InvalidError, `what` (and the reason).

    The disk's own errors, such as that it is full, pass.
    """
    try:
        yield
    except (InvalidError, MemoryError):
        raise
    except Exception as error:  # zlib, gzip, zipfile, tarfile, numpy and pyarrow have one each
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise refused(f"{what} ({_reason(error)}).") from None


def _reason(error: Exception) -> str:
    """Return what an error says, in a line that is no longer than a sentence."""
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    return said if len(said) <= _REASON else f"{said[:_REASON]}…"


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
            raise refused(f"The file is not a readable zip or npz archive: {_reason(error)}.") from None
        with archive:
            yield archive


def files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, folders aside; InvalidError names all that do harm."""
    return [entry.info for entry in entries(archive)]


def entries(archive: zipfile.ZipFile) -> list[Entry]:
    """Return the files of an archive with readable names; InvalidError names all that do harm."""
    infos = [info for info in archive.infolist() if not is_folder(info)]
    if len(infos) > MAX_FILES:
        raise refused(f"The archive holds {len(infos):,} files; at most {MAX_FILES:,} can be taken.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED:
        raise refused(
            f"The archive unpacks to {unpacked / 2**30:,.1f} GiB; at most {MAX_UNPACKED >> 30} can be taken."
        )
    faults = Faults()
    seen: set[str] = set()
    found = []
    for info in infos:
        name = readable(info)
        problem = _harm(info, name)
        path = slashed(name)
        if problem is None and path in seen:
            problem = "is in the archive twice"
        if problem is not None:
            faults.add(f"{name[:200]!r} {problem}.", name[:200])
        seen.add(path)
        found.append(Entry(info, path))
    _check_overlap(infos, faults)
    faults.check()
    return found


def _harm(info: zipfile.ZipInfo, name: str) -> str | None:
    """Return why a file is not read, None if it may be."""
    if points_out(name) or points_out(info.orig_filename):
        return "points out of the archive"
    if _CONTROL.search(name) and not name.endswith(FINDER_ICON):
        return "has control characters in its name; rename it"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link; put the file itself into the archive"
    if info.flag_bits & 1:
        return "is encrypted; make the archive without a password"
    if info.compress_type not in METHODS:
        return "is packed by an unusual method; make the archive with plain zip (deflate)"
    return None


def points_out(name: str) -> bool:
    """Return whether a path leads out of the folder that it is unpacked into."""
    parts = re.split(r"[/\\]", name)
    return parts[0] == "" or ".." in parts or re.match(r"[A-Za-z]:", name) is not None


def _check_overlap(infos: Sequence[zipfile.ZipInfo], faults: Faults) -> None:
    """Files that share bytes let a small archive unpack to anything."""
    for one, following in pairwise(sorted(infos, key=lambda info: info.header_offset)):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > following.header_offset:
            name = readable(following)
            faults.add(f"{name!r} overlaps {readable(one)!r}; make the archive anew.", name)


@contextmanager
def opened_file(archive: zipfile.ZipFile, path: str, name: str | None = None) -> Iterator[IO[bytes]]:
    """Open a file of an archive; InvalidError if it is not where the archive says."""
    try:
        file = archive.open(path)
    except Exception as error:  # zipfile and the file system have one each
        raise refused(f"{name or path!r} cannot be unpacked: {_reason(error)}.") from None
    with file:
        yield file


def read_file(archive: zipfile.ZipFile, path: str, name: str | None = None) -> bytes:
    """Return a file's bytes, never more than it announces; InvalidError if they cannot be read.

    `path` is the archive's own, `name` what the refusal calls it, if that is another.
    """
    with opened_file(archive, path, name) as file:
        try:
            # Asking for all there is would unpack a piece of any size before cutting it to the announced one.
            return file.read(archive.getinfo(path).file_size)
        except Exception as error:  # zlib, zipfile and the file system have one each
            raise refused(f"{name or path!r} cannot be unpacked: {_reason(error)}.") from None
