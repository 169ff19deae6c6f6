"""The Celery application, and the file by which others see that its worker lives."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")

app = Celery("gate40")
app.set_default()  # for every thread of the web server, not only for the one that imports this
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
@heartbeat_sent.connect
def show_life(**kwargs):
    """Touch GATE40_ALIVE_FILE every two seconds: a health check then costs a `find`, not a round trip by the broker."""
    if path := os.environ.get("GATE40_ALIVE_FILE"):
        Path(path).touch()


@worker_shutdown.connect
def show_end(**kwargs):
    if path := os.environ.get("GATE40_ALIVE_FILE"):
        Path(path).unlink(missing_ok=True)
