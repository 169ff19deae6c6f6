"""The life of a request and of its invitations: who may be asked, who wins, what is written down."""

import threading
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import InternalError, connection, transaction
from django.utils import timezone

from matchmaking import signals
from matchmaking.algorithms import nda_text, working_days
from matchmaking.models import CollaborationRequest, Invitation, RequestStep
from matchmaking.requests import deadlines, invitations, requests
from members.models import FinancierTerms, Representative
from tests.cast import Cast, give, person
from tests.matchmaking.asked import ANSWER, accepted, draft, sent

State = Invitation.State


@pytest.fixture
def colleague(cast):
    """Another person of Gamma who may write."""
    user = person("collega@gamma.example")
    Representative.objects.create(user=user, organization=cast["gamma"], role=Representative.Role.EDITOR)
    return user


@pytest.fixture
def heard(django_capture_on_commit_callbacks):
    """Every move that was announced, as (before, after)."""
    moves = []

    def hear(sender, before, after, **kwargs):
        moves.append((before, after))

    signals.invitation_moved.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        yield moves
    signals.invitation_moved.disconnect(hear)


def steps(invitation):
    return [(step.before, step.after) for step in invitation.steps.all()]


# Who may be asked -------------------------------------------------------------------------------------------------


def test_only_organizations_that_hold_one_of_the_competences_can_be_asked(cast):
    request = draft(cast["alfa"])
    with pytest.raises(requests.RequestRefused, match="Beta"):
        requests.send_request(request, cast.people["owner"], [cast["gamma"], cast["beta"]])
    request.refresh_from_db()
    assert (request.state, request.invitations.count(), request.steps.count()) == ("draft", 0, 0)


@pytest.mark.parametrize("slug", ["alfa", "bozza"])
def test_neither_oneself_nor_the_unpublished_can_be_asked(cast, slug):
    give(cast[slug], offers={"QLT.01.02": 5})
    with pytest.raises(requests.RequestRefused):
        requests.send_request(draft(cast["alfa"]), cast.people["owner"], [cast[slug]])


def test_each_invitation_keeps_which_competence_it_is_for(cast):
    _request, invitation = sent(cast)
    assert [line.need.code for line in invitation.reasons.lines if line.need] == ["QLT.01.02"]
    assert sum(line.points for line in invitation.reasons.lines) == invitation.points > 0


def test_sending_twice_asks_once(cast):
    request = draft(cast["alfa"])
    first = requests.send_request(request, cast.people["owner"], [cast["gamma"]])
    assert requests.send_request(request, cast.people["owner"], [cast["gamma"]]) == []
    assert requests.invite_more(request, cast.people["owner"], [cast["gamma"]]) == []
    assert list(request.invitations.all()) == first


# Answering --------------------------------------------------------------------------------------------------------


def test_one_takes_it_in_charge_and_a_colleague_cannot_answer_in_parallel(cast, colleague):
    request, invitation = sent(cast)
    assert invitations.take_invitation(invitation, cast.people["research"])
    theirs = Invitation.objects.get(pk=invitation.pk)
    assert not invitations.take_invitation(theirs, colleague)
    assert not invitations.keep_draft_answer(theirs, colleague, brings="Altro")
    assert not invitations.accept_invitation(theirs, colleague, **ANSWER)
    assert not invitations.decline_invitation(theirs, colleague, "time")
    assert invitations.accept_invitation(invitation, cast.people["research"], **ANSWER)
    assert (invitation.answered_by, invitation.brings) == (cast.people["research"], "Il banco ottico.")


def test_whoever_takes_it_can_put_it_back_and_who_leaves_the_centre_holds_nothing(cast, colleague):
    request, invitation = sent(cast)
    invitations.take_invitation(invitation, colleague)
    invitations.keep_draft_answer(invitation, colleague, brings="Abbozzo")
    assert invitations.release_invitation(invitation, colleague)
    assert invitations.take_invitation(invitation, colleague)
    Representative.objects.filter(user=colleague).delete()
    assert invitations.take_invitation(invitation, cast.people["research"])
    invitation.refresh_from_db()
    assert (invitation.taken_by, invitation.brings) == (cast.people["research"], "Abbozzo")


