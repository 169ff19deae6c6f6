"""The mail of a digest, as it lands: its words, its links, and no harm from what others typed."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from matchmaking.matching import match_lists
from members.models import Organization
from news.delivery import mailing
from news.digests import digests
from news.models import Announcement, Delivery, Subscription
from tests.cast import give
from tests.news.smtp import smtp_server

MONDAY = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Rome"))


@pytest.fixture
def mailbox(settings):
    with smtp_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def monday(cast):
    """Monday morning: matches are computed and nobody has heard anything this week."""
    with time_machine.travel(MONDAY, tick=False):
        Announcement.objects.update(state="draft", published_at=None)
        Announcement.objects.filter(slug="annuncio-uscito").update(
            state="published", published_at=MONDAY - timedelta(days=1)
        )
        match_lists.rebuild()
        yield MONDAY


def test_a_digest_lands_in_the_mailbox_with_its_reasons(cast, monday, mailbox):
    assert digests.compose_due_digests(monday) == 1
    assert mailing.send_due() == 1
    [message] = mailbox.to("posta@alfa.example")
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert message["Subject"] == "Novità per Alfa"
    for said in (
        "Gamma",
        "Cercate Scansione 3D e tomografia, la offrono, livello 4",
        "bando-aperto",
        "annuncio-uscito",
    ):
        assert said in text
        assert said in html


def test_text_and_html_carry_the_same_links(cast, monday):
    digest = digests.digest_for(cast.subscription, monday)
    _subject, text, html = digests.render_digest(digest)
    links = re.compile(r"http://127\.0\.0\.1:8000[^\s\"<)]*")
    assert set(links.findall(text)) == set(links.findall(html))
    assert not re.search(r"<img|<script|<link", html)


def test_asked_twice_one_mail_is_sent(cast, monday, mailbox):
    digests.compose_due_digests(monday)
    digests.compose_due_digests(monday)
    mailing.send_due()
    mailing.send_due()
    assert len(mailbox.messages) == 1


def test_next_week_says_only_what_is_new(cast, monday, mailbox):
    digests.compose_due_digests(monday)
    later = monday + timedelta(days=7)
    assert digests.compose_due_digests(later) == 0
    assert Delivery.objects.get(occasion="digest:2026-W49").state == "empty"
    Announcement.objects.filter(slug="annuncio-bozza").update(
        state="published", published_at=later, title="Nuovo annuncio"
    )
    assert digests.compose_due_digests(later) == 0, "what was decided for a week stays decided"
    assert digests.compose_due_digests(later + timedelta(days=7)) == 1
    newest = Delivery.objects.get(occasion="digest:2026-W50")
    assert "Nuovo annuncio" in newest.text
    assert "annuncio-uscito" not in newest.text
    assert "Gamma" not in newest.text


@pytest.mark.parametrize("fields", [{"confirmed_at": None}, {"ended_at": MONDAY}])
def test_nobody_hears_who_has_not_confirmed_or_has_left(cast, monday, fields):
    Subscription.objects.update(**fields)
    assert digests.compose_due_digests(monday) == 0


def test_nothing_is_composed_at_night(cast, monday):
    assert digests.compose_due_digests(monday.replace(hour=6)) == 0


def test_a_week_is_the_one_of_the_italian_calendar():
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert digests.occasions(sunday_night)["weekly"] == "digest:2026-W48"


def test_a_name_that_looks_like_markup_or_a_header_does_no_harm(cast, monday, mailbox):
    Organization.objects.filter(slug="gamma").update(name="<script>alert(1)</script> & figli")
    Organization.objects.filter(slug="alfa").update(name="Alfa\r\nBcc: tutti@example.com")
    give(cast["alfa"], needs={"ROB.01.01": 1})
    digests.compose_due_digests(monday)
    mailing.send_due()
    [message] = mailbox.messages
    assert "<script>" not in message.get_body(("html",)).get_content()
    assert "<script>alert(1)</script> & figli" in message.get_body(("plain",)).get_content()
    assert message["Bcc"] is None


def test_a_digest_reads_and_writes_nothing(cast, monday):
    digests.digest_for(cast.subscription, timezone.now())
    assert not Delivery.objects.exists()
