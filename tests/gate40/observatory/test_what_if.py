"""What some more adhesions would close: a range, from the profiles of sectors, on the first day too."""

import pytest
from django.test import Client
from django.urls import reverse

from gate40.observatory.algorithms.draws import draw_gaps
from gate40.observatory.sectors import find_sectors
from members.models import EconomicActivity, FirmDetails, Organization
from tests.cast import competence, give, say_again

STONE = "23.70"


def test_nobody_more_closes_nothing_and_everybody_who_offers_it_closes_it():
    supply = {"A": 0, "B": 2, "C": 5}
    assert draw_gaps(supply, 3, [], 0).high == 2
    drawn = draw_gaps(supply, 3, [{"A", "B"}], 3)
    assert (drawn.low, drawn.high, drawn.closed) == (0, 0, {"A": 1.0, "B": 1.0})


def test_a_range_holds_what_is_not_known_and_the_same_question_gets_the_same_answer():
    profiles = [{"A"}, {"B"}, set()]
    drawn = draw_gaps({"A": 2, "B": 2}, 3, profiles, 2)
    assert (drawn.low, drawn.high) == (0, 2)
    assert drawn == draw_gaps({"A": 2, "B": 2}, 3, profiles, 2)
    assert 0.4 < drawn.closed["A"] < 0.7  # 1 - (2/3)² is 0.56


def test_without_a_profile_nothing_is_drawn():
    with pytest.raises(ValueError):
        draw_gaps({"A": 0}, 3, [], 1)


@pytest.fixture
def shadows(cast):
    """Two firms of a list, of the stone sector, that have said nothing yet."""
    stone = EconomicActivity.objects.create(code=STONE, level=4, title_it=competence("PRD.01.04").name_it)
    for number in range(2):
        firm = Organization.objects.create(
            kind="firm", name=f"Ombra {number}", slug=f"ombra-{number}", status="shadow", municipality=cast.carrara
        )
        FirmDetails.objects.create(organization=firm).activities.add(stone)
    return stone


def the_sector(cast, code):
    return next(one for one in find_sectors(cast.experiment.network, "MS") if one.code == code)


def test_on_the_first_day_a_sector_is_read_from_its_title(cast, shadows):
    sector = the_sector(cast, "23")
    assert (sector.waiting, sector.is_guessed) == (2, True)
    assert any("PRD.01.04" in profile for profile in sector.profiles)


def test_what_firms_of_the_sector_say_comes_before_what_its_title_says(cast, shadows):
    give(Organization.objects.get(slug="ombra-0"), offers={"ADD.01.01": 3})
    sector = the_sector(cast, "23")
    assert not sector.is_guessed and sector.profiles == (frozenset({"ADD.01.01"}),)


@pytest.mark.parametrize(
    "query", [{"quante": 10}, {"quante": 10, "s": "23"}, {"quante": "-1"}, {"quante": 3, "s": "x"}]
)
def test_the_page_answers_with_a_range_or_says_what_is_wrong(cast, shadows, query):
    cast.experiment  # noqa: B018 - it is made when it is asked for
    give(cast["beta"], needs={"PRD.01.04": 2})
    client = Client()
    client.force_login(cast.people["desk"])
    say_again(client)
    page = client.get(reverse("observatory:what_if"), query)
    is_good = query["quante"] == 10
    assert page.status_code == 200 and ("ne resterebbero da" in page.content.decode()) is is_good
    assert ("codice ATECO, e la stima" in page.content.decode()) is is_good


def test_firms_without_a_code_are_taken_for_any_other(cast):
    give(cast["alfa"], offers={"ADD.01.01": 3})
    Organization.objects.create(kind="firm", name="Ignota", slug="ignota", status="shadow", municipality=cast.carrara)
    sector = the_sector(cast, "–")
    assert sector.waiting >= 1 and "ADD.01.01" in set().union(*sector.profiles)
