"""The Celery application, the bell that never holds up whoever rings, and a file that shows that the worker lives."""

import logging
import os
from functools import partial
from pathlib import Path

from celery import Celery, Task
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
logger = logging.getLogger(__name__)


class Doorbell(Task):
    """A task that may be rung from anywhere: when Redis is dead or frozen, the ring is lost within a second or two.

    Nothing else is: what the bell announces stands in PostgreSQL, where the next tick finds it.
    """

    def delay_on_commit(self, *args, **kwargs):
        """Ring when the transaction is through."""
        transaction.on_commit(partial(self.ring, *args, **kwargs), robust=True)

    def ring(self, *args, **kwargs):
        """Ring now. Says whether it was heard."""
        try:
            bell.send_task(self.name, args, kwargs)
        except Exception as error:  # whatever the broker's client raises: no page breaks because of a bell
            logger.warning("%s was not rung: %s", self.name, error)
            return False
        return True


app = Celery("gate40", task_cls=Doorbell)
app.set_default()  # for every thread of the web server, not only for the one that imports this
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The same broker with less patience: a worker must wait long for its next task, a page must not wait for a bell.
bell = Celery("gate40 bell", set_as_current=False)
bell.config_from_object("django.conf:settings", namespace="CELERY")
bell.conf.update(
    task_publish_retry=False,
    broker_connection_timeout=0.5,
    broker_transport_options={
        **app.conf.broker_transport_options,
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.3,
        "max_retries": 0,
        "retry_on_timeout": False,
    },
)


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
