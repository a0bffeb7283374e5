"""Named arrays as one npz, in which only what shrinks is compressed."""

import io
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt


def pack(arrays: Mapping[str, npt.NDArray[Any]], stored: Collection[str] = ()) -> bytes:
    """Pack arrays; floats, which hardly shrink, and those named in `stored` are left as they are.

    ValueError for arrays of objects, which another process could not read safely.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            plain = name in stored or values.dtype.kind in "fc"
            member = zipfile.ZipInfo(f"{name}.npy")  # a fixed date: equal arrays make equal bytes
            member.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(values), allow_pickle=False)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Unpack what `pack` packed, or `numpy.savez`."""
    with np.load(io.BytesIO(data)) as npz:
        return {name: npz[name] for name in npz.files}


@contextmanager
def opened(data: bytes) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
    """Open what `pack` packed; an array is unpacked when it is asked for."""
    with np.load(io.BytesIO(data)) as npz:
        yield npz
