"""Equal questions are answered together, as each would have been alone; a crowd is told to come again."""

import asyncio
import re
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from backend.api import admission
from backend.api.admission import Admission, Crowd
from backend.api.lanes import Lane
from tests.story import run


class App:
    """Answers with how often it was asked, when it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.fails = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        answer = str(len(self.asked)).encode()
        await self.go.wait()
        if self.fails:
            raise RuntimeError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})


def made(app: App) -> Admission:
    return Admission(app, [re.compile("/events")], [re.compile("/upload")], [re.compile("/scores.csv")])


async def ask(
    middleware: Admission, path: str, method: str = "GET", **more: Any
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("10.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    } | more
    await middleware(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], headers, b"".join(message.get("body", b"") for message in messages[1:])


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_questions_that_arrive_while_the_first_is_answered_are_answered_once_more_together() -> None:
    async def story() -> None:
        app = App()
        middleware = made(app)
        first = asyncio.create_task(ask(middleware, "/a"))
        await settle()
        later = [asyncio.create_task(ask(middleware, "/a")) for _ in range(50)]
        await settle()
        assert app.asked == ["/a"], "the same work is not done twice at once"
        app.go.set()
        assert (await first)[2] == b"1"
        assert {body for _, _, body in await asyncio.gather(*later)} == {b"2"}, (
            "begun after the last had asked"
        )
        assert app.asked == ["/a", "/a"]

    run(story())


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/b"},
        {"query_string": b"size=8"},
        {"root_path": "/s/token"},
        {"headers": [(b"host", b"127.0.0.1")]},
        {"headers": [(b"host", b"localhost"), (b"if-none-match", b'"x"')]},
        {"headers": [(b"host", b"localhost"), (b"accept", b"text/html")]},
    ],
)
def test_other_questions_have_answers_of_their_own(other: dict[str, Any]) -> None:
    async def story() -> None:
        app = App()
        app.go.set()
        middleware = made(app)
        bodies = [
            answer[2]
            for answer in await asyncio.gather(
                ask(middleware, "/a"), ask(middleware, **{"path": "/a", **other})
            )
        ]
        assert sorted(bodies) == [b"1", b"2"]

    run(story())


def test_a_fault_reaches_all_who_asked_and_the_next_question_is_asked_anew() -> None:
    async def story() -> None:
        app = App()
        app.fails = True
        app.go.set()
        middleware = made(app)
        failed = await asyncio.gather(ask(middleware, "/a"), ask(middleware, "/a"), return_exceptions=True)
        assert all(isinstance(error, RuntimeError) for error in failed)
        app.fails = False
        assert (await ask(middleware, "/a"))[0] == 200

    run(story())


def test_changes_are_never_answered_together() -> None:
    async def story() -> None:
        app = App()
        app.go.set()
        middleware = made(app)
        answers = await asyncio.gather(*(ask(middleware, "/a", "POST") for _ in range(3)))
        assert sorted(body for _, _, body in answers) == [b"1", b"2", b"3"]

    run(story())


def test_a_client_that_goes_takes_nobodys_answer_along() -> None:
    async def story() -> None:
        app = App()
        middleware = made(app)
        first, second = (asyncio.create_task(ask(middleware, "/a")) for _ in range(2))
        await settle()
        first.cancel()
        await settle()
        app.go.set()
        assert (await second)[0] == 200

    run(story())


@pytest.mark.parametrize(("method", "lane"), [("GET", "reads"), ("POST", "changes")])
def test_beyond_the_limit_comes_a_quick_503_that_says_when_to_come_again(
    monkeypatch: pytest.MonkeyPatch, method: str, lane: str
) -> None:
    async def story() -> None:
        monkeypatch.setattr(admission, "Crowd", lambda: Crowd(**{lane: Lane(1, 1)}))
        app = App()
        middleware = made(app)
        let_in = [asyncio.create_task(ask(middleware, f"/{i}", method)) for i in range(2)]
        await settle()
        status, headers, body = await ask(middleware, "/2", method)
        assert status == 503
        assert headers["retry-after"] == "1"
        assert b"wait already" in body
        app.go.set()
        assert [status for status, _, _ in await asyncio.gather(*let_in)] == [200, 200]

    run(story())


def test_health_and_static_files_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        monkeypatch.setattr(admission, "Crowd", lambda: Crowd(reads=Lane(1, 0)))
        app = App()
        middleware = made(app)
        busy = asyncio.create_task(ask(middleware, "/a"))
        await settle()
        assert (await ask(middleware, "/b"))[0] == 503
        others = [asyncio.create_task(ask(middleware, path)) for path in ("/healthz", "/static/main.js")]
        await settle()
        assert app.asked == ["/a", "/healthz", "/static/main.js"]
        app.go.set()
        await asyncio.gather(busy, *others)

    run(story())


def test_streams_have_limits_in_all_and_for_each_link_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        monkeypatch.setattr(admission, "STREAMS", 4)
        monkeypatch.setattr(admission, "STREAMS_OF_GUEST", 2)
        monkeypatch.setattr(admission, "split", lambda scope: (scope.get("link"), scope["path"]))
        app = App()
        middleware = made(app)

        async def refused(link: str | None, address: str) -> bool:
            task = asyncio.create_task(ask(middleware, "/events", link=link, client=(address, 1)))
            await settle()
            if task.done():
                return (await task)[0] == 503
            open_streams.append(task)
            return False

        open_streams: list[asyncio.Task[Any]] = []
        assert [await refused("link", "10.0.0.1") for _ in range(3)] == [False, False, True]
        assert not await refused("link", "10.0.0.2"), "another address"
        assert not await refused(None, "10.0.0.1"), "no guest"
        assert await refused(None, "10.0.0.1"), "four are open"
        app.go.set()
        await asyncio.gather(*open_streams)
        assert not await refused(None, "10.0.0.1")

    run(story())
