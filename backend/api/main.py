"""The web application."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.middleware.base import BaseHTTPMiddleware

from backend.api import (
    access,
    compare,
    dataset_files,
    datasets,
    events,
    examples,
    experiments,
    export_page,
    exports,
    figures,
    health,
    neighbors,
    page_views,
    pages,
    problems,
    published,
    queue,
    redaction,
    shared_access,
    shares,
    studies,
    trajectories,
    uploads,
)
from backend.core.broker import BrokerWatch
from backend.core.reconcile import Reconciler
from backend.core.settings import Settings, get_settings

ROUTERS = (
    studies,
    experiments,
    events,
    examples,
    neighbors,
    trajectories,
    published,  # before figures, one of which is its own
    figures,
    exports,
    compare,
    export_page,
    datasets,
    dataset_files,
    queue,
    health,
    shares,
    page_views,
    access,
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    uploads.sweep(app.state.settings)
    reconciler = Reconciler(app.state.settings)
    reconciler.start()
    app.state.broker.start()
    yield
    app.state.broker.stop()
    reconciler.stop()


async def _security_headers(request: Request, call_next: access.Next) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = pages.CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.url.path.startswith(shared_access.PREFIX):  # whoever learns the address may open it
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _operation_id(route: APIRoute) -> str:
    return route.name


def _uploads() -> list[re.Pattern[str]]:
    """Return the paths that take a file, as their routes say."""
    routes = [route for module in ROUTERS for route in module.router.routes if isinstance(route, APIRoute)]
    return [route.path_regex for route in routes if route.openapi_extra == uploads.FILE_BODY]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; without settings, those of the environment."""
    app = FastAPI(
        title="Memoscope",
        version=version("memoscope"),
        description="What image classifiers memorize: experiments, scores, figures, claims.",
        generate_unique_id_function=_operation_id,
        docs_url=None,  # both load scripts from another host; /openapi.json is for any client
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings = settings or get_settings()
    app.state.broker = BrokerWatch(app.state.settings)
    problems.install(app)
    redaction.install()
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(pages.plotly_router)
    app.mount("/static", pages.Revalidated(directory=pages.FRONTEND))
    app.include_router(pages.router)  # last: it takes every path that nothing else has
    # The last one added sees a request first.
    app.add_middleware(access.BodyLimit, uploads=_uploads())
    app.add_middleware(shared_access.SharedAccess)
    app.add_middleware(BaseHTTPMiddleware, dispatch=access.token_required)
    app.add_middleware(BaseHTTPMiddleware, dispatch=access.same_site)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_security_headers)
    return app
