"""Serves a deployment to a browser from a thread of the tests' process, where units are run by hand."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import uvicorn

from tests.deployment import Deployment
from tests.services import eventually, free_port


class Served(NamedTuple):
    url: str
    deployment: Deployment
    experiment: dict[str, Any]


@contextmanager
def serving(deployment: Deployment, experiment: dict[str, Any]) -> Iterator[Served]:
    """Run the web server alone, then close the deployment."""
    port = free_port()
    web = uvicorn.Server(uvicorn.Config(deployment.client.app, port=port, log_level="warning"))
    thread = threading.Thread(target=web.run)
    thread.start()
    eventually(lambda: web.started, "the web server runs")
    yield Served(f"http://127.0.0.1:{port}", deployment, experiment)
    web.should_exit = True
    thread.join()
    deployment.close()
