"""A Redis in Python for machines without a redis-server: `python -m backend.launcher.pure_python_redis PATH`.

fakeredis brings the data types and commands. Its own server polls every connection a hundred times a second,
holds each in a thread and knows no unix sockets; here one event loop serves them all and sleeps while nothing
happens.
"""

import asyncio
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis
from fakeredis import FakeServer
from fakeredis._clients._tcp_server import encode_reply
from fakeredis._commands import command
from fakeredis._helpers import SimpleError
from fakeredis._socket import AsyncFakeSocket

NAME = "fakeredis"


class Client(AsyncFakeSocket):
    """What one connection has selected, watched and subscribed to; replies go out as they come up."""

    def __init__(self, server: FakeServer, transport: asyncio.Transport) -> None:
        self._transport = transport
        super().__init__(server, db=0, client_class=redis.Redis)

    def put_response(self, msg: Any) -> None:
        """Send a reply or a published message."""
        if not self._transport.is_closing():
            self._transport.write(encode_reply(msg, self._client_info.protocol_version))

    @command((), (bytes,))
    def info(self, *_sections: bytes) -> bytes:
        """Say what server this is; fakeredis has no INFO."""
        release = ".".join(map(str, self.version))
        facts = {"server_name": NAME, "redis_version": release, f"{NAME}_version": version(NAME)}
        return "".join(f"{name}:{value}\r\n" for name, value in facts.items()).encode()

    def leave(self) -> None:
        """Forget this connection; a BRPOP that still waits must not take a message that nobody will read."""
        with self._server.lock:
            if self._blocked:
                self._unblock_reason = b"timeout"
                self._db.wake_all()
            self.kill()


class Connection(asyncio.Protocol):
    """Carries one connection's bytes to its client."""

    def __init__(self, server: FakeServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet nobody: a client speaks first."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells mypy what asyncio promises
        self._transport = transport
        self._client = Client(self._server, transport)

    def data_received(self, data: bytes) -> None:
        """Run the commands that are complete; end a connection that does not speak the protocol."""
        try:
            self._client.sendall(data)
        except (SimpleError, ValueError, redis.ConnectionError) as error:
            self._client.put_response(error)
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """Clean up."""
        self._client.leave()


async def serve(path: Path) -> None:
    """Serve on a socket that only this user can open, until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    database = FakeServer(version=(7, 4))
    os.umask(0o077)
    server = await asyncio.get_running_loop().create_unix_server(lambda: Connection(database), str(path))
    await stopped.wait()
    server.close()
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
