"""The Redis in Python: it speaks what Celery needs, loses nothing to the dead, and rests when nobody asks."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from celery import Celery

from backend.core.broker_names import describe
from backend.launcher import embedded_redis
from tests.services import Guarded, eventually


class Running:
    """A server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"
        self._server = Guarded(embedded_redis.command(self.path), folder / "log")
        eventually(self.path.exists, "the socket appears")
        (self.process,) = psutil.Process(self._server.process.pid).children()

    def connect(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.path), socket_timeout=5)

    def raw(self, text: bytes) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(5)
        connection.connect(str(self.path))
        connection.sendall(text)
        return connection

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_redis, "find_program", lambda: None)
        running = Running(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()
    assert not running.path.exists()


@pytest.fixture
def client(server: Running) -> Iterator[redis.Redis]:
    with server.connect() as connected:
        connected.flushall()
        yield connected


def test_socket_is_for_its_owner_alone_and_no_port_is_open(server: Running) -> None:
    assert server.path.stat().st_mode & 0o077 == 0
    assert not server.process.net_connections("inet")


def test_it_says_what_it_is(client: redis.Redis) -> None:
    assert describe(client.info("server")).startswith("pure-Python Redis (fakeredis ")


def test_commands_that_celery_sends(client: redis.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.hset("unacked", "tag", "message").zadd("index", {"tag": 1.5}).sadd("bindings", "queue")
        pipe.zrange("index", 2, 0, desc=True, byscore=True, offset=0, num=10, withscores=True)
        assert pipe.execute() == [1, 1, 1, [(b"tag", 1.5)]]
    with client.lock("mutex", timeout=5):  # released by a script
        assert client.exists("mutex")
    assert not client.exists("mutex")
    moved = client.transaction(
        lambda pipe: (pipe.hget("unacked", "tag"), pipe.multi(), pipe.llen("queue")), "unacked"
    )
    assert moved == [0]
    with pytest.raises(redis.ResponseError, match="wrong kind"):
        client.lpush("unacked", "message")
    with client.pubsub() as listener:
        listener.psubscribe("events*")
        assert listener.get_message(timeout=5)["type"] == "psubscribe"
        assert client.publish("events.1", "\r\n")
        assert listener.get_message(timeout=5)["data"] == b"\r\n"


def test_large_messages_pass(client: redis.Redis) -> None:
    message = b"\0\r\n" * 500_000
    client.lpush("queue", message)
    assert client.brpop(["queue"], 1) == (b"queue", message)


def test_celery_sends_and_receives(server: Running, client: redis.Redis) -> None:
    app = Celery(broker=embedded_redis.url(server.path))
    app.conf.task_ignore_result = True
    app.send_task("task", kwargs={"unit": 7}, queue="units")
    with app.connection_for_read() as connection, connection.SimpleQueue("units") as queue:
        message = queue.get(timeout=5)
        assert message.payload[1] == {"unit": 7}
        assert client.hlen("unacked") == 1
        message.ack()
    assert client.hlen("unacked") == 0


def waiting_pop(server: Running, client: redis.Redis) -> socket.socket:
    """Connect, and wait for a message without end."""
    before = len(client.client_list())
    connection = server.raw(b"*3\r\n$5\r\nBRPOP\r\n$5\r\nqueue\r\n$1\r\n0\r\n")
    eventually(lambda: len(client.client_list()) > before, "it is connected")
    return connection


def test_waiting_pop_gets_what_comes(server: Running, client: redis.Redis) -> None:
    with waiting_pop(server, client) as connection:
        client.lpush("queue", "message")
        assert connection.recv(100) == b"*2\r\n$5\r\nqueue\r\n$7\r\nmessage\r\n"


def test_pop_of_a_dead_connection_takes_nothing(server: Running, client: redis.Redis) -> None:
    before = len(client.client_list())
    waiting_pop(server, client).close()
    eventually(lambda: len(client.client_list()) == before, "it is gone")
    client.lpush("queue", "message")
    for _ in range(20):  # whoever still waits gets its turn
        client.ping()
    assert client.llen("queue") == 1


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"*1\r\n$x\r\n", b"*\xff\r\n"])
def test_who_speaks_another_protocol_is_shown_out(
    server: Running, client: redis.Redis, nonsense: bytes
) -> None:
    with server.raw(nonsense) as connection:
        answer = b""
        while received := connection.recv(1000):
            answer += received
    assert answer.startswith(b"-ERR")
    assert client.ping()


def test_connections_and_pops_leave_nothing_behind(server: Running, client: redis.Redis) -> None:
    def use(times: int) -> int:
        for _ in range(times):
            with server.connect() as passing:
                passing.brpop(["empty"], 0.001)
        return server.process.memory_info().rss

    before, connections = use(100), len(client.client_list())
    assert use(400) - before < 2**20
    eventually(lambda: len(client.client_list()) <= connections, "all others are gone")


def test_it_rests_while_connections_only_wait(server: Running, client: redis.Redis) -> None:
    waiting = [waiting_pop(server, client) for _ in range(10)]
    before = sum(server.process.cpu_times()[:2])
    time.sleep(1)
    assert sum(server.process.cpu_times()[:2]) - before <= 0.02
    for connection in waiting:
        connection.close()