def test_declining_needs_one_of_the_reasons_and_names_only_who_holds_a_competence(cast):
    request, invitation = sent(cast)
    for wrong in ({"reason": "boh"}, {"reason": "time", "referral": cast["beta"]}):
        with pytest.raises(ValueError):
            invitations.decline_invitation(invitation, cast.people["research"], **wrong)
    assert invitations.decline_invitation(
        invitation, cast.people["research"], "capacity", "Siamo pieni.", cast["delta"]
    )
    assert (invitation.state, invitation.referral_state) == ("declined", "proposed")
    assert not Invitation.objects.filter(organization=cast["delta"]).exists()


def test_whom_a_centre_names_is_asked_once_and_only_if_the_requester_agrees(cast):
    request, invitation = sent(cast)
    invitations.decline_invitation(invitation, cast.people["research"], "capacity", referral=cast["delta"])
    assert requests.agree_to_referral(invitation, cast.people["owner"])
    assert not requests.agree_to_referral(invitation, cast.people["owner"])
    assert not requests.refuse_referral(invitation, cast.people["owner"])
    assert Invitation.objects.get(organization=cast["delta"]).referred_by == invitation


def test_withdrawing_leaves_who_has_accepted_and_ends_who_has_not(cast, heard):
    request, gamma, delta = sent(cast, to=("gamma", "delta"))
    invitations.take_invitation(gamma, cast.people["research"])
    invitations.accept_invitation(gamma, cast.people["research"], **ANSWER)
    assert requests.withdraw_request(request, cast.people["owner"], "Risolto in casa")
    assert list(request.invitations.order_by("pk").values_list("state", flat=True)) == ["accepted", "withdrawn"]
    assert steps(delta) == [("", "sent"), ("sent", "withdrawn")]
    assert RequestStep.objects.get(invitation=delta, after="withdrawn").why == "Risolto in casa"
    assert not requests.withdraw_request(request, cast.people["owner"])


