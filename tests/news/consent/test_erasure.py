"""Whoever is erased is forgotten here as well, and is not written to again by whoever imports the address."""

import pytest
from django.db import connection
from django.utils import timezone

from members.people import personal_data
from news.consent import ledger
from news.delivery import mailing
from news.models import Campaign, Consent, Delivery, Subscription, Suppression
from news.notices import notices
from tests.cast import subscription
from tests.news.smtp import smtp_server

ADDRESS = "owner@persone.example"
LEDGER = "news_consent"  # the proof that a mail was lawful: kept for its own time, see docs/privacy.md


def tables_with(text):
    """Every table in which some row holds the text, wherever."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


@pytest.fixture
def known(cast):
    """The owner of Alfa in every corner: subscribed, told, waited for, written to at the screen."""
    owner = cast.people["owner"]
    for purpose in ("digest", "newsletter"):
        subscription(cast["alfa"], purpose=purpose, email="Owner@persone.example")
    ledger.ask_consent(ADDRESS, ["newsletter"], organization=cast["alfa"], source="prova")
    notices.subscription_for(owner, cast["alfa"])
    issue = Campaign.objects.create(occasion="numero", subject="Numero", text="Testo", html="<p>Testo</p>")
    mailing.start_campaign(issue, Subscription.objects.newsletters())
    notices.send_notice(owner, cast["alfa"], "avviso", "place_found", {"event": cast.event})
    mailing.send_account_mail(ADDRESS, "Prova", f"per {ADDRESS}", "")
    return cast


def test_after_an_erasure_the_address_stands_in_the_ledger_and_nowhere_else(known):
    assert {"news_subscription", "news_delivery", "members_user", LEDGER} <= tables_with(ADDRESS)
    personal_data.erase_person(known.people["owner"])
    assert tables_with(ADDRESS) == {LEDGER}
    last = {line.purpose: line.act for line in Consent.objects.of_address(ADDRESS)}
    assert last == {"newsletter": "withdrawn", "digest": "withdrawn", "service": "withdrawn"}
    assert not ledger.broken_lines()


def test_a_later_import_of_an_erased_address_stays_silent(known, settings):
    personal_data.erase_person(known.people["owner"])
    subscription(known["alfa"], purpose="newsletter", email="OWNER@persone.example", confirmed_at=timezone.now())
    again = Campaign.objects.create(occasion="numero-2", subject="Numero", text="Testo", html="<p>Testo</p>")
    mailing.start_campaign(again, Subscription.objects.newsletters())
    with smtp_server(settings) as mailbox:
        mailing.send_due()
    assert ADDRESS not in [str(message["To"]).lower() for message in mailbox.messages]
    assert again.deliveries.get(address__iexact=ADDRESS).reason == "suppressed"
    assert Suppression.objects.of(ADDRESS).get().reason == "erasure"


def test_an_issue_adds_up_after_one_of_its_readers_is_erased(known):
    personal_data.erase_person(known.people["owner"])
    sums = mailing.accounting(Campaign.objects.get(occasion="numero"))
    assert sums["is_balanced"] and sums["erased"] == 1


def test_when_forgetting_fails_the_person_is_still_whole(known, monkeypatch):
    monkeypatch.setattr(Delivery.objects, "of_address", lambda address: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        personal_data.erase_person(known.people["owner"])
    assert {"news_subscription", "members_user"} <= tables_with(ADDRESS)
