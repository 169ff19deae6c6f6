"""Whom a request may go to, and who fits it best."""

import pytest

from matchmaking.requests import recipients
from members.models import FinancierTerms, Organization
from tests.cast import give
from tests.matchmaking.asked import draft


@pytest.fixture
def money(cast):
    """Alfa, which agrees to be seen, asks for 200,000 €."""
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    return draft(cast["alfa"], asked=(), kind="financing", amount=200_000)


def slugs(found):
    return sorted(each.slug for each in found)


def test_only_whoever_offers_one_of_the_competences_may_be_asked(cast):
    assert slugs(recipients.admitted(draft(cast["alfa"]))) == ["delta", "gamma"]
    assert slugs(recipients.admitted(draft(cast["alfa"], asked=("PRD.01.04",)))) == ["beta"]


def test_whoever_asks_is_not_asked_and_may_be_named_so_that_the_list_does_not_tell(cast):
    request = draft(cast["alfa"], asked=("PRD.01.04",))
    assert slugs(recipients.nameable(request)) == ["alfa", "beta"]


def test_a_draft_profile_is_asked_by_nobody(cast):
    give(cast["bozza"], offers={"QLT.01.02": 5})
    assert "bozza" not in slugs(recipients.admitted(draft(cast["alfa"])))


def test_who_holds_two_of_the_competences_stands_there_once(cast):
    found = recipients.admitted(draft(cast["alfa"], asked=("QLT.01.02", "DIG.01.03")))
    assert slugs(found) == ["delta", "gamma"]


def test_the_best_come_first_with_reasons_and_equal_points_by_id(cast):
    give(cast["beta"], offers={"QLT.01.02": 2})
    fits = recipients.best(draft(cast["alfa"]))
    assert [fit.organization.slug for fit in fits] == ["gamma", "delta", "beta"]
    assert fits[0].score == fits[1].score > fits[2].score > 0
    assert all(fit.lines for fit in fits)


def test_nobody_is_best_for_a_request_that_asks_nothing(cast):
    assert recipients.best(draft(cast["alfa"], asked=())) == []


def test_the_kept_score_does_not_depend_on_where_the_request_comes_from(cast):
    """Distance would tell where a blind request comes from."""
    request = draft(cast["alfa"])
    [near] = recipients.reasoned(request, [cast["gamma"]])
    Organization.objects.filter(pk=cast["gamma"].pk).update(municipality=cast.carrara)
    [nearer] = recipients.reasoned(request, [cast["gamma"]])
    assert near.score.points == nearer.score.points > 0
    assert near.score.seeker == recipients.SEEKER


def test_whoever_cannot_be_computed_with_is_asked_without_a_score(cast):
    [found] = recipients.reasoned(draft(cast["alfa"]), [cast["bozza"]])
    assert (found.organization, found.score) == (cast["bozza"], None)


def test_money_is_asked_of_financiers_by_name_and_without_points(cast, money):
    [fit] = recipients.best(money)
    assert (fit.organization.slug, fit.score, fit.lines) == ("delta", 0, [])
    assert [one.score for one in recipients.reasoned(money, [cast["delta"]])] == [None]
    assert slugs(recipients.nameable(money)) == ["delta"]


def test_a_firm_that_does_not_agree_to_be_seen_finds_no_financier(cast, money):
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=False)
    assert recipients.financiers_within_limits(money) == []


@pytest.mark.parametrize(
    ("terms", "fields", "is_admitted"),
    [
        ({"ticket_max": 200_000}, {}, True),
        ({"ticket_max": 199_999}, {}, False),
        ({"ticket_min": 200_001}, {}, False),
        ({"instruments": ["loan"]}, {"instrument": "loan"}, True),
        ({"instruments": ["equity"]}, {"instrument": "loan"}, False),
        ({"instruments": []}, {"instrument": "loan"}, True),
        ({"stages": ["growth"]}, {"stage": "growth"}, True),
        ({"stages": ["growth"]}, {"stage": "seed"}, False),
    ],
)
def test_each_limit_and_instrument_of_a_financier_holds(cast, money, terms, fields, is_admitted):
    FinancierTerms.objects.create(organization=cast["delta"], **terms)
    for name, value in fields.items():
        setattr(money, name, value)
    assert recipients.financiers_within_limits(money) == ([cast["delta"].pk] if is_admitted else [])
