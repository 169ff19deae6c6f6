"""What happened is seen afterwards: a JSON line with a request's id, a row for the staff, nothing secret in either."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import SecurityEvent
from members.safety import events
from tests.test_permissions import client_of


@pytest.fixture
def cast(cast):
    """The roles that the cast was given are no events of these tests."""
    SecurityEvent.objects.all().delete()
    return cast


@pytest.fixture
def lines():
    """What the log of security says, as it leaves the portal."""
    found, log = [], logging.getLogger("gate40.security")
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    log.addHandler(handler)
    yield found
    log.removeHandler(handler)


def kinds(*but):
    return list(SecurityEvent.objects.exclude(kind__in=but).order_by("pk").values_list("kind", flat=True))


def test_sign_ins_are_noted_with_the_request_and_without_what_was_typed(cast, lines):
    client = Client()
    client.post("/account/login/", {"login": "owner@persone.example", "password": "segretissima-sbagliata"})
    response = client.post("/account/login/", {"login": "owner@persone.example", "password": "parola-lunga"})
    assert kinds() == ["sign_in_failed", "signed_in"]
    last = json.loads(lines[-1])
    assert (last["event"], last["user"]) == ("signed_in", cast.people["owner"].pk)
    assert last["request"] == response["X-Request-ID"] == SecurityEvent.objects.first().request_id
    assert not any(word in line for line in lines for word in ("segretissima", "parola-lunga", "@"))


def test_a_denial_is_noted_and_a_page_is_not(cast, lines):
    client = client_of(cast, "owner")
    client.get("/")
    assert kinds("signed_in") == []
    client.get("/esiti/?token=segreto")
    assert (kinds("signed_in"), "segreto" in lines[-1]) == (["denied"], False)
    assert json.loads(lines[-1])["about"] == "403 GET /esiti/"


def test_what_broke_is_noted(cast, monkeypatch):
    monkeypatch.setattr("gate40.views.figures", lambda: 1 / 0)
    Client(raise_request_exception=False).get("/")
    assert kinds() == ["broken"]


def test_exports_and_roles_are_noted(cast):
    owner = client_of(cast, "owner")
    client_of(cast, "research").get("/richieste/ricevute/elenco/")
    client_of(cast, "research").post("/richieste/ricevute/elenco/")
    representative = cast["alfa"].representatives.get(user=cast.people["editor"])
    owner.post("/rete/alfa/persone/cambia/", {"representative": representative.pk, "role": "reader"})
    owner.post("/rete/alfa/persone/cambia/", {"representative": representative.pk, "role": "remove"})
    assert sorted(kinds("signed_in")) == ["export", "role", "role"]


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda client: client.post("/iscrizioni/", {"email": "a\x01"})),
        (400, lambda client: client.get("/", headers={"host": "altrove.example"})),
        (400, lambda client: client.get("/rete/?q=a%00")),
        (404, lambda client: client.get("/rete/beta/persone/?segreto=1")),
        (413, lambda client: client.post("/iscrizioni/", {f"x-{one}": "1" for one in range(2100)})),
    ],
)
def test_a_refusal_is_noted_by_its_status_and_path_alone(cast, lines, status, ask):
    response = ask(client_of(cast, "owner"))
    assert response.status_code == status
    [event] = SecurityEvent.objects.filter(kind="refused")
    assert event.about.startswith(f"{status} ")
    assert event.request_id == response["X-Request-ID"]
    assert "segreto" not in lines[-1]


def test_old_links_and_robots_are_no_events(cast, lines):
    Client().get("/nessuna-pagina/")
    assert lines == []


def test_a_hammer_fills_the_log_and_not_the_list(cast, lines, monkeypatch):
    monkeypatch.setattr("gate40.doors.middleware.KEPT_REFUSALS", 2)
    for _ in range(4):
        Client().get("/rete/?q=a%00")
    assert (len(lines), SecurityEvent.objects.count()) == (4, 2)


def test_a_line_is_one_line_whatever_it_is_about(cast, lines):
    events.note_event(events.Kind.DENIED, None, 'GET /\n{"event": "signed_in"}\x01')
    assert "\n" not in lines[-1]
    assert json.loads(lines[-1])["event"] == "denied"


def test_a_database_that_is_away_stops_nobody(cast, lines, monkeypatch):
    from django.db import OperationalError

    def away(**row):
        raise OperationalError

    monkeypatch.setattr(SecurityEvent.objects, "create", away)
    events.note_event(events.Kind.DENIED)
    assert json.loads(lines[-1])["event"] == "denied"


def test_the_staff_filter_ninety_days_and_write_nothing(cast):
    for days in (1, 89, 91):
        events.note_event(events.Kind.LIMIT if days == 1 else events.Kind.DENIED, None, f"giorno-{days}")
        SecurityEvent.objects.filter(about=f"giorno-{days}").update(at=timezone.now() - timedelta(days=days))
    client, url = client_of(cast, "manager"), reverse("admin:members_securityevent_changelist")
    shown = client.get(url).content.decode()
    assert [f"giorno-{days}" in shown for days in (1, 89, 91)] == [True, True, False]
    assert "giorno-89" not in client.get(url, {"kind__exact": "limit"}).content.decode()
    assert client.get(reverse("admin:members_securityevent_add")).status_code == 403
    assert client_of(cast, "desk").get(url).status_code == 403
    assert events.forget_events() == 1
