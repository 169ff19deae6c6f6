"""Two organizations that are one become one."""

import pytest
from django.urls import reverse

from members.backoffice import duplicates
from members.models import (
    Adhesion,
    Claim,
    EconomicActivity,
    FirmDetails,
    Network,
    Offer,
    Organization,
    Representative,
)
from news.models import Subscription
from tests.cast import competence, give, say_again


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.people["manager"])
    say_again(client)
    return client


def twin(cast, **fields):
    fields = {"kind": "firm", "name": "ALFA S.r.l.", "slug": "alfa-2", "municipality": cast.carrara, **fields}
    return Organization.objects.create(**{"status": "shadow", **fields})


@pytest.mark.parametrize(
    ("name", "other", "is_same"),
    [
        ("Marmi Apuani S.r.l.", "MARMI  APUANI srl", True),
        ("Società Marmi & Co. S.p.A.", "Marmi Co spa", True),
        ("Marmi Apuani Due", "Marmi Apuani", False),
        ("S.r.l.", "S.p.A.", False),
    ],
)
def test_a_name_is_the_same_whatever_its_legal_form(name, other, is_same):
    assert (duplicates.name_key(name) == duplicates.name_key(other)) is is_same


def test_doubles_are_found_by_number_and_by_name_in_the_same_comune(cast):
    same_name = twin(cast)
    twin(cast, slug="alfa-3", name="Alfa", municipality=cast.pisa)
    same_number = twin(cast, slug="altra", name="Altra", tax_code=cast.shadow.vat_number)
    assert duplicates.groups() == [
        (cast["alfa"].pk, same_name.pk),
        (cast.shadow.pk, same_number.pk),
    ]


def test_two_become_one_and_nothing_is_lost(cast):
    Organization.objects.filter(slug="alfa").update(website="")  # what one leaves empty the other fills
    cast["alfa"].refresh_from_db()
    other = twin(
        cast,
        vat_number="00488410010",
        website="https://alfa.example",
        phone="0585 1",
        private_notes="nota",
        status="published",
    )
    give(other, offers={"PRD.01.04": 5, "DIG.01.03": 2}, needs={"MAT.02.03": 3})
    network = Network.objects.get(slug="gate-4-0")
    Adhesion.objects.create(organization=other, network=network, state="contacted", since="2020-01-01")
    Representative.objects.create(user=cast.people["reader"], organization=other, role="owner")
    Representative.objects.create(user=cast.people["pending"], organization=other, role="editor")
    Subscription.objects.create(organization=other, email="nuova@alfa.example")
    activity = EconomicActivity.objects.create(code="28.92", title_it="Macchine", level=3)
    FirmDetails.objects.create(organization=other, certifications="ISO 9001").activities.add(activity)
    FirmDetails.objects.create(organization=cast["alfa"], plants=2)

    duplicates.merge_organizations(other, cast["alfa"])

    alfa = Organization.objects.get(slug="alfa")
    assert not Organization.objects.filter(pk=other.pk).exists()
    assert dict(alfa.offers.values_list("competence__code", "level")) == {"PRD.01.04": 5, "DIG.01.03": 2}
    assert alfa.needs.count() == 3  # the blind one stands already
    assert alfa.adhesions.earliest("since").state == "contacted"
    assert alfa.adhesions.current().get().state == "member"
    assert alfa.representatives.get(user=cast.people["reader"]).role == "owner"
    assert alfa.representatives.filter(user=cast.people["pending"]).exists()
    assert alfa.subscriptions.filter(email="nuova@alfa.example").exists()
    assert (alfa.vat_number, alfa.website) == ("00488410010", "https://alfa.example")
    assert "0585 1" in alfa.private_notes and "nota" in alfa.private_notes and "ALFA S.r.l." in alfa.private_notes
    assert (alfa.firm_details.plants, alfa.firm_details.certifications) == (2, "ISO 9001")
    assert list(alfa.firm_details.activities.all()) == [activity]


def test_history_keeps_the_organization_that_became_another(cast):
    from django.apps import apps

    other = twin(cast)
    duplicates.merge_organizations(other, cast["alfa"])
    events = apps.get_model("members", "OrganizationEvent").objects.filter(pgh_obj_id=other.pk)
    assert list(events.order_by("pgh_id").values_list("pgh_label", "name"))[-1] == ("delete", "ALFA S.r.l.")


