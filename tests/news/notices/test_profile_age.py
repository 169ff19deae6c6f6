"""A profile that nobody has looked over for half a year: its keepers hear it once, in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Organization
from news.models import Consent, Delivery
from news.notices import notices, profile_age


@pytest.fixture
def aged(cast):
    old = timezone.localdate() - timedelta(days=200)
    Organization.objects.filter(slug__in=["alfa", "bozza"]).update(reviewed_on=old)
    return cast


def test_owner_and_editor_hear_once_with_the_day_in_words(aged):
    day = timezone.localdate() - timedelta(days=200)
    assert [profile_age.remind(), profile_age.remind()] == [2, 0]
    mails = Delivery.objects.all()
    assert {mail.address for mail in mails} == {"owner@persone.example", "editor@persone.example"}
    assert mails[0].subject == "Il profilo di Alfa è ancora giusto?"
    assert f"{day.day} " in mails[0].text and str(day.year) in mails[0].text and "/rete/alfa/" in mails[0].text


def test_when_the_profile_ages_anew_they_hear_again(aged):
    profile_age.remind()
    Organization.objects.filter(slug="alfa").update(reviewed_on=timezone.localdate())
    assert profile_age.remind() == 0
    Organization.objects.filter(slug="alfa").update(reviewed_on=timezone.localdate() - timedelta(days=181))
    assert profile_age.remind() == 2


def test_whoever_has_turned_notices_off_does_not_hear(aged):
    notices.subscription_for(aged.people["owner"], aged["alfa"]).stop()
    assert profile_age.remind() == 1


def test_nobody_hears_at_night(aged, time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=6, minute=30), tick=False)
    assert profile_age.remind_due_profiles() == 0
    time_machine.move_to(timezone.localtime().replace(hour=7, minute=30), tick=False)
    assert profile_age.remind_due_profiles() == 2


def test_a_notice_leaves_a_line_in_the_ledger_that_says_why_it_comes(aged):
    for _time in range(2):
        notices.subscription_for(aged.people["owner"], aged["alfa"])
    [line] = Consent.objects.of_address("owner@persone.example")
    assert (line.act, line.purpose) == ("set", "service") and "portale" in line.source
