"""IDX files, the form of MNIST and its relatives: a type, the length of each axis, and big-endian numbers.

Described by LeCun, Cortes and Burges with MNIST. They become npy files, number by number.
"""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from posixpath import basename
from typing import IO

from backend.datasets.archive import MAX_UNPACKED, damage_refused, refused
from backend.datasets.npy import check_end, new_array, read_exactly
from backend.datasets.sources import Source

_TYPES = {0x08: "|u1", 0x09: "|i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_AXES = range(1, 5)
_GZIP = b"\x1f\x8b"
_PIECE = 2**20
_LONGEST = 4 + 4 * _AXES.stop  # bytes of a header
HEAD = 1024  # bytes that tell an IDX file, also packed: before its first number are a name and a code

Header = tuple[str, tuple[int, ...]]


def is_idx(head: bytes, size: int) -> bool:
    """Return whether a file of so many bytes is IDX, by its first ones; it may be packed with gzip."""
    if head.startswith(_GZIP):
        try:
            return _header(zlib.decompressobj(31).decompress(head, _LONGEST)) is not None
        except zlib.error:
            return False
    found = _header(head)
    return found is not None and prod(found[1]) <= 2 * size  # else some other file that begins with zeros


def _header(head: bytes) -> Header | None:
    """Return the type and shape that an IDX file announces."""
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or head[3] not in _AXES:
        return None
    axes = head[3]
    if len(head) < 4 + 4 * axes:
        return None
    return _TYPES[head[2]], struct.unpack(f">{axes}I", head[4 : 4 + 4 * axes])


@contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    with damage_refused(f"{source.name!r} cannot be unpacked"), source.open() as file:
        packed = source.head(len(_GZIP)) == _GZIP
        yield gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[misc]


def repack_idx(sources: Sequence[Source], archive: zipfile.ZipFile) -> list[str]:
    """Write IDX files as arrays of an archive, and say what was done; InvalidError if one is broken.

    Where a file is there packed and unpacked, it counts once.
    """
    by_name: dict[str, Source] = {}
    for source in sorted(sources, key=lambda source: source.name.endswith(".gz")):
        by_name.setdefault(source.name.removesuffix(".gz"), source)
    for name, source in by_name.items():
        _repack_one(source, name, archive)
    notes = [f"Read from {len(by_name)} IDX files: {', '.join(sorted(map(basename, by_name)))}."]
    if any("emnist" in name.lower() for name in by_name):
        notes.append(
            "EMNIST's IDX files hold pictures with rows and columns exchanged; they are taken as stored."
        )
    return notes


def _repack_one(source: Source, name: str, archive: zipfile.ZipFile) -> None:
    with _opened(source) as file:
        first = read_exactly(file, source.name, 4)
        found = _header(first + read_exactly(file, source.name, 4 * first[3]))
        if found is None:
            raise refused(f"{source.name!r} is no IDX file.")
        kind, shape = found
        left = prod(shape) * int(kind[2])
        if left > MAX_UNPACKED:
            raise refused(f"{source.name!r} announces {left / 2**30:,.0f} GiB, more than can be taken.")
        with new_array(archive, name, shape, kind) as target:
            while left:
                data = read_exactly(file, source.name, min(_PIECE, left))
                target.write(data)
                left -= len(data)
        check_end(file, repr(source.name))
