"""A reader who subtracts everything from everything learns of no handful of firms; without the protection, they do."""

import random
from datetime import date, timedelta
from math import inf

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate40.observatory import closing, gaps, months, report
from gate40.observatory.algorithms import reader, suppression
from gate40.observatory.algorithms.attack import Line, handfuls, told
from gate40.observatory.models import Experiment, Month
from members.models import Need, Network, Offer, Organization, UnmetSearch
from members.rules import wording
from news.models import Delivery
from tests.cast import approve_trial, close_trial, competence, municipality

START = date(2025, 1, 1)
LEAVES = ("QLT.01.02", "QLT.02.01", "QLT.02.03", "PRD.01.04", "PRD.01.01", "MAT.02.03")


# The solver -----------------------------------------------------------------------------------------------------------
def test_a_sum_of_two_gives_one_away_when_the_other_is_known():
    lines = [Line({"a": 1, "b": 1}, 9, 9), Line({"a": 1}, 7, 7)]
    assert handfuls(lines, {"b": {"b": 1}, "a": {"a": 1}}) == {"b": 2}


def test_bounds_alone_give_away_two_that_add_up_to_two():
    lines = [Line({"a": 1, "b": 1}, 2, 2), Line({"a": 1}, 1, inf), Line({"b": 1}, 1, inf)]
    assert handfuls(lines, {"a": {"a": 1}, "b": {"b": 1}}) == {"a": 1, "b": 1}


def test_a_difference_is_known_where_neither_number_is():
    lines = [Line({"a": 1, "b": 1}, 9, 9), Line({"b": 1, "c": 1}, 7, 7)]
    assert handfuls(lines, {"a - c": {"a": 1, "c": -1}, "a": {"a": 1}}) == {"a - c": 2}


def test_bands_tell_of_nobody():
    lines = [Line({"a": 1}, *told("0–4")), Line({"b": 1}, *told("5–9")), Line({"a": 1, "b": 1}, *told("5–9"))]
    assert handfuls(lines, {"a": {"a": 1}, "b": {"b": 1}, "a - b": {"a": 1, "b": -1}}) == {}


def test_of_what_is_hidden_any_number_is_too_much():
    lines = [Line({"a": 1, "b": 1}, 20, 20), Line({"b": 1}, 11, 11)]
    assert handfuls(lines, {"a": {"a": 1}}) == {}
    assert handfuls(lines, {"a": {"a": 1}}, hidden={"a"}) == {"a": 9}


