"""Small archives to upload: right ones, and what to change to make them wrong."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from backend.core.errors import InvalidError
from backend.datasets.base import Dataset
from backend.datasets.door import brought
from backend.datasets.treatment import Choices
from backend.datasets.upload import Listed, Stored, examine
from workers.datasets import decode


def picture(seed: int = 0, size: tuple[int, int] = (6, 5), mode: str = "RGB", kind: str = "PNG") -> bytes:
    """Return an image file of random pixels; `size` is (width, height)."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def folders(per_class: int = 3, classes: tuple[str, ...] = ("cat", "dog"), **image: Any) -> dict[str, bytes]:
    """Return train/<class>/* and test/<class>/*, half as many of them for the test."""
    return {
        f"{part}/{name}/{i}.png": picture(
            seed=i + 100 * classes.index(name) + 1000 * (part == "test"), **image
        )
        for part, count in (("train", per_class), ("test", max(per_class // 2, 1)))
        for name in classes
        for i in range(count)
    }


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def broken(png: bytes) -> bytes:
    """Return a PNG whose header is right and whose pixels cannot be unpacked."""
    at = png.index(b"IDAT") + 4
    return png[:at] + b"\xff" * 8 + png[at + 8 :]


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def arrays(n: int = 12, classes: int = 3, shape: tuple[int, ...] = (6, 5, 3)) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {"images": rng.integers(0, 256, (n, *shape), np.uint8), "labels": np.arange(n) % classes}


def tarred(
    files: Mapping[str, bytes], mode: Literal["w", "w:gz"] = "w:gz", form: int = tarfile.PAX_FORMAT
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(data)
    return path


def look(folder: Path, data: bytes, fraction: float = 0.25, seed: int = 0) -> Listed | Stored:
    """Return what the upload holds."""
    with brought(written(folder, data)) as found:
        return examine(found.path, fraction, seed)


def taken(folder: Path, data: bytes, **choices: Any) -> tuple[Dataset, Listed]:
    """Return the data set of an upload of pictures, and what was found of it."""
    with brought(written(folder, data)) as found:
        path = found.path
        listed = examine(path, 0.25, 0, Choices(**choices))
        assert isinstance(listed, Listed)
        return decode.decode(path, listed, "pets", folder, lambda fraction: None), listed


def refusal(folder: Path, data: bytes) -> str:
    """Return why the upload is refused."""
    with pytest.raises(InvalidError) as caught:
        look(folder, data)
    assert {field.pointer for field in caught.value.fields} == {"/file"}
    return caught.value.detail
