"""The funnel: how far firms have come on a day, from facts up to that day."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gate40.observatory import funnel
from gate40.observatory.models import First, KeptFact
from matchmaking.models import Change, Interest, Match
from members.models import Adhesion, Network, Offer, Organization, Representative
from news.consent import ledger
from news.models import Delivery
from tests.cast import competence, give, municipality, person, say_again, subscription

pytestmark = pytest.mark.django_db
JANUARY, MARCH, JUNE = date(2025, 1, 31), date(2025, 3, 31), date(2025, 6, 30)
KEYS = [stage.key for stage in funnel.STAGES]


@pytest.fixture
def gate(db):
    return Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]


def at(day):
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))


def backdate(model, day, **which):
    """The history says that these rows were written on that day: triggers take the server's clock."""
    model.pgh_event_model.objects.filter(**which).update(pgh_created_at=at(day))


def firm(slug="ditta", day=JANUARY, place=None, **fields):
    fields = {"status": "published", "description": "Sega blocchi.", "contact_email": f"{slug}@ditta.example", **fields}
    made = Organization.objects.create(
        kind="firm", name=slug, slug=slug, municipality=place or municipality("Carrara", "MS"), **fields
    )
    backdate(Organization, day, pgh_obj_id=made.pk)
    return made


def told(firm, day, **fields):
    fields = {"state": "sent", "sent_at": at(day), **fields}
    return Delivery.objects.create(
        address=firm.contact_email, purpose="newsletter", occasion=f"prova:{firm.pk}:{day}", **fields
    )


def agrees(firm, day):
    joined = subscription(firm)
    ledger.record(ledger.Act.CONFIRMED, joined, source="prova", at=at(day))
    return joined


def fills(firm, day):
    give(firm, offers={"PRD.01.04": 3}, needs={"QLT.01.02": 3})
    for model in (Offer, firm.needs.model):
        backdate(model, day, organization_id=firm.pk)


def all_the_way(firm, gate, day=MARCH):
    """Every stage but the last two."""
    told(firm, day), agrees(firm, day), fills(firm, day)
    Adhesion.objects.create(organization=firm, network=gate, state="member", since=day)
    First.objects.create(organization_id=firm.pk, kind="match", at=at(day))


def counts(day, gate, province="MS"):
    return [row.count for row in funnel.compute_funnel(funnel.Moment(day, gate), province)]


def alone(day, gate):
    return {row.stage.key: row.alone for row in funnel.compute_funnel(funnel.Moment(day, gate), "MS")}


def test_an_empty_province_and_a_day_before_the_first_fact_count_nobody(gate):
    assert counts(JUNE, gate, "ZZ") == [0] * 8
    firm()
    assert counts(date(1999, 1, 1), gate) == [0] * 8


def test_each_stage_is_dated_by_its_own_fact(gate):
    one = firm()
    assert counts(JANUARY, gate) == [1, 0, 0, 0, 0, 0, 0, 0]
    all_the_way(one, gate, MARCH)
    assert counts(JANUARY, gate) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert counts(MARCH - timedelta(days=1), gate) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert counts(MARCH, gate) == [1, 1, 1, 1, 1, 1, 0, 0]


def test_the_day_is_the_day_in_italy(gate):
    one = firm(day=date(2025, 1, 2))
    late = timezone.make_aware(datetime(2025, 3, 31, 23, 59))
    told(one, MARCH, sent_at=late)
    assert counts(MARCH, gate)[1] == 1
    assert counts(MARCH - timedelta(days=1), gate)[1] == 0


def test_stages_never_increase_because_each_asks_for_those_before(gate):
    one = firm()
    Adhesion.objects.create(organization=one, network=gate, state="member", since=MARCH)
    assert counts(MARCH, gate) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert alone(MARCH, gate)["adhesion"] == 1


def test_a_mail_that_came_back_informs_until_it_comes_back(gate):
    one = firm()
    told(one, MARCH, bounced_at=at(JUNE))
    assert counts(MARCH, gate)[1] == 1
    assert counts(JUNE, gate)[1] == 0
    told(one, JUNE, state="pending", sent_at=None)
    assert counts(JUNE, gate)[1] == 0


def test_whoever_withdraws_was_in_and_is_out(gate):
    one = firm()
    told(one, MARCH)
    ledger.record(ledger.Act.WITHDRAWN, agrees(one, MARCH), source="prova", at=at(JUNE))
    assert counts(MARCH, gate)[2] == 1
    assert counts(JUNE, gate)[2] == 0


def test_asking_is_not_yet_agreeing(gate):
    one = firm()
    told(one, MARCH)
    ledger.record(ledger.Act.ASKED, subscription(one), source="prova", at=at(MARCH))
    assert counts(JUNE, gate)[2] == 0


def test_a_profile_emptied_later_was_complete_before(gate):
    one = firm()
    told(one, MARCH), agrees(one, MARCH), fills(one, MARCH)
    one.needs.all().delete()
    assert counts(MARCH, gate)[3] == 1
    assert counts(timezone.localdate(), gate)[3] == 0


def test_a_firm_that_moves_away_counts_where_it_was(gate):
    one = firm()
    Organization.objects.filter(pk=one.pk).update(municipality=municipality("Lucca", "LU"))
    assert counts(JUNE, gate) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert counts(timezone.localdate(), gate)[0] == 0
    assert counts(timezone.localdate(), gate, "LU")[0] == 1


def test_a_firm_deleted_later_still_was_in_the_zone_before(gate):
    firm().delete()
    assert counts(JUNE, gate)[0] == 1
    assert counts(timezone.localdate(), gate)[0] == 0


