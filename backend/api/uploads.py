"""Bodies that are files: streamed to disk, bounded, and gone if the client goes."""

import asyncio
import fcntl
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import Path as PathParameter
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from backend.core.contracts import RowOrder
from backend.core.printable import HIDING
from backend.core.settings import Settings
from backend.core.storage import check_room
from backend.datasets.archive import refused

FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
MAX_COLUMN_BYTES = 64 * 2**20  # of a file with a number or two for each training image

_NAME = StringConstraints(min_length=1, max_length=100, pattern=rf"^\w[^{HIDING}/]*$")
ColumnName = Annotated[str, _NAME, Query()]
ColumnPath = Annotated[str, _NAME, PathParameter()]

IDLE_S, LEAST_BYTES = 20, 2**14  # a sender that is slower than that has gone, or keeps others out

_FLUSH_BYTES = 2**22


class RowsQuery(BaseModel):
    """The name of a file with a row for each picture, and what the person says about its rows."""

    model_config = ConfigDict(extra="forbid")

    name: ColumnName
    column: str | None = Field(None, max_length=200, description="the column or array that is meant")
    order: RowOrder | None = Field(None, description="in which order rows stand that no name tells")


@asynccontextmanager
async def received(request: Request, settings: Settings, most: int | None = None) -> AsyncIterator[Path]:
    """Write the body to a file and yield it; the file is deleted at the end unless it has been moved.

    At most `most` bytes, by default what uploads may have.
    """
    limit = min(most or settings.upload_bytes, settings.upload_bytes)
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise _too_large(limit, settings)
    check_room(settings, int(announced) if announced.isdecimal() else 0)
    folder = settings.data_dir.absolute() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.partial"
    try:
        async with await anyio.open_file(path, "wb") as file:
            fcntl.flock(file.wrapped.fileno(), fcntl.LOCK_EX)  # ends with this process: see `sweep`
            if not await _write(request, file, limit, settings):
                raise refused("The request has no file in its body.")
            yield path
    except ClientDisconnect:
        raise HTTPException(400, "The upload was interrupted.") from None  # nobody reads it
    finally:
        path.unlink(missing_ok=True)


async def _write(request: Request, file: anyio.AsyncFile[bytes], limit: int, settings: Settings) -> int:
    """Write the body and return its size."""
    size = seen = 0
    pending = bytearray()
    try:
        async with asyncio.timeout(IDLE_S) as patience:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit, settings)
                pending += chunk
                if len(pending) >= _FLUSH_BYTES:
                    check_room(settings, len(pending))  # not every body has announced its size
                    await file.write(bytes(pending))
                    pending.clear()
                if size - seen >= LEAST_BYTES:
                    seen = size
                    patience.reschedule(asyncio.get_running_loop().time() + IDLE_S)
    except TimeoutError:
        detail = f"Less than {LEAST_BYTES // 1024} KiB of the file arrived within {IDLE_S} s."
        raise HTTPException(408, detail) from None
    await file.write(bytes(pending))
    await file.flush()
    return size


def _too_large(limit: int, settings: Settings) -> HTTPException:
    advice = "; MEMOSCOPE_UPLOAD_BYTES sets the limit" if limit == settings.upload_bytes else ""
    return HTTPException(413, f"The file is larger than {limit:,} bytes, the most that can be taken{advice}.")


def sweep(settings: Settings) -> None:
    """Delete what other processes left behind when they were killed in the middle of an upload."""
    for path in (settings.data_dir.absolute() / "uploads").glob("*.partial"):
        # Locked: another web process is writing it. Not found: another one has deleted it.
        with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
