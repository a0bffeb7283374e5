"""Arrays in numpy's own form, from strangers: read a part at a time, never unpickled."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import opened_file, refused
from backend.datasets.mapped import let_go

PART_BYTES = 2**23  # read at a time
_COPIED = 2**20

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Header:
    """What an npy file announces."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[np.generic]

    @property
    def size(self) -> int:
        """Bytes of its numbers."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes], name: str) -> Header:
    """Return the header of an npy file and leave it at its first number; InvalidError if it has none."""
    try:
        version = np.lib.format.read_magic(file)
        first = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:  # it is parsed as Python, with whatever that may raise
        raise refused(f"{name}: is not a readable array ({error}).") from None
    if dtype.hasobject:
        raise refused(
            f"{name}: holds Python objects, which are not loaded because that can run any code. Where you"
            " trust"
            " the file, save plain arrays: `import numpy as np; d = np.load('your.npz', allow_pickle=True);"
            " np.savez('plain.npz', **{k: np.array(d[k].tolist()) for k in d})`."
        )
    if any(type(length) is not int or length < 0 for length in shape):
        raise refused(f"{name}: has the shape {shape}, which no array has.")
    return Header(shape, fortran, dtype)


def read_exactly(file: IO[bytes], name: str, size: int) -> bytes:
    """Return so many bytes of a file; InvalidError if it has fewer or cannot be unpacked."""
    try:
        data = file.read(size)
    except Exception as error:  # zlib, zipfile and the file system have one each
        raise refused(f"{name}: cannot be unpacked ({error}).") from None
    if len(data) < size:
        raise refused(f"{name}: announces {size:,} bytes and holds {len(data):,}.")
    return data


def check_end(file: IO[bytes], name: str) -> None:
    """Check that a file ends here, and with the checksum of what was read; InvalidError if not."""
    try:
        further = file.read(1)
    except Exception as error:  # gzip and zipfile tell here that what was unpacked is damaged
        raise refused(f"{name}: cannot be unpacked ({error}).") from None
    if further:
        raise refused(f"{name} goes on behind the numbers that it announces; it is broken.")


@dataclass(frozen=True)
class ArrayFile:
    """An npy file of an archive: the path there, and what the array is called."""

    path: str
    name: str
    header: Header

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows first."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of its numbers."""
        return self.header.dtype

    @property
    def rows(self) -> int:
        """How many there are, one for each picture."""
        return self.shape[0] if self.shape else 0

    def parts(self, archive: zipfile.ZipFile) -> Iterator[Numbers]:
        """Yield its rows in order, some at a time; InvalidError if some are missing."""
        row = prod(self.shape[1:]) * self.dtype.itemsize
        most = max(PART_BYTES // max(row, 1), 1)
        with opened_file(archive, self.path, self.name) as file:
            read_header(file, self.name)
            if self.header.fortran and len(self.shape) > 1:
                yield from _mapped_parts(archive, file, self, most)
                return
            for start in range(0, self.rows, most):
                count = min(most, self.rows - start)
                data = read_exactly(file, self.name, row * count)
                yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])


def read_array_file(archive: zipfile.ZipFile, path: str, name: str) -> ArrayFile:
    """Return an npy file of an archive; InvalidError if it is none or holds fewer bytes than announced."""
    with opened_file(archive, path, name) as file:
        header = read_header(file, name)
    if archive.getinfo(path).file_size < header.size:
        raise refused(f"{name}: announces {header.size:,} bytes and holds fewer.")
    return ArrayFile(path, name, header)


def _mapped_parts(
    archive: zipfile.ZipFile, file: IO[bytes], array: ArrayFile, most: int
) -> Iterator[Numbers]:
    """Yield rows of an array in Fortran order, whose numbers lie far apart, from a file without a name."""
    with tempfile.TemporaryFile(dir=Path(str(archive.filename)).parent) as spool:
        left = array.header.size
        while left:
            data = read_exactly(file, array.name, min(_COPIED, left))
            spool.write(data)
            left -= len(data)
        spool.flush()
        values = np.memmap(spool, array.dtype, "r", shape=array.shape, order="F")
        for start in range(0, array.rows, most):
            yield np.ascontiguousarray(values[start : start + most])
            let_go(values)


@contextmanager
def new_array(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike
) -> Iterator[IO[bytes]]:
    """Write an array into a new archive: its header, then what the caller writes, rows first."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        yield file


def write_array(archive: zipfile.ZipFile, name: str, values: Numbers) -> None:
    """Write a whole array into a new archive."""
    with new_array(archive, name, values.shape, values.dtype) as file:
        file.write(np.ascontiguousarray(values).tobytes())
