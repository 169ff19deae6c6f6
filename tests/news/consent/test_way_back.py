"""Leaving is for good and for all of a kind; coming back is one button; and the ledger says what was really read."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from news.consent import erasure, ledger, retention
from news.delivery import mailing
from news.models import Consent, Delivery, Subscription, Suppression, Waking
from tests.cast import say_again, subscription
from tests.news.consent.test_ledger import EMAIL, ask, link_of_last_mail

Reason = Suppression.Reason


# Leaving --------------------------------------------------------------------------------------------------------------
def test_one_click_leaves_the_purpose_on_whosever_account_it_came(client, cast):
    mine = [subscription(cast[name], purpose="newsletter", email="chi@esempio.example") for name in ("alfa", "beta")]
    other = subscription(cast["alfa"], purpose="digest", email="Chi@esempio.example")
    stranger = subscription(cast["alfa"], purpose="newsletter", email="altri@esempio.example")
    client.post(reverse("news:unsubscribe", args=[mine[0].token]))
    active = set(Subscription.objects.active().values_list("pk", flat=True))
    assert not active & {one.pk for one in mine} and {other.pk, stranger.pk} <= active
    lines = Consent.objects.of_address("chi@esempio.example").filter(act="withdrawn")
    assert sorted(lines.values_list("organization_name", flat=True)) == ["Alfa", "Beta"]


def test_the_boxes_of_the_preferences_still_choose_one_by_one(client, cast):
    first, second = (subscription(cast[n], purpose="newsletter", email="chi@esempio.example") for n in ("alfa", "beta"))
    client.post(reverse("news:preferences", args=[first.token]), {f"on-{second.pk}": "on", "save": "1"})
    assert list(Subscription.objects.of_address("chi@esempio.example").active()) == [second]


def test_an_opt_out_never_expires_into_an_opt_in(cast):
    notices = ledger.serve("owner@persone.example", cast["alfa"])
    ledger.leave_purpose(notices, source="prova")
    Subscription.objects.update(ended_at=timezone.now() - timedelta(days=5000))
    retention.apply_retention()
    assert not Subscription.objects.of_address("owner@persone.example").filter(purpose="service").exists()
    for name in ("alfa", "beta"):
        assert not ledger.serve("owner@persone.example", cast[name]).is_active


def test_one_box_off_silences_no_other_organization(cast):
    first, _second = (ledger.serve("owner@persone.example", cast[name]) for name in ("alfa", "beta"))
    ledger.withdraw_consent(first, source="prova")
    assert ledger.serve("owner@persone.example", cast["gamma"]).is_active


# What was read --------------------------------------------------------------------------------------------------------
def test_mail_and_page_of_confirmation_show_the_very_words_of_the_ledger(client, cast):
    ask(client)
    link, mail = link_of_last_mail(), Delivery.objects.latest("pk")
    page = client.get(link).content.decode()
    client.post(link)
    words = Consent.objects.get(act="confirmed").wording
    plain = [re.sub(r"\s+", " ", text.replace("&#x27;", "'")) for text in (page, mail.text, mail.html)]
    assert words and all(words in text for text in plain)


def test_an_address_typed_by_staff_is_recorded_as_that_and_has_read_nothing(client, cast):
    client.force_login(cast.people["super"])
    client.post(
        reverse("admin:news_subscription_add"), {"email": EMAIL, "purpose": "newsletter", "frequency": "weekly"}
    )
    line = Consent.objects.get()
    assert (line.act, line.wording, line.by) == ("entered", "", cast.people["super"].email)
    assert "Qualcuno, forse voi" not in Delivery.objects.latest("pk").text
    client.post(link_of_last_mail())
    assert Consent.objects.filter(act="confirmed").get().wording == ledger.WORDING["newsletter"]
    assert not ledger.broken_lines()


# Strangers and the erased ---------------------------------------------------------------------------------------------
def test_the_lines_of_an_address_that_never_answered_go_after_their_time_and_no_others(client, cast):
    ask(client, "estranea@posta.example")
    ask(client)
    client.post(link_of_last_mail())
    later = timezone.now() + timedelta(days=8)
    assert Consent.objects.of_address("estranea@posta.example").exists()
    retention.apply_retention(later)
    assert not Consent.objects.of_address("estranea@posta.example").exists()
    assert [line.act for line in Consent.objects.of_address(EMAIL)] == ["asked", "confirmed"]
    assert not ledger.broken_lines()


def test_by_no_other_hand_and_never_once_there_was_an_answer(cast):
    ledger.record(Consent.Act.ASKED, cast.subscription, source="prova")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Consent.objects.all().delete()
    ledger.record(Consent.Act.CONFIRMED, cast.subscription, source="prova")
    assert retention.forget_strangers(timezone.now() + timedelta(days=99)) == 0
    assert Consent.objects.count() == 2


def test_an_erased_address_gets_no_mail_on_the_wish_of_others(cast):
    mailing.suppress_address(EMAIL, Reason.ERASURE)
    asked = {"source": "prova"}
    assert not ledger.ask_consent(EMAIL, ["newsletter"], by="altri@esempio.example", **asked)
    assert not ledger.ask_consent(EMAIL, ["newsletter"], by=cast.people["super"].email, by_staff=True, **asked)
    assert not Delivery.objects.exists() and not Consent.objects.exists()
    assert ledger.ask_consent(EMAIL, ["newsletter"], by=EMAIL.upper(), **asked), "its holder may always"


def test_an_erasure_reaches_the_log_of_the_admin(cast):
    for text in (f"{EMAIL}: Newsletter", "altri@posta.example"):
        LogEntry.objects.create(user=cast.people["super"], object_repr=text, action_flag=CHANGE, change_message=text)
    erasure.forget_address([EMAIL])
    assert sorted(LogEntry.objects.values_list("object_repr", "change_message")) == [
        ("altri@posta.example", "altri@posta.example"),
        ("dati cancellati", ""),
    ]


# Awake again ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", [Reason.BOUNCE, Reason.FEEDBACK, Reason.ERASURE])
def test_the_mailed_button_wakes_an_address_whose_subscription_never_ended(client, cast, reason):
    active = Subscription.objects.create(email=EMAIL, purpose="newsletter", confirmed_at=timezone.now())
    mailing.suppress_address(EMAIL, reason)
    ask(client)
    client.get(link_of_last_mail())
    assert mailing.is_suppressed(EMAIL), "opening the link wakes nobody"
    client.post(link_of_last_mail())
    assert active.is_active and not mailing.is_suppressed(EMAIL)
    assert (Waking.objects.get().reason, Waking.objects.get().source) == (reason, "/iscrizioni/conferma/")


def test_a_decision_of_staff_is_not_undone_by_the_button(client, cast):
    mailing.suppress_address(EMAIL, Reason.STAFF)
    ask(client)
    client.post(link_of_last_mail())
    assert mailing.is_suppressed(EMAIL)


def test_the_holder_reads_why_and_since_when(client, cast):
    pages = [reverse("news:preferences", args=[cast.subscription.token])]
    assert "non scriviamo" not in client.get(pages[0]).content.decode()
    for address in (cast.subscription.email, "owner@persone.example"):
        mailing.suppress_address(address, Reason.BOUNCE)
    Suppression.objects.update(since="2026-03-09T10:00:00Z")
    client.force_login(cast.people["owner"])
    for page in [*pages, reverse("news:own_subscriptions", args=["alfa"])]:
        text = client.get(page).content.decode().replace("&#x27;", "'")
        assert "Dal 9 marzo 2026" in text and "l'indirizzo non esiste" in text


def test_staff_release_with_a_reason_and_a_line_of_history(client, cast):
    mailing.suppress_address(EMAIL, Reason.BOUNCE)
    mailing.suppress_address("cancellata@posta.example", Reason.ERASURE)
    slept, erased = Suppression.objects.of(EMAIL).get(), Suppression.objects.of("cancellata@posta.example").get()
    decide = [reverse("admin:news_suppression_decide", args=[one.pk]) for one in (slept, erased)]
    client.force_login(cast.people["manager"])
    assert client.post(decide[0], {"note": "prova"})["Location"].startswith(reverse("account_reauthenticate"))
    assert mailing.is_suppressed(EMAIL)  # the negative control: nothing happened before they said again who they are
    say_again(client)
    assert client.post(decide[0], {"note": ""}).context["form"].errors["note"]
    assert client.post(decide[1], {"note": "prova"}).status_code == 403
    client.post(decide[0], {"note": "hanno mosso il server"})
    assert not mailing.is_suppressed(EMAIL) and mailing.is_suppressed("cancellata@posta.example")
    line = Waking.objects.of(EMAIL).get()
    assert (line.by, line.note) == (cast.people["manager"].email, "hanno mosso il server")
    page = reverse("admin:news_waking_changelist")
    assert client.get(page, {"q": EMAIL.upper()}).context["cl"].result_count == 1
    assert EMAIL not in client.get(page).content.decode()
