"""Somebody signs in through a gateway for SPID: a portal started with `OIDC_*` set, a provider, a browser."""

import os
import secrets
import socket
import subprocess
import sys
import urllib.request

import pytest
from django.db import connection

from tests.journeys.conftest import wait_for
from tests.journeys.gateway import CLIENT, SECRET, Gateway


@pytest.fixture
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.stop()


@pytest.fixture
def database(transactional_db):
    """A database of its own: a portal with a gateway has tables that the others lack."""
    name = f"gateway_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def portal(gateway, database, tmp_path):
    """The address of a portal that knows the gateway, served as `manage.py` would serve it."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"} | {
        "DJANGO_SETTINGS_MODULE": "gate40.settings",
        "DATABASE_URL": database,
        "PORTAL_BASE_URL": f"http://localhost:{port}",
        "EMAIL_OUTBOX_DIR": str(tmp_path),
        "GATE40_EMBEDDED": "1",  # meant so: it names a gateway, but needs no key of its own
        "OIDC_ISSUER": gateway.url,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_SECRET": SECRET,
    }
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=environ, check=True)
    serve = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (tmp_path / "portal.log").open("w") as log:
        process = subprocess.Popen(serve, env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: answers(f"http://localhost:{port}/salute/"), "the portal to answer", 60)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="it-IT")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def enter(page, portal):
    page.goto(f"{portal}/account/login/")
    page.get_by_role("button", name="Entra con SPID o CIE").click()


def test_a_person_comes_in_through_the_gateway_and_an_address_alone_opens_nobodys_account(gateway, portal, page):
    gateway.person = {"sub": "una", "email": "una@persone.example", "email_verified": True, "name": "Una Persona"}
    enter(page, portal)
    page.wait_for_url(f"{portal}/rete/inizia/")  # whoever speaks for no organization yet begins by finding it
    page.context.clear_cookies()

    enter(page, portal)  # the same person again, straight in
    page.wait_for_url(f"{portal}/rete/inizia/")
    page.context.clear_cookies()

    gateway.person = {"sub": "altra", "email": "una@persone.example", "email_verified": True}
    enter(page, portal)
    page.wait_for_url(f"{portal}/account/**")
    assert page.locator(".user-menu").count() == 0
    page.goto(f"{portal}/rete/inizia/")
    assert "/account/login/" in page.url
