"""The web application."""

import gc
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from types import ModuleType

from fastapi import FastAPI
from fastapi.routing import APIRoute

from backend.api import (
    access,
    admission,
    audit,
    behind_proxy,
    bodies,
    cases,
    compare,
    corrected,
    dataset_files,
    datasets,
    events,
    examples,
    experiments,
    export_page,
    exports,
    figures,
    front,
    health,
    imports,
    influence,
    labs,
    marks,
    matrices,
    metrics,
    neighbors,
    origins,
    page_views,
    pages,
    polls,
    portable,
    problems,
    published,
    queue,
    redaction,
    report,
    review,
    shared_access,
    shares,
    sign_in,
    storage,
    studies,
    tracing,
    trajectories,
    uploads,
)
from backend.api.feeds import Feeds
from backend.api.guesses import Guesses
from backend.core.broker import BrokerWatch
from backend.core.reconcile import Reconciler
from backend.core.settings import Settings, get_settings
from backend.core.storage import StorageWatch
from backend.datasets.retention import Purger

ROUTERS = (
    studies,
    labs,
    imports,
    experiments,
    events,
    examples,
    polls,
    influence,
    neighbors,
    cases,
    review,
    trajectories,
    published,  # before figures, one of which is its own
    figures,
    exports,
    compare,
    report,
    export_page,
    portable,
    datasets,
    dataset_files,
    corrected,
    marks,
    matrices,
    queue,
    storage,
    health,
    metrics,
    front,
    shares,
    page_views,
    audit,
    sign_in,
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    uploads.sweep(app.state.settings)
    reconciler = Reconciler(app.state.settings)
    reconciler.start()
    purger = Purger(app.state.settings)
    purger.start()
    _watch(app)  # a thread starts once, an application may again
    app.state.broker.start()
    app.state.storage.start()
    gc.freeze()  # what was imported stays: looking through it at each collection held up everybody for long
    yield
    app.state.broker.stop()
    purger.stop()
    app.state.storage.stop()
    reconciler.stop()


def _watch(app: FastAPI) -> None:
    app.state.broker = BrokerWatch(app.state.settings)
    app.state.storage = StorageWatch(app.state.settings)


def _operation_id(route: APIRoute) -> str:
    return route.name


def _paths(*modules: ModuleType) -> list[re.Pattern[str]]:
    """Return the paths of all routes of these modules."""
    return [route.path_regex for route in _routes(*modules)]


def _uploads() -> list[re.Pattern[str]]:
    """Return the paths that take a file, as their routes say."""
    return [route.path_regex for route in _routes(*ROUTERS) if route.openapi_extra == uploads.FILE_BODY]


def _routes(*modules: ModuleType) -> list[APIRoute]:
    return [route for module in modules for route in module.router.routes if isinstance(route, APIRoute)]


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
    _watch(app)
    app.state.requests = metrics.Requests()
    app.state.known, app.state.guesses = access.Known(app.state.settings), Guesses()
    app.state.feeds = Feeds(app.state.settings)
    problems.install(app)
    redaction.install()
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(pages.plotly_router)
    app.mount("/static", pages.Revalidated(directory=pages.FRONTEND))
    app.include_router(pages.router)  # last: it takes every path that nothing else has
    # The last one added sees a request first.
    app.add_middleware(shared_access.SharedAccess)
    app.add_middleware(
        admission.Admission,
        streams=_paths(events),
        uploads=_uploads(),
        downloads=_paths(exports, export_page, portable),
    )
    app.add_middleware(bodies.WholeBody, uploads=_uploads())
    app.add_middleware(audit.Audited, settings=app.state.settings)
    app.add_middleware(
        access.TokenRequired,
        settings=app.state.settings,
        known=app.state.known,
        guesses=app.state.guesses,
    )
    app.add_middleware(origins.OwnOrigin, settings=app.state.settings)
    app.add_middleware(tracing.Traced, requests=app.state.requests, access_log=app.state.settings.access_log)
    app.add_middleware(pages.SecurityHeaders)
    app.add_middleware(behind_proxy.BehindProxy, settings=app.state.settings)
    return app
