"""A draft is not a member: member rights begin when staff have published the organization."""

import pytest
from django.urls import reverse

from matchmaking.matching.would_be import count_would_be
from members.models import Need, Organization
from members.profiles import visible_profile
from members.rules.visibility import Viewer
from tests.cast import give


@pytest.fixture
def newcomer(cast):
    return cast.people["draft_owner"]


def publish(cast):
    Organization.objects.filter(pk=cast["bozza"].pk).update(status="published")


def test_whoever_speaks_for_a_draft_sees_what_the_public_sees(cast, newcomer):
    assert visible_profile.viewer_of(newcomer, cast["alfa"]) == Viewer.PUBLIC
    assert visible_profile.viewer_of(newcomer, cast["bozza"]) == Viewer.OWN
    publish(cast)
    assert visible_profile.viewer_of(newcomer, cast["alfa"]) == Viewer.MEMBER  # the control


def test_open_needs_of_others_are_for_members(cast, newcomer):
    assert not Need.objects.visible_to(newcomer).exclude(organization=cast["bozza"]).exists()
    publish(cast)
    assert Need.objects.visible_to(newcomer).exclude(organization=cast["bozza"]).exists()


def test_a_draft_does_not_lend_its_rights_to_a_second_organization(cast, newcomer):
    """Of somebody who speaks for a member and a draft, member pages act for the member."""
    cast["beta"].representatives.create(user=newcomer, role="owner")
    assert list(Organization.objects.acting_through(newcomer)) == [cast["beta"]]


def test_the_partners_of_a_draft_are_numbers_without_names(client, cast, newcomer):
    client.force_login(newcomer)
    page = client.get(reverse("matchmaking:partners", args=["bozza"])).content.decode()
    assert "Centro di ricerca" in page and "Gamma" not in page
    assert count_would_be(cast["bozza"]) == [("Centro di ricerca", 1), ("Operatore finanziario", 1)]


def test_what_members_openly_need_moves_no_count_of_a_draft(cast):
    """The offers of a draft against others' needs would tell, halving by halving, what members look for."""
    before = count_would_be(cast["bozza"])
    give(cast["beta"], needs={"PRD.01.04": 3})
    assert count_would_be(cast["bozza"]) == before


@pytest.mark.parametrize(
    "name", ["matchmaking:compose", "matchmaking:propose", "matchmaking:consortia", "matchmaking:rooms"]
)
def test_a_draft_asks_invites_and_proposes_nothing(client, cast, newcomer, name):
    client.force_login(newcomer)
    assert client.get(reverse(name)).status_code == 404
    publish(cast)
    assert client.get(reverse(name)).status_code == 200  # the control


def test_home_and_menu_of_a_draft_lead_to_what_it_may_open(client, cast, newcomer):
    client.force_login(newcomer)
    page = client.get(reverse("home")).content.decode()
    assert "non ha ancora pubblicato" in page
    assert reverse("matchmaking:requests") not in page and reverse("matchmaking:rooms") not in page
