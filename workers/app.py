"""The Celery application: what a worker process is told before it takes its first message.

Run with a solo pool and one process per device: CUDA cannot be used in a forked child, and torch brings its
own threads. Results live in the database, so Celery keeps none.
"""

import os
from typing import Any

import torch
from celery import Celery
from celery.signals import (
    setup_logging,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from kombu.entity import Queue as Route

from backend.core.contracts import queues_of
from backend.core.logs import configure
from backend.core.session import WORKING_MS, patience
from backend.core.settings import get_settings
from backend.studies import STUDIES
from workers.consumption import START_ANEW, Consumption, Watchdog
from workers.draining import drain
from workers.heart import Heart
from workers.studies import runner

settings = get_settings()
patience.ms = WORKING_MS
QUEUES = queues_of(torch.cuda.is_available())

app = Celery("memoscope", broker=settings.broker, include=["workers.tasks"])
app.conf.update(
    accept_content=["json"],
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "queue_order_strategy": "priority",
        # A connection that nobody answers any more is given up instead of waited for.
        "health_check_interval": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "socket_timeout": 10,
    },
    task_ignore_result=True,
    # Messages are not acknowledged: the rows say what is owed, and the reconciler posts again what a dead
    # worker took along. Where the broker goes away before an acknowledgment, kombu waits for it forever and
    # the worker takes no further message (celery issues 8091, 9054, 10205).
    task_queues=[Route(queue, no_ack=True) for queue in QUEUES],
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
)

consumption = Consumption()
heart = Heart(settings, consumption)
watchdog = Watchdog(settings, consumption, QUEUES, lambda: os._exit(START_ANEW))


@setup_logging.connect
def _log(**_: Any) -> None:
    configure(settings.log_format)


@task_prerun.connect
def _take(**_: Any) -> None:
    consumption.take()


@task_postrun.connect
def _finish(**_: Any) -> None:
    consumption.finish()


@worker_ready.connect
def _start(**_: Any) -> None:
    for name, study in STUDIES.items():
        if study.plan is not None:
            runner(name)
    heart.start()
    watchdog.start()


@worker_shutting_down.connect
def _drain(**_: Any) -> None:
    drain.begin()


@worker_shutdown.connect
def _stop(**_: Any) -> None:
    heart.stop()
