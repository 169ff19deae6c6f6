"""What a reader may not see does not steer what that reader is shown."""

import pytest
from django.contrib.auth import hashers
from django.test import Client

from matchmaking.matching import inputs
from matchmaking.requests import disclosure
from members.models import FinancierTerms, FirmDetails, Municipality, Organization
from tests.cast import municipality
from tests.test_permissions import client_of


@pytest.fixture
def firm(cast):
    """Alfa looks for money, lets financiers see it, and tells nobody how much."""
    FirmDetails.objects.update_or_create(organization=cast["alfa"], defaults={"capital_sought": 300_000})
    Organization.objects.filter(slug="alfa").update(is_visible_to_financiers=True)
    return cast


def is_shown(cast, most):
    """Would Delta be shown Alfa, with this ticket?"""
    FinancierTerms.objects.update_or_create(organization=cast["delta"], defaults={"ticket_max": most})
    finance = inputs.Finance(inputs.Everybody(with_blind=False))
    return cast["alfa"].pk not in finance.unseen_by(cast["delta"].pk)


def test_moving_the_ticket_says_nothing_of_a_hidden_figure(firm):
    assert {is_shown(firm, most) for most in (1_000, 150_000, 299_999, 300_000, 10_000_000)} == {True}


def test_a_figure_that_members_see_is_a_limit(firm):
    """The negative control: the very same halving finds the figure where it may."""
    Organization.objects.filter(slug="alfa").update(visibility={"capital_sought": "members"})
    assert [is_shown(firm, most) for most in (299_999, 300_000)] == [False, True]


@pytest.mark.parametrize("field", ["stage", "capital_sought"])
def test_no_hidden_field_reaches_the_limits(firm, field):
    FirmDetails.objects.filter(organization=firm["alfa"]).update(stage="growth")
    Organization.objects.filter(slug="alfa").update(visibility={field: "nobody"})
    known = inputs.Finance(inputs.Everybody(with_blind=False)).firm(firm["alfa"].pk)
    assert not {"stage": known.stage, "capital_sought": known.capital}[field]


def others(count, where, size="small"):
    for number in range(count):
        Organization.objects.create(
            kind="firm", name=f"F{number}{where}", slug=f"f{number}-{where.pk}-{size}", municipality=where,
            size_class=size, status="published",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("here", "near", "far", "shown"),
    [
        (4, 0, 0, ("Carrara (MS)", "small")),
        (3, 1, 0, ("provincia di Massa-Carrara", "small")),
        (3, 0, 1, ("Toscana", "small")),
        (1, 1, 1, ("Toscana", "")),
    ],
)
def test_a_blind_request_shows_a_place_that_five_share(cast, here, near, far, shown):
    Organization.objects.filter(slug="alfa").update(size_class="small")
    carrara = municipality("Carrara", "MS")
    others(here, carrara)
    others(near, Municipality.objects.create(name="Massa", province=carrara.province))
    others(far, municipality("Pisa", "PI"))
    others(9, carrara, size="large")  # of another size: they hide nobody
    alfa = Organization.objects.select_related("municipality__province").get(slug="alfa")
    place, size = disclosure.blurred(alfa)
    labels = dict(Organization._meta.get_field("size_class").choices)
    assert (place, size) == (shown[0], labels[shown[1]] if shown[1] else "")


def test_the_invited_side_reads_the_blurred_place_and_the_writer_is_told(cast):
    page = client_of(cast, "research").get(f"/richieste/ricevute/{cast.blind_invitation.code}/").content.decode()
    assert ("Carrara (MS)" in page, "Toscana" in page) == (False, True)
    assert "«Toscana»" in client_of(cast, "owner").get("/richieste/nuova/").content.decode()


def test_a_claim_page_names_nobody_by_its_address(cast):
    client = client_of(cast, "pending")
    hidden, absent = client.get("/rete/ombra/rivendica/"), client.get("/rete/nessuno/rivendica/")
    assert (hidden.status_code, absent.status_code, "Ombra" in hidden.content.decode()) == (404, 404, False)
    client.post("/rete/inizia/", {"vat_number": "00743110157"})
    assert "Ombra" in client.get("/rete/ombra/rivendica/").content.decode()


def test_a_sign_up_hashes_once_whoever_asks(cast, monkeypatch):
    """Time is measured in hashes: both answers make one, and the hash is all but all of their time."""
    from members.models import User

    counted = []

    def counting(*args, **more):
        counted.append(1)
        return hashers.make_password(*args, **more)

    for module in ("django.contrib.auth.base_user", "gate40.accounts"):
        monkeypatch.setattr(f"{module}.make_password", counting)
    for email in ("owner@persone.example", "nuovissima@persone.example"):
        counted.clear()
        answer = Client().post("/account/signup/", {"email": email, "password1": "una-parola-molto-lunga"})
        assert (answer.status_code, len(counted)) == (302, 1), email
    assert User.objects.filter(email="nuovissima@persone.example").exists()
