"""A worker's sign of life."""

import logging
import os
import secrets
import signal
import socket
import threading
from datetime import datetime

import torch
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.models import WorkerRow
from backend.core.queries import workers
from backend.core.session import transaction
from backend.core.settings import Settings
from workers.consumption import Consumption
from workers.draining import drain
from workers.hardware import processor_name

EVERY_S = 2.0

WORKER_ID = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"

logger = logging.getLogger(__name__)


class Heart(threading.Thread):
    """Says every two seconds that this process lives, also while a unit trains."""

    def __init__(self, settings: Settings, consumption: Consumption) -> None:
        super().__init__(name="heart", daemon=True)
        self._url = settings.database
        self._consumption = consumption
        self._stopped = threading.Event()
        self._started_at: datetime | None = None

    def run(self) -> None:
        """Renew the worker's row until `stop`."""
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else processor_name()
        taken = 0
        took_at = None
        while True:
            row = WorkerRow(
                id=WORKER_ID,
                hostname=socket.gethostname(),
                pid=os.getpid(),
                device=device,
                gpu=torch.cuda.is_available(),
                threads=torch.get_num_threads(),
                torch_version=torch.__version__,
            )
            try:
                with transaction(self._url) as session:
                    row.started_at = self._started_at = self._started_at or clock.now(session)
                    row.skew_s = clock.skew(session)
                    if self._consumption.busy or self._consumption.taken > taken:
                        taken, took_at = self._consumption.taken, clock.now(session)
                    row.took_at = took_at
                    workers.seen(session, row)
            except SQLAlchemyError as error:
                logger.warning("no sign of life could be stored (%s); trying again", type(error).__name__)
            if drain.takes_signal():
                os.kill(os.getpid(), signal.SIGTERM)
            if self._stopped.wait(EVERY_S):
                return

    def stop(self) -> None:
        """Take this worker off the list and end."""
        self._stopped.set()
        self.join(EVERY_S)
        with transaction(self._url) as session:
            workers.gone(session, WORKER_ID)
