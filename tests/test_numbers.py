"""A number is said once: whoever changes a constant finds the new figure in every text that tells it.

Negative control: a figure written into the text again leaves the old one there, and its test fails.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matchmaking.algorithms import file_types
from matchmaking.matching import profile_hints
from matchmaking.models import Bookmark, Invitation, Outcome
from matchmaking.requests import deadlines
from matchmaking.requests.admin import LateFilter
from matchmaking.rooms.forms import MessageForm
from members.backoffice import list_admin
from members.models import Organization, RepresentativeInvitation, organizations, people
from members.profiles import logos
from members.profiles.forms import ProfileForm
from news import receivers
from news.consent import ledger
from news.models import Delivery, Notification, Subscription
from news.notices import about_requests
from tests.matchmaking.asked import sent


def said_by_mail():
    mail = Delivery.objects.latest("pk")
    return " ".join([mail.subject, mail.text]), mail.html


def test_the_mails_about_requests(cast, monkeypatch):
    monkeypatch.setattr(deadlines, "REMINDER", 7)
    monkeypatch.setattr(deadlines, "BROKER", 13)
    _request, invitation = sent(cast)
    about_requests.reminded(invitation.pk)
    assert all("passati 7 giorni lavorativi" in text for text in said_by_mail())
    about_requests.escalated(invitation.pk)
    assert all("da 13 giorni lavorativi" in text for text in said_by_mail())
    assert said_by_mail()[0].startswith("13 giorni senza risposta")
    assert "13 giorni" in LateFilter.lookups(None, None, None)[0][1]
    assert Invitation.objects.filter(pk=invitation.pk).exists()


def test_how_long_the_links_of_mails_last(cast, monkeypatch):
    monkeypatch.setattr(people, "INVITATION_LASTS", timedelta(days=9))
    monkeypatch.setattr(ledger, "LINK_LASTS", timedelta(days=11))
    made = RepresentativeInvitation.objects.create(
        organization=cast["alfa"], email="nuova@alfa.example", invited_by=cast.people["owner"]
    )
    receivers.invite_colleague(None, made)
    assert all("vale 9 giorni" in text for text in said_by_mail())
    ledger._send_link([Subscription.objects.filter(organization=cast["alfa"]).first()], timezone.now(), by_staff=False)
    assert all("vale 11 giorni" in text for text in said_by_mail())


def test_the_days_of_the_reminders(cast, client, monkeypatch):
    monkeypatch.setattr(Bookmark, "REMINDED_BEFORE", (21, 5))
    client.force_login(cast.people["owner"])
    opportunity = cast.event
    page = client.post(reverse("matchmaking:follow", args=[opportunity.slug]), follow=True)
    assert page.content.decode().count("21 e 5 giorni prima") == 2  # the message, and what stands beside the button
    Bookmark.objects.all().delete()
    assert "21 e 5 giorni prima" in client.get(reverse("matchmaking:mine")).content.decode()


def test_the_days_of_the_outcomes(cast, client, monkeypatch):
    monkeypatch.setattr(Outcome, "DAYS", (20, 40))
    assert "dopo 20 e 40 giorni" in str(Notification.Kind.OUTCOME.label)
    Outcome.objects.create(room=cast.room, organization=cast["alfa"], answer="talking", days=0)
    client.force_login(cast.people["super"])
    assert "prima dei 20 giorni" in client.get(reverse("matchmaking:outcomes")).content.decode()


def test_when_a_profile_has_aged(cast, client, monkeypatch):
    monkeypatch.setattr(organizations, "AGES", timedelta(days=270))
    Organization.objects.filter(pk=cast["alfa"].pk).update(reviewed_on=timezone.localdate() - timedelta(days=400))
    client.force_login(cast.people["owner"])
    assert "da più di 9 mesi" in client.get(cast["alfa"].get_absolute_url()).content.decode()
    assert "da 9 mesi" in list_admin.StaleFilter.lookups(None, None, None)[0][1]


def test_what_a_hint_is_worth(cast, client, monkeypatch):
    monkeypatch.setattr(profile_hints, "WORTH", 1_500)
    monkeypatch.setattr(profile_hints, "hints", lambda organization: [profile_hints.Hint("PRD.01.04", 3, False)])
    client.force_login(cast.people["owner"])
    page = client.get(reverse("matchmaking:partners", args=[cast["alfa"].slug]))
    assert "almeno 15 punti" in page.content.decode()


@pytest.mark.parametrize(
    ("module", "constant", "text"),
    [
        (logos, "MAX_BYTES", lambda: ProfileForm.base_fields["logo"].help_text),
        (file_types, "LARGEST", lambda: MessageForm.base_fields["file"].help_text),
    ],
)
def test_how_large_a_file_may_be(monkeypatch, module, constant, text):
    monkeypatch.setattr(module, constant, 37 * 2**20)
    assert "37 MB" in str(text())
