"""Mails flow to a real server while everything around them is killed: nobody is lost, hardly anybody hears twice.

GATE40_DRILL_MAILS=10000 GATE40_DRILL_KILLS=200 makes the drills as large as you like; by default they are small.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from news.delivery import mailing
from news.models import Campaign, Delivery, Subscription
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[3]
MAILS = int(os.environ.get("GATE40_DRILL_MAILS", 400))
KILLS = int(os.environ.get("GATE40_DRILL_KILLS", 5))
REPLY = 0.004  # seconds a reply of the server takes
pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sink(tmp_path):
    """A server that writes down each recipient before it says 250."""
    log = tmp_path / "accepted"
    log.touch()
    command = [sys.executable, ROOT / "tests/news/sink.py", log, "--delay", str(REPLY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    sink = Accepted(log, int(process.stdout.readline()))
    yield sink
    process.kill()
    process.wait()
    process.stdout.close()


class Accepted:
    def __init__(self, log, port):
        self.log, self.port = log, port

    def count(self):
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())


class Worker:
    """A process that sends until it is killed, and is started again at once: what a supervisor does."""

    CODE = (
        "import time, django; django.setup(); from news.delivery import mailing; from django.db import connection\n"
        "while True:\n"
        "    try: mailing.send_due()\n"
        "    except Exception as error: print(repr(error), flush=True); connection.close()\n"
        "    time.sleep(0.05)"
    )

    def __init__(self, database_url, port):
        self.environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "gate40.settings",
            "DATABASE_URL": database_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "GATE40_EMBEDDED": "1",  # meant so: it names a mail server, but needs no key of its own
            "MAIL_SENDERS": "9",
        }
        command = [sys.executable, "-c", self.CODE]
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, **output)

    def end(self):
        self.process.kill()
        self.process.wait()


def readers(count):
    """So many confirmed readers of the newsletter."""
    organization = Cast()["alfa"]
    Subscription.objects.bulk_create(
        Subscription(
            organization=organization,
            email=f"chi-{number:05}@esempio.example",
            purpose="newsletter",
            confirmed_at=timezone.now(),
        )
        for number in range(count)
    )
    return Subscription.objects.filter(purpose="newsletter")


def issue(**fields):
    html = "<p>Gentile {{ organization }}</p>" + "<p>Una notizia per le imprese.</p>" * 100
    text = "Gentile {{ organization }}\n{{ unsubscribe_url }}\n"
    return Campaign.objects.create(occasion="esercitazione", subject="Numero", text=text, html=html, **fields)


def database_url():
    made = connection.settings_dict
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{made['NAME']}"


def wait_until_sent(campaign, patience):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        campaign.refresh_from_db()
        if campaign.state == Campaign.State.SENT:
            return
        time.sleep(0.2)
    pytest.fail(f"not over after {patience} s: {mailing.accounting(campaign)}")


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_whatever_is_killed_nobody_is_lost_and_hardly_anybody_hears_twice(policy):
    """Workers, their children, PostgreSQL and Valkey; with `hold` nobody hears twice, and who may not have is named."""
    drill = [sys.executable, ROOT / "benchmarks/drill.py", "--mails", MAILS, "--kills", KILLS, "--policy", policy]
    done = subprocess.run([str(word) for word in drill], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["lost"], result["is_lawful"]) == (0, True)


def wait_for(is_done, patience=30):
    deadline = time.monotonic() + patience
    while not is_done() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_nobody_who_has_left_hears_anything_more(sink):
    """They leave while two workers send. Asked of the database's own order: who left before the hand-over?"""
    leavers = min(1000, MAILS // 2)
    campaign = issue()
    subscriptions = readers(MAILS)
    mailing.start_campaign(campaign, subscriptions)
    workers = [Worker(database_url(), sink.port) for _ in range(2)]
    late = []
    try:
        wait_for(lambda: sink.count())
        chosen = random.Random(7).sample(list(subscriptions), leavers)
        for reader in chosen:
            reader.stop()  # committed when it returns: whoever had not been handed over must hear nothing
            batches = {
                row.pk: row for row in Delivery.objects.filter(subscription=reader).select_related("batch__progress")
            }
            [row] = batches.values()
            is_handed = row.state == "sent" or (row.state == "claimed" and row.batch.progress.cursor >= row.pk)
            if not is_handed:
                late.append(reader.email)
        wait_until_sent(campaign, 60 + MAILS / 20)
    finally:
        for worker in workers:
            worker.end()
    got = sink.count()
    print(f"{leavers} left, {len(late)} of them before their mail was handed over")
    assert late
    assert [email for email in late if got[email]] == []
    assert max(got.values()) == 1
