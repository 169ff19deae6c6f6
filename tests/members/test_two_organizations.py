"""A person who speaks for two organizations works for one at a time, and never writes in the name of the other."""

import pytest
from django.urls import reverse

from matchmaking.models import Bookmark
from members.models import Representative, RepresentativeInvitation

EDIT = reverse("members:edit", args=["gamma"])


@pytest.fixture
def both(cast, client):
    """The owner of Alfa may write for Gamma too."""
    Representative.objects.create(user=cast.people["owner"], organization=cast["gamma"], role="editor")
    client.force_login(cast.people["owner"])
    return client


def working_for(client):
    return client.get(reverse("matchmaking:mine")).context["organization"].slug


def test_the_first_by_name_until_one_works_for_the_other(both):
    assert working_for(both) == "alfa"
    both.get(EDIT)
    assert working_for(both) == "alfa", "looking decides nothing"
    both.post(EDIT, {})
    assert working_for(both) == "gamma"


def test_what_is_written_is_in_the_name_of_the_one_that_one_works_for(both, cast):
    follow = reverse("matchmaking:follow", args=[cast.opportunity.slug])
    both.post(follow)
    both.post(EDIT, {})
    both.post(follow)
    found = Bookmark.objects.filter(user=cast.people["owner"], opportunity=cast.opportunity)
    assert sorted(one.organization.slug for one in found) == ["alfa", "gamma"]
    page = both.get(reverse("matchmaking:requests"))
    assert page.context["organization"].slug == "gamma"
    assert list(page.context["requests"]) == [], "those of Alfa are not Gamma's"


def test_each_of_the_two_has_its_own_partners_and_only_those_pages_open(both, cast):
    for slug, status in (("alfa", 200), ("gamma", 200), ("beta", 404)):
        assert both.get(reverse("matchmaking:partners", args=[slug])).status_code == status


def test_whoever_is_taken_out_of_the_one_works_for_the_other_at_once(both, cast):
    both.post(EDIT, {})
    Representative.objects.filter(user=cast.people["owner"], organization=cast["gamma"]).delete()
    assert working_for(both) == "alfa"
    assert both.post(EDIT, {}).status_code == 404


def test_a_role_in_the_one_is_no_role_in_the_other(both, cast):
    """Owner of Alfa, only a reader of Gamma: nothing of Gamma can be written."""
    Representative.objects.filter(user=cast.people["owner"], organization=cast["gamma"]).update(role="reader")
    assert both.post(EDIT, {"description": "Altro"}).status_code == 404
    assert both.get(reverse("members:people", args=["alfa"])).status_code == 200
    colleague = {"email": "collega@gamma.example", "role": "editor"}
    assert both.post(reverse("members:invite", args=["gamma"]), colleague).status_code == 404
    assert not RepresentativeInvitation.objects.filter(organization=cast["gamma"]).exists()
