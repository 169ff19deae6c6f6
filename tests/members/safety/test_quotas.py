"""What one account and one address may do in a day, and how it is told."""

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gate40.doors.middleware import UNMEASURED
from matchmaking.models import Interest
from members.models import Claim, Organization, RepresentativeInvitation, SecurityEvent
from members.safety import quotas
from news.models import Delivery, Suppression
from tests.cast import person
from tests.test_permissions import admin_pages, admin_url, objects_for, our_pages


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def invite(client, number, slug="alfa"):
    return client.post(f"/rete/{slug}/persone/invita/", {"email": f"c{number}@persone.example", "role": "editor"})


def lowered(monkeypatch, what, account, address):
    quota = quotas.QUOTAS[what]
    monkeypatch.setitem(quotas.QUOTAS, what, quotas.Quota(quota.label, account, address))


def test_invitations_of_colleagues_stop_at_the_days_measure(cast, monkeypatch):
    lowered(monkeypatch, "colleagues", 3, 99)
    client = signed_in(cast.people["owner"])
    statuses = [invite(client, number).status_code for number in range(5)]
    assert statuses == [302, 302, 302, 429, 429]
    assert "limite" in invite(client, 9).content.decode()
    assert RepresentativeInvitation.objects.filter(email__startswith="c").count() == 3
    [event] = SecurityEvent.objects.filter(kind="limit")  # noted once: a hammer does not fill the list
    assert (event.user, event.about) == (cast.people["owner"], "colleagues: 3")


def test_without_the_measure_they_do_not_stop(cast, monkeypatch):
    """The negative control."""
    lowered(monkeypatch, "colleagues", 99, 99)
    client = signed_in(cast.people["owner"])
    assert [invite(client, number).status_code for number in range(5)] == [302] * 5


def test_many_accounts_at_one_address_share_its_measure(cast, monkeypatch):
    lowered(monkeypatch, "colleagues", 99, 2)
    assert invite(signed_in(cast.people["owner"]), 1).status_code == 302
    assert invite(signed_in(cast.people["other_firm"]), 2, "beta").status_code == 302
    assert invite(signed_in(cast.people["other_firm"]), 3, "beta").status_code == 429


def test_yesterdays_measure_is_not_todays(cast, monkeypatch, rf):
    from datetime import date

    lowered(monkeypatch, "claims", 1, 9)
    request = rf.get("/")
    request.user = cast.people["owner"]
    quotas.spend_quota("claims", request)
    with pytest.raises(quotas.TooManyToday):
        quotas.spend_quota("claims", request)
    monkeypatch.setattr(quotas.timezone, "localdate", lambda: date(2100, 1, 1))
    quotas.spend_quota("claims", request)


@pytest.mark.parametrize(
    ("what", "role", "url", "data"),
    [
        ("searches", "anon", "/rete/?q=laser", None),
        ("searches", "owner", "/cerca-partner/?testo=laser", None),
        ("organizations", "pending", "/rete/nuova/", {"kind": "firm", "name": "Nuova", "municipality": "Carrara"}),
        ("messages", "owner", "ROOM", {"text": "Ciao", "key": "8f14e45f-ceea-467f-a83c-1c4b6b8f3a11"}),
        ("services", "owner", "SERVICE", {"text": "Ciao", "key": "8f14e45f-ceea-467f-a83c-1c4b6b8f3a11"}),
        ("proposals", "owner", "/opportunita/proponi/", {"kind": "collaboration", "title": "Sfida", "text": "Testo"}),
        ("requests", "owner", "REQUEST", {"a": "gamma"}),
        ("searches", "anon", "/cerca/?q=laser", None),
        ("searches", "anon", "/opportunita/?q=laser", None),
        ("searches", "pending", "/rete/inizia/", {"vat_number": "00743110157"}),
        ("messages", "owner", "PLAN", {"step": "Ci sentiamo", "on": ""}),
        ("answers", "other_firm", "INTEREST", {"brings": "Portiamo", "needs": "Ci serve", "ip": "joint"}),
        ("answers", "owner", "EVENT", {}),
        ("answers", "research", "REPLY", {"take": "1"}),
        ("answers", "owner", "SETTLE", {"withdraw": "1"}),
        ("answers", "research", "INTRODUCTION", {"yes": "1"}),
        ("forms", "owner", "/rete/alfa/persone/cambia/", {}),
    ],
)
def test_each_thing_has_its_measure(cast, monkeypatch, what, role, url, data):
    lowered(monkeypatch, what, 0, 0)
    named = {
        "ROOM": lambda: f"/stanze/{cast.room.code}/scrivi/",
        "SERVICE": lambda: f"/servizi/{cast.service.slug}/",
        "REQUEST": lambda: f"/richieste/{cast.asked.code}/destinatari/",
        "PLAN": lambda: reverse("matchmaking:plan", args=[cast.room.code]),
        "INTEREST": lambda: reverse("matchmaking:interest", args=[cast.opportunity.slug]),
        "EVENT": lambda: reverse("matchmaking:register", args=[cast.event.slug]),
        "REPLY": lambda: reverse("matchmaking:reply", args=[cast.taken.code]),
        "SETTLE": lambda: reverse("matchmaking:settle", args=[cast.taken.code]),
        "INTRODUCTION": lambda: reverse("matchmaking:answer_introduction", args=[cast.introduction.code]),
    }
    url = named[url]() if url in named else url
    client = signed_in(cast.people[role]) if cast.people[role] else Client()
    response = client.get(url) if data is None else client.post(url, data)
    assert response.status_code == 429
    assert "Basta per oggi" in response.content.decode()


