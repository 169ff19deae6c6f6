"""The arithmetic of what a call leaves to be paid, and the financiers whose ticket covers it."""

from types import SimpleNamespace

import pytest

from matchmaking.consortia import cofinancing
from members.models import FinancierTerms, Organization


def call(rate=40, most=None):
    return SimpleNamespace(cofunding_rate=rate, amount_max=most)


@pytest.mark.parametrize(
    ("cost", "rate", "most", "contribution", "rest", "is_capped"),
    [
        (400_000, 40, None, 160_000, 240_000, False),
        (400_000, 50, None, 200_000, 200_000, False),
        (400_000, 40, 160_000, 160_000, 240_000, False),
        (400_000, 40, 159_999, 159_999, 240_001, True),
        (3, 50, None, 2, 1, False),
        (1, 33, None, 0, 1, False),
    ],
)
def test_contribution_and_rest_are_whole_euros_that_add_up_to_the_cost(cost, rate, most, contribution, rest, is_capped):
    part = cofinancing.split(call(rate, most), cost)
    assert (part.contribution, part.rest, part.is_capped) == (contribution, rest, is_capped)
    assert part.contribution + part.rest == cost


@pytest.mark.parametrize(("cost", "rate"), [(None, 40), (0, 40), (400_000, None), (400_000, 0), (400_000, 51)])
def test_without_a_cost_or_with_more_than_half_paid_there_is_no_rest(cost, rate):
    assert cofinancing.split(call(rate), cost) is None


def test_the_sentence_says_when_the_call_stops():
    assert cofinancing.split(call(40), 400_000).sentence == (
        "costo 400.000 €, contributo 40 % = 160.000 €, resta 240.000 €"
    )
    assert cofinancing.split(call(40, 100_000), 400_000).sentence == (
        "costo 400.000 €, contributo 40 % ma non oltre 100.000 €, resta 300.000 €"
    )


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (None, 500_000, "ticket fino a 500.000 €"),
        (100_000, None, "ticket da 100.000 €"),
        (100_000, 1_500_000, "ticket 100.000–1.500.000 €"),
    ],
)
def test_a_ticket_is_said_with_the_ends_that_it_has(least, most, said):
    terms = FinancierTerms(ticket_min=least, ticket_max=most)
    assert cofinancing.Financier(Organization(name="Delta"), terms).ticket == said


@pytest.fixture
def delta(cast):
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    return FinancierTerms.objects.create(organization=cast["delta"], ticket_min=100_000, ticket_max=300_000)


def named(*group, cost=400_000):
    found = cofinancing.financiers_for(cofinancing.split(call(), cost), list(group))
    return [one.organization.slug for one in found]


def test_the_rest_is_what_the_ticket_must_cover_ends_included(cast, delta):
    assert named(cast["alfa"]) == ["delta"]
    assert named(cast["alfa"], cost=500_000) == ["delta"]
    assert named(cast["alfa"], cost=500_010) == named(cast["alfa"], cost=100_000) == []


def test_one_firm_of_the_group_outside_a_limit_is_enough(cast, delta):
    delta.provinces.add(cast.pisa.province)
    assert named(cast["alfa"]) == []
    Organization.objects.filter(pk=cast["alfa"].pk).update(municipality=cast.pisa)
    assert named(cast["alfa"]) == ["delta"]
    assert named(cast["alfa"], cast["beta"]) == []


def test_a_group_without_a_firm_looks_for_the_rest_alone(cast, delta):
    assert named(cast["gamma"]) == ["delta"]


def test_a_financier_without_a_ticket_is_not_named(cast, delta):
    FinancierTerms.objects.filter(pk=delta.pk).update(ticket_min=None, ticket_max=None)
    assert named(cast["alfa"]) == []


def test_terms_that_the_members_may_not_see_are_not_used(cast, delta):
    Organization.objects.filter(pk=cast["delta"].pk).update(visibility={"terms": "nobody"})
    assert named(cast["alfa"]) == []
