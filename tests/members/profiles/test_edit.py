"""Editing a profile: saved whole or not at all, and told once."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from members.models import Need, Offer
from members.rules import visibility
from members.signals import profile_saved
from tests.cast import competence


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.people["owner"])
    return client


@pytest.fixture
def heard():
    """The organizations that `profile_saved` named during the test."""
    ids = []

    def hear(sender, organization_id, **kwargs):
        ids.append(organization_id)

    profile_saved.connect(hear)
    yield ids
    profile_saved.disconnect(hear)


def form(cast, offers=(), needs=(), **changes):
    """What the browser sends: the profile and new rows, each a dict; existing rows are left as they are."""
    organization = cast["alfa"]
    data = {
        "name": organization.name,
        "municipality": str(organization.municipality),
        "version": organization.version,
        **{f"visibility-{name}": level for name, level in visibility.DEFAULTS.items()},
        "description": "Sega e lucida.",
        "website": "",
        "private_notes": "",
        **changes,
    }
    for prefix, existing, new in (
        ("offers", organization.offers.all(), offers),
        ("needs", organization.needs.all(), needs),
    ):
        rows = [{"id": row.pk, "competence": row.competence_id, **kept(row)} for row in existing] + list(new)
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(existing)}
        data |= {f"{prefix}-{number}-{key}": value for number, row in enumerate(rows) for key, value in row.items()}
    return data


def kept(row):
    if isinstance(row, Offer):
        return {"level": row.level}
    return {"priority": row.priority} | ({"is_blind": "on"} if row.is_blind else {})


def url(slug="alfa"):
    return reverse("members:edit", args=[slug])


def test_saving_adds_a_need_and_tells_it_once(owner, cast, heard, django_capture_on_commit_callbacks):
    new = {"competence": competence("ROB.01.01").pk, "priority": 3, "trl": 6}
    with django_capture_on_commit_callbacks(execute=True):
        response = owner.post(url(), form(cast, needs=[new]))
    assert response.status_code == 302
    need = Need.objects.get(organization=cast["alfa"], competence__code="ROB.01.01")
    assert (need.priority, need.trl, need.is_blind) == (3, 6, False)
    assert heard == [cast["alfa"].pk]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": ""}, "name", "Questo campo è obbligatorio."),
        ({"website": "non è un sito"}, "website", "Inserisci un URL valido."),
        ({"municipality": "Atlantide"}, "municipality", "Non conosciamo nessun comune «Atlantide»"),
        ({"vat_number": "39602300013"}, "vat_number", "l'ultima cifra"),
        ({"tax_code": "ABC"}, "tax_code", "16 caratteri"),
        ({"website": "ftp://alfa.example"}, "website", "https://"),
        ({"phone": "chiamami"}, "phone", "solo cifre"),
        ({"founded_on": "2999-01-01"}, "founded_on", "futuro"),
        ({"description": "x" * 200_000}, "description", "4000 caratteri"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_is_written(owner, cast, heard, changes, field, said):
    new = {"competence": competence("ROB.01.01").pk, "priority": 3}
    response = owner.post(url(), form(cast, needs=[new], **changes))
    assert response.status_code == 200
    assert list(response.context["editor"].form.errors) == [field]
    assert said in " ".join(response.context["editor"].form.errors[field])
    assert not Need.objects.filter(organization=cast["alfa"], competence__code="ROB.01.01").exists()
    assert heard == []


def test_a_name_that_nothing_can_store_is_refused_at_the_door_and_nothing_is_written(owner, cast, heard):
    response = owner.post(url(), form(cast, name="Alfa\x00", description="Nuovo testo"))
    assert response.status_code == 400
    assert "caratteri che non si possono leggere" in response.content.decode()
    cast["alfa"].refresh_from_db()
    assert (cast["alfa"].name, cast["alfa"].description, heard) == ("Alfa", "", [])


def test_a_bad_row_leaves_the_profile_as_it_was(owner, cast):
    bad = {"competence": competence("ROB.01.01").pk, "priority": 3, "trl": 12}
    response = owner.post(url(), form(cast, needs=[bad], description="Nuovo testo"))
    assert "9" in str(response.context["editor"].needs.forms[-1].errors["trl"])
    cast["alfa"].refresh_from_db()
    assert cast["alfa"].description == ""


def test_the_same_competence_twice_is_refused_in_words(owner, cast):
    twin = {"competence": competence("PRD.01.04").pk, "level": 4}
    response = owner.post(url(), form(cast, offers=[twin]))
    assert "c'è già" in response.content.decode().replace("&#x27;", "'")
    assert Offer.objects.filter(organization=cast["alfa"]).count() == 1


def test_the_database_refuses_what_no_form_would_send(cast):
    with pytest.raises(IntegrityError, match="offer_level_from_1_to_5"), transaction.atomic():
        Offer.objects.create(organization=cast["alfa"], competence=competence("ROB.01.01"), level=9)
    with pytest.raises(IntegrityError, match="one_need_per_competence"), transaction.atomic():
        Need.objects.create(organization=cast["alfa"], competence=competence("QLT.01.02"))


def test_fields_that_the_form_does_not_show_cannot_be_sent(owner, cast):
    owner.post(url(), form(cast, status="draft", slug="preso", kind="financier"))
    cast["alfa"].refresh_from_db()
    assert (cast["alfa"].status, cast["alfa"].slug, cast["alfa"].kind) == ("published", "alfa", "firm")