@pytest.mark.parametrize(("most", "kept"), [(2, 2), (99, 4)])  # the second is the negative control
def test_answers_stop_at_the_days_measure_and_what_stands_stays(cast, monkeypatch, most, kept):
    lowered(monkeypatch, "answers", most, 99)
    client, url = signed_in(cast.people["other_firm"]), reverse("matchmaking:interest", args=[cast.opportunity.slug])
    statuses = [client.post(url, {"brings": f"Bozza {number}"}).status_code for number in range(1, 5)]
    assert statuses == [302] * kept + [429] * (4 - kept)
    assert Interest.objects.get(organization=cast["beta"], opportunity=cast.opportunity).brings == f"Bozza {kept}"


def test_whatever_a_signed_in_person_sends_is_counted(cast, monkeypatch):
    """No form is forgotten: what has no measure of its own has the common one, at the door."""
    lowered(monkeypatch, "forms", 0, 0)
    free = []
    for page in [*our_pages(), *admin_pages()]:
        is_admin = page.name.startswith("admin:")
        url = admin_url(page, cast) if is_admin else reverse(page.name, kwargs=objects_for(page, cast)[0][0])
        with transaction.atomic():
            status = signed_in(cast.people["super"]).post(url).status_code
            transaction.set_rollback(True)
        free += [page.name] if status != 429 else []
    assert set(free) == UNMEASURED


def test_a_stranger_claims_few_firms_in_a_day(cast, monkeypatch):
    lowered(monkeypatch, "claims", 0, 0)
    client = signed_in(cast.people["pending"])
    client.post("/rete/inizia/", {"vat_number": "00743110157"})
    assert client.post("/rete/ombra/rivendica/", {"note": "Io"}).status_code == 429
    assert not Claim.objects.exists()


# The invitation itself ------------------------------------------------------------------------------------------------
def test_the_mail_says_who_invites_and_lets_nobody_write_its_subject(cast, django_capture_on_commit_callbacks):
    Organization.objects.filter(slug="alfa").update(name="VINCI UN PREMIO")
    with django_capture_on_commit_callbacks(execute=True):
        invite(signed_in(cast.people["owner"]), 1)
    delivery = Delivery.objects.get(address="c1@persone.example") if hasattr(Delivery, "address") else None
    sent = delivery or Delivery.objects.order_by("-pk").first()
    assert "VINCI" not in sent.subject
    assert "owner@persone.example" in sent.text


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_who_is_not_published_invites_nobody(cast, status):
    Organization.objects.filter(slug="alfa").update(status=status)
    invite(signed_in(cast.people["owner"]), 1)
    assert not RepresentativeInvitation.objects.filter(email="c1@persone.example").exists()


def test_a_suppressed_address_gets_no_invitation(cast, django_capture_on_commit_callbacks):
    Suppression.objects.add("c1@persone.example", Suppression.Reason.ERASURE)
    before = Delivery.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        invite(signed_in(cast.people["owner"]), 1)
    assert (Delivery.objects.count(), mail.outbox) == (before, [])
    with django_capture_on_commit_callbacks(execute=True):
        invite(signed_in(cast.people["owner"]), 2)  # the control: another address does
    assert Delivery.objects.count() == before + 1


def test_an_invitation_is_taken_back_by_its_owner_alone(cast):
    url, data = "/rete/alfa/persone/ritira/", {"invitation": cast.invitation.pk}
    assert signed_in(cast.people["editor"]).post(url, data).status_code == 404
    signed_in(cast.people["other_firm"]).post("/rete/beta/persone/ritira/", data)
    assert RepresentativeInvitation.objects.filter(pk=cast.invitation.pk).exists()
    signed_in(cast.people["owner"]).post(url, data)
    assert not RepresentativeInvitation.objects.filter(pk=cast.invitation.pk).exists()
    assert signed_in(person("altro@persone.example")).get(f"/rete/inviti/{cast.invitation.token}/").status_code == 404