def test_whoever_leaves_the_network_is_out_from_that_day(gate):
    one = firm()
    Adhesion.objects.create(organization=one, network=gate, state="member", since=MARCH, until=JUNE)
    assert alone(JUNE - timedelta(days=1), gate)["adhesion"] == 1
    assert alone(JUNE, gate)["adhesion"] == 0


def test_only_firms_count_and_only_those_of_the_province(gate):
    firm("lontana", place=municipality("Pisa", "PI"))
    Organization.objects.create(kind="research_center", name="C", slug="c", municipality=municipality("Massa", "MS"))
    assert counts(timezone.localdate(), gate)[0] == 0


def test_a_firm_with_three_users_counts_once(gate):
    one = firm(contact_email="")
    for number in range(3):
        user = person(f"p{number}@ditta.example")
        Representative.objects.create(user=user, organization=one)
        told(Organization(pk=one.pk, contact_email=user.email.upper()), MARCH + timedelta(days=number))
    assert counts(JUNE, gate)[:2] == [1, 1]


def test_the_first_match_stays_a_fact_when_the_match_goes(gate):
    one, other = firm("una"), firm("altra")
    Match.objects.create(seeker=one, partner=other, points=5000, detail={}, found_at=at(MARCH))
    Match.objects.all().delete()
    Match.objects.bulk_create([Match(seeker=one, partner=other, points=4000, detail={}, found_at=at(JUNE))])
    assert alone(MARCH, gate)["matched"] == 1
    assert alone(MARCH - timedelta(days=1), gate)["matched"] == 0
    assert First.objects.get().organization_id == one.pk


def answer(cast, day):
    cast.interest.history.all().delete()
    Interest.objects.filter(pk=cast.interest.pk).update(sent_at=at(day))
    Interest.objects.exclude(pk=cast.interest.pk).delete()
    return cast.interest


def test_an_answer_and_its_outcome_are_dated_by_their_steps(cast, gate):
    given = answer(cast, MARCH)
    Change.objects.create(interest=given, fields={"status": ["sent", "go"]}, at=at(JUNE))
    backdate(Organization, JANUARY, pgh_obj_id=cast["alfa"].pk)
    assert alone(MARCH - timedelta(days=1), gate)["answered"] == 0
    assert alone(MARCH, gate)["answered"] == 1
    assert alone(MARCH, gate)["outcome"] == 0
    assert alone(JUNE, gate)["outcome"] == 1


def test_a_second_sending_does_not_take_the_first_away(cast, gate):
    given = answer(cast, JUNE)
    Change.objects.create(interest=given, fields={"status": ["draft", "sent"]}, at=at(MARCH))
    backdate(Organization, JANUARY, pgh_obj_id=cast["alfa"].pk)
    assert alone(MARCH, gate)["answered"] == 1


def test_the_list_behind_a_figure_has_as_many_firms(gate):
    all_the_way(firm("una"), gate), firm("altra")
    moment = funnel.Moment(JUNE, gate)
    for row in funnel.compute_funnel(moment, "MS"):
        assert funnel.firms_at(row.stage.key, moment, "MS").count() == row.count


def test_the_whole_funnel_is_one_query_however_many_firms(gate):
    for number in range(5):
        all_the_way(firm(f"ditta-{number}"), gate)
    with CaptureQueriesContext(connection) as captured:
        assert counts(JUNE, gate) == [5, 5, 5, 5, 5, 5, 0, 0]
    assert len(captured) == 1


def test_later_facts_change_nothing_of_an_earlier_day(gate):
    one = firm()
    before = counts(JANUARY, gate)
    with time_machine.travel(at(JUNE)):
        all_the_way(one, gate, JUNE), firm("nuova", day=JUNE)
    assert counts(JANUARY, gate) == before
    assert competence("PRD.01.04").offers.count() == 1


# Whoever is deleted ---------------------------------------------------------------------------------------------------
def test_the_funnel_of_a_past_day_stays_when_a_firm_is_deleted(gate, cast):
    """Negative control: without the kept facts the firm is lost below the zone."""
    one, other = firm(), firm("altra")
    all_the_way(one, gate, MARCH)
    ledger.record(ledger.Act.WITHDRAWN, agrees(other, MARCH), source="prova", at=at(JUNE))
    told(other, MARCH, bounced_at=at(JUNE))
    before = {day: counts(day, gate) for day in (JANUARY, MARCH, date(2025, 5, 1), JUNE)}
    assert before[MARCH][:6] == [2, 2, 2, 1, 1, 1]
    Organization.objects.filter(slug__in=["ditta", "altra"]).delete()
    assert {day: counts(day, gate) for day in before} == before
    assert counts(timezone.localdate(), gate)[0] == 4  # those of the cast: whoever is deleted is gone today
    kept = KeptFact.objects.filter(kind="informed").values_list("since", "until")
    assert sorted(until is None for _since, until in kept) == [False, True]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        KeptFact.objects.all().delete()
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert counts(MARCH, gate)[1] == 0


def test_who_answered_a_firm_that_was_deleted_has_answered(cast):
    alfa, beta = cast["alfa"].pk, cast["beta"].pk
    cast["alfa"].delete()  # and with it beta's answer to what it asked
    assert {alfa, beta} <= set(KeptFact.objects.filter(kind="answered").values_list("organization_id", flat=True))


def test_an_organization_with_matches_is_deleted_by_whoever_may(cast, client):
    one, other = firm(), firm("altra")
    Match.objects.create(seeker=one, partner=other, points=100, detail={})
    client.force_login(cast.people["super"])
    say_again(client)
    client.post(reverse("admin:members_organization_delete", args=[other.pk]), {"post": "yes"})
    assert not Organization.objects.filter(slug="altra").exists() and not Match.objects.exists()
