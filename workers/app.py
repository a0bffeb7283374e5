"""The Celery application: what a worker process is told before it takes its first message.

Run with a solo pool and one process per device: CUDA cannot be used in a forked child, and torch brings its
own threads. Results live in the database, so Celery keeps none.
"""

from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown
from kombu.entity import Queue as Route

from backend.core.contracts import Queue
from backend.core.settings import get_settings
from backend.studies import STUDIES
from workers.heart import Heart
from workers.studies import runner

settings = get_settings()

app = Celery("memoscope", broker=settings.broker, include=["workers.tasks"])
app.conf.update(
    accept_content=["json"],
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    # A worker that dies leaves its message unacknowledged; the reconciler is quicker than the broker, but
    # redelivery must never hit a unit that merely takes long.
    broker_transport_options={"visibility_timeout": 3600, "queue_order_strategy": "priority"},
    task_acks_late=True,
    task_ignore_result=True,
    task_queues=[Route(Queue.SUMMARIES), Route(Queue.UNITS)],
    task_reject_on_worker_lost=True,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
)

heart = Heart(settings)


@worker_ready.connect
def _start(**_: Any) -> None:
    for name in STUDIES:
        runner(name)
    heart.start()


@worker_shutdown.connect
def _stop(**_: Any) -> None:
    heart.stop()
