"""Territorial gaps: demand against supply, in words, with the evidence behind each figure."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gate40.observatory import gaps
from gate40.observatory.gaps import Status
from matchmaking.models import Opportunity, Requirement
from members.directory.tasks import note_unmet_search
from members.models import Adhesion, Need, Network, Organization, UnmetSearch
from tests.cast import competence, give, municipality

pytestmark = pytest.mark.django_db
LEAF = "QLT.02.01"


@pytest.fixture
def gate(db):
    return Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]


def member(gate, slug, place=("Carrara", "MS"), kind="firm", **claims):
    made = Organization.objects.create(
        kind=kind, name=slug, slug=slug, status="published", municipality=municipality(*place)
    )
    Adhesion.objects.create(organization=made, network=gate, state="member")
    give(made, **claims)
    return made


def leaf(gate, code=LEAF, province="MS", extra=()):
    return next(gap for gap in gaps.compute_gaps(gate, province, extra) if gap.code == code)


def call(kind="call", codes=(LEAF,), **fields):
    number = Opportunity.objects.count()
    fields = {"status": "published", "title": f"Bando {number}", "slug": f"bando-{number}", "text": "T.", **fields}
    made = Opportunity.objects.create(kind=kind, **fields)
    for code in codes:
        Requirement.objects.create(opportunity=made, competence=competence(code))
    return made


def test_an_empty_portal_has_no_gaps_and_says_so(gate):
    found = gaps.compute_gaps(gate, "MS")
    assert gaps.count(found) == 0
    assert sum(gaps.by_status(found).values()) == 0
    assert len(found) > 100 and gaps.worst_first(found) == []


def test_an_empty_province_has_everything_elsewhere(gate):
    member(gate, "pisana", ("Pisa", "PI"), offers={LEAF: 3}, needs={"PRD.01.04": 2})
    found = gaps.compute_gaps(gate, "ZZ")
    assert leaf(gate, province="ZZ").status == Status.ELSEWHERE
    assert gaps.count(found) == 1 and gaps.worst_first(found)[0].code == "PRD.01.04"


@pytest.mark.parametrize(
    ("at_home", "elsewhere", "status"),
    [(3, 0, Status.PRESENT), (2, 5, Status.SCARCE), (1, 0, Status.SCARCE), (0, 1, Status.ELSEWHERE), (0, 0, "absent")],
)
def test_the_word_follows_from_how_many_offer_it(gate, at_home, elsewhere, status):
    for number in range(at_home):
        member(gate, f"qui-{number}", offers={LEAF: 3})
    for number in range(elsewhere):
        member(gate, f"fuori-{number}", ("Pisa", "PI"), offers={LEAF: 3})
    member(gate, "chi-cerca", needs={LEAF: 2})
    assert leaf(gate).status == status
    assert leaf(gate).is_gap is (status != Status.PRESENT)


def test_only_published_members_of_the_network_are_supply(gate):
    member(gate, "uscita", offers={LEAF: 3}).adhesions.update(until=timezone.localdate(), state="left")
    Organization.objects.filter(pk=member(gate, "bozza", offers={LEAF: 3}).pk).update(status="draft")
    assert leaf(gate).supply_home == 0


def test_each_kind_of_evidence_is_counted_apart(gate):
    member(gate, "qui", needs={LEAF: 2})
    member(gate, "fuori", ("Pisa", "PI"), needs={LEAF: 2})
    call(), call(codes=["ADD.01.01"]), call(deadline=timezone.localdate() - timezone.timedelta(days=1))
    call("event"), call("technology_offer"), call("collaboration", proposed_by=Organization.objects.get(slug="qui"))
    UnmetSearch.objects.create(text="visione artificiale", count=4)
    found = leaf(gate)
    assert (found.needs_home, found.needs_elsewhere, found.calls, found.requests, found.requesters) == (1, 1, 1, 1, 1)


def test_a_search_in_the_words_of_an_alias_counts_for_its_competence_and_once_for_the_branch(gate):
    alias = competence("PRD.01.04").aliases.first()
    for days, marks in enumerate((0b101, 0b100, UnmetSearch.ANYBODY)):
        day = timezone.localdate() - timezone.timedelta(days)
        UnmetSearch.objects.create(text=alias.term.lower(), day=day, marks=marks)
    UnmetSearch.objects.create(text="parola mai sentita", count=9)
    assert leaf(gate, "PRD.01.04").searches == 3  # two firms, one of them on two days, and whoever is no member
    assert leaf(gate, "PRD").searches == 3
    assert gaps.unknown_words() == [("parola mai sentita", 9)]


def search_in_vain(client, text, times, monkeypatch, run_on_commit):
    """Through the page and the worker, as it happens."""
    monkeypatch.setattr(
        "members.directory.tasks.note_unmet_search.apply_async", lambda args, **rest: note_unmet_search(*args)
    )
    with run_on_commit(execute=True):
        for _time in range(times):
            client.get("/cerca/", {"q": text})


def test_forty_searches_of_strangers_move_nothing(gate, client, monkeypatch, django_capture_on_commit_callbacks):
    """Negative control: were searches evidence, the one competence that is searched for would come first."""
    member(gate, "chi-cerca", needs={"ADD.01.01": 3})
    before = gaps.compute_gaps(gate, "MS")
    name = competence(LEAF).name_it
    monkeypatch.setattr("members.directory.questions.Answer.is_demand", True)
    search_in_vain(client, name, 40, monkeypatch, django_capture_on_commit_callbacks)
    after = gaps.compute_gaps(gate, "MS")
    assert leaf(gate).searches == 1 and [gap.name_it for gap in gaps.only_searched(after)] == [name]
    assert [gap.code for gap in gaps.worst_first(after)] == [gap.code for gap in gaps.worst_first(before)]
    assert (gaps.count(after), gaps.by_status(after)) == (gaps.count(before), gaps.by_status(before))
    evidence = [replace(gap, needs_home=gap.needs_home + gap.searches) for gap in after]
    assert gaps.count(evidence) == gaps.count(before) + 1


def test_a_branch_counts_an_organization_once(gate):
    member(gate, "una", offers={"QLT.02.01": 3, "QLT.01.02": 3}, needs={"QLT.02.03": 1, "QLT.01.03": 1})
    assert (leaf(gate, "QLT").supply_home, leaf(gate, "QLT").needs_home) == (1, 1)


def test_a_call_without_competences_asks_for_nothing(gate):
    call(codes=[])
    assert gaps.count(gaps.compute_gaps(gate, "MS")) == 0


def test_a_blind_need_counts_and_names_nobody(gate):
    hidden = member(gate, "canarino-riservata")
    Need.objects.create(organization=hidden, competence=competence(LEAF), is_blind=True)
    found = leaf(gate)
    assert found.needs_home == 1 and found.who == ()
    assert "canarino" not in repr(gaps.compute_gaps(gate, "MS"))


def test_who_has_it_elsewhere_is_named_the_most_expert_first(gate):
    some = member(gate, "sa", ("Pisa", "PI"), offers={LEAF: 2})
    expert = member(gate, "esperta", ("Pisa", "PI"), offers={LEAF: 5})
    assert leaf(gate).who == (expert.pk, some.pk)
    assert gaps.names_of([leaf(gate)])[expert.pk].name == "esperta"


def test_by_priority_every_asked_leaf_stands_once(gate):
    member(gate, "chi-cerca", needs={LEAF: 2, "MAT.02.03": 1, "SRV.01.01": 1})
    found = gaps.compute_gaps(gate, "MS")
    priorities = gaps.by_priority(found)
    assert sum(sum(counted.values()) for _name, counted in priorities) == sum(gaps.by_status(found).values()) == 3
    assert priorities[-1][0] == ""


def test_a_simulation_uses_the_same_computation_and_writes_nothing(gate):
    member(gate, "chi-cerca", needs={LEAF: 2})
    centres = [member(gate, f"centro-{n}", ("Pisa", "PI"), "research_center", offers={LEAF: 4}) for n in range(3)]
    simulated = gaps.simulate(gate, "MS", [one.pk for one in centres])
    assert simulated.counts == (1, 0)
    [(was, would)] = [pair for pair in simulated.changed if pair[0].code == LEAF]
    assert (was.status, would.status, would.supply_elsewhere) == (Status.ELSEWHERE, Status.PRESENT, 0)
    assert gaps.count(gaps.compute_gaps(gate, "MS")) == 1


def test_a_firm_that_is_no_member_yet_can_be_tried(gate):
    member(gate, "chi-cerca", needs={LEAF: 2})
    new = Organization.objects.create(kind="firm", name="nuova", slug="nuova", municipality=municipality("Massa", "MS"))
    give(new, offers={LEAF: 3})
    assert list(gaps.candidates(gate, "MS")) == [new]
    assert leaf(gate, extra=[new.pk]).status == Status.SCARCE


def test_the_queries_do_not_grow_with_the_organizations(gate):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            gaps.compute_gaps(gate, "MS")
        return len(captured)

    before = queries()
    for number in range(10):
        member(gate, f"ditta-{number}", offers={LEAF: 3}, needs={"PRD.01.04": 1})
    assert queries() == before <= 14


def test_where_figures_are_hidden_the_order_does_not_tell_them(gate):
    for number, (code, times) in enumerate({"ADD.01.01": 2, "ADD.01.02": 1, "QLT.01.02": 3}.items()):
        for time in range(times):
            member(gate, f"chi-cerca-{number}-{time}", needs={code: 2})
    found = gaps.compute_gaps(gate, "MS")
    hidden = {gap.code: {**vars(gap), "needs_home": None} for gap in found}
    assert [gap.code for gap in gaps.worst_first(found)] == ["QLT.01.02", "ADD.01.01", "ADD.01.02"]
    assert [gap.code for gap in gaps.worst_first(found, hidden)] == ["ADD.01.01", "ADD.01.02", "QLT.01.02"]
