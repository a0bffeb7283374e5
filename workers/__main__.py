"""The worker process: `python -P -m workers` with the options of `celery worker`.

Celery's own command puts the current folder before everything that is installed, and a person may have a
folder called `workers` there.
"""

import sys

import workers.tasks  # noqa: F401 - before Celery imports it, for that too looks into the current folder first
from workers.app import QUEUES, app

if __name__ == "__main__":
    app.worker_main(["worker", *sys.argv[1:], "--queues", ",".join(QUEUES)])
