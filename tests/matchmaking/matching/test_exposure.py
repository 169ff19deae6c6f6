"""How suggestions are spread, and the staff's hand on them."""

from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.matching import exposure, match_lists
from matchmaking.matching.exposure import gini
from matchmaking.models import Intervention, Match, ProfileChange


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([], "0"), ([0, 0], "0"), ([5, 5, 5], "0"), ([0, 0, 0, 8], "0.75"), ([1, 3], "0.25")],
)
def test_gini_by_hand(counts, expected):
    assert gini(counts) == Decimal(expected)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_lies_between_0_and_1_and_neither_order_nor_scale_matters(counts):
    assert 0 <= gini(counts) < 1
    assert gini(counts) == gini(counts[::-1]) == pytest.approx(gini([7 * count for count in counts]))


def test_everybody_is_counted_also_who_is_never_suggested(cast):
    match_lists.rebuild()
    assert {one.organization.slug: one.times for one in exposure.exposed()} == {
        "gamma": 2,
        "delta": 2,
        "alfa": 1,
        "beta": 1,
    }
    assert [one.organization.slug for one in exposure.exposed("financier")] == ["delta"]


def test_only_the_places_that_are_shown_count(cast):
    match_lists.rebuild()
    first = [Match.objects.filter(seeker=cast[slug]).best_first().first().partner_id for slug in ("alfa", "beta")]
    times = exposure.times_suggested(shown=1)
    assert times[first[0]] == first.count(first[0])
    assert sum(times.values()) == Match.objects.values("seeker").distinct().count()


def test_the_staff_read_the_exposure_and_nobody_else(cast, client):
    match_lists.rebuild()
    url = reverse("admin:matchmaking_match_exposure")
    client.force_login(cast.people["manager"])
    said = client.get(url).content.decode()
    assert "Gini" in said
    assert "Gamma" in said
    assert "Gamma" not in client.get(url, {"tipo": "firm"}).content.decode()
    client.force_login(cast.people["desk"])
    assert client.get(url).status_code == 403
    client.force_login(cast.people["owner"])
    assert client.get(url).status_code == 302


def intervene(client, **values):
    return client.post(reverse("admin:matchmaking_intervention_add"), values, follow=True)


def test_the_staff_mute_and_pin_with_a_reason_that_bears_their_name(cast, client):
    match_lists.rebuild()
    client.force_login(cast.people["manager"])
    intervene(client, kind="mute", partner=cast["gamma"].pk, seeker="", reason="In liquidazione")

    made = Intervention.objects.get()
    assert (made.author, made.reason) == (cast.people["manager"], "In liquidazione")
    assert set(ProfileChange.objects.values_list("organization_id", flat=True)) == {cast["gamma"].pk}
    assert not Match.objects.for_seeker(cast["alfa"]).filter(partner=cast["gamma"]).exists()


@pytest.mark.parametrize("missing", [{"reason": ""}, {"partner": ""}, {"kind": "altro"}])
def test_an_intervention_without_its_reason_is_refused_at_its_field(cast, client, missing):
    client.force_login(cast.people["manager"])
    values = {"kind": "pin", "partner": cast["beta"].pk, "seeker": cast["alfa"].pk, "reason": "Bravi"} | missing
    response = intervene(client, **values)
    assert set(response.context["adminform"].form.errors) == set(missing)
    assert not Intervention.objects.exists()


def test_nobody_is_pinned_to_themselves_nor_twice(cast, client):
    client.force_login(cast.people["manager"])
    values = {"kind": "pin", "partner": cast["beta"].pk, "reason": "Bravi"}
    intervene(client, seeker=cast["beta"].pk, **values)
    assert not Intervention.objects.exists()
    intervene(client, seeker="", **values)
    response = intervene(client, seeker="", **values)
    assert Intervention.objects.count() == 1
    assert "già un intervento" in response.content.decode()
