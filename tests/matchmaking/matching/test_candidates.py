"""Who could take part in an opportunity, and who may ask."""

from dataclasses import replace

from django.urls import reverse

from matchmaking.algorithms import scoring
from matchmaking.matching import candidates, inputs
from matchmaking.models import Opportunity
from members.models import Need
from tests.cast import competence, give


def test_organizations_that_cover_most_come_first_with_reasons_that_sum(cast):
    give(cast["gamma"], offers={"PRD.01.04": 5})
    opportunity = Opportunity.objects.with_requirements().get(pk=cast.opportunity.pk)
    found = candidates.fits(opportunity)

    assert [fit.organization.slug for fit in found] == ["gamma", "alfa", "beta"]
    needs, known = candidates.asked_by(opportunity), inputs.taxonomy()
    profiles = {profile.id: replace(profile, place=None) for profile in inputs.profiles()}
    for fit in found:
        assert sum(line.points for line in fit.lines) == fit.score
        assert scoring.fit(needs, profiles[fit.organization.pk], known).points == 100 * fit.score


def test_an_opportunity_that_asks_nothing_finds_nobody(cast):
    cast.opportunity.requirements.all().delete()
    assert candidates.fits(Opportunity.objects.with_requirements().get(pk=cast.opportunity.pk)) == []


def test_needs_change_nothing_here(cast):
    opportunity = Opportunity.objects.with_requirements().get(pk=cast.opportunity.pk)
    before = [(fit.organization.pk, fit.score) for fit in candidates.fits(opportunity)]
    Need.objects.create(organization=cast["alfa"], competence=competence("PRD.01.04"), is_blind=True)
    assert [(fit.organization.pk, fit.score) for fit in candidates.fits(opportunity)] == before


def test_the_staff_see_who_could_take_part_and_a_firm_does_not(cast, client):
    url = reverse("matchmaking:participants", args=[cast.opportunity.slug])
    client.force_login(cast.people["desk"])
    assert "Alfa" in client.get(url).content.decode()
    client.force_login(cast.people["owner"])
    assert client.get(url).status_code == 404
