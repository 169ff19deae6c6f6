"""What lands in people's calendars and feed readers, entry by entry."""

from datetime import date, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from matchmaking.models import Opportunity
from matchmaking.opportunities import calendars, registrations

STARTS = datetime(2027, 3, 9, 9, 30, tzinfo=timezone.utc)


def entries(content):
    return {str(entry["uid"]).partition("@")[0]: entry for entry in Calendar.from_ical(content).walk("VEVENT")}


@pytest.fixture
def event(cast):
    Opportunity.objects.filter(pk=cast.event.pk).update(
        title="Porte aperte; prove, misure", starts_at=STARTS, place="Massa, sala", deadline=date(2027, 3, 1)
    )
    return Opportunity.objects.get(pk=cast.event.pk)


def test_an_event_has_its_hours_its_place_and_the_last_day_to_register(event, settings):
    answer = Client().get(reverse("matchmaking:event_ics", args=[event.slug]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="gate40.ics"'
    found = entries(answer.content)
    meeting, deadline = found[f"evento-{event.pk}"], found[f"scadenza-{event.pk}"]
    assert (meeting.decoded("dtstart"), meeting.decoded("dtend")) == (STARTS, STARTS + timedelta(hours=1))
    assert (str(meeting["summary"]), str(meeting["location"])) == ("Porte aperte; prove, misure", "Massa, sala")
    assert str(meeting["url"]) == settings.PORTAL_BASE_URL + event.get_absolute_url()
    assert (deadline.decoded("dtstart"), deadline.decoded("dtend")) == (date(2027, 3, 1), date(2027, 3, 2))
    assert (str(deadline["summary"]), str(deadline["transp"])) == (
        "Scadenza: Porte aperte; prove, misure",
        "TRANSPARENT",
    )


def test_an_end_that_is_known_is_kept_and_a_place_that_is_not_is_left_out(event):
    event.ends_at, event.place, event.deadline = STARTS + timedelta(hours=5), "", None
    [meeting] = entries(calendars.calendar([event])).values()
    assert meeting.decoded("dtend") == STARTS + timedelta(hours=5) and "location" not in meeting


def test_the_same_thing_keeps_its_identity_when_it_moves(event):
    before = entries(calendars.calendar([event]))
    event.starts_at += timedelta(days=7)
    after = entries(calendars.calendar([event]))
    assert before.keys() == after.keys()
    assert after[f"evento-{event.pk}"].decoded("dtstart") == STARTS + timedelta(days=7)


def test_a_draft_has_no_file_for_strangers(cast):
    assert Client().get(reverse("matchmaking:event_ics", args=[cast.hidden_opportunity.slug])).status_code == 404


def test_the_personal_calendar_holds_the_events_that_one_goes_to_and_not_those_one_left(cast, event):
    owner = cast.people["owner"]
    address = reverse("matchmaking:calendar", args=[calendars.calendar_token(owner)])
    registrations.register_for_event(event, owner, cast["alfa"])
    assert f"evento-{event.pk}" in entries(Client().get(address).content)
    registrations.cancel_registration(event, owner)
    assert entries(Client().get(address).content) == {}


@pytest.mark.parametrize("token", ["niente", "1-0", "1-0.falso", "x-y.z"])
def test_an_address_that_nobody_signed_opens_nothing(db, token):
    assert Client().get(reverse("matchmaking:calendar", args=[token])).status_code == 404


def test_whoever_is_switched_off_has_no_calendar(cast):
    owner = cast.people["owner"]
    token = calendars.calendar_token(owner)
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert calendars.owner_of(token) is None


def items(address):
    return ElementTree.fromstring(Client().get(address).content).findall("channel/item")


def test_the_feed_of_calls_holds_title_link_and_a_lasting_identity(cast, settings):
    Opportunity.objects.filter(pk=cast.opportunity.pk).update(title="Bando <misure> & prove")
    [item] = items(reverse("matchmaking:calls_feed"))
    address = settings.PORTAL_BASE_URL + cast.opportunity.get_absolute_url()
    assert (item.findtext("title"), item.findtext("guid")) == ("Bando <misure> & prove", address)
    assert item.findtext("link").endswith(cast.opportunity.get_absolute_url())
    assert item.findtext("pubDate")


def test_what_is_closed_or_not_out_is_in_no_feed(cast):
    Opportunity.objects.filter(pk=cast.opportunity.pk).update(status="closed")
    assert items(reverse("matchmaking:calls_feed")) == []


def test_the_feed_of_news_holds_the_words_and_the_newest_first(cast):
    from tests.cast import announcement

    announcement("nuovissimo", datetime.now(timezone.utc) - timedelta(minutes=1))
    found = items(reverse("news:feed"))
    assert [item.findtext("title") for item in found] == ["nuovissimo", "annuncio-uscito"]
    assert "Testo dell'annuncio." in found[0].findtext("description")
    assert found[0].findtext("link").endswith("/notizie/nuovissimo/")
