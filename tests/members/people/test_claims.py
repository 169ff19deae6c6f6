"""A claim on an organization that staff loaded: who may make one, and what a decision changes."""

import pytest
from django.utils import timezone

from members.models import Claim, Organization, Representative
from members.people import claims


def test_asking_twice_gives_the_same_claim_and_keeps_its_first_note(cast):
    first = claims.claim_organization(cast.shadow, cast.people["pending"], note="È mia.")
    again = claims.claim_organization(cast.shadow, cast.people["pending"], note="È proprio mia.")
    assert again == first and again.note == "È mia."


@pytest.mark.parametrize("slug", ["alfa", "bozza"])
def test_what_is_not_loaded_by_staff_cannot_be_claimed(cast, slug):
    with pytest.raises(claims.AlreadyClaimed):
        claims.claim_organization(cast[slug], cast.people["pending"])
    assert not Claim.objects.exists()


def test_a_second_person_waits_for_the_first_to_be_decided(cast):
    first = claims.claim_organization(cast.shadow, cast.people["pending"])
    with pytest.raises(claims.AlreadyClaimed):
        claims.claim_organization(cast.shadow, cast.people["exmember"])
    assert claims.refuse_claim(first, cast.people["manager"])
    assert claims.claim_organization(cast.shadow, cast.people["exmember"]).user == cast.people["exmember"]


def test_an_approved_claim_makes_an_owner_of_a_profile_that_is_looked_over_today(cast):
    Organization.objects.filter(pk=cast.shadow.pk).update(reviewed_on="2020-01-01")
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    assert claims.approve_claim(claim, cast.people["manager"])
    shadow = Organization.objects.get(pk=cast.shadow.pk)
    assert (shadow.status, shadow.reviewed_on) == ("published", timezone.localdate())
    assert [(one.user, one.role) for one in shadow.representatives.all()] == [(cast.people["pending"], "owner")]


def test_whoever_speaks_for_it_already_keeps_their_role(cast):
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    Representative.objects.create(user=cast.people["pending"], organization=cast.shadow, role="reader")
    assert claims.approve_claim(claim, cast.people["manager"])
    assert cast.shadow.representatives.get().role == "reader"


def test_a_profile_that_staff_withdrew_meanwhile_is_not_published_by_the_claim(cast):
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    Organization.objects.filter(pk=cast.shadow.pk).update(status="draft")
    assert claims.approve_claim(claim, cast.people["manager"])
    assert Organization.objects.get(pk=cast.shadow.pk).status == "draft"


def test_after_an_approval_nothing_is_left_to_decide(cast):
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    assert claims.approve_claim(claim, cast.people["manager"])
    assert not claims.approve_claim(claim, cast.people["super"])
    assert not claims.refuse_claim(claim, cast.people["super"])
    claim.refresh_from_db()
    assert (claim.state, claim.decided_by) == ("approved", cast.people["manager"])
