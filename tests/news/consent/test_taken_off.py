""" "Toglietemi" by telephone or letter: one purpose ends, and the ledger says who did it and how it was asked."""

import pytest
from django.urls import reverse
from django.utils import timezone

from news.consent import ledger
from news.models import Consent
from tests.cast import subscription

LIST = reverse("admin:news_subscription_changelist")


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.people["manager"])
    return client


def end(client, one, **form):
    return client.post(LIST, {"action": "end", "_selected_action": [one.pk], **form}, follow=True)


def asked(**more):
    return {"confirmed": "1", "how": "per telefono", "asked_on": timezone.localdate().isoformat(), **more}


def test_the_one_purpose_ends_and_the_ledger_says_how(staff, cast):
    letter = subscription(cast["alfa"], purpose="newsletter")
    assert end(staff, letter).context["form"]  # asks before it does anything
    end(staff, letter, **asked(note="sig. Prova"))
    letter.refresh_from_db()
    cast.subscription.refresh_from_db()
    assert letter.ended_at and cast.subscription.ended_at is None
    line = Consent.objects.of_address(letter.email).last()
    assert (line.act, line.purpose, line.by) == ("withdrawn", "newsletter", "manager@persone.example")
    assert line.source == f"gestione, chiesto per telefono il {timezone.localdate():%d/%m/%Y} (sig. Prova)"
    assert ledger.broken_lines(letter.email) == []


@pytest.mark.parametrize(
    "wrong", [{"how": "con un piccione"}, {"how": ""}, {"asked_on": "2999-01-01"}, {"asked_on": "boh"}]
)
def test_without_how_and_when_nothing_ends(staff, cast, wrong):
    page = end(staff, cast.subscription, **asked(**wrong))
    cast.subscription.refresh_from_db()
    assert page.context["form"].errors and cast.subscription.ended_at is None


def test_the_desk_without_that_right_cannot_end_anything(client, cast):
    client.force_login(cast.people["desk"])
    assert end(client, cast.subscription, **asked()).status_code == 403