def test_every_move_is_announced_once_and_written_once(cast, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        request, invitation = sent(cast)
        invitations.read_invitation(invitation, cast.people["research"])
        invitations.read_invitation(invitation, cast.people["research"])
        invitations.take_invitation(invitation, cast.people["research"])
        invitations.accept_invitation(invitation, cast.people["research"], **ANSWER)
        invitations.accept_invitation(invitation, cast.people["research"], **ANSWER)
    assert heard == steps(invitation) == [("", "sent"), ("sent", "seen"), ("seen", "taken"), ("taken", "accepted")]


def test_the_history_is_only_ever_added_to(cast):
    _request, invitation = sent(cast)
    for change in ({"why": "altro"}, {"after": "accepted"}, {"by": cast.people["other_firm"]}):
        with pytest.raises(InternalError, match="only ever added to"), transaction.atomic():
            invitation.steps.update(**change)
    cast.people["owner"].delete()
    assert invitation.steps.get().by is None


# Blind ------------------------------------------------------------------------------------------------------------


def test_a_blind_request_leaves_with_terms_and_whoever_accepts_accepts_that_text(cast):
    request, invitation = sent(cast, is_blind=True)
    assert request.terms_hash == nda_text.fingerprint(nda_text.STANDARD) != ""
    invitations.take_invitation(invitation, cast.people["research"])
    with pytest.raises(ValueError, match="terms"):
        invitations.accept_invitation(invitation, cast.people["research"], nda_text.fingerprint("altro"), **ANSWER)
    assert invitations.accept_invitation(invitation, cast.people["research"], request.terms_hash, **ANSWER)
    assert invitation.terms_hash == request.terms_hash


def test_identity_appears_only_when_both_have_agreed(cast):
    request, invitation = sent(cast, is_blind=True)
    seen = [invitation.shows_identity]
    assert not requests.show_identity(invitation, cast.people["owner"])
    invitations.take_invitation(invitation, cast.people["research"])
    invitations.accept_invitation(invitation, cast.people["research"], request.terms_hash, **ANSWER)
    invitation = Invitation.objects.get(pk=invitation.pk)
    seen.append(invitation.shows_identity)
    assert requests.show_identity(invitation, cast.people["owner"])
    assert not requests.show_identity(invitation, cast.people["owner"])
    assert [*seen, invitation.shows_identity] == [False, False, True]
    assert list(Invitation.objects.met()) == [invitation]


def test_what_is_kept_with_an_invitation_does_not_say_who_asks(cast):
    _request, invitation = sent(cast, is_blind=True)
    assert str(cast["alfa"].pk) not in {str(invitation.detail[key]) for key in ("seeker", "distance_km")}


# Money ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def consenting(cast):
    cast["alfa"].is_visible_to_financiers = True
    cast["alfa"].save()
    return cast["alfa"]


def money(cast, **fields):
    return draft(cast["alfa"], asked=(), kind="financing", amount=200_000, **fields)


def test_a_request_for_money_goes_to_financiers_alone(cast, consenting):
    with pytest.raises(requests.RequestRefused, match="Gamma"):
        requests.send_request(money(cast), cast.people["owner"], [cast["gamma"]])
    [invitation] = requests.send_request(money(cast), cast.people["owner"], [cast["delta"]])
    assert invitation.organization == cast["delta"]


def test_a_firm_that_does_not_agree_to_be_seen_reaches_no_financier(cast):
    with pytest.raises(requests.RequestRefused):
        requests.send_request(money(cast), cast.people["owner"], [cast["delta"]])


@pytest.mark.parametrize(
    "limit", [{"ticket_min": 300_000}, {"ticket_max": 100_000}, {"stages": ["mature"]}, {"instruments": ["lease"]}]
)
def test_the_limits_of_a_financier_hold_on_the_server_too(cast, consenting, limit):
    FinancierTerms.objects.create(organization=cast["delta"], **limit)
    with pytest.raises(requests.RequestRefused):
        requests.send_request(money(cast, stage="growth", instrument="loan"), cast.people["owner"], [cast["delta"]])


def test_the_territory_of_a_financier_holds_too(cast, consenting):
    FinancierTerms.objects.create(organization=cast["delta"]).provinces.add(cast.pisa.province)
    with pytest.raises(requests.RequestRefused):
        requests.send_request(money(cast), cast.people["owner"], [cast["delta"]])


def test_a_withdrawn_consent_hides_the_firm_at_the_next_look_unless_it_was_accepted(cast, consenting):
    request = money(cast)
    requests.send_request(request, cast.people["owner"], [cast["delta"]])
    visible = Invitation.objects.visible_to(cast.people["financier"])
    assert visible.count() == 1
    type(consenting).objects.filter(pk=consenting.pk).update(is_visible_to_financiers=False)
    assert visible.count() == 0
    Invitation.objects.update(state="accepted", answered_at=timezone.now())
    assert visible.count() == 1


# The clock --------------------------------------------------------------------------------------------------------


def test_working_days_leave_out_saturdays_sundays_and_italian_holidays():
    assert working_days.between(date(2026, 11, 20), date(2026, 11, 27)) == 5  # Friday to Friday
    assert working_days.between(date(2026, 12, 4), date(2026, 12, 9)) == 2  # the Immaculate Conception
    assert working_days.between(date(2026, 4, 3), date(2026, 4, 7)) == 1  # Easter Monday
    assert working_days.after(date(2026, 12, 23), 5) == date(2026, 12, 31)


@pytest.mark.parametrize("start", [date(2026, 1, 1) + timedelta(days=number) for number in range(0, 365, 13)])
def test_the_nth_working_day_is_n_working_days_away(start):
    for count in range(1, 15):
        day = working_days.after(start, count)
        assert working_days.between(start, day) == count
        assert working_days.is_working_day(day)


MONDAY = datetime(2026, 11, 9, 9, tzinfo=timezone.get_default_timezone())


def test_a_reminder_at_five_working_days_the_broker_at_ten_each_once_and_the_end_at_closing(cast):
    with time_machine.travel(MONDAY, tick=False):
        request, invitation = sent(cast, closes_on=date(2026, 12, 18))
    happened = []
    for day in range(1, 45):
        for _twice in range(2):  # a beat may ring twice
            with time_machine.travel(MONDAY + timedelta(days=day), tick=False):
                done = deadlines.run_the_clock()
        invitation.refresh_from_db()
        request.refresh_from_db()
        now = (bool(invitation.reminded_at), bool(invitation.escalated_at), str(invitation.state), str(request.state))
        if not happened or happened[-1][1:] != now:
            happened.append(((MONDAY + timedelta(days=day)).date(), *now))
        assert done == {"ended": 0, "reminded": 0, "escalated": 0}
    assert happened == [
        (date(2026, 11, 10), False, False, "sent", "open"),
        (date(2026, 11, 16), True, False, "sent", "open"),
        (date(2026, 11, 23), True, True, "sent", "open"),
        (date(2026, 12, 19), True, True, "expired", "closed"),
    ]
    assert [step.what for step in invitation.steps.all()] == ["moved", "reminded", "escalated", "moved"]


def test_a_late_answer_is_accepted_until_the_last_day_and_not_after(cast):
    with time_machine.travel(MONDAY, tick=False):
        request, invitation = sent(cast, closes_on=date(2026, 12, 18))
        _other, missed = sent(cast, closes_on=date(2026, 12, 17))
    with time_machine.travel(datetime(2026, 12, 18, 23, 30, tzinfo=timezone.get_default_timezone()), tick=False):
        deadlines.run_the_clock()
        assert invitations.take_invitation(invitation, cast.people["research"])
        assert invitations.accept_invitation(invitation, cast.people["research"], **ANSWER)
        assert not invitations.take_invitation(missed, cast.people["research"])


def test_nobody_who_has_answered_is_reminded(cast):
    with time_machine.travel(MONDAY, tick=False):
        _request, invitation = accepted(cast, closes_on=date(2026, 12, 18))
    with time_machine.travel(MONDAY + timedelta(days=20), tick=False):
        assert deadlines.run_the_clock() == {"ended": 0, "reminded": 0, "escalated": 0}


# Together ---------------------------------------------------------------------------------------------------------


def together(*acts):
    """Each act in a thread and a connection of its own, all let go at one moment; what they returned."""
    gate, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        gate.wait()
        try:
            answers[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_fifty_races_of_six_who_accept_decline_or_withdraw_have_one_winner_each():
    cast, winners = Cast(), []
    us, them = cast.people["owner"], cast.people["research"]
    for _round in range(50):
        request, invitation = sent(cast)
        invitations.take_invitation(invitation, them)

        def mine(act, *args, pk=invitation.pk, **kwargs):
            return lambda: act(Invitation.objects.select_related("request").get(pk=pk), *args, **kwargs)

        done = together(
            mine(invitations.accept_invitation, them, **ANSWER),
            mine(invitations.accept_invitation, them, **ANSWER),
            mine(invitations.decline_invitation, them, "time"),
            mine(invitations.decline_invitation, them, "budget"),
            mine(requests.withdraw_invitation, us),
            lambda request=request: requests.withdraw_request(CollaborationRequest.objects.get(pk=request.pk), us),
        )
        invitation.refresh_from_db()
        last = invitation.steps.filter(before="taken")
        assert last.count() == 1 and last.get().after == invitation.state
        winners.append(sum(done[:5]) + (invitation.state == "withdrawn" and not done[4]))
    assert winners == [1] * 50


@pytest.mark.django_db(transaction=True)
def test_fifty_times_six_who_send_at_once_ask_once():
    cast = Cast()
    for _round in range(50):
        request = draft(cast["alfa"])
        acts = [
            lambda pk=request.pk: requests.send_request(
                CollaborationRequest.objects.get(pk=pk), cast.people["owner"], [cast["gamma"], cast["delta"]]
            )
        ] * 6
        assert sorted(map(len, together(*acts))) == [0, 0, 0, 0, 0, 2]
        assert (request.invitations.count(), request.steps.count()) == (2, 3)
