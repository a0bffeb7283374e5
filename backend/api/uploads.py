"""Bodies that are files: streamed to disk, bounded, and gone if the client goes."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from fastapi import Request
from starlette.exceptions import HTTPException

from backend.core.settings import Settings
from backend.datasets.archive import refused

_FLUSH_BYTES = 2**22


@asynccontextmanager
async def received(request: Request, settings: Settings) -> AsyncIterator[Path]:
    """Write the body to a file and yield it; the file is deleted at the end unless it has been moved."""
    folder = settings.data_dir.absolute() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.partial"
    try:
        size = 0
        pending = bytearray()
        async with await anyio.open_file(path, "wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > settings.upload_bytes:
                    raise HTTPException(413, too_large(settings))
                pending += chunk
                if len(pending) >= _FLUSH_BYTES:
                    await file.write(bytes(pending))
                    pending.clear()
            await file.write(bytes(pending))
        if not size:
            raise refused("The request has no file in its body.")
        yield path
    finally:
        path.unlink(missing_ok=True)


def too_large(settings: Settings) -> str:
    """Return what to say of a body that is larger than uploads may be."""
    return f"The file is larger than {settings.upload_bytes:,} bytes; MEMOSCOPE_UPLOAD_BYTES sets the limit."


def sweep(settings: Settings) -> None:
    """Delete what an earlier process left behind when it was killed in the middle of an upload."""
    for path in (settings.data_dir.absolute() / "uploads").glob("*.partial"):
        path.unlink(missing_ok=True)
