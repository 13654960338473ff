"""The Celery app: who wakes the workers, and how a message survives a worker that does not.

What is due is decided by the database, so beat holds two fixed entries in UTC and nothing a person edits.
The settings stand in `aftercare/settings.py` under `CELERY_`.
"""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftercare.settings")

app = Celery("aftercare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()


@setup_logging.connect
def log_like_the_pages(**_: Any) -> None:
    """Workers and beat write the same plain lines as the pages; Celery's own set-up would add arguments."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@celeryd_init.connect
def prepare_worker(conf: Any = None, **_: Any) -> None:
    """Refuse a production worker over demo accounts, and give a worker's own connections more patience.

    A page must give up on a frozen Redis at once. A worker has nobody waiting, and a socket timeout shorter
    than a busy server's pause would make it drop a healthy connection again and again.
    """
    from django.conf import settings

    from aftercare.production import refuse_demo_accounts

    refuse_demo_accounts()
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS}
    del options["max_retries"]
    conf.broker_transport_options = {
        **options,
        "socket_timeout": settings.WORKER_SOCKET_TIMEOUT,
        "socket_connect_timeout": settings.WORKER_SOCKET_TIMEOUT,
    }
