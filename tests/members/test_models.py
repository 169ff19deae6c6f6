"""What the database itself holds to, whoever writes."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from members.models import Adhesion, Competence, FinancierTerms, Network, Organization
from members.rules import identifiers

GOOD = "39602300012"  # made up, with a right last digit


@pytest.mark.parametrize(
    "pasted", ["IT39602300012", "it 396 023 00012", "IT-39602300012", "39602300012\n", "３9602300012"]
)
def test_a_vat_number_is_stored_in_one_form_however_it_was_pasted(pasted):
    assert identifiers.vat_number(pasted) == GOOD


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("39602300013", "checksum"),
        ("3960230001", "length"),
        ("3960230001O", "format"),
        ("00000000000", "format"),
        ("GB123456789", "format"),
        ("\x00", "format"),
    ],
)
def test_a_wrong_vat_number_says_what_is_wrong(pasted, code):
    with pytest.raises(identifiers.Wrong) as wrong:
        identifiers.vat_number(pasted)
    assert wrong.value.code == code


def test_the_error_stands_at_the_field(cast):
    cast["alfa"].vat_number = "39602300013"
    with pytest.raises(ValidationError) as refused:
        cast["alfa"].full_clean()
    assert list(refused.value.message_dict) == ["vat_number"]


def test_two_organizations_never_share_a_vat_number_but_many_may_have_none(cast):
    Organization.objects.filter(slug="alfa").update(vat_number=GOOD)
    with pytest.raises(IntegrityError, match="one_organization_per_vat_number"), transaction.atomic():
        Organization.objects.filter(slug="beta").update(vat_number=GOOD)
    with pytest.raises(IntegrityError, match="vat_number_of_eleven_digits"), transaction.atomic():
        Organization.objects.filter(slug="beta").update(vat_number="IT" + GOOD[2:])


def test_moving_an_adhesion_closes_the_open_row_and_asking_twice_adds_nothing(cast):
    marble = Network.objects.create(name="Marmo", slug="marmo")
    states = [Adhesion.State.CONTACTED, Adhesion.State.MEMBER, Adhesion.State.MEMBER]
    for day, state in enumerate(states, start=1):
        Adhesion.objects.move(cast["alfa"], marble, state, on=date(2026, 3, day))
    rows = Adhesion.objects.filter(network=marble).order_by("since").values_list("state", "since", "until")
    assert list(rows) == [
        ("contacted", date(2026, 3, 1), date(2026, 3, 2)),
        ("member", date(2026, 3, 2), None),
    ]


def test_a_merged_competence_can_no_longer_be_chosen(cast):
    chosen = Competence.objects.get(code="PRD.01.05")
    before = Competence.objects.selectable().count()
    chosen.merged_into = Competence.objects.get(code="PRD.01.04")
    chosen.save()
    assert Competence.objects.selectable().count() == before - 1


def test_history_sees_what_a_bulk_update_changed_but_keeps_no_private_field(cast):
    Organization.objects.filter(slug="alfa").update(name="Alfa nuova")
    events = cast["alfa"].events.order_by("pgh_id")
    assert [(event.pgh_label, event.name) for event in events] == [("insert", "Alfa"), ("update", "Alfa nuova")]
    assert not hasattr(events[0], "private_notes")


def test_a_financier_cannot_give_more_at_least_than_at_most(cast):
    with pytest.raises(IntegrityError, match="ticket_max_not_below"), transaction.atomic():
        FinancierTerms.objects.create(organization=cast["delta"], ticket_min=500_000, ticket_max=100_000)


def test_only_firms_must_agree_before_financiers_are_told_of_them(cast):
    slugs = Organization.objects.visible_to_financiers().order_by("slug").values_list("slug", flat=True)
    assert list(slugs) == ["delta", "gamma"]
