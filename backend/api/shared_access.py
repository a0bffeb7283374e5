"""What a share reaches: its own experiment, read-only, through an API under the share's own address."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
import numpy as np
from fastapi import Request
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api import results
from backend.api.behind_proxy import address, inner_path, mounted
from backend.api.deps import EXPERIMENT_ID
from backend.api.problems import problem
from backend.core.errors import MemoscopeError, NotFoundError
from backend.core.models import Experiment
from backend.core.queries import experiments, shares
from backend.core.session import reading
from backend.core.settings import Settings

PREFIX = "/s/"
AT_ONCE = 4  # streams, which wait for no turn, must not take all threads when they begin

_SHARED = re.compile(r"/s/([^/]+)(/.*)?")
_PICTURES = re.compile(r"/api/datasets/([^/]+)/(?:images/([0-9]+)\.png|sprite\.png)")
_NOTHING_ELSE = "This link shows one experiment and changes nothing; there is nothing else behind it."


def split(scope: Scope) -> tuple[str | None, str]:
    """Return the token of the share that a request goes through, None without one, and the path behind it."""
    path = inner_path(scope)
    shared = _SHARED.fullmatch(path)
    return (shared[1], shared[2] or "/") if shared else (None, path)


class SharedAccess:
    """ASGI middleware that answers `/s/{token}/api/...` as `/api/...`, as far as the share reaches.

    The share's address becomes the root path, as that of a mounted application, so that addresses in answers
    stay inside the share.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no share's, and of a share's what it reaches."""
        token, path = split(scope) if scope["type"] == "http" else (None, "")
        if token is None or not path.startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            await anyio.to_thread.run_sync(_admit, request, token, path, limiter=self._limiter)
        except MemoscopeError as error:
            await problem(request, error.status, error.title, error.detail)(scope, receive, send)
            return
        inside = mounted(scope, address(f"{PREFIX}{token}"))
        await self._app({**inside, "app_root_path": scope["root_path"], "share": token}, receive, send)


def _admit(request: Request, token: str, path: str) -> None:
    """Raise NotFoundError for what the share does not reach, GoneError if it has ended."""
    settings: Settings = request.app.state.settings
    query = parse_qsl(request.url.query, keep_blank_values=True)
    with reading(settings.database) as session:
        share = shares.get(session, token)
        experiment = experiments.get(session, share.experiment_id)
        described = (f"/api/shares/{token}", f"/api/studies/{experiment.study}")
        reached = (
            path in described
            or path.startswith("/api/views/")  # no more than a query string, which its name is a hash of
            or _own(experiment, path, query)
            or _own_picture(settings, session, experiment, path, query)
        )
    if request.method != "GET" or not reached:
        raise NotFoundError(_NOTHING_ELSE)


def _own(experiment: Experiment, path: str, query: Sequence[tuple[str, str]]) -> bool:
    """Whether a call is about this experiment and names no other one."""
    own = f"/api/experiments/{experiment.id}"
    if path == f"{own}/export.memoscope":  # it has the pictures of the whole data set
        return False
    others = {value for _, value in query if EXPERIMENT_ID.fullmatch(value)} - {experiment.id}
    return not others and (path == own or path.startswith(f"{own}/"))


def _own_picture(
    settings: Settings, session: Session, experiment: Experiment, path: str, query: Sequence[tuple[str, str]]
) -> bool:
    """Whether a call is for pictures of this experiment's examples; its data set may hold others."""
    match = _PICTURES.fullmatch(path)
    if match is None or match[1] != experiment.dataset_id:
        return False
    asked = [match[2]] if match[2] else [value for name, value in query if name == "indices"]
    if not all(re.fullmatch(r"[0-9]{1,10}", index) for index in asked):
        return True  # the endpoint says what is wrong with that
    known = results.examples_of(settings, session, experiment).source
    return bool(np.isin(np.array(asked, np.int64), known).all())
