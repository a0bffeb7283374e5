"""Tar archives become zips at the door: one form behind it, with one set of checks and files in any order.

A tar is read once, from front to back, a piece at a time; what it holds is stored as it is.
"""

import fcntl
import gzip
import io
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from backend.datasets.archive import (
    MAX_DIRECTORY,
    MAX_FILES,
    MAX_UNPACKED,
    damage_refused,
    points_out,
    refused,
)
from backend.datasets.faults import Faults

MAX_RATIO = 200  # of bytes unpacked to packed; real pictures barely shrink
SMALL = 2**26  # bytes; below, a ratio means nothing

GZIP = b"\x1f\x8b"
_COPIED = 2**20  # bytes at a time


@contextmanager
def new_zip(path: Path, write: Callable[[IO[bytes]], list[str]]) -> Iterator[tuple[Path, list[str]]]:
    """Yield a zip made beside an upload, and what its writer says of it; deleted at the end unless moved."""
    target = path.with_name(f"{path.name}.zip.partial")
    try:
        with target.open("w+b") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)  # as uploads are, so that no sweep takes it
            said = write(file)
            file.flush()
            yield target, said
    finally:
        target.unlink(missing_ok=True)


def is_tar(path: Path) -> bool:
    """Return whether a file is a tar, packed with gzip or not; InvalidError if its gzip is broken."""
    with path.open("rb") as file:
        head = file.read(tarfile.BLOCKSIZE)
        if not head.startswith(GZIP):
            return _is_header(head)
        file.seek(0)
        try:
            return _is_header(gzip.GzipFile(fileobj=file).read(tarfile.BLOCKSIZE))
        except (OSError, EOFError, zlib.error) as error:
            raise refused(f"The file is not a readable gzip archive: {error}.") from None


def repack(path: Path, target: IO[bytes]) -> list[str]:
    """Copy the files of a tar into a new zip, without a word; InvalidError names those that do harm."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    with zipfile.ZipFile(target, "w") as archive:
        _repack(path, archive, packed=packed)
    return []


def _is_header(head: bytes) -> bool:
    """Return whether bytes are the header of a tar's first file: in all forms, its checksum is right."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


class _Pieces(io.BufferedReader):
    """Bytes that are never asked for in pieces larger than any honest tar needs, nor beyond a bound."""

    def __init__(self, raw: Any, most: int) -> None:
        super().__init__(raw, _COPIED)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; InvalidError instead of a piece that is too large, or one too many."""
        if size is None or size < 0 or size > MAX_DIRECTORY:
            raise refused("The archive has a header that no honest one needs.")
        self._check(self.tell() + size)
        return super().read(size)

    def seek(self, target: int, whence: int = io.SEEK_SET, /) -> int:
        """Go on as usual, which unpacks what is passed by; InvalidError beyond the bound."""
        self._check(target)
        return super().seek(target, whence)

    def _check(self, place: int) -> None:
        if place > self._most + _COPIED:
            raise refused(
                f"The archive unpacks to more than {self._most / 2**20:,.0f} MiB, which no pictures of its"
                " size need."
            )


def _repack(path: Path, archive: zipfile.ZipFile, *, packed: bool) -> None:
    most = min(MAX_UNPACKED, max(SMALL, MAX_RATIO * path.stat().st_size)) if packed else path.stat().st_size
    with (
        path.open("rb") as file,
        _Pieces(gzip.GzipFile(fileobj=file) if packed else file, most) as pieces,
        damage_refused("The file is not a readable tar archive"),
        tarfile.TarFile(fileobj=pieces) as tar,
    ):
        _copy(tar, archive)


def _copy(tar: tarfile.TarFile, archive: zipfile.ZipFile) -> None:
    """Copy the files of a tar; a fault for each that is none, or points out of the archive."""
    faults = Faults()
    count = 0
    seen: set[str] = set()
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # else it keeps all
        name = member.name
        count += 1
        if count > MAX_FILES:
            raise refused(f"The archive holds more than {MAX_FILES:,} files, the most that can be taken.")
        if member.isdir() and not points_out(member.name):
            if member.name.isprintable() and member.name not in {".", *seen}:
                archive.mkdir(member.name)
                seen.add(member.name)
            continue
        problem = _harm(member)
        if problem is None and name in seen:
            problem = "is in the archive twice"
        seen.add(name)
        if problem is not None:
            printable = name.encode("utf-8", "replace").decode()[:200]
            faults.add(f"{printable!r} {problem}.", printable)
        elif not faults:
            source = tar.extractfile(member)
            info = zipfile.ZipInfo(name)
            info.file_size = member.size
            if source is not None:
                with archive.open(info, "w") as target:
                    shutil.copyfileobj(source, target, _COPIED)
    faults.check()


def _harm(member: tarfile.TarInfo) -> str | None:
    """Return why a file of a tar is not read, None if it may be."""
    if member.issym() or member.islnk():
        return "is a link; put the file itself into the archive"
    if not member.isreg() or member.issparse():
        return "is no plain file"
    if points_out(member.name) or "\0" in member.name:
        return "points out of the archive"
    try:
        member.name.encode()
    except UnicodeEncodeError:
        return "is not named in UTF-8; pack it with another tool"
    return None
