"""Digests: what is new and fits, once, as often as asked, composed for everybody at once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from matchmaking.matching import match_lists
from matchmaking.models import Bookmark, Opportunity, Requirement
from members.models import Organization
from news.consent import ledger
from news.delivery import mailing
from news.digests import digests
from news.models import Announcement, Delivery, Told
from news.notices import deadline_reminders
from tests.cast import announcement, competence, give, municipality, subscription

ROME = ZoneInfo("Europe/Rome")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ROME)
DEADLINE = MONDAY.date() + timedelta(days=40)


@pytest.fixture
def matched(cast, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    Opportunity.objects.update(deadline=MONDAY.date() + timedelta(days=40))
    Announcement.objects.filter(published_at__isnull=False).update(published_at=MONDAY - timedelta(days=1))
    match_lists.rebuild()
    return cast


def test_a_digest_tells_matches_opportunities_and_announcements_each_with_its_because(matched):
    assert digests.compose_digests(MONDAY) == 1
    mail = Delivery.objects.get()
    assert (mail.occasion, mail.state, mail.address) == ("digest:2026-W48", "pending", "posta@alfa.example")
    for part in (mail.text, mail.html):
        assert "Gamma" in part and "bando-aperto" in part and "annuncio-uscito" in part
    assert mail.text.count("Perché:") == 3
    assert {told.kind for told in Told.objects.all()} == {"match", "opportunity", "announcement"}


def test_asked_twice_in_a_period_it_adds_nothing(matched):
    assert [digests.compose_digests(MONDAY), digests.compose_digests(MONDAY + timedelta(days=3))] == [1, 0]
    assert Delivery.objects.count() == 1


def test_nothing_new_is_recorded_and_not_sent(matched):
    digests.compose_digests(MONDAY)
    assert digests.compose_digests(MONDAY + timedelta(days=7)) == 0
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["pending", "empty"]
    assert digests.compose_digests(MONDAY + timedelta(days=8)) == 0
    assert Delivery.objects.count() == 2


def test_an_item_is_never_told_twice(matched):
    digests.compose_digests(MONDAY)
    announcement("secondo", MONDAY)
    assert digests.compose_digests(MONDAY + timedelta(days=7)) == 1
    second = Delivery.objects.latest("pk")
    assert "secondo" in second.text and "annuncio-uscito" not in second.text and "bando-aperto" not in second.text
    assert "Gamma" not in second.text


@pytest.mark.parametrize(
    ("frequency", "days", "mails"),
    [("weekly", [0, 7, 14], 3), ("monthly", [0, 7, 14], 2), ("never", [0, 7, 14], 0)],
)
def test_it_comes_as_often_as_asked(matched, frequency, days, mails):
    ledger.set_frequency(matched.subscription, frequency, source="prova")
    sent = 0
    for day in days:
        announcement(f"del-giorno-{day}", MONDAY + timedelta(days=day))
        sent += digests.compose_digests(MONDAY + timedelta(days=day))
    assert sent == mails


def test_whoever_wants_deadlines_only_hears_of_them_30_14_and_3_days_before_and_of_nothing_else(matched):
    ledger.set_frequency(matched.subscription, "deadlines", source="prova")
    Opportunity.objects.create(title="non seguito", slug="altro", text="x", status="published", deadline=DEADLINE)
    matched.opportunity.requirements.all().delete()  # it is followed, whether it fits or not
    follow(matched)
    told = [day for day in range(42) if digests.compose_digests(MONDAY + timedelta(days=day))]
    assert [40 - day for day in told] == [30, 14, 3]
    mail = Delivery.objects.exclude(state="empty").first()
    assert mail.subject == "Scadenze per Alfa" and "Perché: è tra quelle che seguite" in mail.text
    assert "bando-aperto" in mail.text and "annuncio-uscito" not in mail.text and "Gamma" not in mail.text
    assert "non seguito" not in mail.text


def follow(matched):
    matched.subscription.email = matched.people["owner"].email
    matched.subscription.save()
    Bookmark.objects.create(
        user=matched.people["owner"], organization=matched["alfa"], opportunity=matched.opportunity, created_at=MONDAY
    )


def test_whoever_reads_the_deadlines_in_a_digest_gets_no_second_mail_about_them(matched):
    follow(matched)
    day = MONDAY.date() + timedelta(days=10)
    ledger.set_frequency(matched.subscription, "deadlines", source="prova")
    assert (digests.compose_digests(MONDAY + timedelta(days=10)), deadline_reminders.compose(day)) == (1, 0)
    ledger.set_frequency(matched.subscription, "weekly", source="prova")
    assert deadline_reminders.compose(day) == 1


def test_nobody_is_told_who_did_not_confirm_or_left_or_is_a_draft(matched):
    subscription(matched["beta"], confirmed_at=None)
    subscription(matched["gamma"], ended_at=MONDAY)
    subscription(matched["bozza"])
    assert digests.compose_digests(MONDAY) == 1


def test_a_draft_and_a_closed_call_are_never_told(matched):
    digests.compose_digests(MONDAY)
    text = Delivery.objects.get().text
    assert "bozza" not in text.lower()
    Opportunity.objects.update(deadline=MONDAY.date() - timedelta(days=1))
    Told.objects.all().delete()
    digests.compose_digests(MONDAY + timedelta(days=7))
    assert "bando-aperto" not in Delivery.objects.latest("pk").text


def test_nothing_leaves_before_seven_in_the_morning(matched):
    assert digests.compose_due_digests(MONDAY.replace(hour=6)) == 0
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("moment", ["2026-03-29T09:00", "2026-10-25T09:00", "2027-01-01T09:00"])
def test_the_week_is_counted_in_italy_whatever_the_clock_does(moment):
    local = datetime.fromisoformat(moment).replace(tzinfo=ROME)
    year, week, _day = local.isocalendar()
    assert (
        digests.occasions(local.astimezone(timezone.get_default_timezone()))["weekly"] == f"digest:{year}-W{week:02d}"
    )


def test_a_title_with_control_characters_forges_no_header(matched):
    Organization.objects.filter(slug="alfa").update(name="Alfa\r\nBcc: x@y.example")
    digests.compose_digests(MONDAY)
    assert Delivery.objects.get().subject == "Novità per Alfa Bcc: x@y.example"
    assert mailing.send_due() == 1


def _firms(matched, count):
    place = municipality("Carrara", "MS")
    for n in range(count):
        firm = Organization.objects.create(
            kind="firm", name=f"Ditta {n}", slug=f"ditta-{n}", status="published", municipality=place
        )
        give(firm, offers={"PRD.01.04": 3}, needs={"QLT.01.02": 3})
        subscription(firm)
    matched.subscription.delete()
    match_lists.rebuild()


@pytest.mark.parametrize("firms", [3, 60])
def test_composing_costs_the_same_queries_however_many_firms(matched, firms):
    _firms(matched, firms)
    for n in range(4):
        more = Opportunity.objects.create(title=f"b{n}", slug=f"b{n}", text="x", status="published")
        Requirement.objects.create(opportunity=more, competence=competence("PRD.01.04"), weight=2)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert digests.compose_digests(MONDAY) == firms
    statements = [one["sql"] for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == 16


def test_the_preview_shows_what_would_come_and_writes_nothing(client, matched):
    client.force_login(matched.people["owner"])
    page = client.get(reverse("news:digest_preview", args=["alfa"])).content.decode()
    assert "Gamma" in page and "bando-aperto" in page and "Perché:" in page
    assert not Delivery.objects.exists() and not Told.objects.exists()


def test_only_organizations_of_the_home_province_are_offered_a_digest_and_hear(client, matched):
    client.force_login(matched.people["research"])
    assert "digest" not in client.get("/rete/gamma/iscrizioni/").context["form"].fields
    client.force_login(matched.people["owner"])
    assert "digest" in client.get("/rete/alfa/iscrizioni/").context["form"].fields
    subscription(matched["gamma"])
    assert [one.organization.slug for one in digests.due_subscriptions(MONDAY)] == ["alfa"]
