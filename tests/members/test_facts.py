"""News that nobody misses: a receiver that fails once, a process that dies after the commit, and the sweep."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from matchmaking import signals
from matchmaking.models import Registration
from members import facts
from members.models import Fact
from members.signals import announce_invitation, announce_profile, profile_saved
from news.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard():
    """What arrived; `fails` times it is refused first, after it has written something."""

    class Heard(list):
        fails = 0

    found = Heard()

    def hear(sender, **news):
        if found.fails:
            found.fails -= 1
            Delivery.objects.create(address="x@esempio.example", occasion="a metà")
            raise RuntimeError("not now")
        found.append((sender, news["signal"] and {k: v for k, v in news.items() if k != "signal"}))

    for signal in (profile_saved, signals.deadline_moved):
        signal.connect(hear)
    yield found
    for signal in (profile_saved, signals.deadline_moved):
        signal.disconnect(hear)


def later():
    return facts.tell_waiting(timezone.now() + timedelta(days=1))


def test_heard_at_once_it_leaves_nothing_to_sweep(cast, heard):
    announce_profile(cast["alfa"])
    assert heard == [(type(cast["alfa"]), {"organization_id": cast["alfa"].pk})]
    assert (Fact.objects.count(), later()) == (0, 0)


def test_a_receiver_that_fails_once_loses_nothing_and_leaves_no_half(cast, heard):
    heard.fails = 1
    announce_profile(cast["alfa"])
    assert (heard, Fact.objects.get().failures) == ([], 1)
    assert not Delivery.objects.filter(occasion="a metà").exists()
    assert facts.tell_waiting() == 0, "not before its time"
    assert (later(), len(heard), Fact.objects.count()) == (1, 1, 0)


def test_what_is_undone_was_never_told(cast, heard):
    with transaction.atomic():
        announce_profile(cast["alfa"])
        transaction.set_rollback(True)
    assert (heard, Fact.objects.count()) == ([], 0)


def test_a_process_that_dies_after_the_commit_is_made_good_by_the_sweep(cast, heard, monkeypatch):
    monkeypatch.setattr(facts.transaction, "on_commit", lambda *args, **kwargs: None)
    announce_profile(cast["alfa"])
    assert (heard, Fact.objects.count()) == ([], 1)
    assert (later(), len(heard)) == (1, 1)


def test_days_and_rows_come_through(cast, heard):
    before, after = timezone.localdate(), None
    signals.announce(signals.deadline_moved, Registration, opportunity_id=-1, before=before, after=after)
    heard_now = [news for _sender, news in heard]
    assert heard_now == [{"opportunity_id": -1, "before": before, "after": after}]


def test_a_row_that_is_gone_by_then_is_told_to_nobody(cast, monkeypatch):
    monkeypatch.setattr(facts.transaction, "on_commit", lambda *args, **kwargs: None)
    announce_invitation(cast.invitation)
    cast.invitation.delete()
    assert (later(), Fact.objects.count(), Delivery.objects.count()) == (1, 0, 0)


def test_the_mail_of_an_invitation_survives_a_failure_of_its_receiver(cast, monkeypatch):
    from news import receivers

    write = receivers.write
    monkeypatch.setattr(receivers, "write", lambda *args: 1 / 0)
    announce_invitation(cast.invitation)
    assert not Delivery.objects.exists()
    monkeypatch.setattr(receivers, "write", write)
    later()
    assert Delivery.objects.get().address == cast.invitation.email
