"""Whom to show when there is nothing to score: the same sector, the same province, else the same region."""

import pytest

from matchmaking.matching.neighbours import neighbours
from members.models import EconomicActivity, FirmDetails, Organization
from members.rules import visibility
from tests.cast import municipality


@pytest.fixture
def works(cast):
    """Says what a firm does, by ATECO code."""

    def works(slug, code):
        activity = EconomicActivity.objects.get_or_create(code=code, defaults={"level": 3, "title_it": code})[0]
        FirmDetails.objects.get_or_create(organization=cast[slug])[0].activities.add(activity)

    return works


def slugs(organization, **fields):
    return [each.slug for each in neighbours(organization, **fields)]


def test_the_province_counts_when_nothing_else_is_known(cast):
    assert slugs(cast["alfa"]) == ["beta", "delta"]
    assert [(each.is_near, each.is_alike) for each in neighbours(cast["alfa"])] == [(True, False)] * 2


def test_same_sector_and_province_come_before_one_of_the_two(cast, works):
    """Gamma, in Pisa, shares the division alone; Beta shares both; Delta the province alone."""
    for slug, code in (("alfa", "28.92"), ("beta", "28.10"), ("gamma", "28")):
        works(slug, code)
    assert slugs(cast["alfa"]) == ["beta", "gamma", "delta"]


@pytest.mark.parametrize("level", visibility.LEVELS)
def test_a_sector_counts_only_where_everybody_sees_it(cast, works, level):
    works("alfa", "28.92")
    works("gamma", "28.92")
    assert "gamma" in slugs(cast["alfa"])
    Organization.objects.filter(slug="gamma").update(visibility={"activities": level})
    assert ("gamma" in slugs(cast["alfa"])) == (level == "public")


def test_without_anybody_near_the_region_is_shown(cast):
    Organization.objects.exclude(slug="alfa").update(municipality=cast.pisa)
    Organization.objects.filter(slug="alfa").update(municipality=municipality("Lucca", "LU"))
    assert set(slugs(Organization.objects.get(slug="alfa"))) == {"beta", "delta", "gamma"}


def test_nobody_is_near_an_organization_without_a_place(cast):
    Organization.objects.filter(slug="alfa").update(municipality=None)
    assert slugs(Organization.objects.get(slug="alfa")) == []


def test_a_financier_is_shown_the_firms_that_agree_alone(cast):
    assert "alfa" not in slugs(cast["delta"])
    Organization.objects.filter(slug="alfa").update(is_visible_to_financiers=True)
    assert "alfa" in slugs(cast["delta"]) and "beta" not in slugs(cast["delta"])


def test_neither_oneself_nor_a_draft_and_no_more_than_asked(cast):
    found = slugs(cast["alfa"], most=1)
    assert found == ["beta"]
    assert {"alfa", "bozza", "ombra"}.isdisjoint(slugs(cast["alfa"]))
