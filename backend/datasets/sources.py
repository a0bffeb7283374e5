"""The files of an upload, whether it is an archive of them or one file by itself."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backend.datasets.archive import Entry, damage_refused, opened_file


@dataclass(frozen=True)
class Source:
    """A file of an upload: its path as people read it, its size in bytes, and how it is opened.

    `path` is where it lies by itself on this machine, None where it is in an archive; `folder` is where there
    is room beside the upload.
    """

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    folder: Path
    path: Path | None = None

    def head(self, size: int) -> bytes:
        """Return its first bytes, none if it cannot be unpacked."""
        try:
            with self.open() as file:
                return file.read(size)
        except Exception:  # whatever a reader of hostile bytes stumbles over: told when it is needed
            return b""

    @contextmanager
    def seekable(self) -> Iterator[IO[bytes]]:
        """Open it for a reader that jumps; one in an archive is copied into a file without a name."""
        if self.path is not None:
            with self.path.open("rb") as file:
                yield file
            return
        with tempfile.TemporaryFile(dir=self.folder) as spool:
            with damage_refused(f"{self.name!r} cannot be unpacked"), self.open() as file:
                shutil.copyfileobj(file, spool, 2**20)
            spool.seek(0)
            yield spool


def of_entry(archive: zipfile.ZipFile, entry: Entry, folder: Path) -> Source:
    """Return a file of an archive."""
    return Source(
        entry.name,
        entry.info.file_size,
        lambda: opened_file(archive, entry.info.filename, entry.name),
        folder,
    )


def of_file(path: Path, name: str) -> Source:
    """Return an upload that is one file."""
    return Source(name, path.stat().st_size, lambda: path.open("rb"), path.parent, path)
