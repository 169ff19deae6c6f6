"""A real browser on the real pages, and a real Celery worker behind them.

Where Chromium is not installed the journeys say that they were skipped; `.ci/run` installs it.
"""

import os
import shutil
import subprocess
import sys
import time

import pytest
from django.db import connection

from tests.conftest import QUEUE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"desktop": 1280, "phone": 390}

# Playwright's synchronous interface runs an event loop in this thread; Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        pytest.skip("journey skipped: no Chromium on this machine (apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(params=["desktop"])
def browser_page(request, browser, live_server, tmp_path):
    """A page of an Italian browser at the portal's door; fails the test if the page logs an error."""
    context = browser.new_context(
        base_url=live_server.url, locale="it-IT", viewport={"width": WIDTHS[request.param], "height": 900}
    )
    context.set_default_timeout(15_000)
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def worker(settings, tmp_path):
    """A real Celery worker on this test's database; its mails land in the test's own outbox."""
    alive = tmp_path / "alive"
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "gate40",
        "worker",
        "--pool",
        "solo",
        "--loglevel",
        "INFO",
        "--queues",
        QUEUE,
    ]
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environ = {
        **os.environ,
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "EMAIL_OUTBOX_DIR": str(settings.EMAIL_OUTBOX_DIR),
        "GATE40_ALIVE_FILE": str(alive),
        "C_FORCE_ROOT": "1",
    }
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"], env=environ, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for(alive.exists, "the worker to start", 60)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(is_so, what, seconds=60):
    """Wait until `is_so()` holds; whatever it returns is given back."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} seconds in vain for {what}; last: {found!r}")
        time.sleep(0.1)
    return found


def sign_in(page, email, password="gate40-demo"):
    """Through the portal's own form, as a person does."""
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main").get_by_role("button", name="Accedi").click()
    page.wait_for_url("**/")