# A year ---------------------------------------------------------------------------------------------------------------
class Year:
    """Firms come one by one, ask, search and are told; readers keep the month's pages, the reports and the profiles."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.network = Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]
        self.trial = Experiment.objects.create(
            name="Anno", network=self.network, starts_on=START, ends_on=START + timedelta(364)
        )
        self.place, self.firms = municipality("Carrara", "MS"), []

    def live(self, months_of_it):
        for month in months_of_it:
            for _firm in range(self.chance.choice([0, 1, 1, 2, 3, 4])):
                self._firm(date(2025, month, self.chance.randint(1, 25)))
            last = date(2025 + month // 12, month % 12 + 1, 1) - timedelta(1)
            with time_machine.travel(last + timedelta(2)):
                months.publish_month(self.trial, last)

    def _firm(self, day):
        number = len(self.firms)
        firm = Organization.objects.create(
            kind="firm",
            name=f"Ditta {number}",
            slug=f"ditta-{number}",
            status="published",
            description="Sega.",
            contact_email=f"posta@ditta-{number}.example",
            municipality=self.place,
        )
        self.firms.append(firm)
        for code in self.chance.sample(LEAVES, 3):
            Need.objects.create(organization=firm, competence=competence(code), is_blind=self.chance.random() < 0.4)
            text = wording.plain(competence(code).name_it)
            UnmetSearch.objects.create(text=text, day=START + timedelta(number), marks=1 << number)
        moment = timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 10))
        for model in (Organization, Need, Offer):
            which = {"pgh_obj_id": firm.pk} if model is Organization else {"organization_id": firm.pk}
            model.pgh_event_model.objects.filter(**which).update(pgh_created_at=moment)
        if self.chance.random() < 0.7:
            Delivery.objects.create(
                address=firm.contact_email, purpose="newsletter", occasion=f"{number}", state="sent", sent_at=moment
            )

    def readers(self):
        """{role: (the reports that it may ever open, the needs that it reads on profiles)}."""
        closed = [snapshot.report for snapshot in self.trial.snapshots.all()]
        open_needs = Need.objects.filter(is_blind=False, organization__status="published")
        seen = {}
        for code in open_needs.values_list("competence__code", flat=True):
            seen[code] = seen.get(code, 0) + 1
        in_months = [month.report for month in Month.objects.order_by("last_day")]
        return {"partner": ([*in_months, *closed], None), "member": (closed, seen), "stranger": (closed[-1:], None)}

    def leaks(self):
        return {role: reader.leaks(*has) for role, has in self.readers().items()}


@pytest.fixture
def year(db):
    """The whole year for the promise, its first months for the controls."""
    made = Year(seed=7)
    made.live(range(1, 4))
    return made


NOTHING = {"partner": {}, "member": {}, "stranger": {}}


def test_no_role_recovers_a_handful_from_all_that_it_gets_in_a_year(year):
    """Months in bands, a closing that was withdrawn, one more firm, and the report that was approved."""
    year.live(range(4, 13))
    with time_machine.travel(date(2026, 1, 5)):
        close_trial(year.trial)
        closing.withdraw_closing(year.trial, "Mancava un'impresa.")
        year._firm(date(2025, 12, 28))
        year.trial.refresh_from_db()
        approve_trial(year.trial)
    assert len(year.readers()["partner"][0]) == 14
    assert Need.objects.filter(is_blind=True).exists()
    assert year.leaks() == NOTHING


def closed_without(year, monkeypatch, name, replacement):
    """The same year, with one protection taken away."""
    monkeypatch.setattr(report, name, replacement)
    with time_machine.travel(date(2026, 1, 5)):
        approve_trial(year.trial)
    return {role: found for role, found in year.leaks().items() if found}


def primary_alone(cells, also=()):
    return frozenset(key for key, cell in cells.items() if suppression.is_handful(cell.firms) and cell.value)


def test_without_complementary_suppression_a_reader_recovers_cells(year, monkeypatch):
    competences = ("ADD.01.01", "ADD.01.01", *["ADD.01.02"] * 4)
    for number, code in enumerate(competences):  # one small cell beside a large one: the branch gives it away
        firm = Organization.objects.create(
            kind="firm", name=f"In più {number}", slug=f"in-piu-{number}", status="published", municipality=year.place
        )
        Need.objects.create(organization=firm, competence=competence(code))
    found = closed_without(year, monkeypatch, "protect", primary_alone)
    assert {what.split()[-1] for what in found["stranger"]} >= {"ADD.01.01"}


def test_with_one_companion_laid_open_a_reader_recovers_a_cell():
    cells = {
        "": suppression.Cell(12, 9),
        "ADD": suppression.Cell(12, 9, ""),
        "ADD.01.01": suppression.Cell(2, 2, "ADD"),
        "ADD.01.02": suppression.Cell(6, 6, "ADD"),
        "ADD.01.03": suppression.Cell(4, 4, "ADD"),
    }
    hidden = suppression.protect(cells)
    assert hidden == {"ADD.01.01", "ADD.01.03"}

    def lines(unseen):
        shown = {key: None if key in unseen else cell.value for key, cell in cells.items() if key}
        leaves = {key: 1 for key in shown if "." in key}
        return [Line(leaves if key == "ADD" else {key: 1}, *told(value)) for key, value in shown.items()]

    wanted = {"ADD.01.01": {"ADD.01.01": 1}}
    assert handfuls(lines(hidden), wanted) == {}
    assert handfuls(lines(hidden - {"ADD.01.03"}), wanted) == {"ADD.01.01": 2}


def test_without_the_columns_beside_a_reader_subtracts_two_reports(year, monkeypatch):
    """9 firms at the first closing, 10 at the second: one firm."""
    monkeypatch.setattr(report, "thin", lambda counts, beside=(): suppression.thin(counts))
    for _firm in range(6):
        year._firm(date(2025, 4, 1))
    with time_machine.travel(date(2026, 1, 5)):
        close_trial(year.trial)
        closing.withdraw_closing(year.trial, "Mancava un'impresa.")
        year._firm(date(2025, 12, 28))
        year.trial.refresh_from_db()
        approve_trial(year.trial)
    assert year.leaks()["partner"]


def test_with_blind_needs_in_the_figures_a_member_finds_who_hides_one(year, monkeypatch):
    whole = gaps.compute_gaps
    monkeypatch.setattr(gaps, "compute_gaps", lambda *args, is_open=False, **rest: whole(*args, **rest))
    with time_machine.travel(date(2026, 1, 5)):
        approve_trial(year.trial)
    assert any("riservati" in what for what in year.leaks()["member"])


def test_a_month_is_written_once_when_it_is_over(cast):
    trial = cast.experiment
    first = trial.starts_on.replace(day=1)
    assert months.publish_closed_months(first) == 0  # nothing was over before it began
    following = (first + timedelta(32)).replace(day=1)
    with time_machine.travel(timezone.make_aware(timezone.datetime(following.year, following.month, 1, 5))):
        assert [months.publish_closed_months(following) for _time in range(2)] == [1, 0]
    assert Month.objects.get().last_day == following - timedelta(1)


UNHURRIED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COUNTS = st.lists(st.lists(st.integers(0, 12), min_size=5, max_size=5), min_size=1, max_size=3)


@UNHURRIED
@given(COUNTS.map(lambda columns: [sorted(each, reverse=True) for each in columns]))
def test_whatever_the_columns_a_reader_of_all_of_them_learns_of_no_handful(columns):
    shown = []
    for column in columns:
        shown.append(suppression.thin(column, shown))
    rows = [{"counts": list(counts)} for counts in zip(*shown, strict=True)]
    assert reader._funnels([{"funnel": {"days": [str(n) for n in range(len(columns))], "rows": rows}}]) == {}
