"""The directory and the profile page: who is found, what is shown, what it costs."""

import pytest
from django.urls import reverse

from members.models import Organization
from tests.cast import give, municipality

URL = "/rete/"


def names(response):
    return [organization.name for organization in response.context["organizations"]]


def test_the_directory_lists_published_organizations_and_no_drafts(client, cast):
    assert names(client.get(URL)) == ["Alfa", "Beta", "Delta", "Gamma"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "research_center"}, ["Gamma"]),
        ({"province": "PI"}, ["Gamma"]),
        ({"competence": "PRD.01.04"}, ["Alfa", "Beta"]),
        ({"competence": "PRD"}, ["Alfa", "Beta"]),
        ({"competence": "QLT.01"}, ["Delta", "Gamma"]),
        ({"q": "gam"}, ["Gamma"]),
        ({"kind": "firm", "province": "PI"}, []),
    ],
)
def test_filters_leave_whoever_fits(client, cast, query, found):
    assert names(client.get(URL, query)) == found


def test_a_blind_need_is_not_found_by_searching_needs(cast):
    assert Organization.objects.published().needing("MAT.02.03").count() == 0
    assert Organization.objects.published().needing("QLT.01.02").count() == 2


@pytest.mark.parametrize(
    "query", [{"kind": "xyz"}, {"province": "ZZ"}, {"competence": "no"}, {"q": "x" * 300}, {"q": "\x00"}]
)
def test_a_filter_that_makes_no_sense_is_said_at_its_field_and_breaks_nothing(client, cast, query):
    response = client.get(URL, query)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == list(query)


@pytest.mark.parametrize("firms", [1, 40])
def test_the_directory_costs_the_same_queries_however_many_members(client, cast, firms, django_assert_num_queries):
    for number in range(firms):
        organization = Organization.objects.create(
            kind="firm", name=f"Firma {number}", slug=f"firma-{number}", status="published", municipality=cast.carrara
        )
        give(organization, offers={"QLT.01.02": 3})
    client.get(URL)
    with django_assert_num_queries(6):
        client.get(URL)


@pytest.mark.parametrize("claims", [1, 40])
def test_a_profile_costs_the_same_queries_however_much_it_says(client, cast, claims, django_assert_num_queries):
    from members.models import Competence

    give(
        cast["beta"],
        offers={found.code: 3 for found in Competence.objects.selectable().filter(code__gt="ROB")[:claims]},
    )
    client.get(reverse("members:profile", args=["beta"]))
    with django_assert_num_queries(3):
        client.get(reverse("members:profile", args=["beta"]))


def test_the_public_sees_offers_and_no_needs(client, cast):
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [offer.competence.code for offer in page.context["offers"]] == ["PRD.01.04"]
    assert list(page.context["needs"]) == []


def test_a_member_sees_open_needs_and_no_blind_ones(client, cast):
    client.force_login(cast.people["other_firm"])
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [need.competence.code for need in page.context["needs"]] == ["QLT.01.02", "DIG.01.03"]
    assert "Corrosione e protezione" not in page.content.decode()


def test_whoever_represents_it_sees_its_blind_needs(client, cast):
    client.force_login(cast.people["reader"])
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [need.competence.code for need in page.context["needs"] if need.is_blind] == ["MAT.02.03"]


def test_a_province_is_more_than_its_chief_town(client, cast):
    lucca = municipality("Viareggio", "LU")
    Organization.objects.filter(slug="beta").update(municipality=lucca)
    assert names(client.get(URL, {"province": "LU"})) == ["Beta"]
