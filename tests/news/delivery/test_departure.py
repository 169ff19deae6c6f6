"""Whoever leaves hears no more: what is sent or shown for an organization asks for somebody who speaks for it now."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matchmaking.models import Bookmark, SavedSearch
from matchmaking.opportunities import calendars
from members.models import Representative, RepresentativeInvitation
from members.people import claims, team
from news.consent import ledger
from news.delivery import mailing, sender
from news.digests import digests
from news.models import Delivery, Notification, Subscription
from news.notices import about_rooms, deadline_reminders, notices
from tests.cast import subscription
from tests.news.smtp import smtp_server

MONDAY_NOON = timezone.make_aware(timezone.datetime(2026, 3, 9, 12))


@pytest.fixture
def colleague(cast):
    """The editor of Alfa with everything that a person can have there."""
    user, alfa = cast.people["editor"], cast["alfa"]
    subscription(alfa, email=user.email)
    subscription(alfa, email=user.email, purpose="newsletter")
    Bookmark.objects.create(user=user, organization=alfa, opportunity=cast.opportunity)
    SavedSearch.objects.create(user=user, organization=alfa, name="Laser", query="q=laser")
    Notification.objects.create(user=user, organization=alfa, kind="room", occasion="x", title="Parola di Alfa")
    return user


def removed(user, cast):
    team.remove_person(Representative.objects.get(user=user, organization=cast["alfa"]))


def switched_off(user, cast):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


LEAVING = pytest.mark.parametrize("leave", [removed, switched_off])


def queued_for(user):
    return Delivery.objects.filter(address__iexact=user.email, state="pending").exclude(purpose="account")


@LEAVING
def test_no_digest_is_composed_for_whoever_has_left(cast, colleague, leave):
    assert digests.due_subscriptions(MONDAY_NOON).filter(email=colleague.email).exists()  # until now it was
    leave(colleague, cast)
    assert not digests.due_subscriptions(MONDAY_NOON).filter(email=colleague.email).exists()


@LEAVING
@pytest.mark.parametrize("purpose", ["digest", "service"])
def test_the_very_last_look_stops_what_waits_for_whoever_has_left(cast, colleague, settings, leave, purpose):
    """The negative control stands in the same test: the owner's own mail, queued alike, leaves."""
    mine, _new = Subscription.objects.get_or_create(
        email=colleague.email, organization=cast["alfa"], purpose=purpose, defaults={"confirmed_at": timezone.now()}
    )
    theirs = subscription(cast["alfa"], email=cast.people["owner"].email, purpose=purpose)
    for one in (mine, theirs):
        mailing.queue_mail(one, "prova", "Oggetto", "Testo", "<p>Testo</p>")
    leave(colleague, cast)
    Subscription.objects.filter(pk=mine.pk).update(ended_at=None)  # were it not ended: the look itself is asked
    with smtp_server(settings):
        sender.send_claimed()
    states = dict(Delivery.objects.filter(occasion="prova").values_list("address", "state"))
    assert states == {colleague.email: "skipped", cast.people["owner"].email: "sent"}


@LEAVING
def test_nobody_queues_a_notice_for_whoever_has_left(cast, colleague, leave):
    told = {"link": "/", "context": {"room": cast.room, "other": cast["gamma"]}}
    assert notices.send_notice(colleague, cast["alfa"], "prima", "room_message", told["context"], "/")
    leave(colleague, cast)
    colleague.refresh_from_db()
    assert not notices.send_notice(colleague, cast["alfa"], "dopo", "room_message", told["context"], "/")


@LEAVING
def test_rooms_reminders_and_questions_pass_them_by(cast, colleague, leave):
    leave(colleague, cast)
    message = cast.room.messages.create(organization=cast["gamma"], text="Allora?")
    about_rooms.message_written(message.pk)
    cast.room.__class__.objects.update(opened_at=MONDAY_NOON - timedelta(days=30))
    about_rooms.ask_due(MONDAY_NOON)
    deadline_reminders.compose(timezone.localdate())
    assert not queued_for(colleague).exists()
    assert queued_for(cast.people["owner"]).exists()  # the control: who stays is told


@LEAVING
def test_a_saved_search_and_a_calendar_say_nothing_more(client, cast, colleague, leave):
    address = reverse("matchmaking:calendar", args=[calendars.calendar_token(colleague)])
    assert b"scadenza-" in client.get(address).content
    leave(colleague, cast)
    assert not SavedSearch.objects.mailed().filter(user=colleague).exists()
    assert b"scadenza-" not in client.get(address).content


def test_notices_of_an_organization_are_read_only_by_who_speaks_for_it(client, cast, colleague):
    client.force_login(colleague)
    page = reverse("news:notifications")
    assert "Parola di Alfa" in client.get(page).content.decode()
    removed(colleague, cast)
    assert "Parola di Alfa" not in client.get(page).content.decode()
    notice = Notification.objects.get(title="Parola di Alfa")
    assert client.post(reverse("news:notification", args=[notice.pk])).status_code == 404


def test_a_removal_ends_what_was_subscribed_and_says_so(client, cast, colleague, django_capture_on_commit_callbacks):
    client.force_login(cast.people["owner"])
    mine = Representative.objects.get(user=colleague)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            reverse("members:change_person", args=["alfa"]), {"representative": mine.pk, "role": "remove"}, follow=True
        )
    assert "non riceve più niente" in page.content.decode()
    assert not Subscription.objects.filter(email=colleague.email, ended_at=None).exists()
    assert not Bookmark.objects.filter(user=colleague).exists()
    assert not SavedSearch.objects.filter(user=colleague).exists()
    assert Delivery.objects.filter(address=colleague.email, purpose="account", subject__contains="Alfa").count() == 1
    assert cast.subscription.ended_at is None  # of whoever stays nothing ends


def test_a_removal_by_the_staff_ends_it_too(cast, colleague):
    """The admin deletes the row itself, past every use case: the kind is closed at the row."""
    Representative.objects.filter(user=colleague).delete()
    assert not Subscription.objects.filter(email=colleague.email, ended_at=None).exists()


def test_a_refused_claim_is_still_answered(cast, django_capture_on_commit_callbacks):
    user = cast.people["pending"]
    claim = claims.claim_organization(cast.shadow, user, "Sono io")
    with django_capture_on_commit_callbacks(execute=True):
        claims.refuse_claim(user.claims.get() if claim is None else claim, cast.people["manager"])
    assert Notification.objects.of(user).count() == 1


def test_an_account_that_is_erased_is_written_to_no_more(cast, colleague, django_capture_on_commit_callbacks):
    from members.people import personal_data

    RepresentativeInvitation.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        personal_data.erase_person(colleague)
    assert not Delivery.objects.filter(address=colleague.email).exists()


def test_whoever_speaks_again_for_an_organization_is_served_again_and_a_no_of_their_own_stays(cast, colleague):
    """That somebody left was nobody's no; what they said themselves outlives their leaving."""
    alfa, gamma = cast["alfa"], cast["gamma"]
    assert ledger.serve(colleague.email, alfa).is_active
    removed(colleague, cast)
    assert not Subscription.objects.of_address(colleague.email).wanted().filter(purpose="service").exists()
    assert ledger.serve(colleague.email, gamma).is_active  # another firm, another word
    assert ledger.serve(colleague.email, alfa).is_active
    ledger.withdraw_consent(ledger.serve(colleague.email, alfa), source="/iscrizioni/")
    assert not ledger.serve(colleague.email, alfa).is_active
