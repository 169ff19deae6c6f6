"""One winner for each step of anything, and a history that says what really was before."""

import threading

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from members.models import Claim
from members.transitions import move_state
from tests.cast import Cast

WAITING, APPROVED, REFUSED = Claim.State.WAITING, Claim.State.APPROVED, Claim.State.REFUSED


@pytest.fixture
def claim(cast):
    return waiting(cast)


def waiting(cast):
    return Claim.objects.create(organization=cast["alfa"], user=cast.people["owner"], note="Siamo noi")


def decided(cast):
    return {"decided_at": timezone.now(), "decided_by": cast.people["desk"]}


def test_a_step_is_taken_once_and_its_thing_shows_what_was_written(claim, cast):
    assert move_state(claim, [WAITING], APPROVED, **decided(cast)) is True
    assert (claim.state, claim.decided_by) == (APPROVED, cast.people["desk"])
    assert move_state(claim, [WAITING], REFUSED, **decided(cast)) is False
    assert Claim.objects.get(pk=claim.pk).state == APPROVED


def test_a_loser_keeps_what_it_held_and_leaves_no_line(claim, cast):
    late, lines = Claim.objects.get(pk=claim.pk), []
    move_state(claim, [WAITING], APPROVED, **decided(cast))
    assert move_state(late, [WAITING], REFUSED, trace=lines.append, **decided(cast)) is False
    assert (late.state, lines) == (WAITING, [])


def test_a_further_condition_holds_the_step_back(claim, cast):
    assert move_state(claim, [WAITING], APPROVED, only=~Q(note="Siamo noi"), **decided(cast)) is False
    assert move_state(claim, [WAITING], APPROVED, only=Q(user__is_active=True), **decided(cast)) is True


def test_history_and_state_are_written_together_or_not_at_all(claim, cast):
    def fail(before):
        raise RuntimeError("the history cannot be written")

    with pytest.raises(RuntimeError):
        move_state(claim, [WAITING], APPROVED, trace=fail, **decided(cast))
    assert Claim.objects.get(pk=claim.pk).state == WAITING


def test_what_was_never_stored_goes_nowhere(db):
    assert move_state(Claim(state=WAITING), [WAITING], APPROVED) is False


@pytest.mark.parametrize("round", range(4))
def test_of_many_at_once_each_step_starts_where_the_one_before_has_ended(transactional_db, round):
    """Negative control: without `select_for_update` two read one `before`, and the chain of history breaks."""
    claim, lines = waiting(Cast()), []
    states = [WAITING, APPROVED, REFUSED]
    acts = [(here, there) for here in states for there in states if here != there] * 4
    barrier = threading.Barrier(len(acts))

    def step(here, there):
        other = Claim.objects.get(pk=claim.pk)
        barrier.wait()
        move_state(other, states, there, trace=lambda before: lines.append((before, str(there))))
        connection.close()

    threads = [threading.Thread(target=step, args=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines) == len(acts)
    assert lines[0][0] == WAITING
    assert [after for _before, after in lines[:-1]] == [before for before, _after in lines[1:]]
