"""The portal as a container runs it: settings from the environment, hashed static files, no danger left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django; django.setup()
from django.test import Client
client = Client(HTTP_HOST="portale.example", HTTP_X_FORWARDED_PROTO="https")
for path in ("/salute/", "/informazioni/privacy/", "/non-esiste/", "/posta/"):
    response = client.get(path)
    print(path, response.status_code, "Gate 4.0" in response.content.decode())
print(client.get("/informazioni/privacy/").content.decode().count(".css"), "stylesheets")
page = client.get("/account/login/")
for name, cookie in page.cookies.items():
    flags = bool(cookie["secure"]), bool(cookie["httponly"])
    print(name, *flags, cookie["samesite"], cookie["path"], repr(cookie["domain"]))
from django.conf import settings
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, "session")
print(page["Strict-Transport-Security"], page["X-Content-Type-Options"], page["Referrer-Policy"])
print(Client(HTTP_HOST="altro.example").get("/salute/").status_code, "for a stranger's host")
"""


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    # The journeys set this for their browser; a container does not.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return {
        **inherited,
        "GATE40_SYSTEM_PYTHON": "1",
        "DJANGO_SETTINGS_MODULE": "gate40.settings",
        "SECRET_KEY": "una-chiave-di-prova-0123456789-abcdefghilmnopqrstuvz",
        "MAIL_LINK_KEY": "altra-chiave-di-prova-0123456789-abcdefghilmnopqrstuvz",
        "ALLOWED_HOSTS": "portale.example",
        "PORTAL_BASE_URL": "https://portale.example",
        "EMAIL_URL": "smtp+tls://relay.example:587",
        "STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
    }


def run(environ, *command):
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_production_has_no_warning_left_and_serves_hashed_files(environ, db):
    assert "no issues" in run(environ, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    run(environ, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    said = run(environ, "-c", ASK)
    assert "/informazioni/privacy/ 200 True" in said
    assert "/non-esiste/ 404 True" in said
    assert "/posta/ 404" in said
    assert "400 for a stranger's host" in said


def test_cookies_are_the_portals_alone(environ, db):
    """No other host, no page without TLS and no script can set or read them (ASVS 3.3)."""
    said = run(environ, "-c", ASK)
    assert "__Host-csrf True True Lax / ''" in said
    assert "__Host-session True True session" in said


def test_hsts_spares_the_neighbours_where_a_setting_says_so(environ, db):
    assert "max-age=31536000; includeSubDomains; preload nosniff same-origin" in run(environ, "-c", ASK)
    assert "max-age=31536000; includeSubDomains nosniff" in run({**environ, "HSTS_PRELOAD": "no"}, "-c", ASK)
    assert "max-age=31536000 nosniff" in run({**environ, "HSTS_SUBDOMAINS": "no"}, "-c", ASK)


def test_a_dangerous_environment_does_not_start(environ):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**environ, "ALLOWED_HOSTS": "*"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "ALLOWED_HOSTS must name the hosts" in done.stderr
