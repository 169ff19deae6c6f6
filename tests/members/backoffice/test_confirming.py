"""What touches many asks first: how many, which, and the way back."""

import pytest
from django.urls import reverse

from matchmaking.models import Opportunity
from members.models import Organization

LIST = reverse("admin:members_organization_changelist")


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.people["manager"])
    return client


def choose(client, action, *slugs, **more):
    keys = Organization.objects.filter(slug__in=slugs).values_list("pk", flat=True)
    return client.post(LIST, {"action": action, "_selected_action": list(keys), **more}, follow=True)


def status(slug):
    return Organization.objects.get(slug=slug).status


def test_publishing_many_names_them_and_publishes_only_after_the_yes(staff):
    asking = choose(staff, "publish", "bozza", "ombra", "alfa")
    page = asking.content.decode()
    assert (asking.context["count"], asking.context["left"]) == (1, 2)
    assert "Bozza canarino-bozza" in page and "Riporta in bozza" in page
    assert status("bozza") == "draft"
    choose(staff, "publish", "bozza", "ombra", "alfa", confirmed="1")
    assert (status("bozza"), status("ombra")) == ("published", "shadow")


def test_publish_never_touches_a_shadow_even_when_everything_is_chosen(staff):
    choose(staff, "publish", "ombra", select_across="1", confirmed="1")
    assert status("ombra") == "shadow"


def test_a_yes_to_another_number_is_asked_anew(staff):
    page = choose(staff, "publish", "bozza", confirmed="2")
    assert page.context["count"] == 1 and status("bozza") == "draft"


def test_there_is_a_way_back_for_many(staff):
    choose(staff, "unpublish", "alfa", "beta", confirmed="2")
    assert {status("alfa"), status("beta")} == {"draft"}
    choose(staff, "publish", "alfa", "beta", confirmed="2")
    assert {status("alfa"), status("beta")} == {"published"}


def test_what_an_action_asks_for_stands_at_its_field(staff, cast):
    url = reverse("admin:matchmaking_opportunity_changelist")
    data = {"action": "refuse", "_selected_action": [cast.proposal.pk]}
    assert staff.post(url, {**data, "confirmed": "1"}).context["form"].errors["reason"]
    assert Opportunity.objects.get(pk=cast.proposal.pk).status == "proposed"
    staff.post(url, {**data, "confirmed": "1", "reason": "Manca la scadenza."})
    assert Opportunity.objects.get(pk=cast.proposal.pk).status == "refused"


@pytest.mark.parametrize("action", ["publish", "close"])
def test_calls_are_not_published_or_closed_by_one_press(staff, cast, action):
    one = cast.hidden_opportunity if action == "publish" else cast.opportunity
    url = reverse("admin:matchmaking_opportunity_changelist")
    staff.post(url, {"action": action, "_selected_action": [one.pk]})
    assert Opportunity.objects.get(pk=one.pk).status == one.status
    staff.post(url, {"action": action, "_selected_action": [one.pk], "confirmed": "1"})
    assert Opportunity.objects.get(pk=one.pk).status != one.status


# Found by whatever the desk knows -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "0585 12-34.56",
        "058512",
        "+39 0585123456",
        "Via Inventata",
        "54033",
        "prova@pec",
        "dott.ssa prova",
        "carrara ombra",
    ],
)
def test_a_firm_is_found_by_telephone_street_pec_person_and_comune(staff, cast, text):
    Organization.objects.filter(slug="ombra").update(
        phone="0585/123456",
        street="Via Inventata 1",
        postal_code="54033",
        pec="prova@pec.example",
        addressee="Dott.ssa Prova",
    )
    page = staff.get(LIST, {"q": text})
    assert [one.slug for one in page.context["cl"].result_list] == ["ombra"]


def test_an_envelope_says_what_is_known(cast):
    ombra = cast.shadow
    assert ombra.postal_lines == ["Carrara (MS)"]
    ombra.street, ombra.postal_code, ombra.locality = "Via Inventata 1", "54033", "Marina di Carrara"
    ombra.addressee = "Dott.ssa Prova"
    assert ombra.postal_lines == ["Alla c.a. di Dott.ssa Prova", "Via Inventata 1", "54033 Marina di Carrara (MS)"]
