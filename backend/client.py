"""The HTTP client behind the command line and the launcher: JSON in, JSON out, readable errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from backend.core.contracts import ExperimentStatus
from backend.core.settings import Settings

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - maps what a server binds to what a client calls
UPLOAD_ANSWER_S = 600  # an upload is checked before it is answered
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ServerError(Exception):
    """The server refused, failed or cannot be reached; one line per fact, the first says what."""


class UnreachableError(ServerError):
    """Nothing answers at the address, or not in time."""


def local_url(settings: Settings) -> str:
    """Return the address at which this machine reaches the server that these settings start."""
    host = ANY_ADDRESS.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}{settings.root_path}"


class Client:
    """Talks to one Memoscope server; raises `ServerError` for every answer that is not 2xx."""

    def __init__(self, server: str, token: str | None = None, timeout_s: float = 30) -> None:
        self.server = server.rstrip("/")
        self._http = httpx2.Client(
            base_url=self.server,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=timeout_s,
            # A proxy from the environment would swallow requests to this very machine.
            trust_env=httpx2.URL(self.server).host not in LOOPBACK,
        )

    @classmethod
    def of(cls, settings: Settings, server: str | None = None, timeout_s: float = 30) -> Self:
        """Return a client with these settings' access token, for `server` or the one the settings start."""
        token = settings.access_token.get_secret_value() if settings.access_token else None
        return cls(server or local_url(settings), token, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON at `path`."""
        with self._answered():
            return _checked(self._http.get(path, params=query)).json()

    def fetch(self, path: str) -> bytes:
        """Return the bytes at `path`."""
        with self._answered():
            return _checked(self._http.get(path)).content

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Post JSON and return the JSON of the answer."""
        with self._answered():
            return _checked(self._http.post(path, json=body)).json()

    def upload(self, path: str, file: Path, **query: str) -> Any:
        """Stream `file` to `path` and return the JSON of the answer; OSError if it cannot be read."""
        with file.open("rb") as body, self._answered():
            headers = {"Content-Length": str(file.stat().st_size), "Content-Type": "application/octet-stream"}
            timeout = httpx2.Timeout(30, read=UPLOAD_ANSWER_S)
            answer = self._http.post(path, content=body, params=query, headers=headers, timeout=timeout)
            return _checked(answer).json()

    def download(self, path: str, file: Path) -> None:
        """Stream `path` into `file`, which appears only when it is complete."""
        partial = file.with_name(file.name + ".part")
        try:
            with self._answered(), self._http.stream("GET", path) as response, partial.open("wb") as out:
                if not response.is_success:
                    response.read()
                for chunk in _checked(response).iter_bytes():
                    out.write(chunk)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)

    def experiments(self) -> list[dict[str, Any]]:
        """Return the newest experiments, newest first."""
        items: list[dict[str, Any]] = self.get("/api/experiments")["items"]
        return items

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            message = f"{self.server} did not answer in time."
            raise UnreachableError(message) from error
        except httpx2.TransportError as error:
            message = (
                f"No server answers at {self.server}: start one with `make run`, or name one with --server."
            )
            raise UnreachableError(message) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            message = f"{self.server} does not speak as a Memoscope server: {error}"
            raise ServerError(message) from error


def is_terminal(experiment: Mapping[str, Any]) -> bool:
    """Whether nothing will happen to the experiment any more."""
    return ExperimentStatus(experiment["status"]).terminal


def _checked(response: httpx2.Response) -> httpx2.Response:
    if response.is_success:
        return response
    try:
        problem = response.json()
        lines = [problem.get("detail") or problem["title"]]
        fields = [
            (item["pointer"].strip("/").replace("/", "."), item["detail"])
            for item in problem.get("errors", [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        lines, fields = [f"the server answered {response.status_code} {response.reason_phrase}"], []
    raise ServerError("\n".join([*lines, *(f"  {name}: {detail}" for name, detail in fields)]))
