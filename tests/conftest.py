"""What every test may use: the taxonomy in the database, a cast of organizations and people, one fixed language."""

import os
import sys

import pytest
from django.db import connection

from gate40.celery import app, bell
from members.reference.loaders import load_taxonomy
from tests.cast import Cast

# GATE40_HIDE_PANGO=1 plays a machine without Pango: the suite must be green there too.
if os.environ.get("GATE40_HIDE_PANGO"):
    sys.modules["weasyprint"] = None

# Each process of the tests has a queue of its own: no worker takes what another's test has sent.
QUEUE = app.conf.task_default_queue = bell.conf.task_default_queue = (
    f"tests-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
)


@pytest.fixture(autouse=True)
def _plain_passwords_and_own_folders(settings, tmp_path, monkeypatch):
    """Hashing is not what is tested, and no test leaves files behind."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_OUTBOX_DIR = tmp_path / "posta"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ROOM_FILES_ROOT = tmp_path / "riservati"
    settings.IS_EMBEDDED = True
    monkeypatch.setattr("members.safety.quotas.PREFIX", f"quota-{tmp_path}")  # each test has a day of its own


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The taxonomy is loaded once: it is the ground that everything stands on.

    Tests with real transactions empty the tables when they end, and the ledger of consent refuses that: here it may be.
    """
    with django_db_blocker.unblock():
        load_taxonomy()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE news_consent DISABLE TRIGGER news_consent_is_not_emptied")


@pytest.fixture
def cast(db):
    """Alfa, Beta, a research centre, a financier and a draft, with their people: see tests/cast.py."""
    return Cast()
