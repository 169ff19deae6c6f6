"""Whoever rings is never held up: with Redis dead or frozen the ring is lost, and nothing else."""

import os
import socket
import subprocess
import sys

import pytest

RING = (
    "import time, django; django.setup(); from news.tasks import send_due\n"
    "began = time.monotonic(); heard = send_due.ring(); print(heard, time.monotonic() - began < 5)"
)


@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_ring_without_an_answer_is_given_up(is_frozen):
    """In a process of its own: with Celery's usual options it would wait for ever, and this test with it."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        if is_frozen:
            nobody.listen()
        environ = {**os.environ, "REDIS_URL": f"redis://127.0.0.1:{nobody.getsockname()[1]}/1"}
        environ["DJANGO_SETTINGS_MODULE"] = "gate40.settings"
        done = subprocess.run([sys.executable, "-c", RING], env=environ, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "True"], done.stderr[-2000:]
