"""What must hold before the portal starts, and the pages that the roof itself answers."""

import secrets
import stat
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from gate40 import boot

SAFE = {
    "ALLOWED_HOSTS": ["portale.example"],
    "IS_EMBEDDED": False,
    "DEBUG": False,
    "IS_DEMO": False,
    "NAMED": {"SECRET_KEY", "EMAIL_URL"},
    "SECRET_KEY": "una-chiave-di-prova-0123456789-abcdefghilmnopqrstuvz",
    "MAIL_LINK_KEY": "altra-chiave-di-prova-0123456789-abcdefghilmnopqrstuvz",
    "EMAIL_TIMEOUT": 10,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "PORTAL_BASE_URL": "https://portale.example",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
}


def test_safe_settings_start():
    boot.refuse_dangerous_settings(SAFE)


@pytest.mark.parametrize(
    ("dangerous", "said"),
    [
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
        ({"DEBUG": True}, "DEBUG"),
        ({"SECRET_KEY": "corta"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 50}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY"),
        ({"MAIL_LINK_KEY": ""}, "MAIL_LINK_KEY"),
        ({"MAIL_LINK_KEY": "a"}, "MAIL_LINK_KEY"),
        ({"MAIL_LINK_KEY": "una-chiave-di-prova-0123456789-abcdefghilmnopqrstuvz"}, "must differ"),
        ({"IS_DEMO": True}, "GATE40_DEMO"),
        ({"EMAIL_TIMEOUT": None}, "EMAIL_TIMEOUT"),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "DATABASE_URL"),
        ({"PORTAL_BASE_URL": "http://portale.example"}, "PORTAL_BASE_URL"),
        ({"EMAIL_BACKEND": "gate40.outbox.OutboxBackend"}, "EMAIL_URL"),
    ],
)
def test_each_danger_is_refused_by_name(dangerous, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        boot.refuse_dangerous_settings({**SAFE, **dangerous})


def test_the_embedded_run_may_speak_http_on_this_machine_alone():
    local = {**SAFE, "IS_EMBEDDED": True, "ALLOWED_HOSTS": ["127.0.0.1"], "PORTAL_BASE_URL": "http://127.0.0.1:8000"}
    assert boot.dangers(local) == []
    for beyond in ({"ALLOWED_HOSTS": ["127.0.0.1", "portale.example"]}, {"PORTAL_BASE_URL": "https://portale.example"}):
        assert "embedded run" in " ".join(boot.dangers({**local, **beyond}))


def test_a_forgotten_key_is_not_taken_for_a_look_at_the_demo():
    local = {**SAFE, "IS_EMBEDDED": True, "ALLOWED_HOSTS": ["127.0.0.1"], "PORTAL_BASE_URL": "http://127.0.0.1:8000"}
    assert "SECRET_KEY is missing" in boot.dangers({**local, "NAMED": {"EMAIL_URL"}})[0]
    assert boot.dangers({**local, "NAMED": {"EMAIL_URL", "GATE40_EMBEDDED"}}) == []
    assert boot.dangers({**local, "NAMED": set()}) == []


def test_a_key_that_was_drawn_is_not_weak():
    assert not any(boot.is_weak(secrets.token_urlsafe(50)) for _ in range(200))


def test_what_is_private_is_closed_to_others(tmp_path, settings, cast):
    """The environment file, the outbox and the files of rooms, whatever the umask was."""
    from django.core.mail import EmailMessage

    from gate40.outbox import OutboxBackend

    kept = tmp_path / ".env"
    kept.write_text("SECRET_KEY=x")
    kept.chmod(0o644)
    boot.close_to_others(kept, tmp_path / "missing")
    OutboxBackend().send_messages([EmailMessage("a", "b", "c@c.example", ["d@d.example"])])
    [mail] = settings.EMAIL_OUTBOX_DIR.iterdir()
    held = Path(cast.room.messages.get().files.get().file.path)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, mail, held)] == [0o600] * 3
    assert [stat.S_IMODE(path.stat().st_mode) for path in (settings.EMAIL_OUTBOX_DIR, held.parent)] == [0o700] * 2


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "var" / "key"
    key = boot.key_from_file(path)
    assert len(key) >= 50
    assert boot.key_from_file(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_health_answers_without_a_session(client, db):
    response = client.get("/salute/")
    assert (response.status_code, response.json(), response.cookies) == (200, {"stato": "bene"}, {})


@pytest.mark.parametrize("path", ["/non-esiste/", "/rete/nessuno/", "/org/9223372036854775808/"])
def test_what_is_not_there_is_404_in_our_own_words(client, db, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "Gate 4.0" in response.content.decode()


def test_a_page_that_breaks_says_so_without_breaking_again(db, monkeypatch):
    monkeypatch.setattr("gate40.views.figures", lambda: 1 / 0)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "Qualcosa si è rotto" in response.content.decode()


def test_a_message_with_markup_is_shown_and_not_run(client, cast):
    from django.contrib.messages import constants
    from django.contrib.messages.storage.base import Message
    from django.template.loader import render_to_string

    html = render_to_string(
        "includes/messages.html", {"messages": [Message(constants.INFO, "<script>alert(1)</script>")]}
    )
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_what_a_signed_in_person_sees_is_not_stored(client, cast):
    client.force_login(cast.people["owner"])
    assert "no-store" in client.get("/rete/alfa/")["Cache-Control"]
    client.logout()
    assert "no-store" not in client.get("/rete/alfa/").get("Cache-Control", "")


def test_no_page_asks_another_host_for_anything(client, cast):
    import re

    for path in ("/", "/rete/", "/rete/alfa/", "/opportunita/", "/notizie/", "/account/login/"):
        html = client.get(path).content.decode()
        assert re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//[^"]*"', html) == []


def test_the_outbox_exists_only_where_mail_stays_on_the_machine(client, db, settings):
    assert client.get("/posta/").status_code == 200
    settings.IS_EMBEDDED = False
    assert client.get("/posta/").status_code == 404


def test_the_html_of_a_mail_is_framed_by_us_alone_and_runs_nothing(client, cast, settings):
    from news.delivery import mailing

    settings.EMAIL_BACKEND = "gate40.outbox.OutboxBackend"
    mailing.queue_mail(cast.subscription, "prova", "Prova", "Testo", "<p style='color:red'>Ciao</p>")
    mailing.send_due()
    [mail] = client.get("/posta/").context["mails"]
    response = client.get(f"/posta/{mail.name}/html/")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "X-Frame-Options" not in response.headers
    assert client.get("/posta/..%2F..%2Fsecret_key/").status_code == 404


def test_the_settings_under_test_are_the_real_ones():
    assert live.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert live.CELERY_ACCEPT_CONTENT == ["json"]


def test_the_portal_speaks_italian_until_somebody_chooses_otherwise(client, db):
    assert client.get("/", HTTP_ACCEPT_LANGUAGE="en").headers["Content-Language"] == "it"
    client.post("/lingua/", {"language": "en", "next": "/"})
    assert client.get("/").headers["Content-Language"] == "en"
