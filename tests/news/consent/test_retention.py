"""Nothing is kept longer than its setting says; what still counts stays."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import ADDITION, LogEntry
from django.utils import timezone

from members.models import User
from members.people import retention as accounts
from news.consent import ledger, retention
from news.delivery import mailing
from news.models import Batch, Campaign, Delivery, DeliveryCount, Subscription
from tests.cast import subscription


def later(**period):
    return timezone.now() + timedelta(**period)


def asked(email="chi@esempio.example"):
    ledger.ask_consent(email, ["newsletter"], source="prova")
    return Subscription.objects.get(email=email)


def test_whoever_did_not_confirm_within_a_week_is_forgotten_and_whoever_asks_again_has_a_week_more(db, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    asked("uno@esempio.example")
    asked("due@esempio.example")
    time_machine.move_to(start + timedelta(days=6), tick=False)
    asked("due@esempio.example")
    assert retention.apply_retention()["unconfirmed"] == 0
    time_machine.move_to(start + timedelta(days=7, minutes=1), tick=False)
    assert retention.apply_retention()["unconfirmed"] == 1
    assert retention.apply_retention()["unconfirmed"] == 0
    assert [one.email for one in Subscription.objects.all()] == ["due@esempio.example"]
    time_machine.move_to(start + timedelta(days=14), tick=False)
    assert retention.apply_retention()["unconfirmed"] == 1


def test_whoever_confirmed_stays_and_whoever_left_goes_after_two_years(cast):
    assert retention.apply_retention(later(days=4000)).get("ended") == 0
    cast.subscription.stop()
    assert retention.apply_retention(later(days=729))["ended"] == 0
    assert retention.apply_retention(later(days=731))["ended"] == 1
    assert not Subscription.objects.filter(pk=cast.subscription.pk).exists()


@pytest.fixture
def issue(cast):
    for name in ("alfa", "beta", "gamma"):
        subscription(cast[name], purpose="newsletter")
    issue = Campaign.objects.create(occasion="numero", subject="Numero", text="Testo", html="<p>Testo</p>")
    mailing.start_campaign(issue, Subscription.objects.newsletters())
    mailing.send_due()
    mailing.queue_mail(cast.subscription, "avviso", "Avviso", "Testo", "", told=[("match", 1)])
    Delivery.objects.filter(address="posta@beta.example").update(bounced_at=timezone.now(), state="failed")
    return issue


def test_after_two_years_only_counts_are_left_of_deliveries_and_the_account_still_adds_up(issue):
    before = mailing.accounting(issue)
    assert retention.apply_retention(later(days=729))["deliveries"] == 0
    assert retention.apply_retention(later(days=731))["deliveries"] == 3
    assert retention.apply_retention(later(days=731))["deliveries"] == 0
    assert mailing.accounting(issue) == before
    assert (before["sent"], before["failed"], before["bounced"], before["erased"]) == (2, 1, 1, 0)
    assert sum(kept.count for kept in DeliveryCount.objects.all()) == 3
    assert not Batch.objects.exists()


def test_what_still_waits_is_never_old(issue):
    retention.apply_retention(later(days=4000))
    assert [row.occasion for row in Delivery.objects.all()] == ["avviso"]


def test_an_account_that_nobody_confirmed_goes_after_a_month_and_every_other_stays(cast):
    stranger = User.objects.create_user("mai@esempio.example", "x")
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=False)
    EmailAddress.objects.update_or_create(
        user=cast.people["pending"], email=cast.people["pending"].email, defaults={"verified": True}
    )
    people = User.objects.count()
    assert accounts.forget_unverified(later(days=29)) == 0
    accounts.forget_unverified(later(days=31))
    assert not User.objects.filter(pk=stranger.pk).exists()
    kept = User.objects.filter(pk__in=[user.pk for user in cast.people.values() if user])
    assert {cast.people[role].pk for role in ("pending", "owner", "desk", "super")} <= {user.pk for user in kept}
    assert User.objects.count() < people


def test_the_staffs_log_is_kept_for_a_year(cast):
    LogEntry.objects.create(user=cast.people["desk"], action_flag=ADDITION, object_repr="x")
    assert retention.apply_retention(later(days=364))["log"] == 0
    assert retention.apply_retention(later(days=366))["log"] == 1


@pytest.mark.parametrize(
    ("setting", "kind"), [("KEEP_UNCONFIRMED_DAYS", "unconfirmed"), ("KEEP_DELIVERIES_DAYS", "deliveries")]
)
def test_each_period_is_a_setting(issue, settings, setting, kind):
    asked()
    setattr(settings, setting, 3)
    assert retention.apply_retention(later(days=2))[kind] == 0
    assert retention.apply_retention(later(days=4))[kind] > 0