def test_two_claims_are_decided_before_two_become_one(cast):
    other = twin(cast)
    for organization in (other, cast.shadow):
        Claim.objects.create(organization=organization, user=cast.people["pending"])
    with pytest.raises(duplicates.Unmergeable):
        duplicates.merge_organizations(other, cast.shadow)
    with pytest.raises(duplicates.Unmergeable):
        duplicates.merge_organizations(other, other)


def test_staff_choose_which_of_the_two_stays(staff, cast):
    other = twin(cast)
    Offer.objects.create(organization=other, competence=competence("DIG.01.03"))
    data = {"action": "merge_two", "_selected_action": [cast["alfa"].pk, other.pk]}
    url = reverse("admin:members_organization_changelist")
    question = staff.post(url, data).content.decode()
    assert "Quale resta" in question and "owner@persone.example" in question  # whose people stay
    assert Organization.objects.filter(pk=other.pk).exists()
    chosen = {**data, "merge": "1", "keep": cast["alfa"].pk}
    assert "Non è il nome" in staff.post(url, {**chosen, "name": "Altra"}).content.decode()
    assert Organization.objects.filter(pk=other.pk).exists()
    page = staff.post(url, {**chosen, "name": "Alfa"}, follow=True)
    assert "ora è una sola organizzazione" in page.content.decode()
    assert cast["alfa"].offers.count() == 2


def test_three_do_not_become_one_at_once(staff, cast):
    rows = [cast["alfa"].pk, cast["beta"].pk, cast["gamma"].pk]
    data = {"action": "merge_two", "_selected_action": rows}
    page = staff.post(reverse("admin:members_organization_changelist"), data, follow=True)
    assert "Scegli due organizzazioni" in page.content.decode()


def test_whoever_follows_the_address_of_a_merged_profile_is_led_to_the_one_that_stayed(client, cast):
    other = twin(cast)
    duplicates.merge_organizations(other, cast["alfa"])
    answer = client.get(reverse("members:profile", args=["alfa-2"]))
    assert (answer.status_code, answer["Location"]) == (301, reverse("members:profile", args=["alfa"]))
    Organization.objects.filter(slug="alfa").update(status="draft")
    assert client.get(reverse("members:profile", args=["alfa-2"])).status_code == 404


def test_an_address_is_followed_through_two_merges(client, cast):
    first, second = twin(cast), twin(cast, slug="alfa-3")
    duplicates.merge_organizations(first, second)
    duplicates.merge_organizations(second, cast["alfa"])
    for slug in ("alfa-2", "alfa-3"):
        assert client.get(reverse("members:profile", args=[slug]))["Location"] == "/rete/alfa/"


def test_a_pair_told_apart_is_no_longer_among_the_doubles(staff, cast):
    rows = [cast["alfa"], twin(cast)]
    data = {"action": "tell_apart", "_selected_action": [one.pk for one in rows]}
    page = staff.post(reverse("admin:members_organization_changelist"), data, follow=True)
    assert "Coppie segnate come diverse: 1" in page.content.decode()
    assert duplicates.groups() == []
    third = twin(cast, slug="alfa-3")
    assert duplicates.groups() == [tuple(sorted(one.pk for one in [*rows, third]))]
    assert duplicates.tell_apart([*rows, third]) == 2
    assert duplicates.ids() == set()


def test_a_strangers_draft_brings_nobody_into_a_published_firm(cast):
    """With a firm's name and place in a draft of their own nobody becomes its owner, nor do those they invited."""
    draft = twin(cast, status="draft")
    Representative.objects.create(user=cast.people["pending"], organization=draft, role="owner")
    draft.representative_invitations.create(email="complice@persone.example", role="owner")
    duplicates.merge_organizations(draft, cast["alfa"])
    assert not cast["alfa"].representatives.filter(user=cast.people["pending"]).exists()
    assert not cast["alfa"].representative_invitations.filter(email="complice@persone.example").exists()


def test_people_that_staff_have_published_come_along(cast):
    """The control: of a published organization its people stay its people."""
    other = twin(cast, status="published")
    Representative.objects.create(user=cast.people["pending"], organization=other, role="owner")
    duplicates.merge_organizations(other, cast["alfa"])
    assert cast["alfa"].representatives.filter(user=cast.people["pending"]).exists()


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_a_published_firm_does_not_become_part_of_a_draft(cast, status):
    with pytest.raises(duplicates.Unmergeable):
        duplicates.merge_organizations(cast["alfa"], twin(cast, status=status))
