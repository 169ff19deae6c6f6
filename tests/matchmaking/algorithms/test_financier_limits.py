"""A financier's hard limits decide whether; a firm's consent decides first."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.algorithms import financier_limits
from matchmaking.algorithms.financier_limits import LimitedFirm, Terms, outside
from matchmaking.matching import match_lists
from matchmaking.models import Exclusion, Match
from members.models import EconomicActivity, FinancierTerms, FirmDetails, Organization

LIMITED = Terms(
    ticket_min=100_000,
    ticket_max=500_000,
    stages=frozenset({"growth"}),
    sectors=frozenset({"PRD"}),
    provinces=frozenset({"MS"}),
    regions=frozenset({"Liguria"}),
    excluded_activities=frozenset({"25.4"}),
)
INSIDE = LimitedFirm(
    200_000, "growth", frozenset({"PRD", "QLT"}), "MS", "Toscana", frozenset({"C", "28", "28.9", "28.92"})
)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({}, []),
        ({"capital": 100_000}, []),
        ({"capital": 500_000}, []),
        ({"capital": 99_999}, ["ticket_min"]),
        ({"capital": 500_001}, ["ticket_max"]),
        ({"stage": "start"}, ["stage"]),
        ({"sectors": frozenset({"QLT"})}, ["sector"]),
        ({"province": "PI"}, ["territory"]),
        ({"province": "SP", "region": "Liguria"}, []),
        ({"activities": frozenset({"C", "25", "25.4", "25.40"})}, ["exclusion"]),
        ({"capital": 1, "stage": "start", "province": "PI"}, ["ticket_min", "stage", "territory"]),
    ],
)
def test_each_limit_says_when_a_firm_is_outside_of_it(change, broken):
    assert [reason.limit for reason in outside(LIMITED, limits_replace(INSIDE, change))] == broken


def limits_replace(firm, change):
    from dataclasses import replace

    return replace(firm, **change)


missing = {
    "capital": None,
    "stage": "",
    "sectors": frozenset(),
    "province": "",
    "activities": frozenset(),
}


@given(st.sets(st.sampled_from(sorted(missing))))
def test_what_a_firm_has_not_said_never_excludes_it(unsaid):
    assert outside(LIMITED, limits_replace(INSIDE, {name: missing[name] for name in unsaid})) == []


def test_no_terms_no_limits():
    assert outside(Terms(), limits_replace(INSIDE, {"capital": 10**9})) == []


def test_an_activity_brings_what_it_belongs_to():
    assert financier_limits.with_everything_above(["28.92"], {"28": "C"}) == {"C", "28", "28.9", "28.92"}


def test_a_reason_is_said_in_italian():
    [reason] = outside(LIMITED, limits_replace(INSIDE, {"stage": "start"}))
    said = financier_limits.sentence(reason.as_dict(), {"start": "avvio", "growth": "crescita"})
    assert said == "è in fase di avvio, fuori dalle fasi indicate (crescita)"


def seen(cast, client):
    """What the financier's own pages show of Alfa: suggestions, comparison and home."""
    client.force_login(cast.people["financier"])
    pages = [
        reverse("matchmaking:partners", args=["delta"]),
        reverse("home"),
        reverse("matchmaking:compare", args=["delta"]) + "?con=alfa&con=gamma",
    ]
    return ["Alfa" in client.get(url).content.decode() for url in pages]


def consent(slug, value):
    Organization.objects.filter(slug=slug).update(is_visible_to_financiers=value)


def test_a_firm_is_suggested_to_financiers_only_with_its_consent_and_no_more_at_the_very_next_request(cast, client):
    match_lists.rebuild()
    assert seen(cast, client) == [False, False, False]  # the default is off

    consent("alfa", True)
    match_lists.refresh_organization(cast["alfa"].pk)
    assert seen(cast, client) == [True, True, True]

    consent("alfa", False)  # and no computation has run
    assert seen(cast, client) == [False, False, False]


def test_no_page_of_a_financier_may_be_kept_by_a_cache(cast, client):
    client.force_login(cast.people["financier"])
    response = client.get(reverse("matchmaking:partners", args=["delta"]))
    assert "no-store" in response["Cache-Control"]


def test_a_firm_outside_a_limit_is_not_suggested_in_either_direction_and_the_reason_is_kept(cast, client):
    consent("alfa", True)
    alfa, delta = cast["alfa"], cast["delta"]
    FirmDetails.objects.update_or_create(organization=alfa, defaults={"capital_sought": 900_000})
    type(alfa).objects.filter(pk=alfa.pk).update(visibility={"capital_sought": "members"})  # hidden it steers nothing
    FinancierTerms.objects.update_or_create(organization=delta, defaults={"ticket_max": 250_000})
    match_lists.refresh_organization(alfa.pk)

    assert not Match.objects.filter(seeker=delta, partner=alfa).exists()
    assert not Match.objects.filter(seeker=alfa, partner=delta).exists()
    kept = Exclusion.objects.get(financier=delta, firm=alfa)
    assert kept.why == "cerca 900.000 euro, più dell'importo massimo di 250.000 euro"

    client.force_login(cast.people["super"])
    page = client.get(reverse("admin:matchmaking_exclusion_changelist")).content.decode()
    assert "900.000 euro" in page

    FirmDetails.objects.filter(organization=alfa).update(capital_sought=200_000)
    match_lists.refresh_organization(alfa.pk)
    assert not Exclusion.objects.exists()
    assert Match.objects.filter(seeker=delta, partner=alfa).exists()


def test_limits_never_change_how_much(cast):
    consent("alfa", True)
    match_lists.rebuild()
    before = Match.objects.get(seeker=cast["delta"], partner=cast["alfa"]).points
    FinancierTerms.objects.update_or_create(organization=cast["delta"], defaults={"ticket_max": 250_000})
    match_lists.refresh_organization(cast["delta"].pk)

    assert Match.objects.get(seeker=cast["delta"], partner=cast["alfa"]).points == before


def test_an_excluded_activity_excludes_what_is_inside_it(cast):
    consent("alfa", True)
    codes = [("C", "", 1), ("25", "C", 2), ("25.40", "25.4", 4)]
    for code, parent, level in codes:
        values = {"parent_code": parent, "level": level, "title_it": code}
        EconomicActivity.objects.update_or_create(code=code, defaults=values)
    details = FirmDetails.objects.update_or_create(organization=cast["alfa"])[0]
    details.activities.set(EconomicActivity.objects.filter(code="25.40"))
    terms = FinancierTerms.objects.update_or_create(organization=cast["delta"])[0]
    terms.excluded_activities.set(EconomicActivity.objects.filter(code="C"))
    match_lists.rebuild()

    assert [reason["limit"] for reason in Exclusion.objects.get(firm=cast["alfa"]).reasons] == ["exclusion"]
