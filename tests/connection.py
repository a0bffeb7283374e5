"""A client light enough that a crowd of them does not outweigh the server that it is for."""

import asyncio


class Connection:
    """One kept-alive HTTP/1.1 connection; no more of the protocol than uvicorn's answers need."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body."""
        status, headers, reader = await self.open(path)
        body = await reader.readexactly(int(headers["content-length"]))
        return status, body

    async def open(self, path: str) -> tuple[int, dict[str, str], asyncio.StreamReader]:
        """Return status, headers and where the body comes from."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        return int(head[0].split()[1]), headers, self._reader

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
