"""Segments: rules, never lists."""

import pytest

from members.models import Adhesion, EconomicActivity, FirmDetails, Network
from news.models import Segment
from news.newsletters import segments
from tests.cast import competence, municipality


def found(**rule):
    many = {name: rule.pop(name) for name in ("provinces", "municipalities", "networks", "competences") if name in rule}
    segment = Segment.objects.create(name="prova", **rule)
    for name, values in many.items():
        getattr(segment, name).set(values)
    return sorted(segment.organizations().values_list("slug", flat=True))


def test_an_empty_rule_finds_every_published_organization(cast):
    assert found() == ["alfa", "beta", "delta", "gamma"]


def test_every_filled_part_must_hold(cast):
    assert found(kind="firm", provinces=[cast.carrara.province]) == ["alfa", "beta"]


@pytest.mark.parametrize(
    ("code", "slugs"), [("QLT", ["delta", "gamma"]), ("QLT.01.02", ["delta", "gamma"]), ("PRD.01", ["alfa", "beta"])]
)
def test_a_branch_of_competences_counts_for_everything_below_it(cast, code, slugs):
    assert found(competences=[competence(code)]) == slugs


def test_a_place_or_a_network_restricts(cast):
    cast["beta"].municipality = municipality("Massa", "MS")
    cast["beta"].save()
    assert found(municipalities=[cast["beta"].municipality]) == ["beta"]
    marble = Network.objects.create(name="Marmo", slug="marmo-prova")
    Adhesion.objects.create(organization=cast["alfa"], network=marble, state="member")
    Adhesion.objects.create(organization=cast["beta"], network=marble, state="interested")
    Segment.objects.filter(name="prova").delete()
    assert found(networks=[marble]) == ["alfa"]


def test_the_firms_of_massa_carrara_are_there_from_the_first_day_and_follow_who_moves(cast):
    segments.make_ready()
    segments.make_ready()
    segment = Segment.objects.get(name="Imprese di Massa-Carrara")
    assert sorted(segment.organizations().values_list("slug", flat=True)) == ["alfa", "beta"]
    cast["beta"].municipality = municipality("Lucca", "LU")
    cast["beta"].save()
    assert list(segment.organizations().values_list("slug", flat=True)) == ["alfa"]


def give_activity(organization, code, parent=""):
    activity, _ = EconomicActivity.objects.get_or_create(
        code=code, defaults={"title_it": f"attività {code}", "parent_code": parent, "level": len(code)}
    )
    if organization:
        FirmDetails.objects.get_or_create(organization=organization)[0].activities.add(activity)
    return activity


def test_a_sector_counts_for_everything_inside_it_and_a_firm_that_moves_to_lucca_falls_out(cast):
    for code, parent in (("C", ""), ("23", "C"), ("23.7", "23")):
        give_activity(None, code, parent)
    give_activity(cast["alfa"], "23.70", "23.7")
    give_activity(cast["beta"], "28.92", "28.9")
    segments.make_ready()
    stone = Segment.objects.get(name="Imprese di Massa-Carrara, settore lapideo")
    assert list(stone.organizations().values_list("slug", flat=True)) == ["alfa"]
    stone.activities.set(EconomicActivity.objects.filter(code="C"))
    assert list(stone.organizations().values_list("slug", flat=True)) == ["alfa"], "a section holds its divisions"
    assert "settori (ATECO): C attività C" in stone.rule()
    cast["alfa"].municipality = municipality("Lucca", "LU")
    cast["alfa"].save()
    assert not stone.organizations().exists()


def test_the_rule_reads_in_words(cast):
    segments.make_ready()
    assert Segment.objects.get(name="Imprese di Massa-Carrara").rule() == "Impresa · province: Massa-Carrara"
